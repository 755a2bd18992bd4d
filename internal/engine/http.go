package engine

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// routes is the whole contract on one screen; paths are relative to partnerapi.BasePath.
func (e *Engine) routes() []route {
	return []route{
		{"GET", partnerapi.PathAssessments, read(e.assessmentList)},
		{"POST", partnerapi.PathCreateVoice, write(e.assessmentCreate)},
		{"POST", partnerapi.PathAutoGenerate, write(e.assessmentGenerate)},
		{"GET", partnerapi.PathAssessment, read(e.assessmentShow)},
		{"PUT", partnerapi.PathAssessment, write(e.assessmentUpdate)},
		{"POST", partnerapi.PathQuestions, write(e.questionAdd)},
		{"PUT", partnerapi.PathQuestion, write(e.questionUpdate)},
		{"DELETE", partnerapi.PathQuestion, read(e.questionDelete)},
		{"POST", partnerapi.PathGenerateQuestions, write(e.questionsGenerate)},
		{"POST", partnerapi.PathInvite, write(e.inviteCreate)},
		{"GET", partnerapi.PathCandidates, read(e.candidateList)},
		{"GET", partnerapi.PathJobs, read(e.jobList)},

		{"GET", partnerapi.PathExtensions, read(e.extensions)},
		{"POST", partnerapi.PathWebhookTest, write(e.webhookTest)},
		{"GET", partnerapi.PathScoring, read(e.scoringShow)},
		{"PUT", partnerapi.PathScoring, write(e.scoringUpdate)},
		{"GET", partnerapi.PathDetails, read(e.questionDetails)},
		{"GET", partnerapi.PathGeneration, read(e.generationShow)},
		{"GET", partnerapi.PathEvaluation, read(e.evaluationShow)},
		{"PUT", partnerapi.PathEvaluation, write(e.evaluationUpdate)},
		{"DELETE", partnerapi.PathCandidate, read(e.candidateErase)},
		{"GET", partnerapi.PathRecording, read(e.recordingAudio)},
		{"GET", partnerapi.PathWork, read(e.workShow)},
		{"POST", partnerapi.PathFailedWork, write(e.workAgain)},
		{"DELETE", partnerapi.PathFailedWork, read(e.workDrop)},
	}
}

// Handler serves partnerapi.BasePath and the interview room under /room/. Everything else is not found.
func (e *Engine) Handler() http.Handler {
	api, room := e.api(), http.NewServeMux()
	e.roomRoutes(room)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, partnerapi.BasePath+"/") {
			api.ServeHTTP(w, r)
		} else {
			room.ServeHTTP(w, r)
		}
	})
}

// api is the contract behind the key, with every refusal in the contract's own shape.
func (e *Engine) api() http.Handler {
	methods := map[string]map[string]operation{}
	for _, r := range e.routes() {
		if methods[r.path] == nil {
			methods[r.path] = map[string]operation{}
		}
		methods[r.path][r.method] = r.run
	}
	mux := http.NewServeMux()
	for pattern, byMethod := range methods {
		mux.Handle(partnerapi.BasePath+pattern, e.endpoint(byMethod))
	}
	mux.Handle("/", e.answering(func(*call) (any, error) { return nil, refuse(partnerapi.CodeNotFound, "There is no such path") }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Clean(r.URL.Path) != r.URL.Path { // the mux would answer with a redirect in HTML
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = "/", ""
		}
		mux.ServeHTTP(w, r)
	})
}

func (e *Engine) endpoint(byMethod map[string]operation) http.Handler {
	var allow []string
	for method := range byMethod {
		if allow = append(allow, method); method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
	}
	slices.Sort(allow)
	return e.answering(func(c *call) (any, error) {
		method := c.r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		run, ok := byMethod[method]
		if !ok {
			c.w.Header().Set("Allow", strings.Join(allow, ", "))
			return nil, refuse(partnerapi.CodeMethodNotAllowed, "This path takes "+strings.Join(allow, ", "))
		}
		return run(c)
	})
}

type route struct {
	method, path string
	run          operation
}

// operation does one call and returns what goes into the envelope's data.
type operation func(*call) (any, error)

// call is a request on its way through an operation.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	ctx     context.Context
	company company
	message string // for the envelope beside the data
	bare    bool   // the answer has no envelope
}

