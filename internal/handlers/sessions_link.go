package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"greenroom/internal/auth"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// forgotNew asks who forgot the password.
func (h *Handlers) forgotNew(w http.ResponseWriter, r *http.Request) error {
	return h.forgotPage(w, r, http.StatusOK, views.ForgotProps{})
}

// forgotCreate sends a link to choose a new password, and answers the same when there is nobody to send it to.
func (h *Handlers) forgotCreate(w http.ResponseWriter, r *http.Request) error {
	email := strings.TrimSpace(r.PostFormValue("email"))
	props := views.ForgotProps{Email: email}
	address, ok := hiring.ParseEmail(email)
	switch {
	case !ok:
		props.Problems = problemsFor([]hiring.Problem{{Field: "email", Message: "Enter an email address like ada@example.com."}})
		return h.forgotPage(w, r, http.StatusUnprocessableEntity, props)
	case h.limits.tooManyLinks(w, r, address):
		props.Problems = problemsFor([]hiring.Problem{{Message: sentenceTries}})
		return h.forgotPage(w, r, http.StatusTooManyRequests, props)
	}
	u, err := h.Store.UserByEmail(r.Context(), address)
	if err == nil && u.DisabledAt == nil {
		err = h.sendReset(r, u)
	}
	if err != nil && !errors.Is(err, hiring.ErrNotFound) {
		return err
	}
	return h.plain(w, r, http.StatusOK, page{title: "Look for the link"}, "Look for the link", views.ForgotSent(email, h.Mail))
}

func (h *Handlers) sendReset(r *http.Request, u hiring.User) error {
	now := h.Now()
	expires := now.Add(hiring.ResetLinkLife)
	link := hiring.Link{Kind: hiring.LinkReset, Email: u.Email, Name: u.Name, UserID: u.ID, CreatedAt: now, ExpiresAt: &expires}
	token, hash := auth.NewToken()
	return h.Store.InTx(r.Context(), func(tx *db.Store) (err error) {
		if _, err := tx.RevokeLinks(r.Context(), hiring.LinkReset, u.Email); err != nil {
			return err
		}
		if link.ID, err = tx.InsertLink(r.Context(), link, hash); err != nil {
			return err
		}
		return h.Jobs.PostReset(r.Context(), tx, link, h.linkURL(token))
	})
}

func (h *Handlers) forgotPage(w http.ResponseWriter, r *http.Request, status int, props views.ForgotProps) error {
	return h.plain(w, r, status, page{title: "Forgotten password", problem: len(props.Problems) > 0}, "Choose a new password", views.Forgot(props))
}

// linkURL is the address of a one-time link.
func (h *Handlers) linkURL(token string) string { return h.BaseURL.JoinPath("link", token).String() }

// linkShow shows what a one-time link is for.
func (h *Handlers) linkShow(w http.ResponseWriter, r *http.Request) error {
	link, err := h.link(r)
	if err != nil {
		return h.linkFailed(w, r, link, err)
	}
	return h.linkPage(w, r, http.StatusOK, link, views.LinkProps{Name: link.Name})
}

// linkUse joins the team, or changes the password; afterwards the person is signed in.
func (h *Handlers) linkUse(w http.ResponseWriter, r *http.Request) error {
	link, err := h.link(r)
	if err != nil {
		return h.linkFailed(w, r, link, err)
	}
	u := hiring.User{Name: r.PostFormValue("name"), Email: link.Email, Role: link.Role, CreatedAt: h.Now()}
	password := r.PostFormValue("password")
	err = hiring.CheckPassword(password)
	if link.Kind == hiring.LinkJoin {
		err = invalid(hiring.CheckUser(&u), err)
	}
	if list, ok := problems(err); ok {
		return h.linkPage(w, r, http.StatusUnprocessableEntity, link, views.LinkProps{Name: u.Name, Problems: problemsFor(list)})
	}
	if u.PasswordHash, err = auth.HashPassword(r.Context(), password); err != nil {
		return err
	}
	id := link.UserID
	err = h.Store.InTx(r.Context(), func(tx *db.Store) error {
		if _, err := tx.UseLink(r.Context(), tokenHash(r), h.Now()); err != nil {
			return err
		}
		if err := tx.RetireMessage(r.Context(), link.MessageKey()); err != nil {
			return err
		}
		if link.Kind == hiring.LinkReset {
			return tx.SetPassword(r.Context(), id, u.PasswordHash, h.Now())
		}
		id, err = tx.InsertUser(r.Context(), u)
		return err
	})
	if err != nil {
		return h.linkFailed(w, r, link, err)
	}
	if err := h.signIn(r, id); err != nil {
		return err
	}
	if link.Kind == hiring.LinkJoin {
		h.say(r, "Welcome, %s. You are part of the team now.", u.Name)
	} else {
		h.say(r, "Your password is changed, and every other browser is signed out.")
	}
	return h.redirect(w, r, "/")
}

