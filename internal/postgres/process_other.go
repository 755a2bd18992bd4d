//go:build !linux

package postgres

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// attributes puts a child into its own process group, so that Ctrl-C reaches it only through Stop. Only Linux can signal
// a child when its parent is killed; elsewhere the next start stops what was left.
func (a account) attributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential, Setpgid: true}
}

// isPostmaster reports whether pid is a live postmaster on data. Numbers are used again, so its arguments are compared.
func isPostmaster(pid int, data string) bool {
	out, err := exec.Command("ps", "-o", "stat=,command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	state, command, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	program, _, _ := strings.Cut(strings.TrimSpace(command), " -D ")
	return !strings.HasPrefix(state, "Z") && filepath.Base(program) == "postgres" && strings.Contains(command, " "+data+" ")
}

// segmentAttached can't be known here.
func segmentAttached(string) (attached, known bool) { return false, false }

// workingIn can't be known here.
func workingIn(string) []int { return nil }
