package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// teamRole changes what a member may do.
func (h *Handlers) teamRole(w http.ResponseWriter, r *http.Request) error {
	role := hiring.Role(r.PostFormValue("role"))
	if !role.Can(hiring.PermRead) {
		return hiring.Invalid("role", "Choose a role.")
	}
	return h.changeMember(w, r, func(ctx context.Context, tx *db.Store, member hiring.User) (string, error) {
		if member.Role == role {
			return member.Name + " is " + strings.ToLower(role.Name()) + " already.", nil
		}
		if role != hiring.RoleAdmin {
			if err := keepAnAdmin(ctx, tx, member); err != nil {
				return "", err
			}
		}
		return member.Name + " is now " + strings.ToLower(role.Name()) + ", and has to sign in again.", tx.SetRole(ctx, member.ID, role, h.Now())
	})
}

// teamDisable switches a member's account off.
func (h *Handlers) teamDisable(w http.ResponseWriter, r *http.Request) error {
	return h.changeMember(w, r, func(ctx context.Context, tx *db.Store, member hiring.User) (string, error) {
		if err := keepAnAdmin(ctx, tx, member); err != nil {
			return "", err
		}
		return member.Name + " is signed out everywhere and can't sign in any more. What " + member.Name + " wrote stays.", tx.DisableUser(ctx, member.ID, h.Now())
	})
}

// teamEnable switches it on again.
func (h *Handlers) teamEnable(w http.ResponseWriter, r *http.Request) error {
	return h.changeMember(w, r, func(ctx context.Context, tx *db.Store, member hiring.User) (string, error) {
		return member.Name + " can sign in again.", tx.EnableUser(ctx, member.ID)
	})
}

// errLastAdmin is a change that would leave nobody to run the desk.
var errLastAdmin = errors.New("the last admin")

// keepAnAdmin fails with errLastAdmin when nobody else is an admin who can sign in.
func keepAnAdmin(ctx context.Context, tx *db.Store, member hiring.User) error {
	admins, err := tx.LockAdmins(ctx)
	if err != nil {
		return err
	}
	if len(admins) == 1 && admins[0] == member.ID {
		return errLastAdmin
	}
	return nil
}

// changeMember changes the member that the path names, in a transaction, and tells on the team's page how it went.
func (h *Handlers) changeMember(w http.ResponseWriter, r *http.Request, change func(context.Context, *db.Store, hiring.User) (said string, err error)) error {
	id, err := pathID(r, "user")
	if err != nil {
		return err
	}
	var member hiring.User
	var said string
	err = h.Store.InTx(r.Context(), func(tx *db.Store) error {
		if member, err = tx.User(r.Context(), id); err != nil {
			return err
		}
		said, err = change(r.Context(), tx, member)
		return err
	})
	switch {
	case errors.Is(err, errLastAdmin):
		h.warn(r, member.Name+" is the last admin, and somebody has to run the desk. Make somebody else an admin first. Nothing was changed.")
	case err != nil:
		return err
	default:
		h.say(r, "%s", said)
	}
	return h.redirect(w, r, "/admin/team")
}

// teamLinkRenew makes a new link in place of one that waits or has expired.
func (h *Handlers) teamLinkRenew(w http.ResponseWriter, r *http.Request) error {
	link, err := h.joinLink(r)
	if err != nil {
		return err
	}
	err = h.inviteMember(r, hiring.Link{Name: link.Name, Email: link.Email, Role: link.Role})
	if list, bad := problems(err); bad {
		h.warn(r, list[0].Message)
	} else if err != nil {
		return err
	}
	return h.redirect(w, r, "/admin/team")
}

// teamLinkRevoke takes a link back.
func (h *Handlers) teamLinkRevoke(w http.ResponseWriter, r *http.Request) error {
	link, err := h.joinLink(r)
	if err != nil {
		return err
	}
	if err := h.Store.RevokeLink(r.Context(), link.ID); err != nil {
		return err
	}
	h.say(r, "The link for %s no longer works.", link.Name)
	return h.redirect(w, r, "/admin/team")
}

// joinLink is the unused link to join that the path names.
func (h *Handlers) joinLink(r *http.Request) (hiring.Link, error) {
	id, err := pathID(r, "link")
	if err != nil {
		return hiring.Link{}, err
	}
	link, err := h.Store.Link(r.Context(), id)
	if err == nil && (link.Kind != hiring.LinkJoin || link.UsedAt != nil) {
		err = hiring.ErrNotFound
	}
	return link, err
}
