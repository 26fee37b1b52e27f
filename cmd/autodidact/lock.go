package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// lockFile is held by the process that trains into a run directory. It says which that is.
const lockFile = ".lock"

// lock makes this process the only one that trains into dir, which it makes if it is not there. The lock ends with the
// process, however that ends. release gives it back, and takes a directory that stayed empty away again.
func lock(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockFile)
	one := flock.New(path)
	mine, err := one.TryLock()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		notef(dir, "files cannot be locked there, so take care that no other process trains into it")
		return func() {}, nil
	case err != nil:
		return nil, fmt.Errorf("%s cannot be locked: %w", dir, err)
	case !mine:
		return nil, fmt.Errorf("%s is in use: %s trains into it; wait for it, stop it, or choose another -out", dir, holder(path))
	}
	os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o644) // a full disk holds no number, but the lock all the same
	return func() {
		if files, err := os.ReadDir(dir); err == nil && len(files) == 1 {
			os.Remove(path)
			os.Remove(dir)
		}
		one.Close()
	}, nil
}

// holder names the process that holds a lock.
func holder(path string) string {
	raw, _ := os.ReadFile(path)
	if pid := strings.TrimSpace(string(raw)); pid != "" {
		return "the process " + pid
	}
	return "another process"
}
