package handlers_test

import (
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleReviewer)
	nobody := app.Nobody()
	page := nobody.Post("/login", "email", member.Email, "password", apptest.Password, "next", "/candidates?q=ada")
	if page.Status != 303 || page.Location != "/candidates?q=ada" {
		t.Fatalf("status %d, location %q", page.Status, page.Location)
	}
}
