package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"greenroom/internal/auth"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// EnsureSetupLink makes the one-time address under which the first admin sets the desk up; earlier ones stop to work.
// ok is false, without an address, when there is a user already. base is the public address of the desk.
func EnsureSetupLink(ctx context.Context, store *db.Store, base string, now time.Time) (address string, ok bool, err error) {
	token, hash := auth.NewToken()
	err = store.InTx(ctx, func(tx *db.Store) error {
		any, err := beginSetup(ctx, tx)
		if err != nil || any {
			return err
		}
		if _, err := tx.RevokeLinks(ctx, hiring.LinkSetup, ""); err != nil {
			return err
		}
		_, err = tx.InsertLink(ctx, hiring.Link{Kind: hiring.LinkSetup, CreatedAt: now}, hash)
		ok = err == nil
		return err
	})
	if err != nil {
		return "", false, fmt.Errorf("making the setup link: %w", err)
	}
	if !ok {
		return "", false, nil
	}
	return strings.TrimRight(base, "/") + "/setup?token=" + token, true, nil
}

// CreateFirstAdmin sets the desk up without the page; created is false when there is a user already. An empty company
// is called hiring.Unnamed until somebody changes it in the settings. An address or a password that can't be taken is
// an *hiring.InvalidError.
func CreateFirstAdmin(ctx context.Context, store *db.Store, email, password, company string, now time.Time) (created bool, err error) {
	local, _, _ := strings.Cut(email, "@")
	s := setup{company: company, user: hiring.User{Name: local, Email: email}, password: password}
	if s.company == "" {
		s.company = hiring.Unnamed
	}
	if err := s.check(); err != nil {
		return false, err
	}
	if s.user.PasswordHash, err = auth.HashPassword(ctx, password); err != nil {
		return false, err
	}
	s.user.CreatedAt = now
	err = store.InTx(ctx, func(tx *db.Store) error {
		any, err := beginSetup(ctx, tx)
		if err != nil || any {
			return err
		}
		created = true
		_, err = s.save(ctx, tx)
		return err
	})
	return created && err == nil, err
}

// beginSetup holds back others who set up at the same moment, and says whether there is a user already.
func beginSetup(ctx context.Context, tx *db.Store) (anyUser bool, err error) {
	if err := tx.Lock(ctx, db.LockSetup); err != nil {
		return false, err
	}
	return tx.AnyUser(ctx)
}

// setup is what the first admin tells.
type setup struct {
	company, password string
	user              hiring.User
	sample            bool
}

func parseSetup(r *http.Request) setup {
	return setup{
		company:  r.PostFormValue("company_name"),
		password: r.PostFormValue("password"),
		user:     hiring.User{Name: r.PostFormValue("name"), Email: r.PostFormValue("email")},
		sample:   r.PostFormValue("sample") != "",
	}
}

func (s *setup) check() error {
	s.user.Role = hiring.RoleAdmin
	workspace := hiring.Workspace{CompanyName: s.company, RequiredScorecards: 1}
	err := invalid(hiring.CheckWorkspace(&workspace), hiring.CheckUser(&s.user), hiring.CheckPassword(s.password))
	s.company = workspace.CompanyName
	return err
}

func (s *setup) save(ctx context.Context, tx *db.Store) (userID int64, err error) {
	if err := tx.SaveWorkspace(ctx, hiring.Workspace{CompanyName: s.company, RequiredScorecards: 1}); err != nil {
		return 0, err
	}
	return tx.InsertUser(ctx, s.user)
}

