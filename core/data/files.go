package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// FromFS lists every file under the root of fsys. A file or folder that cannot be
// looked at is listed too, so that reading it gives its reason.
func FromFS(fsys fs.FS) ([]File, error) {
	var files []File
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return fmt.Errorf("data: %w", err)
		case err != nil:
			files = append(files, File{Path: name, Open: refuse(err)})
			return nil
		case d.IsDir():
			return nil
		}
		files = append(files, fromFS(fsys, name))
		return nil
	})
	return files, err
}

// fromFS follows a link to a file, but nothing else: a pipe would never end, and
// a linked folder may contain itself.
func fromFS(fsys fs.FS, name string) File {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return File{Path: name, Open: refuse(err)}
	}
	if !info.Mode().IsRegular() {
		return File{Path: name, Open: refuse(errors.New("not a regular file"))}
	}
	return File{name, info.Size(), func() (io.ReadCloser, error) { return fsys.Open(name) }}
}

func refuse(err error) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return nil, err }
}

// What a zip may unpack to.
const (
	maxEntries  = 100_000
	maxUnpacked = 2 << 30 // bytes, of all entries together
)

// Zip lists the files packed in raw.
func Zip(raw []byte) ([]File, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("data: zip: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("data: zip: more than %d entries", maxEntries)
	}
	var files []File
	var total uint64
	for _, e := range z.File {
		if e.Mode().IsDir() || strings.HasSuffix(e.Name, "/") {
			continue
		}
		size := e.UncompressedSize64
		if total += size; size > maxUnpacked || total > maxUnpacked {
			return nil, fmt.Errorf("data: zip: unpacks to more than %d MB", maxUnpacked>>20)
		}
		files = append(files, File{clean(e.Name), int64(size), func() (io.ReadCloser, error) {
			body, err := e.Open()
			if err != nil {
				return nil, err
			}
			return &atMost{body, int64(size)}, nil
		}})
	}
	return files, nil
}

// atMost fails a zip entry that holds more than it declared.
type atMost struct {
	io.ReadCloser
	left int64
}

func (r *atMost) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, errors.New("the zip entry is larger than it declares")
	}
	return n, err
}

// clean makes a path relative, with forward slashes and no way up.
func clean(name string) string {
	name = path.Clean("/" + strings.ReplaceAll(name, `\`, "/"))[1:]
	if name == "" {
		return "unnamed"
	}
	return name
}

// leftBySystem knows the files that macOS and Windows put in folders unasked.
func leftBySystem(name string) bool {
	base := path.Base(name)
	switch strings.ToLower(base) {
	case ".ds_store", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasPrefix(base, "._") || strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/")
}
