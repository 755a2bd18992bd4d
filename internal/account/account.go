// Package account says which provider account the desk is connected to: the environment's, or the one that an admin
// chose, whose key is kept encrypted. It finds out whether a key is taken and whose account it opens. What the desk then
// does with the account is package mirror's business.
package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"greenroom/internal/config"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partner"
)

// Account is how the provider is reached. The zero value is the local engine.
type Account struct {
	URL string        // base path of the API
	Key config.Secret // "" with a URL: the one that is kept can't be read; the provider will refuse
}

// Live says whether it is TapTalent; if not, it is the local engine.
func (a Account) Live() bool { return a.URL != "" }

// Test says whether what happens there is for practice, which keys say themselves.
func (a Account) Test() bool { return strings.HasPrefix(a.Key.Reveal(), "sk_test_") }

// Masked shows the ends of the key, enough to tell it from another one; "" without a key.
func (a Account) Masked() string { return Masked(a.Key.Reveal()) }

// Masked shows the ends of a key.
func Masked(key string) string {
	switch {
	case key == "":
		return ""
	case len(key) < 16:
		return "set"
	}
	return key[:8] + "…" + key[len(key)-4:]
}

// Options are what a Keeper stands on. All but Environment and SecretKey are required.
type Options struct {
	Store       *db.Store
	Environment Account       // goes before every choice; the zero value leaves it to an admin
	SecretKey   config.Secret // encrypts the key that is kept; "": what is in KeyFile does
	KeyFile     string        // made with the first key that is kept
	Log         *slog.Logger
}

// Keeper keeps the choice of the account. It is safe for concurrent use.
type Keeper struct {
	Options
	now func() time.Time
}

// New is a Keeper; it reads nothing yet.
func New(o Options) *Keeper { return &Keeper{Options: o, now: time.Now} }

// State is the account that is chosen.
type State struct {
	Account
	Connection    int64 // the row of its records
	ByEnvironment bool  // chosen by the environment, and not to be changed here
	ChangedAt     time.Time
	ChangedBy     string // the admin's name; "" when nobody has chosen
	Unreadable    bool   // the key that is kept was encrypted with another one than ours
}

// Same says whether both are one connection with one key: nothing has to be joined anew.
func (s State) Same(other State) bool {
	return s.Account == other.Account && s.Connection == other.Connection
}

// State reads which account is to be used. At a key of the environment that was never seen it asks the provider whose it
// is, and gives what the provider said as the error.
func (k *Keeper) State(ctx context.Context) (State, error) {
	if k.Environment.Live() {
		id, err := k.connect(ctx, k.Environment)
		return State{Account: k.Environment, Connection: id, ByEnvironment: true}, err
	}
	chosen, err := k.Store.ChosenAccount(ctx)
	switch {
	case errors.Is(err, hiring.ErrNotFound):
		id, err := k.Store.Connection(ctx, db.KindEngine, engineAccount)
		return State{Connection: id}, err
	case err != nil:
		return State{}, err
	}
	s := State{Account: Account{URL: chosen.URL}, Connection: chosen.Connection, ChangedAt: chosen.ChangedAt, ChangedBy: chosen.ChangedBy}
	if chosen.SealedKey != nil {
		key, err := k.open(chosen.SealedKey)
		if err != nil {
			k.Log.Error("the provider's API key can't be read; put GREENROOM_SECRET_KEY or the file back, or enter the key again", "error", err)
			s.Unreadable = true
		}
		s.Key = config.Secret(key)
	}
	return s, nil
}

// Draft is what an admin typed.
type Draft struct {
	Live bool   // TapTalent; if not, the local engine
	Key  string // "" keeps the one that is there
	URL  string // "" is the key's own
}

// The names of a draft's fields in the problems of Try and Save.
const (
	FieldKey = "key"
	FieldURL = "base_url"
)

// Trial is what a call with a draft gave.
type Trial struct {
	Took   time.Duration
	Detail string // of a failure, for who knows the API; "" for none
}

// Try asks the provider with a draft, and changes nothing. The error is a *hiring.InvalidError with what has to be
// changed, the provider's refusal and its silence among it, in words.
func (k *Keeper) Try(ctx context.Context, d Draft) (Trial, error) {
	if !d.Live {
		return Trial{}, nil
	}
	a, err := k.check(ctx, d)
	if err != nil {
		return Trial{}, err
	}
	began := k.now()
	_, err = refs(ctx, a)
	trial := Trial{Took: k.now().Sub(began)}
	if err != nil {
		trial.Detail = err.Error()
		return trial, refusal(err)
	}
	return trial, nil
}

