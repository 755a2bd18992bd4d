package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom Postgres runs as: this process's own user, or, as Postgres refuses root, somebody else.
type account struct {
	name       string
	credential *syscall.Credential // nil: this process's own user
}

// chooseAccount returns the owner of the data when there is data, so that a folder made by a user still works when root
// starts Greenroom; else postgres, else nobody.
func chooseAccount(data string) (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	if st, err := os.Stat(data); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Uid != 0 {
			name := "with id " + strconv.Itoa(int(sys.Uid))
			if u, err := user.LookupId(strconv.Itoa(int(sys.Uid))); err == nil {
				name = u.Username
			}
			return account{name, &syscall.Credential{Uid: sys.Uid, Gid: sys.Gid}}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, fmt.Errorf("reading the ids of user %s: %w", name, err)
		}
		return account{name, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody; run Greenroom as another user, or set DATABASE_URL")
}

// self reports whether the account is this process's own user.
func (a account) self() bool { return a.credential == nil }

// mkdir makes a folder that only the account can enter.
func (a account) mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return a.own(path)
}

func (a account) own(path string) error {
	if a.self() {
		return nil
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}

// mustReach returns a sentence about the first folder on the way to dir that the account can't pass through.
func (a account) mustReach(dir string) error {
	if a.self() {
		return nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	var way []string
	for d := dir; ; d = filepath.Dir(d) {
		way = append(way, d)
		if d == filepath.Dir(d) {
			break
		}
	}
	for i := len(way) - 1; i >= 0; i-- {
		st, err := os.Stat(way[i])
		if err != nil {
			return err
		}
		if !a.passes(st) {
			return fmt.Errorf("%s is closed to the user %s, and PostgreSQL refuses to run as root; open it with chmod o+x %s", way[i], a.name, way[i])
		}
	}
	return nil
}

// passes applies the kernel's rule: the first class that fits decides.
func (a account) passes(st fs.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	switch mode := st.Mode().Perm(); {
	case sys.Uid == a.credential.Uid:
		return mode&0o100 != 0
	case sys.Gid == a.credential.Gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
