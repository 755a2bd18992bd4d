package handlers

import (
	"errors"
	"net/http"

	"greenroom/internal/auth"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// teamList shows who is on the team and who is about to be.
func (h *Handlers) teamList(w http.ResponseWriter, r *http.Request) error {
	users, err := h.Store.Users(r.Context())
	if err != nil {
		return err
	}
	links, err := h.Store.PendingLinks(r.Context(), hiring.LinkJoin)
	if err != nil {
		return err
	}
	props := views.NewTeamProps(users, links, user(r.Context()).ID, h.Now())
	if r.Header.Get("HX-Request") == "" {
		props.NewLink = h.Sessions.Recall(r.Context(), noteJoinLink)
	}
	return h.page(w, r, http.StatusOK, page{title: "Team", nav: "team"}, views.Team(props))
}

// noteJoinLink remembers a new link until the page that shows it once.
const noteJoinLink = "join link"

// teamNew asks whom to add.
func (h *Handlers) teamNew(w http.ResponseWriter, r *http.Request) error {
	return h.teamForm(w, r, http.StatusOK, views.TeamNewProps{Role: string(hiring.RoleRecruiter)})
}

// teamCreate makes a link for a new member.
func (h *Handlers) teamCreate(w http.ResponseWriter, r *http.Request) error {
	props := views.TeamNewProps{Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Role: r.PostFormValue("role")}
	u := hiring.User{Name: props.Name, Email: props.Email, Role: hiring.Role(props.Role)}
	err := hiring.CheckUser(&u)
	if err == nil {
		err = h.inviteMember(r, hiring.Link{Name: u.Name, Email: u.Email, Role: u.Role})
	}
	if list, bad := problems(err); bad {
		props.Problems = problemsFor(list)
		return h.teamForm(w, r, http.StatusUnprocessableEntity, props)
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/admin/team")
}

func (h *Handlers) teamForm(w http.ResponseWriter, r *http.Request, status int, props views.TeamNewProps) error {
	props.Mail = h.Mail
	return h.page(w, r, status, page{title: "Add a person", nav: "team", problem: len(props.Problems) > 0}, views.TeamNew(props))
}

// inviteMember makes a link to join for the person that l names, in place of any earlier one, writes to the person,
// and leaves the address for the next page. *hiring.InvalidError when the person is on the team already.
func (h *Handlers) inviteMember(r *http.Request, l hiring.Link) error {
	ctx, by, now := r.Context(), user(r.Context()), h.Now()
	expires := now.Add(hiring.JoinLinkLife)
	l.Kind, l.CreatedBy, l.CreatedAt, l.ExpiresAt = hiring.LinkJoin, by.ID, now, &expires
	token, hash := auth.NewToken()
	var replaced int64
	err := h.Store.InTx(ctx, func(tx *db.Store) error {
		switch known, err := tx.UserByEmail(ctx, l.Email); {
		case err == nil && known.DisabledAt != nil:
			return hiring.Invalid("email", known.Name+" is on the team already, switched off. Switch the account on again in the list of the team.")
		case err == nil:
			return hiring.Invalid("email", known.Name+" is on the team already, with this address. Nothing was sent.")
		case !errors.Is(err, hiring.ErrNotFound):
			return err
		}
		workspace, err := tx.Workspace(ctx)
		if err != nil {
			return err
		}
		if replaced, err = tx.RevokeLinks(ctx, hiring.LinkJoin, l.Email); err != nil {
			return err
		}
		if l.ID, err = tx.InsertLink(ctx, l, hash); err != nil {
			return err
		}
		return h.Jobs.PostJoin(ctx, tx, l, workspace.Company(), by.Name, h.linkURL(token))
	})
	if err != nil {
		return err
	}
	h.Sessions.Remember(ctx, noteJoinLink, h.linkURL(token))
	sentence := "There is a link for %s to join, in the outbox too. It works once, for 7 days."
	if h.Mail {
		sentence = "A link to join is on its way to %s. It works once, for 7 days."
	}
	if replaced > 0 {
		sentence += " The earlier link no longer works."
	}
	h.say(r, sentence, l.Name)
	return nil
}
