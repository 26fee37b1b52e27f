package server

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"
)

// tags remembers the entity tag of each file, a hash of its content: the same over
// restarts and machines, and another for each compressed form.
type tags struct{ known sync.Map }

// version is a file as long as nobody writes to it.
type version struct {
	name string
	size int64
	time time.Time
}

// A Tagged is what a FileInfo's Sys may be, when whoever keeps the file knows its tag already.
type Tagged interface{ ETag() string }

func (t *tags) of(bundle fs.FS, f *opened) (string, error) {
	if sys, ok := f.info.Sys().(Tagged); ok && sys.ETag() != "" {
		return sys.ETag(), nil
	}
	v := version{f.name, f.info.Size(), f.info.ModTime()}
	if tag, ok := t.known.Load(v); ok {
		return tag.(string), nil
	}
	content, err := bundle.Open(f.name) // f itself is still to be sent
	if err != nil {
		return "", err
	}
	defer content.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, content); err != nil {
		return "", err
	}
	tag := `"` + base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:15]) + `"`
	t.known.Store(v, tag)
	return tag, nil
}

// matches reports whether If-None-Match names the tag. Weak tags match too (RFC 9110, 13.1.2).
func matches(ifNoneMatch []string, tag string) bool {
	for _, header := range ifNoneMatch {
		for candidate := range strings.SplitSeq(header, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}
