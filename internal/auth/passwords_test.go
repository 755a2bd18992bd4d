package auth

import (
	"context"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	hash, err := HashPassword(ctx, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{
		{"correct horse battery", hash, true},
		{"correct horse batterY", hash, false},
		{"", hash, false},
		{"", "", false},
		{"correct horse battery", "", false},
	} {
		if got, err := CheckPassword(ctx, c.password, c.hash); got != c.want || err != nil {
			t.Errorf("%q against %q: %v, %v", c.password, c.hash, got, err)
		}
	}
	if other, _ := HashPassword(ctx, "correct horse battery"); other == hash {
		t.Error("two hashes of one password are alike: there is no salt")
	}
	if _, err := CheckPassword(ctx, "x", "not a hash"); err == nil {
		t.Error("a broken hash is no error")
	}
}

// The decoy costs what a real hash costs, or time would tell whether there is an account.
func TestTheDecoyCostsAsMuch(t *testing.T) {
	t.Parallel()
	of, salt, key, err := argon2id.DecodeHash(decoy)
	if err != nil {
		t.Fatal(err)
	}
	if *of != params || len(salt) != int(params.SaltLength) || len(key) != int(params.KeyLength) {
		t.Errorf("the decoy is made with %+v, hashes with %+v", *of, params)
	}
}

func TestHashingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hashing.Acquire(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	defer hashing.Release(4)
	if _, err := HashPassword(ctx, "x"); err == nil {
		t.Error("hashed after the end")
	}
	if _, err := CheckPassword(ctx, "x", ""); err == nil {
		t.Error("checked after the end")
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a, hash := NewToken()
	b, _ := NewToken()
	if a == b || len(a) != 43 || string(HashToken(a)) != string(hash) || string(HashToken(b)) == string(hash) {
		t.Errorf("tokens %q and %q", a, b)
	}
}
