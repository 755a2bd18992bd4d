package handlers

import (
	"net/http"

	"greenroom/internal/auth"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// profileShow is a member's own page.
func (h *Handlers) profileShow(w http.ResponseWriter, r *http.Request) error {
	return h.profilePage(w, r, http.StatusOK, views.ProfileProps{Name: user(r.Context()).Name})
}

// profileUpdate changes the member's name.
func (h *Handlers) profileUpdate(w http.ResponseWriter, r *http.Request) error {
	u := *user(r.Context())
	u.Name = r.PostFormValue("name")
	if list, bad := problems(hiring.CheckUser(&u)); bad {
		return h.profilePage(w, r, http.StatusUnprocessableEntity, views.ProfileProps{Name: r.PostFormValue("name"), NameProblems: problemsFor(list)})
	}
	if err := h.Store.SetUserName(r.Context(), u.ID, u.Name); err != nil {
		return err
	}
	h.say(r, "Your name is saved.")
	return h.redirect(w, r, "/profile")
}

// profilePassword changes the member's password and ends every other session.
func (h *Handlers) profilePassword(w http.ResponseWriter, r *http.Request) error {
	u := user(r.Context())
	refuse := func(status int, list []hiring.Problem) error {
		return h.profilePage(w, r, status, views.ProfileProps{Name: u.Name, PasswordProblems: problemsFor(list)})
	}
	if h.limits.tooMany(w, r, u.Email) {
		return refuse(http.StatusTooManyRequests, []hiring.Problem{{Message: sentenceTries}})
	}
	var check hiring.Check
	match, err := auth.CheckPassword(r.Context(), r.PostFormValue("current"), u.PasswordHash)
	if err != nil {
		return err
	}
	check.That(match, "current", "This is not your password now. Check it and try again.")
	password := r.PostFormValue("password")
	if list, bad := problems(invalid(check.Err(), hiring.CheckPassword(password))); bad {
		return refuse(http.StatusUnprocessableEntity, list)
	}
	hash, err := auth.HashPassword(r.Context(), password)
	if err != nil {
		return err
	}
	now := h.Now()
	if err := h.Store.SetPassword(r.Context(), u.ID, hash, now); err != nil {
		return err
	}
	if err := h.Sessions.SignIn(r.Context(), u.ID, now); err != nil {
		return err
	}
	h.say(r, "Your password is changed, and every other browser is signed out.")
	return h.redirect(w, r, "/profile")
}

func (h *Handlers) profilePage(w http.ResponseWriter, r *http.Request, status int, props views.ProfileProps) error {
	u := user(r.Context())
	props.Email, props.Role = u.Email, u.Role.Name()
	bad := len(props.NameProblems)+len(props.PasswordProblems) > 0
	return h.page(w, r, status, page{title: "Your profile", problem: bad}, views.Profile(props))
}

// themeUpdate keeps the choice of light or dark for browsers without scripts; static/app.js does the same by itself.
func (h *Handlers) themeUpdate(w http.ResponseWriter, r *http.Request) error {
	c := &http.Cookie{Name: "theme", Value: r.PostFormValue("theme"), Path: "/", MaxAge: 365 * 24 * 60 * 60, SameSite: http.SameSiteLaxMode}
	if c.Value != "light" && c.Value != "dark" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
	return h.redirect(w, r, refererPath(r))
}
