package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// purpose goes into the encryption, so that what is sealed for one purpose opens for no other.
const purpose = "greenroom provider key"

// seal encrypts the API key with AES-256-GCM under a key that is made of the secret by HKDF (RFC 5869).
func (k *Keeper) seal(key string) ([]byte, error) {
	secret, err := k.secret(true)
	if err != nil {
		return nil, err
	}
	box, err := newBox(secret)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, []byte(key), []byte(purpose)), nil
}

func (k *Keeper) open(sealed []byte) (string, error) {
	secret, err := k.secret(false)
	if err != nil {
		return "", err
	}
	box, err := newBox(secret)
	if err != nil {
		return "", err
	}
	key, err := box.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return "", fmt.Errorf("decrypting the API key: %w", err)
	}
	return string(key), nil
}

func newBox(secret string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// secret is the environment's, or what is in the file, which is made when it may be. Two processes that make it at once
// end up with one.
func (k *Keeper) secret(make bool) (string, error) {
	if k.SecretKey != "" {
		return k.SecretKey.Reveal(), nil
	}
	text, err := os.ReadFile(k.KeyFile)
	if errors.Is(err, fs.ErrNotExist) && make {
		if err = k.makeFile(); err == nil {
			text, err = os.ReadFile(k.KeyFile)
		}
	}
	if err != nil {
		return "", fmt.Errorf("reading what encrypts the API key: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < 16 {
		return "", fmt.Errorf("reading what encrypts the API key: %s has no key in it", k.KeyFile)
	}
	return secret, nil
}

// makeFile writes a new secret beside the file and links it to its name: the file is there whole or not at all, and
// never replaced.
func (k *Keeper) makeFile() error {
	dir := filepath.Dir(k.KeyFile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".secret-") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), k.KeyFile); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
