package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lettingGo is what a program that was just killed gets to let go of its lock.
const lettingGo = time.Second

// folder is the folder of one server, held by this process: lock, data/, and data.new/ while initdb runs.
type folder struct {
	dir     string // absolute, without links
	account account
	lock    *os.File
}

func (f folder) data() string    { return filepath.Join(f.dir, "data") }
func (f folder) pidFile() string { return filepath.Join(f.data(), "postmaster.pid") }

// claimFolder makes dir when missing and takes its lock, which goes away with this process however it ends.
func claimFolder(ctx context.Context, dir string) (f folder, err error) {
	if dir == "" {
		return f, errors.New("no folder given for the managed Postgres")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return f, fmt.Errorf("making the folder of the managed Postgres: %w", err)
	}
	if f.dir, err = filepath.Abs(dir); err != nil {
		return f, err
	}
	if f.dir, err = filepath.EvalSymlinks(f.dir); err != nil {
		return f, err
	}
	if f.lock, err = lockFolder(ctx, f.dir); err != nil {
		return f, err
	}
	if err := f.admit(); err != nil {
		f.release()
		return f, err
	}
	return f, nil
}

// admit chooses the account and makes sure that it can work in the folder.
func (f *folder) admit() (err error) {
	if f.account, err = chooseAccount(f.data()); err != nil {
		return err
	}
	if f.account.self() {
		return nil
	}
	// The folder is the server's own, so it may be opened; the folders above it are somebody's decision.
	if err := os.Chmod(f.dir, 0o711); err != nil {
		return err
	}
	if err := f.account.mustReach(f.dir); err != nil {
		return fmt.Errorf("the managed Postgres can't work in %s: %w, or choose another folder with GREENROOM_DATA", f.dir, err)
	}
	return nil
}

func (f folder) release() { f.lock.Close() }

func lockFolder(ctx context.Context, dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s belongs to another user; run Greenroom as that user, or choose another folder with GREENROOM_DATA (%w)", dir, err)
	}
	if err != nil {
		return nil, err
	}
	waitUntil(ctx, lettingGo, func() bool {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		return !errors.Is(err, syscall.EWOULDBLOCK)
	})
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer lock.Close()
		return nil, fmt.Errorf("%s is %w by another Greenroom%s; stop that one, or choose another folder with GREENROOM_DATA",
			dir, ErrInUse, owner(lock))
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("locking %s: %w", lock.Name(), err)
	}
	// Only for the message above: the lock itself is what counts.
	if err := lock.Truncate(0); err == nil {
		_, _ = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	}
	return lock, nil
}

func owner(lock *os.File) string {
	b := make([]byte, 20)
	n, _ := lock.ReadAt(b, 0)
	if n == 0 {
		return ""
	}
	return " (process " + string(b[:n]) + ")"
}

// version is the major version of the data, or "" when there is no data yet.
func (f folder) version() (string, error) {
	b, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), err
}

// initialise makes the data folder when there is none. It is renamed into place whole, so that an initdb that was cut
// short leaves nothing that looks like data.
func (f folder) initialise(ctx context.Context, bin string, ephemeral bool, log *slog.Logger) error {
	if v, err := f.version(); v != "" || err != nil {
		return err
	}
	log.Info("Making a new Postgres", "folder", f.dir)
	half := f.data() + ".new"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("removing an unfinished data folder: %w", err)
	}
	if err := f.account.mkdir(half); err != nil {
		return err
	}
	if err := f.initdb(ctx, bin, half, ephemeral); err != nil {
		return err
	}
	if err := os.Rename(half, f.data()); err != nil {
		return fmt.Errorf("putting the new data folder in place: %w", err)
	}
	if ephemeral {
		return nil
	}
	return syncFolder(f.dir)
}

func (f folder) initdb(ctx context.Context, bin, target string, ephemeral bool) error {
	// Peer and password checks are left out: the socket lies in a folder that only this account can enter.
	args := []string{"-D", target, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=" + locale(), "--no-instructions"}
	if ephemeral {
		args = append(args, "--no-sync")
	} else {
		args = append(args, "--data-checksums")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
	cmd.Dir, cmd.SysProcAttr = "/", f.account.attributes(syscall.SIGKILL)
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	runtime.LockOSThread() // see spawn
	defer runtime.UnlockOSThread()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("initdb could not make %s: %w: %s", target, errors.Join(ctx.Err(), err), strings.TrimSpace(said.String()))
	}
	return nil
}

// locale sorts by code point, which no operating system update changes under an index.
func locale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "en_US.UTF-8" // macOS has no C.UTF-8
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
