package postgres

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// In a container without an init nobody reaps orphans. As their subreaper that does not reap either, this process gives
// a killed postmaster the same fate.
func TestStartAfterKillLeavesAZombie(t *testing.T) {
	dir := tempDir(t)
	const setChildSubreaper = 36 // PR_SET_CHILD_SUBREAPER of linux/prctl.h
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		t.Fatal(errno)
	}
	program, url := startProgram(t, dir)
	remember(t, url, "zombie")
	pid := postmasterPid(t, dir)
	if err := program.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	kill(t, pid)
	kill(t, program.Pid)
	isZombie := func() bool {
		stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return strings.Contains(string(stat), ") Z ")
	}
	if !waitUntil(t.Context(), 5*time.Second, isZombie) {
		t.Fatal("the postmaster did not become a zombie")
	}
	s := start(t, Options{Dir: dir})
	mustRecall(t, s.URL, "zombie")
	if !isZombie() {
		t.Error("the zombie went away before the test was over")
	}
}