// setUpFirst leads every page to the setup while there is no user.
func (h *Handlers) setUpFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user(r.Context()) == nil && r.URL.Path != "/setup" {
			done, err := h.isSetUp(r.Context())
			switch {
			case err != nil:
				h.fail(w, r, err)
				return
			case !done:
				http.Redirect(w, r, "/setup", http.StatusSeeOther)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// isSetUp remembers the answer once it is yes: a user is disabled, never deleted.
func (h *Handlers) isSetUp(ctx context.Context) (bool, error) {
	if h.hasUser.Load() {
		return true, nil
	}
	any, err := h.Store.AnyUser(ctx)
	if any {
		h.hasUser.Store(true)
	}
	return any, err
}

// setupNew shows the form to whoever holds the printed link.
func (h *Handlers) setupNew(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if handled, err := h.setupRefused(w, r, token); handled || err != nil {
		return err
	}
	return h.setupPage(w, r, http.StatusOK, views.SetupProps{Token: token, SampleOffered: h.Sample, Sample: true})
}

// setupCreate makes the first admin, who is signed in afterwards.
func (h *Handlers) setupCreate(w http.ResponseWriter, r *http.Request) error {
	token := r.PostFormValue("token")
	if handled, err := h.setupRefused(w, r, token); handled || err != nil {
		return err
	}
	s := parseSetup(r)
	if err := s.check(); err != nil {
		list, ok := problems(err)
		if !ok {
			return err
		}
		return h.setupPage(w, r, http.StatusUnprocessableEntity, views.SetupProps{
			Token: token, Company: s.company, Name: s.user.Name, Email: s.user.Email,
			SampleOffered: h.Sample, Sample: s.sample, Problems: problemsFor(list),
		})
	}
	var err error
	if s.user.PasswordHash, err = auth.HashPassword(r.Context(), s.password); err != nil {
		return err
	}
	s.user.CreatedAt = h.Now()
	var id int64
	err = h.Store.InTx(r.Context(), func(tx *db.Store) error {
		any, err := beginSetup(r.Context(), tx)
		if err != nil {
			return err
		}
		if any {
			return hiring.ErrConflict
		}
		if _, err := tx.UseLink(r.Context(), auth.HashToken(token), h.Now()); err != nil {
			return err
		}
		if id, err = s.save(r.Context(), tx); err != nil || !s.sample || !h.Sample {
			return err
		}
		return h.Jobs.AddSample(r.Context(), tx)
	})
	if errors.Is(err, hiring.ErrConflict) || errors.Is(err, hiring.ErrNotFound) { // somebody was faster
		_, err = h.setupRefused(w, r, token)
		return err
	}
	if err != nil {
		return err
	}
	if err := h.signIn(r, id); err != nil {
		return err
	}
	h.say(r, "Greenroom is set up for %s. Welcome.", s.company)
	return h.redirect(w, r, "/")
}

// setupRefused answers, and says so, unless the token opens the setup. The link is read before the users: who used it
// meanwhile is among them then.
func (h *Handlers) setupRefused(w http.ResponseWriter, r *http.Request, token string) (handled bool, err error) {
	link, err := h.Store.LinkByToken(r.Context(), auth.HashToken(token))
	opens := err == nil && link.Kind == hiring.LinkSetup && link.UsedAt == nil
	if err != nil && !errors.Is(err, hiring.ErrNotFound) {
		return false, err
	}
	done, err := h.isSetUp(r.Context())
	switch {
	case err != nil:
		return false, err
	case done && user(r.Context()) != nil:
		return true, h.redirect(w, r, "/")
	case done:
		return true, h.plain(w, r, http.StatusOK, page{title: "Set up"}, "Greenroom is set up", views.SetupDone())
	case token == "":
		return true, h.plain(w, r, http.StatusOK, page{title: "Set up"}, "Set up Greenroom", views.SetupWhere(h.BaseURL.String(), false))
	case !opens:
		return true, h.plain(w, r, http.StatusForbidden, page{title: "Set up"}, "This link doesn't work any more", views.SetupWhere(h.BaseURL.String(), true))
	}
	return false, nil
}

func (h *Handlers) setupPage(w http.ResponseWriter, r *http.Request, status int, props views.SetupProps) error {
	return h.plain(w, r, status, page{title: "Set up", problem: len(props.Problems) > 0}, "Set up Greenroom", views.Setup(props))
}