func tokenHash(r *http.Request) []byte { return auth.HashToken(chi.URLParam(r, "token")) }

// errDead is a link that was used or has expired, or one that can't sign its person in.
var errDead = errors.New("the link can't be used")

// link reads the link of the request's token, if it can still be used.
func (h *Handlers) link(r *http.Request) (hiring.Link, error) {
	link, err := h.Store.LinkByToken(r.Context(), tokenHash(r))
	switch {
	case err != nil:
		return link, err
	case link.Kind != hiring.LinkJoin && link.Kind != hiring.LinkReset:
		return link, hiring.ErrNotFound
	case link.UsedAt != nil, link.ExpiresAt != nil && !h.Now().Before(*link.ExpiresAt):
		return link, errDead
	}
	if link.Kind == hiring.LinkReset {
		u, err := h.Store.User(r.Context(), link.UserID)
		if err != nil {
			return link, err
		}
		if u.DisabledAt != nil {
			return link, fmt.Errorf("%w: its member is disabled", errDead)
		}
	}
	return link, nil
}

func (h *Handlers) linkPage(w http.ResponseWriter, r *http.Request, status int, link hiring.Link, props views.LinkProps) error {
	props.Action, props.Email = r.URL.Path, link.Email
	p, heading := page{title: "New password", problem: len(props.Problems) > 0}, "Choose a new password"
	if link.Kind == hiring.LinkJoin {
		workspace, err := h.Store.Workspace(r.Context())
		if err != nil {
			return err
		}
		props.Join, props.Company, props.Role = true, workspace.Company(), strings.ToLower(link.Role.Name())
		p.title, heading = "Join", "Join the team"
	}
	return h.plain(w, r, status, p, heading, views.Link(props))
}

// linkFailed says why a link leads nowhere, and what to do.
func (h *Handlers) linkFailed(w http.ResponseWriter, r *http.Request, link hiring.Link, err error) error {
	dead := views.DeadLinkProps{Forgot: link.Kind == hiring.LinkReset}
	status := http.StatusGone
	switch {
	case errors.Is(err, hiring.ErrConflict):
		status, dead.Sentence = http.StatusConflict, "Somebody with this email address is on the team already. Sign in; if you forgot the password, ask for a new one there."
	case errors.Is(err, hiring.ErrNotFound) && link.ID == 0:
		status, dead.Sentence = http.StatusNotFound, "This link is incomplete, or a newer one has taken its place. Ask the person who gave it to you for a new one."
	case !errors.Is(err, errDead) && !errors.Is(err, hiring.ErrNotFound):
		return err
	case link.UsedAt != nil || errors.Is(err, hiring.ErrNotFound):
		dead.Sentence = "This link was used already; each works once. If it was you, sign in."
	case link.ExpiresAt != nil && !h.Now().Before(*link.ExpiresAt):
		dead.Sentence = "This link has expired: it worked for " + lifeOf(link) + ". Ask an admin of your team for a new one."
		if dead.Forgot {
			dead.Sentence = "This link has expired: it worked for " + lifeOf(link) + ". Ask for a new one."
		}
	default:
		dead.Forgot, dead.Sentence = false, sentenceDisabled
	}
	return h.plain(w, r, status, page{title: "Link"}, "This link leads nowhere", views.DeadLink(dead))
}

func lifeOf(l hiring.Link) string {
	if d := l.ExpiresAt.Sub(l.CreatedAt); d >= 24*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return "one hour"
}
