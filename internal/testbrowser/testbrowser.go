// Package testbrowser finds the browser that tests drive. What they do with it is theirs.
package testbrowser

import (
	"os/exec"
	"testing"
)

// Path is the program of a Chromium or Chrome on this machine. Without one the test is skipped, or fails where a browser
// is required, as in CI; -short leaves it out.
func Path(t testing.TB, required bool) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what needs a browser")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "No browser on this machine: install Debian's package chromium (or Google Chrome) to run this test."
	if required {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}
