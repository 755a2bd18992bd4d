package inbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"sync"
	"time"

	"greenroom/internal/hiring"
)

// KeyGrace is for how long the key before a rotation is still taken.
const KeyGrace = 24 * time.Hour

const (
	keysFresh   = 10 * time.Second // how long keys that were read are trusted
	keysAgain   = time.Second      // how soon they are read again when something comes with another key
	keysTimeout = 2 * time.Second
)

// KeySet is what deliveries may carry.
type KeySet struct {
	Current   string
	Previous  string    // "" for none
	RotatedAt time.Time // when Previous was replaced
}

// PreviousUntil is when the previous key ends; zero without one.
func (k KeySet) PreviousUntil() time.Time {
	if k.Previous == "" {
		return time.Time{}
	}
	return k.RotatedAt.Add(KeyGrace)
}

// PathSecret is the last part of the receiver's address for a sender that can't set headers. It follows from the key,
// goes when the key goes, and doesn't give it away to those who read addresses in logs.
func PathSecret(key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("greenroom webhook address"))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Keys says whether a delivery comes from who it should. It is safe for concurrent use.
type Keys struct {
	// Load reads the keys; it is asked now and then, since another process may rotate them.
	Load func(context.Context) (KeySet, error)
	// Required refuses deliveries without the key; otherwise they count as unverified.
	Required bool
	// Now is time.Now, but for tests.
	Now func() time.Time

	mu     sync.Mutex
	set    KeySet
	read   time.Time // when Load was last asked
	failed error     // what Load then said
}

// Check gives the verdict on what came in the header, or with inPath on what came as the path's secret; ok is false
// when the delivery has to be refused. A path with a wrong secret is always refused. The comparison takes the same time
// whatever came. The error is of reading the keys.
func (k *Keys) Check(ctx context.Context, given string, inPath bool) (verdict hiring.Verdict, ok bool, err error) {
	for _, age := range []time.Duration{keysFresh, keysAgain} {
		set, err := k.within(ctx, age)
		if err != nil {
			return "", false, err
		}
		if k.matches(set, given, inPath) {
			return hiring.VerdictVerified, true, nil
		}
	}
	if k.Required || inPath {
		return "", false, nil
	}
	return hiring.VerdictUnverified, true, nil
}

// Set reads the keys as they are now.
func (k *Keys) Set(ctx context.Context) (KeySet, error) { return k.within(ctx, 0) }

// within gives keys that are no older than age. While they can't be read, those that were read before go on counting:
// what comes with them can't be kept just then anyway.
func (k *Keys) within(ctx context.Context, age time.Duration) (KeySet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Now()
	if k.failed != nil {
		age = min(age, keysAgain)
	}
	if k.read.IsZero() || now.Sub(k.read) >= age {
		loading, cancel := context.WithTimeout(ctx, keysTimeout)
		defer cancel()
		var set KeySet
		if set, k.failed = k.Load(loading); k.failed == nil {
			k.set = set
		}
		k.read = now
	}
	set := k.set
	if !now.Before(set.PreviousUntil()) {
		set.Previous = ""
	}
	if set.Current == "" && k.failed != nil {
		return KeySet{}, k.failed
	}
	return set, nil
}

func (k *Keys) matches(set KeySet, given string, inPath bool) bool {
	match := 0
	for _, key := range []string{set.Current, set.Previous} {
		if key == "" {
			continue
		}
		if inPath {
			key = PathSecret(key)
		}
		want, got := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(given))
		match |= subtle.ConstantTimeCompare(want[:], got[:])
	}
	return match == 1
}
