package server

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"time"
)

// Remote is a bundle kept by another HTTP server, which get asks for a file by its path: an edge
// worker's store. It offers no compressed twins, because the edge compresses by itself.
type Remote func(path string) (*http.Response, error)

// Open asks for the named file.
func (get Remote) Open(name string) (fs.File, error) {
	fail := func(err error) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	if ext := path.Ext(name); ext == ".br" || ext == ".gz" {
		return fail(fs.ErrNotExist)
	}
	answer, err := get("/" + name)
	switch {
	case err != nil:
		return fail(err)
	case answer.StatusCode == http.StatusOK:
		return &remoteFile{name, answer}, nil
	}
	answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return fail(fs.ErrNotExist)
	}
	return fail(fmt.Errorf("the store answered %d", answer.StatusCode))
}

// remoteFile is an answer seen as a file, and as what is known of one.
type remoteFile struct {
	name   string
	answer *http.Response
}

func (f *remoteFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *remoteFile) Read(p []byte) (int, error) { return f.answer.Body.Read(p) }
func (f *remoteFile) Close() error               { return f.answer.Body.Close() }

// WriteTo lets the body pass from stream to stream without a copy through Go, where both ends can.
func (f *remoteFile) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, f.answer.Body) }

// Size is -1 when the store does not report it.
func (f *remoteFile) Size() int64 {
	n, err := strconv.ParseInt(f.answer.Header.Get("Content-Length"), 10, 64)
	if err != nil || f.answer.Header.Get("Content-Encoding") != "" {
		return -1
	}
	return n
}

func (f *remoteFile) Name() string       { return path.Base(f.name) }
func (f *remoteFile) Mode() fs.FileMode  { return 0o444 }
func (f *remoteFile) ModTime() time.Time { return time.Time{} }
func (f *remoteFile) IsDir() bool        { return false }
func (f *remoteFile) Sys() any           { return f }
func (f *remoteFile) ETag() string       { return f.answer.Header.Get("ETag") }