// param is a path parameter. One that can't be in the database reads as "", which is never found.
func (c *call) param(name string) string { return storable(c.r.PathValue(name)) }

// read is an operation without a body.
func read[T any](run func(*call) (T, error)) operation {
	return func(c *call) (any, error) { return run(c) }
}

// write is an operation with a JSON body.
func write[Request, T any](run func(*call, Request) (T, error)) operation {
	return func(c *call) (any, error) {
		request, err := decode[Request](c)
		if err != nil {
			return nil, err
		}
		return run(c, request)
	}
}

// answering authenticates, runs and encodes; the only place that writes an answer.
func (e *Engine) answering(run operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, ctx: r.Context()}
		data, err := e.attempt(c, run)
		if sound, ok := data.(*sound); ok && err == nil {
			sound.serve(w, r)
			return
		}
		status := http.StatusOK
		var body any = partnerapi.Envelope[any]{Status: partnerapi.StatusSuccess, Message: c.message, Data: data}
		switch {
		case err != nil:
			refusal := e.refusal(c, err)
			status, body = refusal.Code.Status(), refusal
		case c.bare:
			body = data
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			encoded, _ = json.Marshal(e.refusal(c, fmt.Errorf("encoding the answer: %w", err)))
			status = http.StatusInternalServerError
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			w.Write(append(encoded, '\n'))
		}
	})
}

// attempt turns a panic into an error, so that it is answered in the contract's shape too.
func (e *Engine) attempt(c *call, run operation) (data any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if !e.authentic(c.r) {
		from, _ := address(c.r)
		if e.wrongKeys.OnLimit(c.w, c.r, from) {
			return nil, refuse(partnerapi.CodeTooManyRequests, "Too many calls with a wrong key came from there. Wait a minute")
		}
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return nil, refuse(partnerapi.CodeUnauthorized, "Send the API key as Authorization: Bearer YOUR_API_KEY")
	}
	if c.company, err = e.company(c.ctx); err != nil {
		return nil, err
	}
	if !c.company.Active {
		return nil, refuse(partnerapi.CodeAccountInactive, "This account is not active")
	}
	return run(c)
}

// wrongKeys is how many calls with a wrong key one address may make in a minute before it is told to wait.
const wrongKeys = 60

func (e *Engine) authentic(r *http.Request) bool {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	// Hashing first makes the comparison's time independent of the lengths too.
	got, want := sha256.Sum256([]byte(strings.TrimSpace(key))), sha256.Sum256([]byte(e.opts.APIKey))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// refusal is what the caller learns of err: a *partnerapi.Error as it is, anything else only as INTERNAL_ERROR.
func (e *Engine) refusal(c *call, err error) *partnerapi.Error {
	var refusal *partnerapi.Error
	if errors.As(err, &refusal) {
		return refusal
	}
	if c.ctx.Err() == nil {
		e.log.ErrorContext(c.ctx, "engine: request failed", "method", c.r.Method, "route", c.r.Pattern, "error", err)
	}
	return refuse(partnerapi.CodeInternal, "Something failed here. Try again.")
}

// refuse makes the error of a code, with the type that goes with it.
func refuse(code partnerapi.Code, message string) *partnerapi.Error {
	kind := partnerapi.TypeRequest
	switch {
	case code.Status() == http.StatusBadRequest:
		kind = partnerapi.TypeValidation
	case code.Status() >= 500:
		kind = partnerapi.TypeServer
	}
	return &partnerapi.Error{Code: code, Type: kind, Message: message}
}

// company is the account that the key belongs to.
type company struct {
	ID      string
	Active  bool
	Poster  partnerapi.Poster
	Scoring partnerapi.ScoringMode
}

func (e *Engine) company(ctx context.Context) (c company, err error) {
	err = e.pool.QueryRow(ctx, `
		SELECT id, active, poster_first, poster_last, poster_email, poster_id, scoring_mode
		FROM engine.companies WHERE id = $1`, CompanyID).
		Scan(&c.ID, &c.Active, &c.Poster.FirstName, &c.Poster.LastName, &c.Poster.Email, (*string)(&c.Poster.ClientID), (*string)(&c.Scoring))
	if errors.Is(err, pgx.ErrNoRows) {
		return c, refuse(partnerapi.CodeNotFound, "Company not found")
	}
	if err != nil {
		return c, fmt.Errorf("reading the company: %w", err)
	}
	return c, nil
}
