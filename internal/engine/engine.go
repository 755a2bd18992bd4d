// Package engine is the local implementation of the Assessments API: the contract of package partnerapi on its own
// Postgres schema "engine", with the interview room, generation, scoring and webhooks. It knows nothing of the desk
// that uses it: whoever speaks the contract over HTTP is its client.
package engine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/httprate"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"greenroom/internal/engine/generate"
)

// CompanyID is the company of an installation, as the migrations insert it.
const CompanyID = "48213"

// Options says how an engine stands in its surroundings.
type Options struct {
	APIKey    string     // what clients of /v1/partner send as bearer token; required
	BaseURL   string     // public address without a path, in the room's links; required
	Receivers []Receiver // where webhooks go
	// WebhookKey is the key for all receivers, asked for at each sending since it may be rotated; nil: each Receiver's.
	WebhookKey func(context.Context) (string, error)
	Credits    *int // creating and generating cost one each; nil: unlimited. A changed number starts anew

	Generator   Generator                                // nil: generating fails with AI_GENERATION_FAILED
	Scorer      Scorer                                   // nil: there is no scoring by model
	Transcriber Transcriber                              // writes down what people speak; nil: people listen
	Mail        func(context.Context, MailMessage) error // sends invites; nil: nobody is written to
	MailWaits   bool                                     // what Mail takes waits until people send it on; the room says so
	Company     func(context.Context) string             // who invites, in the room's words; nil or "": "the hiring team"

	Log    *slog.Logger     // nil: slog.Default()
	Now    func() time.Time // nil: time.Now
	Client *http.Client     // delivers webhooks, 5 s at most and without following redirects; nil: one of its own
}

// Receiver gets every webhook. Where several processes share one database, each may reach the same receiver at an
// address of its own: one Name makes them one, and whichever process is there delivers what any of them queued.
type Receiver struct {
	Name string // "" takes the URL; of two with one name the first counts
	URL  string
	Key  string // sent as X-Webhook-Key
}

// name is what the receiver is called in the queue.
func (r Receiver) name() string { return cmp.Or(r.Name, r.URL) }

// MailMessage asks to write to an invited or registered person. The same InviteID can come more than once: when a
// process dies between sending and noting it down, and when the person asks for the link again.
type MailMessage struct {
	InviteID      string
	InviteeType   string // partnerapi.InviteeCandidate or InviteeReviewer
	To, Name      string
	InterviewName string
	Link          string // the invite's page in the room
	Minutes       int    // the interview's length
	Verification  bool   // the person registered in the room, and the link proves the address
}

// Engine serves the contract. All methods may be called at once from several goroutines.
type Engine struct {
	pool      *pgxpool.Pool
	opts      Options
	log       *slog.Logger
	now       func() time.Time
	tokenKey  []byte
	wrongKeys *httprate.RateLimiter
	process   int32 // marks what this process has claimed; see claims.go
	wake      wake
	bank      *generate.Bank // finds the skills that a posting names
	still     bool           // the clock stands; see At
}

// New returns an engine over a migrated database (see Migrate).
func New(ctx context.Context, pool *pgxpool.Pool, opts Options) (*Engine, error) {
	if opts.APIKey == "" || opts.BaseURL == "" {
		return nil, errors.New("starting the engine: APIKey and BaseURL are required")
	}
	opts.BaseURL = strings.TrimRight(opts.BaseURL, "/")
	if opts.Client == nil {
		opts.Client = &http.Client{}
	}
	client := *opts.Client
	client.Timeout = deliveryTimeout
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	opts.Client = &client
	e := &Engine{pool: pool, opts: opts, log: opts.Log, now: opts.Now, process: 1 + mathrand.Int32N(1<<31-2), wake: newWake(), bank: generate.NewBank(),
		wrongKeys: httprate.NewRateLimiter(wrongKeys, time.Minute, quietLimit)}
	if e.log == nil {
		e.log = slog.Default()
	}
	if e.now == nil {
		e.now = time.Now
	}
	if err := e.prepare(ctx); err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	return e, nil
}

// prepare makes the token key and settles the credits, both once for all processes.
func (e *Engine) prepare(ctx context.Context) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		key := make([]byte, 32)
		rand.Read(key)
		if _, err := tx.Exec(ctx, `INSERT INTO engine.secrets (page_token) VALUES ($1) ON CONFLICT DO NOTHING`, key); err != nil {
			return fmt.Errorf("making the token key: %w", err)
		}
		if err := tx.QueryRow(ctx, `SELECT page_token FROM engine.secrets`).Scan(&e.tokenKey); err != nil {
			return fmt.Errorf("reading the token key: %w", err)
		}
		_, err := tx.Exec(ctx, `
			UPDATE engine.companies SET credits = $1, credits_granted = $1
			WHERE id = $2 AND credits_granted IS DISTINCT FROM $1`, e.opts.Credits, CompanyID)
		if err != nil {
			return fmt.Errorf("setting the credits: %w", err)
		}
		return nil
	})
}

// At is the same engine with a clock that stands at t: records made through it bear that time. What it leaves to the
// background is done by Run of the original, at the original's time.
func (e *Engine) At(t time.Time) *Engine {
	at := *e
	at.now, at.still = func() time.Time { return t }, true
	return &at
}

// Run does the background work until ctx ends: webhooks, mail, generation, scoring, and ending interviews whose time
// is over. Several processes may run it on one database. It returns nil when ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	held := make(chan struct{})
	group.Go(func() error { return e.holdClaims(ctx, sync.OnceFunc(func() { close(held) })) })
	group.Go(func() error { return e.sweepLoop(ctx) })
	group.Go(func() error { return e.trimLoop(ctx) })
	group.Go(func() error {
		if err := e.hearAgainAll(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "engine: background work", "error", err)
		}
		return nil
	})
	for range deliveryWorkers {
		group.Go(func() error { return e.work(ctx, held, e.wake.deliveries, e.deliverNext) })
	}
	for range taskWorkers {
		group.Go(func() error { return e.work(ctx, held, e.wake.tasks, e.taskNext) })
	}
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// inTx runs f in a transaction, and after its commit wakes the loops that may have got work by it.
func (e *Engine) inTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	if err := pgx.BeginFunc(ctx, e.pool, f); err != nil {
		return err
	}
	e.wake.all()
	return nil
}

// newID returns a random UUID of version 4.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
