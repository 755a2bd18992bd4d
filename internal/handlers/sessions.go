package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"greenroom/internal/auth"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// sessionNew shows the sign-in page.
func (h *Handlers) sessionNew(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if user(r.Context()) != nil {
		return h.redirect(w, r, next)
	}
	return h.signInPage(w, r, http.StatusOK, views.SignInProps{Next: next})
}

// The words about a sign-in that failed. The first says the same of a wrong password and of an unknown address.
const (
	sentenceWrongPassword = "The email address or the password is not right. Check both and try again."
	sentenceDisabled      = "Your account is switched off. Ask an admin of your team."
)

// sessionCreate signs somebody in.
func (h *Handlers) sessionCreate(w http.ResponseWriter, r *http.Request) error {
	email, password := strings.TrimSpace(r.PostFormValue("email")), r.PostFormValue("password")
	props := views.SignInProps{Email: email, Next: localPath(r.PostFormValue("next"))}
	refuse := func(status int, field, sentence string) error {
		props.Problems = problemsFor([]hiring.Problem{{Field: field, Message: sentence}})
		return h.signInPage(w, r, status, props)
	}
	if h.limits.tooMany(w, r, email) {
		return refuse(http.StatusTooManyRequests, "", sentenceTries)
	}
	u, err := h.Store.UserByEmail(r.Context(), email)
	if err != nil && !errors.Is(err, hiring.ErrNotFound) {
		return err
	}
	match, err := auth.CheckPassword(r.Context(), password, u.PasswordHash)
	switch {
	case err != nil:
		return err
	case !match:
		return refuse(http.StatusUnprocessableEntity, "email", sentenceWrongPassword)
	case u.DisabledAt != nil:
		return refuse(http.StatusUnprocessableEntity, "", sentenceDisabled)
	}
	if err := h.signIn(r, u.ID); err != nil {
		return err
	}
	return h.redirect(w, r, props.Next)
}

// signIn begins the member's session in this browser.
func (h *Handlers) signIn(r *http.Request, id int64) error {
	now := h.Now()
	if err := h.Store.SetSignedIn(r.Context(), id, now); err != nil {
		return err
	}
	return h.Sessions.SignIn(r.Context(), id, now)
}

// sessionDelete signs out.
func (h *Handlers) sessionDelete(w http.ResponseWriter, r *http.Request) error {
	if err := h.Sessions.SignOut(r.Context()); err != nil {
		return err
	}
	return h.redirect(w, r, "/login")
}

func (h *Handlers) signInPage(w http.ResponseWriter, r *http.Request, status int, props views.SignInProps) error {
	return h.plain(w, r, status, page{title: "Sign in", problem: len(props.Problems) > 0}, "Sign in", views.SignIn(props))
}

// localPath lets through what leads to a page of the desk; anything else leads home.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || path.Clean(u.Path) == "/login" || path.Clean(u.Path) == "/logout" {
		return "/"
	}
	return next
}

// refererPath is the page of the desk that a form was sent from; home when it isn't told.
func refererPath(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return localPath(from.RequestURI())
}
