package exchange

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"

	"autodidact/core/data"
	"autodidact/core/torchfile"
)

const (
	mostZip     = 1 << 30 // bytes of a zip that is held, where it can only be read from its beginning
	mostEntries = 10_000
)

// unzipped lists the files in a zip of a model's folder; none if a file is no zip, or one that PyTorch wrote. The zip is open
// until closed is called.
func unzipped(f data.File) (files []data.File, closed func(), err error) {
	b, err := bodyOf(f)
	if err != nil {
		return nil, nil, err
	}
	closed = func() { b.Close() }
	head, err := b.head()
	if err == nil && bytes.HasPrefix(head, []byte("PK")) {
		if b.at == nil {
			var raw []byte
			raw, err = limited(b, path.Base(f.Path), mostZip)
			b.at, b.size = bytes.NewReader(raw), int64(len(raw))
		}
		if err == nil && !torchfile.Is(b.at, b.size) {
			files, err = entries(b.at, b.size)
		}
	}
	if err != nil || files == nil {
		closed()
	}
	return files, closed, err
}

// entries are the files of a zip by their names in it.
func entries(at io.ReaderAt, size int64) ([]data.File, error) {
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, unusable("this begins as a zip and cannot be read as one: %v", err)
	}
	if len(z.File) > mostEntries {
		return nil, unusable("this zip has %d files; no model has more than %d", len(z.File), mostEntries)
	}
	files, seen := []data.File{}, map[string]bool{}
	for _, e := range z.File {
		name := strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(e.Name, `\`, "/")), "/")
		if e.Mode().IsDir() || name == "" || seen[name] {
			continue
		}
		seen[name] = true
		files = append(files, data.File{Path: name, Size: int64(min(e.UncompressedSize64, mostWeights)), Open: func() (io.ReadCloser, error) { return openEntry(e, path.Base(name)) }})
	}
	return files, nil
}

// openEntry reads an entry, as far as one that is no bomb unpacks: weights hardly become smaller, so ones that unpack to many
// times their size are none.
func openEntry(e *zip.File, name string) (io.ReadCloser, error) {
	if e.Flags&1 != 0 {
		return nil, unusable("it is encrypted: unpack the zip with its password")
	}
	r, err := e.Open()
	if err != nil {
		return nil, unusable("%s in the zip cannot be read: %v", name, err)
	}
	most := int64(min(mostWeights, 16<<20+32*min(e.CompressedSize64, mostWeights)))
	return struct {
		io.Reader
		io.Closer
	}{&limiting{&inZip{r, name}, name + " in the zip", most, most}, r}, nil
}

// inZip words what is wrong with an entry.
type inZip struct {
	r    io.Reader
	name string
}

func (z *inZip) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	if err != nil && err != io.EOF {
		err = unusable("%s in the zip cannot be read: %v", z.name, err)
	}
	return n, err
}
