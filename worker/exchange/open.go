package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/torchfile"
	"autodidact/worker/layout"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// Open is OpenFiles of one file in memory.
func Open(raw []byte) (*checkpoint.State, []data.Rejected, error) {
	return OpenFiles([]data.File{inMemory("", raw)})
}

// OpenPath is OpenFiles of what lies at a path: a file, which errors do not name, or the files of a folder.
func OpenPath(fsys fs.FS, path string) (*checkpoint.State, []data.Rejected, error) {
	info, err := fs.Stat(fsys, path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		return openFiles(data.FromFile(fsys, path))
	}
	folder, err := fs.Sub(fsys, path)
	if err != nil {
		return nil, nil, err
	}
	files, err := Folder(folder)
	if err != nil {
		return nil, nil, err
	}
	return openFiles(files)
}

func inMemory(name string, raw []byte) data.File {
	return data.File{Path: name, Size: int64(len(raw)), Open: func() (io.ReadCloser, error) {
		return struct {
			*bytes.Reader
			io.Closer
		}{bytes.NewReader(raw), io.NopCloser(nil)}, nil
	}}
}

// OpenFiles makes a model, or a whole run of ours, of what a person has: a file of weights (safetensors, or PyTorch's .pth, .pt,
// .bin, .ckpt), a zip of a model's folder, or the files of such a folder. Notices are of what is not used. What cannot be
// opened is a *checkpoint.FormatError that says what it is.
func OpenFiles(files []data.File) (*checkpoint.State, []data.Rejected, error) {
	s, notes, err := openFiles(files)
	if len(files) == 1 {
		err = named(files[0].Path, err)
	}
	return s, notes, err
}

func openFiles(files []data.File) (*checkpoint.State, []data.Rejected, error) {
	w := &weights{unread: map[string]string{}, about: map[string][]byte{}}
	if err := w.open(files); err != nil {
		return nil, nil, err
	}
	s, more, err := w.model()
	if err != nil {
		return nil, nil, err
	}
	return s, append(w.notes, more...), nil
}

// Title calls a model as the folder that its files lie in, or else its largest file.
func Title(files []data.File) string {
	if len(files) == 0 {
		return ""
	}
	largest := slices.MaxFunc(files, func(a, b data.File) int { return cmp.Compare(a.Size, b.Size) }).Path
	if folder, _, within := strings.Cut(largest, "/"); within {
		return folder
	}
	return strings.TrimSuffix(largest, path.Ext(largest))
}

// weights are tensors as they come in, and what comes with them.
type weights struct {
	state  *checkpoint.State
	unread map[string]string // tensors that cannot be held, and why
	about  map[string][]byte // files that say what it is, by name
	notes  []data.Rejected
}

func (w *weights) open(files []data.File) error {
	if len(files) != 1 {
		return w.openFolder(files)
	}
	f := files[0]
	inner, closed, err := unzipped(f)
	if err != nil {
		return err
	}
	if inner == nil {
		w.state, err = w.read(f, "")
		return err
	}
	defer closed()
	return w.openFolder(inner)
}

// model is what the tensors make.
func (w *weights) model() (*checkpoint.State, []data.Rejected, error) {
	if run.IsModel(w.state) || run.Resumable(w.state) {
		notes, err := layout.Inventory(w.state)
		return w.state, notes, w.because(err)
	}
	s, notes, err := layout.FromTensors(w.state, w.about)
	if err == nil && len(w.unread) > 0 {
		notes = append(notes, report.Notice("weights", "%s: %s", report.WereNot(len(w.unread), "tensor", "read"), w.unreadable()))
	}
	return s, notes, w.because(err)
}

// because adds to an error which tensors could not be read: the one that is lacking may be among them.
func (w *weights) because(err error) error {
	if err == nil || len(w.unread) == 0 {
		return err
	}
	return fmt.Errorf("%w; %s: %s", err, report.WereNot(len(w.unread), "tensor", "read"), w.unreadable())
}

func (w *weights) unreadable() string {
	var says []string
	for _, name := range slices.Sorted(maps.Keys(w.unread)) {
		says = append(says, w.unread[name])
	}
	return report.List(says, report.MostListed)
}

// A body is an open file: at is nil where it can only be read from its beginning.
type body struct {
	*bufio.Reader
	at     io.ReaderAt
	size   int64
	closed io.Closer
}

func bodyOf(f data.File) (*body, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	at, _ := r.(io.ReaderAt)
	return &body{bufio.NewReaderSize(r, 1<<20), at, f.Size, r}, nil
}

func (b *body) Close() error { return b.closed.Close() }

// head is the first bytes, at most 512.
func (b *body) head() ([]byte, error) {
	head, err := b.Peek(512)
	if err == io.EOF {
		err = nil
	}
	return head, err
}

// read reads a file of weights. Errors name it, if it has a name among others.
func (w *weights) read(f data.File, name string) (*checkpoint.State, error) {
	b, err := bodyOf(f)
	if err != nil {
		return nil, named(name, err)
	}
	defer b.Close()
	head, err := b.head()
	if err != nil {
		return nil, named(name, err)
	}
	if ofTorch(head) {
		s, err := w.readTorch(b, path.Base(f.Path))
		return s, named(name, err)
	}
	if what := toldBy(head, f.Path); what != "" {
		return nil, named(name, unusable("%s", what))
	}
	s, unread, err := checkpoint.DecodeForeign(b)
	for name, why := range unread {
		w.unread[name] = why
	}
	if bad, ok := errors.AsType[*checkpoint.FormatError](err); ok && !safetensors(head) {
		err = unusable("this is neither safetensors nor a file of PyTorch (%s). %s", bad.Reason, takes)
	}
	return s, named(name, err)
}

// named adds the name of the file to an error, where there is one.
func named(name string, err error) error {
	if err == nil || name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

func unusable(format string, a ...any) error {
	return &checkpoint.FormatError{Reason: fmt.Sprintf(format, a...)}
}

// mostTorch is how many bytes of a file of PyTorch are held, where it can only be read from its beginning, in a zip.
const mostTorch = 1 << 30

// readTorch reads what torch.save wrote, and notes what lies beside the weights.
func (w *weights) readTorch(b *body, name string) (*checkpoint.State, error) {
	at, size := b.at, b.size
	if at == nil {
		raw, err := limited(b, name, mostTorch)
		if err != nil {
			return nil, err
		}
		at, size = bytes.NewReader(raw), int64(len(raw))
	}
	f, err := torchfile.Decode(at, size)
	if err != nil {
		return nil, err
	}
	for name, why := range f.Unread {
		w.unread[name] = name + ": " + why
	}
	if f.Under != "" {
		w.notes = append(w.notes, report.Notice("weights", "the tensors under %q are read", f.Under))
	}
	if len(f.Left) > 0 {
		w.notes = append(w.notes, report.Notice("weights", "beside the tensors %s: %s", report.WereNot(len(f.Left), "value", "read"), report.List(f.Left, report.MostListed)))
	}
	return f.State, nil
}
