package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/httprate"

	"greenroom/internal/engine/roomviews"
	"greenroom/internal/partnerapi"
)

// Limits of the room. Those by address bear a lecture hall behind one router.
const (
	roomByAddress  = 4500 // requests a minute; who speaks sends a part every three seconds
	roomByInvite   = 300  // requests a minute; typing saves every second at most
	roomParts      = 1200 // parts of recordings a minute by invite, beside those; an hour of speech, once a connection is back
	roomRegisters  = 60   // registrations in ten minutes from one address
	roomBody       = 64 << 10
	roomAnswerBody = 256 << 10 // AnswerMax runes of four bytes, each byte percent-encoded
)

// room serves the candidate's pages. The invite's id in the path is the secret that opens them; there is no session.
type room struct {
	*Engine
	registers *httprate.RateLimiter
}

// roomRoutes mounts the interview room's pages.
func (e *Engine) roomRoutes(mux *http.ServeMux) {
	r := &room{
		Engine:    e,
		registers: httprate.NewRateLimiter(roomRegisters, 10*time.Minute, quietLimit),
	}
	pages := http.NewServeMux()
	pages.Handle("GET /room/a/{assessment}", r.page(r.arrive))
	pages.Handle("POST /room/a/{assessment}", r.page(r.register))
	pages.Handle("GET /room/a/{assessment}/sent", r.page(r.sent))

	byInvite := func(most int) func(http.Handler) http.Handler {
		return httprate.LimitBy(most, time.Minute, func(q *http.Request) (string, error) {
			return q.PathValue("invite"), nil
		}, quietLimit, httprate.WithLimitHandler(r.tooMany))
	}
	some, many := byInvite(roomByInvite), byInvite(roomParts)
	own := func(pattern string, h http.Handler) { pages.Handle(pattern, some(h)) }
	own("GET /room/i/{invite}", r.page(r.hub))
	own("POST /room/i/{invite}", r.page(r.begin))
	own("GET /room/i/{invite}/", r.page(r.toHub))
	own("GET /room/i/{invite}/later", r.page(r.later))
	own("GET /room/i/{invite}/q/{n}", r.page(r.question))
	own("POST /room/i/{invite}/q/{n}", r.page(r.answer))
	own("POST /room/i/{invite}/q/{n}/save", r.script(r.save))
	own("PUT /room/i/{invite}/q/{n}/recordings/{id}", r.script(r.recordingBegin))
	own("GET /room/i/{invite}/recordings/{id}", r.page(r.recordingPlay))
	pages.Handle("PUT /room/i/{invite}/recordings/{id}/{part}", many(r.script(r.recordingPart)))
	own("POST /room/i/{invite}/recordings/{id}/finish", r.script(r.recordingFinish))
	own("POST /room/i/{invite}/recordings/{id}/drop", r.script(r.recordingDrop))
	own("GET /room/i/{invite}/review", r.page(r.review))
	own("POST /room/i/{invite}/submit", r.page(r.submit))
	own("POST /room/i/{invite}/time", r.script(r.time))
	pages.Handle("/room/", r.page(func(http.ResponseWriter, *http.Request) error { return ErrNotFound }))

	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(r.foreign))
	byAddress := httprate.LimitBy(roomByAddress, time.Minute, address, quietLimit, httprate.WithLimitHandler(r.tooMany))
	mux.Handle("/room/", roomHeaders(byAddress(crossing.Handler(pages))))
}

// quietLimit leaves out the headers that count aloud.
var quietLimit = httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"})

// address is where a request comes from, as far as the connection tells.
func address(q *http.Request) (string, error) {
	host, _, err := net.SplitHostPort(q.RemoteAddr)
	if err != nil {
		host = q.RemoteAddr
	}
	return httprate.CanonicalizeIP(host), nil
}

// roomHeaders keep the pages out of caches, search engines, frames and, since the path is a secret, other sites' logs.
func roomHeaders(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("Cache-Control", "no-store")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Robots-Tag", "noindex, nofollow")
		limit := int64(roomBody)
		switch {
		case q.Method == http.MethodPut && strings.Contains(q.URL.Path, "/recordings/"):
			limit = partMax
		case strings.Contains(q.URL.Path, "/q/"):
			limit = roomAnswerBody
		}
		q.Body = http.MaxBytesReader(w, q.Body, limit)
		next.ServeHTTP(w, q)
	})
}

// page runs a handler and answers its error with a page that says what to do.
func (r *room) page(do func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if err := attempted(w, q, do); err != nil {
			r.fail(w, q, err)
		}
	})
}

