package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"
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

// FromFile is one file of fsys.
func FromFile(fsys fs.FS, name string) []File { return []File{fromFS(fsys, name)} }

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

// clean makes a path relative, with forward slashes and no way up, in Unicode's composed form
// (NFC): macOS writes names decomposed, tables have them composed.
func clean(name string) string {
	name = path.Clean("/" + norm.NFC.String(strings.ReplaceAll(name, `\`, "/")))[1:]
	if name == "" {
		return "unnamed"
	}
	return name
}
