package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"greenroom/internal/auth"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// page is what a page of the desk says of itself.
type page struct {
	title   string
	nav     string // see views.LayoutProps.Nav
	wide    bool
	problem bool // shows a form that was refused
}

// page answers with a page of the desk in its frame.
func (h *Handlers) page(w http.ResponseWriter, r *http.Request, status int, p page, body templ.Component) error {
	u := user(r.Context())
	layout := views.LayoutProps{
		Title:      p.title,
		Nav:        p.nav,
		Wide:       p.wide,
		HasProblem: p.problem,
		User:       views.LayoutUser{Name: u.Name, Email: u.Email, Role: string(u.Role)},
		Provider:   views.LayoutProvider{Name: h.Mirror.Abilities(r.Context()).Provider, Test: h.Test},
		Flashes:    h.flashes(r),
		Theme:      theme(r),
		Heard:      heard(r.Context()),
	}
	if r.Method == http.MethodGet {
		layout.URL = r.URL.RequestURI()
	}
	if t, failing := h.Mirror.Trouble(r.Context()); failing {
		if u.Role.Can(hiring.PermAdmin) {
			t.Sentence = t.ForAdmin
		}
		layout.Provider.Trouble = &views.LayoutTrouble{Sentence: t.Sentence, Since: t.Since, Until: t.Until, Answered: t.Answered, Now: h.Now()}
	}
	return h.html(w, r, status, views.Layout(layout), body)
}

// plain answers with a page outside of the desk: sign-in, setup, a one-time link, an error.
func (h *Handlers) plain(w http.ResponseWriter, r *http.Request, status int, p page, heading string, body templ.Component) error {
	layout := views.PlainProps{Title: p.title, Heading: heading, HasProblem: p.problem, Wide: p.wide, Flashes: h.flashes(r), Theme: theme(r)}
	return h.html(w, r, status, views.PlainLayout(layout), body)
}

// html renders into a buffer first, so that a template's failure can still become an error page.
func (h *Handlers) html(w http.ResponseWriter, r *http.Request, status int, layout, body templ.Component) error {
	var buf bytes.Buffer
	if err := layout.Render(templ.WithChildren(r.Context(), body), &buf); err != nil {
		return fmt.Errorf("rendering %s: %w", safePath(r.URL.Path), err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	write(w, r, status, buf.Bytes())
	return nil
}

// redirect sends the browser on to a page, with GET.
func (h *Handlers) redirect(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// say leaves a message of success for the next page.
func (h *Handlers) say(r *http.Request, format string, args ...any) {
	h.Sessions.AddFlash(r.Context(), auth.Flash{Tone: string(ui.Strong), Text: fmt.Sprintf(format, args...)})
}

// warn leaves a message of something that didn't work for the next page.
func (h *Handlers) warn(r *http.Request, sentence string) {
	h.Sessions.AddFlash(r.Context(), auth.Flash{Tone: string(ui.Weak), Text: sentence})
}

// flashes takes the messages, but for parts that refresh themselves and for players: those would swallow them unseen.
func (h *Handlers) flashes(r *http.Request) []ui.FlashProps {
	if into := r.Header.Get("Sec-Fetch-Dest"); r.Header.Get("HX-Request") != "" || into == "audio" || into == "empty" {
		return nil
	}
	var props []ui.FlashProps
	for _, f := range h.Sessions.TakeFlashes(r.Context()) {
		props = append(props, ui.FlashProps{Tone: ui.Tone(f.Tone), Text: f.Text, ActionLabel: f.ActionText, ActionPost: f.ActionURL,
			LinkLabel: f.LinkText, Href: f.LinkURL})
	}
	return props
}

func theme(r *http.Request) string {
	c, err := r.Cookie("theme")
	if err != nil {
		return ""
	}
	return c.Value
}

// errorPage says what went wrong, in the frame of the desk for those who are signed in. Programs get JSON.
func (h *Handlers) errorPage(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	props := views.ErrorProps{Status: status, Sentence: sentence}
	if status >= 500 {
		props.Code = requestIDOf(r.Context())
	}
	var err error
	if u := user(r.Context()); u != nil {
		err = h.page(w, r, status, page{title: props.Title()}, views.Error(props))
	} else {
		err = h.html(w, r, status, views.PlainLayout(views.PlainProps{Title: props.Title(), Theme: theme(r)}), views.Error(props))
	}
	if err != nil {
		h.Log.Error("rendering an error page", "error", err, "request", requestIDOf(r.Context()))
		http.Error(w, sentence, status)
	}
}

// plainError is the error page that needs neither session nor database.
func (h *Handlers) plainError(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	props := views.ErrorProps{Status: status, Sentence: sentence, Code: requestIDOf(r.Context())}
	if err := h.html(w, r, status, views.PlainLayout(views.PlainProps{Title: props.Title()}), views.Error(props)); err != nil {
		http.Error(w, sentence, status)
	}
}

// sessionFailed answers when the database doesn't, so that nobody knows who asks.
func (h *Handlers) sessionFailed(w http.ResponseWriter, r *http.Request, err error) {
	h.Log.Error("session", "error", err, "request", requestIDOf(r.Context()))
	props := views.ErrorProps{Status: http.StatusServiceUnavailable, Sentence: sentenceUnavailable, Code: requestIDOf(r.Context())}
	layout := views.PlainLayout(views.PlainProps{Title: props.Title(), Theme: theme(r)})
	var buf bytes.Buffer
	if err := layout.Render(templ.WithChildren(r.Context(), views.Error(props)), &buf); err != nil {
		http.Error(w, sentenceUnavailable, props.Status)
		return
	}
	head := w.Header()
	head.Del("Location")
	head.Del("Content-Encoding")
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Length", strconv.Itoa(buf.Len())) // what a handler was about to say is cut off behind it
	w.WriteHeader(props.Status)
	_, _ = w.Write(buf.Bytes())
}

func notFound(http.ResponseWriter, *http.Request) error { return hiring.ErrNotFound }

// askToSignIn sends somebody to the sign-in page, and afterwards back to what they asked for.
func (h *Handlers) askToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("HX-Request") != "" || r.URL.Path == "/events" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	to := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?" + queryOf("next", r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// pathID reads a number out of the path; anything else is hiring.ErrNotFound.
func pathID(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, name), 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("%s in the path: %w", name, hiring.ErrNotFound)
	}
	return id, nil
}

// problemsFor turns problems of the domain into those of a form.
func problemsFor(list []hiring.Problem) ui.Problems {
	out := make(ui.Problems, len(list))
	for i, p := range list {
		out[i] = ui.Problem(p)
	}
	return out
}

// queryOf writes a query of pairs of names and values; a pair without a value is left out.
func queryOf(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q.Encode()
}
