package config_test

import (
	"os"
	"strings"
	"testing"

	"greenroom/internal/config"
)

// TestReadmeNamesEverySetting holds the README's table to what Load reads.
func TestReadmeNamesEverySetting(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range config.Settings() {
		if !strings.Contains(string(readme), "`"+s.Name+"`") {
			t.Errorf("the README's table doesn't name %s", s.Name)
		}
	}
}
