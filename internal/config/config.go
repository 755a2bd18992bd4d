// Package config turns the environment into a validated Config and is its only reader. It opens nothing and starts
// nothing: whether a database or a mail server answers is found out by those who use it.
package config

import (
	"net/netip"
	"os"

	"github.com/caarlos0/env/v11"
)

// Config is everything that an installation sets from outside, checked. It may be logged: its secrets redact themselves.
type Config struct {
	// Addr is where the desk listens, as host:port.
	Addr string
	// URL is the public base URL, without a slash at its end. Empty when GREENROOM_URL is unset and the port of Addr is 0:
	// then it follows from the port that the listener gets.
	URL string
	// Data is the folder of the managed Postgres and of the secret key. It may be relative.
	Data string
	// DatabaseURL is the user's own Postgres. Empty: a managed one in Data.
	DatabaseURL Secret
	// PGBin is the folder of the programs of the managed Postgres. Empty: they are looked for.
	PGBin string
	// Proxies are the networks whose word about X-Forwarded-For counts; there is one at least.
	Proxies []netip.Prefix
	// MetricsToken opens /metrics to others than loopback. Empty: it stays closed to them.
	MetricsToken Secret
	// SecretKey encrypts the provider key that is kept in the database. Empty: a file in Data does.
	SecretKey Secret
	// SampleData fills an empty installation with the sample data.
	SampleData bool

	TapTalent  TapTalent
	Engine     Engine
	Admin      Admin
	Model      Model // writes questions and scores answers
	Transcribe Model // turns speech into text
	Mail       Mail
}

// TapTalent is the account at the live provider.
type TapTalent struct {
	Key        Secret // empty: an admin chooses on the connection page; before that the local engine takes the provider's place
	URL        string // base path of the API, without a slash at its end; set when Key is
	WebhookKey Secret // expected in X-Webhook-Key; empty: a stored one is, and what TapTalent sends without it counts as unverified
}

// Engine is the local engine.
type Engine struct {
	Key         Secret   // of its API; empty: made on first start
	WebhookURLs []string // receivers besides the desk
	Credits     *int     // nil: unlimited
}

// Admin is the first admin, created when there is no user. Email is empty when that is left to the setup page.
type Admin struct {
	Email    string
	Password Secret
}

// Model is an OpenAI-compatible server.
type Model struct {
	URL  string // base path, without a slash at its end; empty: there is no model
	Key  Secret // empty: the server asks for none
	Name string // as the server calls it; set when URL is
}

// On reports whether there is a model.
func (m Model) On() bool { return m.URL != "" }

// Mail is the mail server.
type Mail struct {
	URL  Secret // smtp:// (STARTTLS) or smtps://, with user and password; empty: messages wait in the outbox
	From string // an address, with or without a name; set when URL is
}

// FromEnvironment is Load of the process's environment.
func FromEnvironment() (Config, error) { return Load(os.Environ()) }

// Load builds a Config from "NAME=value" lines; of a name given twice the last line counts, an empty value counts as
// unset. The error is an *Error with every mistake.
func Load(environ []string) (Config, error) {
	given := trim(env.ToMap(environ))
	var raw variables
	if err := env.ParseWithOptions(&raw, env.Options{Environment: given}); err != nil {
		return Config{}, err // unreachable with fields that are all strings
	}
	var c checker
	cfg := raw.config(&c)
	c.unknown(given)
	if len(c.problems) > 0 {
		return Config{}, &Error{Problems: c.problems}
	}
	return cfg, nil
}
