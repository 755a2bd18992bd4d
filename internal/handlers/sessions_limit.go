package handlers

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/httprate"
)

// How often somebody may try to come in. Every try counts, also those that succeed, so that tries made at once can't
// slip through.
const (
	tryWindow    = 15 * time.Minute
	triesAddress = 60 // an office shares one
	triesAccount = 10
	forgotTries  = 5 // of asking for a link, by account
)

var sentenceTries = fmt.Sprintf("There were too many tries. Wait %d minutes, then try again.", int(tryWindow.Minutes()))

// limits count tries in this process.
type limits struct{ address, account, forgot *httprate.RateLimiter }

func newLimits() limits {
	limiter := func(n int) *httprate.RateLimiter {
		return httprate.NewRateLimiter(n, tryWindow, httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))
	}
	return limits{limiter(triesAddress), limiter(triesAccount), limiter(forgotTries)}
}

// tooMany notes a try with a password and says whether it is one too many from here or for the account.
func (l limits) tooMany(w http.ResponseWriter, r *http.Request, email string) bool {
	return l.address.OnLimit(w, r, remoteAddress(r)) || l.account.OnLimit(w, r, accountKey(email))
}

// tooManyLinks does so for asking for a link.
func (l limits) tooManyLinks(w http.ResponseWriter, r *http.Request, email string) bool {
	return l.address.OnLimit(w, r, remoteAddress(r)) || l.forgot.OnLimit(w, r, accountKey(email))
}

func accountKey(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	return email[:min(len(email), 254)]
}

// remoteAddress is where a request comes from, see fromClient.
func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return httprate.CanonicalizeIP(host)
}
