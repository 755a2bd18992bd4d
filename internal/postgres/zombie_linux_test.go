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
// a killed postmaster the same fate. Where the machine's own init is quicker to reap it, the scene is set again.
func TestStartAfterKillLeavesAZombie(t *testing.T) {
	const setChildSubreaper = 36 // PR_SET_CHILD_SUBREAPER of linux/prctl.h
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		t.Fatal(errno)
	}
	for range 5 {
		if startBesideZombie(t) {
			return
		}
	}
	t.Error("no zombie stayed until the start beside it was over")
}

// startBesideZombie holds a start to its promises on a folder whose postmaster is a zombie; stayed says whether it was
// one to the end.
func startBesideZombie(t *testing.T) (stayed bool) {
	t.Helper()
	dir := tempDir(t)
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
		return false
	}
	s := start(t, Options{Dir: dir})
	mustRecall(t, s.URL, "zombie")
	return isZombie()
}
