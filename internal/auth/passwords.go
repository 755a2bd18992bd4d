// Package auth knows who somebody is: password hashing, sessions and one-time tokens. What they may do is package
// hiring's, pages and forms are package handlers'.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"
)

// params follow OWASP's password storage cheat sheet (19 MiB, two passes, one lane): about 27 ms and no more memory
// than a busy sign-in page can bear.
var params = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashing bounds how many passwords are worked on at once, so that a flood of sign-ins can't take all memory.
var hashing = semaphore.NewWeighted(4)

// HashPassword gives the argon2id hash in PHC form. It waits for its turn; only ctx ending is an error in practice.
func HashPassword(ctx context.Context, password string) (string, error) {
	if err := hashing.Acquire(ctx, 1); err != nil {
		return "", fmt.Errorf("waiting to hash a password: %w", err)
	}
	defer hashing.Release(1)
	hash, err := argon2id.CreateHash(password, &params)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return hash, nil
}

// decoy is compared with when there is no account, so that time doesn't tell whether there is one.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$RkqZ5Vr5H4b9gJYBhvDyBbT0VYk3x1nVQJcFUKkrkJc"

// CheckPassword says whether the password makes the hash. An empty hash (no account, or none with a password) is
// never matched and takes as long.
func CheckPassword(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = decoy
	}
	if err := hashing.Acquire(ctx, 1); err != nil {
		return false, fmt.Errorf("waiting to check a password: %w", err)
	}
	defer hashing.Release(1)
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("checking a password: %w", err)
	}
	return match && known, nil
}

// NewToken makes a secret of 256 bits for a one-time link, and the hash under which it is kept.
func NewToken() (token string, hash []byte) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand.Read never fails: it ends the program instead
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, HashToken(token)
}

// HashToken is the hash under which a token is kept and looked up. Tokens are random, so a plain SHA-256 is enough.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