// Save tries a draft and keeps it; every process then joins it. For errors see Try; hiring.ErrForbidden when the
// environment has chosen. by is the admin's id.
func (k *Keeper) Save(ctx context.Context, d Draft, by int64) error {
	if k.Environment.Live() {
		return fmt.Errorf("choosing the account: %w", hiring.ErrForbidden)
	}
	if !d.Live {
		id, err := k.Store.Connection(ctx, db.KindEngine, engineAccount)
		if err != nil {
			return err
		}
		return k.Store.SaveAccount(ctx, db.ChosenAccount{Connection: id, ChangedAt: k.now()}, by)
	}
	a, err := k.check(ctx, d)
	if err != nil {
		return err
	}
	list, err := refs(ctx, a)
	if err != nil {
		return refusal(err)
	}
	id, err := k.recognise(ctx, a, list)
	if err != nil {
		return err
	}
	sealed, err := k.seal(a.Key.Reveal())
	if err != nil {
		k.Log.Error("encrypting the provider's API key", "error", err)
		return hiring.Invalid("", "The key can’t be kept: there is nothing to encrypt it with. Make the data folder writable, or set GREENROOM_SECRET_KEY, and start Greenroom again.")
	}
	return k.Store.SaveAccount(ctx, db.ChosenAccount{Connection: id, URL: a.URL, SealedKey: sealed, ChangedAt: k.now()}, by)
}

// check turns a draft into an account. A key that is kept goes to no other address than the one it was entered for, or
// whoever sits at an admin's desk could have it sent to their own.
func (k *Keeper) check(ctx context.Context, d Draft) (Account, error) {
	now, err := k.State(ctx)
	if err != nil {
		return Account{}, err
	}
	key := strings.TrimSpace(d.Key)
	kept := key == ""
	if kept {
		key = now.Key.Reveal()
	}
	if key == "" {
		return Account{}, hiring.Invalid(FieldKey, "Enter the API key. You find it in TapTalent’s settings.")
	}
	t, wrongKey, wrongURL := config.NewTapTalent(key, strings.TrimSpace(d.URL))
	var c hiring.Check
	c.That(wrongKey == "", FieldKey, sentence(wrongKey))
	c.That(wrongURL == "", FieldURL, sentence(wrongURL))
	c.That(wrongURL != "" || !kept || t.URL == now.URL, FieldKey, "Enter the API key again: the one that is kept is only sent to the address it was entered for.")
	return Account{URL: t.URL, Key: t.Key}, c.Err()
}

// sentence makes one of what is said behind a variable's name.
func sentence(said string) string {
	if said == "" {
		return ""
	}
	return strings.ToUpper(said[:1]) + said[1:] + "."
}

// refusal puts what the provider said at the field that it is about.
func refusal(err error) error {
	var e *partner.Error
	if !errors.As(err, &e) {
		return err
	}
	field := "" // trouble that is not of the draft's making
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		field = FieldKey
	case e.Status == http.StatusNotFound || e.Outcome == partner.Unreachable || e.Outcome == partner.Foreign || e.Outcome == partner.Garbled:
		field = FieldURL
	}
	return hiring.Invalid(field, e.ForAdmin())
}

// connect finds the records of the environment's account.
func (k *Keeper) connect(ctx context.Context, a Account) (int64, error) {
	known, others, err := k.Store.KnowsConnection(ctx, db.KindTapTalent, fingerprint(a))
	if err != nil {
		return 0, err
	}
	if known || !others {
		return k.Store.Connection(ctx, db.KindTapTalent, fingerprint(a))
	}
	list, err := refs(ctx, a)
	if err != nil {
		return 0, fmt.Errorf("TAPTALENT_API_KEY is new, and the provider did not tell whose account it opens: %w", err)
	}
	return k.recognise(ctx, a, list)
}

// recognise finds the records of an account: a key that was never seen may open the account of another one, which it
// replaces. Then its interviews are known.
func (k *Keeper) recognise(ctx context.Context, a Account, refs []string) (int64, error) {
	known, _, err := k.Store.KnowsConnection(ctx, db.KindTapTalent, fingerprint(a))
	if err != nil {
		return 0, err
	}
	if !known {
		if err := k.Store.RenameConnection(ctx, db.KindTapTalent, refs, fingerprint(a)); err != nil && !errors.Is(err, hiring.ErrNotFound) {
			return 0, err
		}
	}
	return k.Store.Connection(ctx, db.KindTapTalent, fingerprint(a))
}

// listed is how many of an account's interviews are looked at: the most that one answer holds.
const listed = 100

// refs are the provider's ids of an account's latest interviews.
func refs(ctx context.Context, a Account) ([]string, error) {
	page, err := partner.New(partner.Options{BaseURL: a.URL, Key: a.Key.Reveal()}).Assessments(ctx, 1, listed)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(page.Assessments))
	for i, assessment := range page.Assessments {
		list[i] = string(assessment.AssessmentID)
	}
	return list, nil
}

// engineAccount is the local engine's among connections: there is one.
const engineAccount = "local"

// fingerprint tells accounts apart without keeping the key.
func fingerprint(a Account) string {
	sum := sha256.Sum256([]byte(a.URL + "\x00" + a.Key.Reveal()))
	return hex.EncodeToString(sum[:8])
}