// script runs a handler whose answers are for the room's scripts.
func (r *room) script(do func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		err := attempted(w, q, do)
		var missing *MissingError
		var large *http.MaxBytesError
		switch {
		case err == nil:
		case errors.As(err, &missing):
			respond(w, http.StatusConflict, saveAnswer{State: "missing", Part: missing.Part})
		case errors.Is(err, errElsewhere), errors.Is(err, ErrDiffers):
			respond(w, http.StatusConflict, saveAnswer{State: "elsewhere"})
		case errors.Is(err, ErrTooLong), errors.Is(err, ErrTooLarge), errors.As(err, &large):
			respond(w, http.StatusUnprocessableEntity, saveAnswer{State: "long"})
		case errors.Is(err, errDamaged):
			respond(w, http.StatusBadRequest, saveAnswer{State: "damaged"})
		case errors.Is(err, ErrTimedOut), errors.Is(err, ErrOver), errors.Is(err, ErrNotStarted):
			respond(w, http.StatusGone, saveAnswer{State: "over", Href: place(q)})
		case errors.Is(err, ErrNotFound):
			respond(w, http.StatusNotFound, saveAnswer{State: "gone"})
		default:
			r.report(q, err)
			respond(w, http.StatusServiceUnavailable, saveAnswer{State: "busy"})
		}
	})
}

// attempted turns a panic into an error, and reads the form first.
func attempted(w http.ResponseWriter, q *http.Request, do func(http.ResponseWriter, *http.Request) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if q.Method == http.MethodPost {
		err := q.ParseForm() // on its own first: its mistakes are lost behind ErrNotMultipart
		if err == nil {
			err = q.ParseMultipartForm(roomAnswerBody)
		}
		if err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return fmt.Errorf("%w: %w", errForm, err)
		}
	}
	return do(w, q)
}

// errForm marks a body that could not be read.
var errForm = errors.New("reading the form")

// show renders a page.
func show(w http.ResponseWriter, q *http.Request, status int, c templ.Component) error {
	var page bytes.Buffer
	if err := c.Render(q.Context(), &page); err != nil {
		return fmt.Errorf("drawing a page: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page.Bytes())
	return nil
}

// respond answers room.js.
func respond(w http.ResponseWriter, status int, a saveAnswer) {
	body, _ := json.Marshal(a) // of strings and numbers
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

// saveAnswer tells the room's scripts what became of a save, of a part of a recording, or of the time.
type saveAnswer struct {
	State     string `json:"state"` // saved, running, elsewhere, long, over, gone, busy; of recordings also missing, damaged
	Page      int64  `json:"page,omitempty"`
	Part      int    `json:"part,omitempty"`      // of missing: the first
	Remaining int64  `json:"remaining,omitempty"` // milliseconds
	Href      string `json:"href,omitempty"`      // where to go
}

// place is the path of the person's own pages, "" outside of them.
func place(q *http.Request) string {
	if id := q.PathValue("invite"); id != "" {
		return "/room/i/" + id
	}
	return ""
}

func (r *room) toHub(w http.ResponseWriter, q *http.Request) error {
	http.Redirect(w, q, place(q), http.StatusSeeOther)
	return nil
}

// frame is what all pages have.
func (r *room) frame(q *http.Request, title string) roomviews.Frame {
	return roomviews.Frame{Title: title, Company: r.companyName(q.Context()), Base: place(q)}
}

func (e *Engine) companyName(ctx context.Context) string {
	if e.opts.Company == nil {
		return ""
	}
	return e.opts.Company(ctx)
}

// judge is who will read the answers, as the next submission would be scored.
func (r *room) judges(ctx context.Context) (roomviews.Judge, error) {
	mode, err := scoringMode(ctx, r.pool)
	if err != nil {
		return roomviews.Judge{}, err
	}
	if mode == partnerapi.ScoringModel && r.opts.Scorer == nil {
		mode = partnerapi.ScoringPeople
	}
	j := roomviews.Judge{Mode: string(mode), Model: r.model()}
	if r.opts.Transcriber != nil {
		j.Transcriber = r.opts.Transcriber.Model()
	}
	return j, nil
}

func shown(i Interview) roomviews.Interview {
	return roomviews.Interview{Title: i.Title, Role: i.Role, Language: i.Language, Questions: i.Questions, Minutes: i.Minutes}
}

// clock is the time a running interview has left.
func (s Submission) clock() roomviews.Clock {
	return roomviews.Clock{Remaining: s.Remaining, Deadline: s.Deadline}
}
