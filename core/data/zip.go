package data

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"autodidact/core/table"
)

// What a zip may be. What counts as too much unpacked follows from the size of the zip, so that a
// large one of photographs is read and a small one that unpacks to gigabytes is not.
const (
	maxEntries  = 1_000_000
	maxUnpacked = 2 << 30 // bytes of all entries together, or maxRatio times the zip if that is more
	maxRatio    = 100
	maxInMemory = 256 << 20 // bytes of a zip that can only be read from its beginning
)

// Zip lists the files packed in raw, but those of systems. Entries that cannot be used are listed too,
// so that reading one gives its reason.
func Zip(raw []byte) ([]File, error) {
	a := archive{name: "zip"}
	if err := a.open(bytes.NewReader(raw), int64(len(raw))); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return a.files, nil
}

// An archive is what lies in a zip.
type archive struct {
	name   string // its path
	files  []File
	system []string // names of files of systems
	notes  []Rejected
}

// openZip reads the directory of a zip. It is not held in memory where the file can be read from any
// place, as one on a disk and one in a browser can.
func openZip(f File) (*archive, error) {
	a := &archive{name: f.Path}
	body, err := f.Open()
	if err != nil {
		return nil, err
	}
	if at, ok := body.(io.ReaderAt); ok { // stays open for as long as there are entries
		return a, a.open(at, f.Size)
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, maxInMemory+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxInMemory {
		return nil, Rejected{f.Path, "too-large", fmt.Sprintf("too large: a zip of more than %d MB: unpack it", maxInMemory>>20)}
	}
	return a, a.open(bytes.NewReader(raw), int64(len(raw)))
}

func (a *archive) open(at io.ReaderAt, size int64) error {
	if size == 0 {
		return Rejected{a.name, "empty", "empty"}
	}
	z, err := zip.NewReader(at, size)
	if errors.Is(err, zip.ErrFormat) {
		return Rejected{a.name, "broken-zip", "not a zip, or one that is cut off or damaged"}
	}
	if err != nil {
		return err
	}
	if len(z.File) > maxEntries {
		return Rejected{a.name, "too-large", fmt.Sprintf("too large: a zip of more than %s files", table.Thousands(maxEntries))}
	}
	if err := a.unpacked(z.File, size); err != nil {
		return err
	}
	named, notes := zipNames(z.File)
	if notes != "" {
		a.notes = append(a.notes, Rejected{a.name, Notice, notes})
	}
	for i, e := range z.File {
		a.add(named[i], e)
	}
	return nil
}

// unpacked refuses a bomb by what its entries say they unpack to.
func (a *archive) unpacked(entries []*zip.File, size int64) error {
	most := max(uint64(maxUnpacked), maxRatio*uint64(size))
	var total uint64
	for _, e := range entries {
		if total += e.UncompressedSize64; e.UncompressedSize64 > most || total > most {
			return Rejected{a.name, "too-large", fmt.Sprintf("too large: unpacks to more than %s MB", table.Thousands(int64(most>>20)))}
		}
	}
	return nil
}

func (a *archive) add(name string, e *zip.File) {
	if strings.HasSuffix(strings.ReplaceAll(name, `\`, "/"), "/") || e.Mode().IsDir() {
		return
	}
	name = clean(name)
	if ofSystem(name) {
		a.system = append(a.system, name)
		return
	}
	a.files = append(a.files, File{name, int64(e.UncompressedSize64), func() (io.ReadCloser, error) { return openEntry(name, e) }})
}

// methods are ways of packing that are met but cannot be undone here.
var methods = map[uint16]string{1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AES"}

func openEntry(name string, e *zip.File) (io.ReadCloser, error) {
	switch {
	case e.Flags&1 != 0:
		return nil, Rejected{name, "encrypted", "encrypted: unpack the zip with its password"}
	case !e.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	}
	body, err := e.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		how := methods[e.Method]
		if how == "" {
			how = fmt.Sprintf("method %d", e.Method)
		}
		return nil, Rejected{name, "unsupported", fmt.Sprintf("packed with %s, which cannot be unpacked here: unpack the zip, or make one with Deflate", how)}
	}
	if err != nil {
		return nil, inZip(name, err)
	}
	return &atMost{body, name, int64(e.UncompressedSize64)}, nil
}

// inZip names what is wrong with an entry.
func inZip(name string, err error) error {
	if _, flawed := errors.AsType[flate.CorruptInputError](err); flawed || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Rejected{name, "unreadable", "unreadable: damaged in its zip"}
	}
	return err
}

// atMost fails a zip entry that holds more than it declared.
type atMost struct {
	io.ReadCloser
	name string
	left int64
}

func (r *atMost) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, Rejected{r.name, "too-large", "unreadable: larger than its zip says"}
	}
	if err != nil && err != io.EOF {
		err = inZip(r.name, err)
	}
	return n, err
}

// below gives the files a folder of the archive's name, beside it; but if all lie in one folder already,
// that stands for it.
func (a *archive) below() []File {
	under := path.Dir(a.name)
	if !a.inOne() {
		under = path.Join(under, strings.TrimSuffix(path.Base(a.name), path.Ext(a.name)))
	}
	files := make([]File, len(a.files))
	for i, f := range a.files {
		files[i] = renamed(f, path.Join(under, f.Path))
	}
	return files
}

func (a *archive) inOne() bool {
	one := ""
	for _, f := range a.files {
		top, _, deep := strings.Cut(f.Path, "/")
		if !deep || one != "" && top != one {
			return false
		}
		one = top
	}
	return one != ""
}

// renamed is f under another name, by which its errors go too.
func renamed(f File, name string) File {
	return File{name, f.Size, func() (io.ReadCloser, error) {
		body, err := f.Open()
		if bad, ok := errors.AsType[Rejected](err); ok {
			bad.Name = name
			return nil, bad
		}
		if at, ok := body.(*atMost); ok {
			at.name = name
		}
		return body, err
	}}
}

// unpack puts what lies in zips in their places. A zip in a zip stays closed, as do archives of other kinds.
func unpack(files []File) (out []File, system []string, notes []Rejected) {
	for _, f := range files {
		switch formOf(f) {
		case anArchive:
			notes = append(notes, Rejected{f.Path, "archive", "an archive that is not opened here: unpack it, or make a zip"})
		case aZip:
			a, err := openZip(f)
			switch {
			case err != nil:
				notes = append(notes, asRejected(f.Path, err))
				continue
			case len(a.files) == 0:
				notes = append(notes, Rejected{f.Path, "empty", "empty: there is no file in it"})
			}
			notes = append(notes, a.notes...)
			for _, inner := range a.below() {
				if form := formOf(inner); form == aZip || form == anArchive {
					notes = append(notes, Rejected{inner.Path, "archive", "an archive inside a zip is not opened: unpack it"})
					continue
				}
				out = append(out, gunzipped(inner))
			}
			for _, name := range a.system {
				system = append(system, path.Join(f.Path, name))
			}
		default:
			out = append(out, gunzipped(f))
		}
	}
	return out, system, notes
}

// gunzipped is what a table or text packed with gzip holds; any other file as it is.
func gunzipped(f File) File {
	name := stem(f.Path)
	if !strings.EqualFold(path.Ext(f.Path), ".gz") || !isText(name) && !strings.EqualFold(path.Ext(name), ".ts") {
		return f
	}
	return File{name, 0, func() (io.ReadCloser, error) { // how long it is, is known at its end
		body, err := f.Open()
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(body)
		if err != nil {
			body.Close()
			return nil, Rejected{name, "unreadable", "unreadable: not packed with gzip, or damaged"}
		}
		return &unzipping{z, body, name, table.MaxText}, nil
	}}
}

// unzipping ends with an error where more comes out than a text may have.
type unzipping struct {
	*gzip.Reader
	body io.Closer
	name string
	left int64
}

func (r *unzipping) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, Rejected{r.name, "too-large", fmt.Sprintf("too large: unpacks to more than %d MB", table.MaxText>>20)}
	}
	if err != nil && err != io.EOF {
		err = Rejected{r.name, "unreadable", "unreadable: its gzip is damaged or cut off"}
	}
	return n, err
}

func (r *unzipping) Close() error { return errors.Join(r.Reader.Close(), r.body.Close()) }
