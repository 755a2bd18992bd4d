package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// attributes puts a child into its own process group, so that Ctrl-C reaches it only through Stop, and sends it onDeath
// when this process is killed. 0 sends nothing.
func (a account) attributes(onDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential, Setpgid: true, Pdeathsig: onDeath}
}

// isPostmaster reports whether pid is a live postmaster on data. Numbers are used again, so its arguments are compared.
func isPostmaster(pid int, data string) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// "pid (name) state …": the name may hold anything, the state follows its last parenthesis.
	if i := strings.LastIndexByte(string(stat), ')'); i < 0 || i+2 >= len(stat) || strings.ContainsRune("ZX", rune(stat[i+2])) {
		return false
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	args := strings.Split(string(line), "\x00")
	return filepath.Base(args[0]) == "postgres" && slices.Contains(args, data)
}

// segmentAttached reports whether any process is attached to the System V shared memory segment id, and whether that can
// be known at all. The list is open to everybody, even where asking for the segment itself is not.
func segmentAttached(id string) (attached, known bool) {
	list, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil || id == "" {
		return false, err == nil
	}
	for line := range strings.Lines(string(list)) {
		// key shmid perms size cpid lpid nattch …
		if col := strings.Fields(line); len(col) > 6 && col[1] == id {
			return col[6] != "0", true
		}
	}
	return false, true
}

// workingIn lists the processes whose working folder is data, as that of every backend is. Those that this process may
// not look at are left out.
func workingIn(data string) []int {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // fails only on a malformed pattern
	var pids []int
	for _, link := range links {
		if dir, err := os.Readlink(link); err != nil || dir != data {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
