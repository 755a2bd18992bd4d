package engine

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"greenroom/internal/partnerapi"
)

func TestFailuresStayInside(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	r := httptest.NewRequest("GET", "/v1/partner/assessment", nil)
	r.Header.Set("Authorization", "Bearer "+testKey)
	for name, broken := range map[string]http.Handler{
		"panic":  e.answering(func(*call) (any, error) { panic("secret") }),
		"encode": e.answering(func(*call) (any, error) { return func() {}, nil }),
	} {
		w := httptest.NewRecorder()
		broken.ServeHTTP(w, r)
		if got := refused(t, w, partnerapi.CodeInternal); got.Message != "Something failed here. Try again." || got.Type != partnerapi.TypeServer {
			t.Errorf("%s: %+v", name, got)
		}
	}
	e.pool.Close()
	refused(t, do(t, e, "GET", "/assessment", nil), partnerapi.CodeInternal)
}

func TestOptionsThatMustBeThere(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{BaseURL: "http://localhost"}, {APIKey: testKey}} {
		if _, err := New(t.Context(), nil, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func TestRoleIn(t *testing.T) {
	t.Parallel()
	for purpose, want := range map[string]string{
		"We need a backend engineer who can design APIs.": "Backend engineer",
		"Looking for an ICU nurse, nights.":               "ICU nurse",
		"Wir suchen an élagueur.":                         "Élagueur",
		"Join our team":                                   "Open role",
		"Évaluer le candidat":                             "Open role",
		"a":                                               "Open role",
		"":                                                "Open role",
	} {
		if got := roleIn(purpose); got != want {
			t.Errorf("%q: %q, want %q", purpose, got, want)
		}
	}
}

// TestWrongKeysAreLimited: guessing is slowed down, and whoever has the key is not held up by it.
func TestWrongKeysAreLimited(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	site := e.Handler()
	call := func(key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", partnerapi.BasePath+partnerapi.PathAssessments, nil)
		r.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		return w
	}
	for range wrongKeys {
		refused(t, call("sk_test_guess"), partnerapi.CodeUnauthorized)
	}
	limited := call("sk_test_guess")
	refused(t, limited, partnerapi.CodeTooManyRequests)
	if limited.Header().Get("Retry-After") == "" || call(testKey).Code != http.StatusOK {
		t.Errorf("%v, and with the key %d", limited.Header(), call(testKey).Code)
	}
}
