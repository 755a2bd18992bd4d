package main

import (
	"strings"
	"testing"
)

// An argument must not start the program by the way: somebody who asks for help would get a server.
func TestArguments(t *testing.T) {
	t.Parallel()
	if err := run([]string{"--help"}); err != nil {
		t.Errorf("--help: %v", err)
	}
	if err := run([]string{"--port=80"}); err == nil || !strings.Contains(err.Error(), "environment variable") {
		t.Errorf("--port=80: %v", err)
	}
}
