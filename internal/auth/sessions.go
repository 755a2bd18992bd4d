package auth

import (
	"context"
	"encoding/gob"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long a session lives in all, and without being used.
const (
	SessionLife = 14 * 24 * time.Hour
	SessionIdle = 3 * 24 * time.Hour
)

// Flash is a message that the next page shows once.
type Flash struct {
	Tone       string // success, info or problem
	Text       string
	ActionText string // with ActionURL: a button that posts there, such as "Undo"; "" for none
	ActionURL  string
	LinkText   string // with LinkURL: where to go next; "" for none
	LinkURL    string
}

func init() { gob.Register([]Flash{}) }

// Sessions keeps who is signed in, in Postgres. Its methods want the request's context behind Middleware.
type Sessions struct {
	manager *scs.SessionManager
	stop    context.CancelFunc
	stopped chan struct{}
}

// NewSessions keeps sessions in the pool's database; secure marks the cookie for HTTPS only. It removes expired sessions
// until Close.
func NewSessions(pool *pgxpool.Pool, secure bool) *Sessions {
	m := scs.New()
	m.Store = pgxstore.NewWithCleanupInterval(pool, 0) // its own clean-up can't be stopped without a data race
	m.Lifetime = SessionLife
	m.HashTokenInStore = true
	m.Cookie.Name = "greenroom"
	if secure {
		m.Cookie.Name = "__Host-greenroom"
	}
	m.Cookie.Secure = secure
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode // links in mails have to find people signed in
	ctx, stop := context.WithCancel(context.Background())
	s := &Sessions{manager: m, stop: stop, stopped: make(chan struct{})}
	go s.cleanUp(ctx, pool)
	return s
}

// cleanUp removes expired sessions now and then. A failure is made good by the next round.
func (s *Sessions) cleanUp(ctx context.Context, pool *pgxpool.Pool) {
	defer close(s.stopped)
	every := time.NewTicker(30 * time.Minute)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			_, _ = pool.Exec(ctx, `DELETE FROM sessions WHERE expiry < now()`)
		}
	}
}

// Close stops the removal of expired sessions. It may be called more than once.
func (s *Sessions) Close() {
	s.stop()
	<-s.stopped
}

// Middleware loads the request's session and saves it with the answer. onError answers when the database can't be reached
// for either; after a save that failed the rest of the answer still comes.
func (s *Sessions) Middleware(onError func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	m := *s.manager
	m.ErrorFunc = onError
	return m.LoadAndSave
}

const (
	keyUser  = "user"
	keySince = "since"
	keySeen  = "seen"
	keyFlash = "flash"
)

// SignIn makes the session the user's, under a new token.
func (s *Sessions) SignIn(ctx context.Context, userID int64, now time.Time) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("renewing a session: %w", err)
	}
	s.manager.Put(ctx, keyUser, userID)
	s.manager.Put(ctx, keySince, now.UnixMicro())
	s.manager.Put(ctx, keySeen, now.Unix())
	return nil
}

// SignOut ends the session.
func (s *Sessions) SignOut(ctx context.Context) error {
	if err := s.manager.Destroy(ctx); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// Current is who is signed in and since when; 0 for nobody. A session that was not used for SessionIdle counts as
// nobody's; use is noted hourly, so that reading a page doesn't write a row. Whether the sign-in still stands (see
// hiring.User.SessionsSince) is for the caller to compare.
func (s *Sessions) Current(ctx context.Context, now time.Time) (userID int64, since time.Time) {
	id := s.manager.GetInt64(ctx, keyUser)
	if id == 0 {
		return 0, time.Time{}
	}
	seen := time.Unix(s.manager.GetInt64(ctx, keySeen), 0)
	switch idle := now.Sub(seen); {
	case idle > SessionIdle:
		return 0, time.Time{}
	case idle > time.Hour:
		s.manager.Put(ctx, keySeen, now.Unix())
	}
	return id, time.UnixMicro(s.manager.GetInt64(ctx, keySince))
}

// AddFlash leaves a message for the next page.
func (s *Sessions) AddFlash(ctx context.Context, f Flash) {
	have, _ := s.manager.Get(ctx, keyFlash).([]Flash)
	s.manager.Put(ctx, keyFlash, append(have, f))
}

// TakeFlashes gives the messages and forgets them.
func (s *Sessions) TakeFlashes(ctx context.Context) []Flash {
	if !s.manager.Exists(ctx, keyFlash) {
		return nil
	}
	f, _ := s.manager.Pop(ctx, keyFlash).([]Flash)
	return f
}

// Remember keeps a text under a key until Recall; SignOut forgets it.
func (s *Sessions) Remember(ctx context.Context, key, value string) {
	s.manager.Put(ctx, "note:"+key, value)
}

// Recall gives a remembered text and forgets it; "" when there is none.
func (s *Sessions) Recall(ctx context.Context, key string) string {
	return s.manager.PopString(ctx, "note:"+key)
}
