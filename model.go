package autodidact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/exchange"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// Model is an encoder with what it needs to know of its input: sizes, the vocabulary of texts, the channels of series and their scale.
// It does not change. One goroutine works with it at a time.
type Model struct {
	path    string // "" if it was trained just now
	state   *checkpoint.State
	config  run.Config
	notices []Rejected
	open    func() (kind.Embedder, error)
}

func newModel(path string, s *checkpoint.State, notices ...Rejected) (*Model, error) {
	c, err := run.ConfigOf(s)
	if err != nil {
		return nil, err
	}
	return &Model{path, s, c, notices, sync.OnceValues(func() (kind.Embedder, error) {
		e, _, err := run.OpenEmbedder(s, cpu.New())
		return e, err
	})}, nil
}

// Load reads the model of a run directory, or, with a notice, what the checkpoint of one that is not finished has so far; a file that
// [Model.Save], a run or the page wrote; or what [Import] reads. Errors are a [*fs.PathError]; it wraps
// [ErrNotFound] where there is none, and a [*DamagedError] where a run directory is damaged.
func Load(ctx context.Context, path string) (*Model, error) {
	s, notices, err := load(ctx, path)
	return opened("load", path, s, notices, err)
}

// opened is the model that was read of a path.
func opened(op, path string, s *checkpoint.State, notices []Rejected, err error) (*Model, error) {
	if err == nil {
		var m *Model
		if m, err = newModel(path, s, notices...); err == nil {
			return m, nil
		}
	}
	return nil, &fs.PathError{Op: op, Path: path, Err: err}
}

func load(ctx context.Context, path string) (*checkpoint.State, []Rejected, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(filepath.Join(path, "config.json")); err == nil || !info.IsDir() {
		return imported(path)
	}
	store := checkpoint.Directory(path)
	s, err := store.Load(ctx, checkpoint.ModelID)
	if err == nil && !run.IsModel(s) && !run.Resumable(s) {
		return imported(path)
	}
	if !errors.Is(err, checkpoint.ErrNotFound) {
		return s, nil, store.Remedied(ctx, err)
	}
	unfinished, other := store.Load(ctx, checkpoint.RunID)
	switch {
	case errors.Is(other, checkpoint.ErrNotFound):
		s, notices, not := imported(path)
		if not != nil {
			not = fmt.Errorf("%w: %w", err, not)
		}
		return s, notices, not
	case other != nil:
		return nil, nil, store.Remedied(ctx, other)
	}
	return unfinished, []Rejected{report.Notice(path, "the run is not finished: this is its encoder after step %s", unfinished.Meta[checkpoint.MetaStep])}, nil
}

// Import reads a model made elsewhere, or anything that was exported: a file of weights (safetensors, PyTorch's .pth, .pt, .bin, .ckpt), or
// a folder, or a zip of one, as Hugging Face has them. [Model.Notices] has what of it is not used. Errors are a [*fs.PathError].
func Import(path string) (*Model, error) {
	s, notices, err := imported(path)
	return opened("import", path, s, notices, err)
}

func imported(path string) (*checkpoint.State, []Rejected, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	return exchange.OpenPath(os.DirFS(filepath.Dir(whole)), filepath.Base(whole))
}

// Notices are what was not used of what the model was read from, and that its run is not finished.
func (m *Model) Notices() []Rejected { return m.notices }

// Config is that of the run that trained it.
func (m *Model) Config() Config {
	c, _ := configOf(m.config) // what ConfigOf took can be read
	return c
}

// Save writes the model into one file of safetensors, whole or not at all. [Load] reads it, and so does any library for safetensors.
func (m *Model) Save(path string) error {
	return checkpoint.WriteFile(path, func(w io.Writer) error { return checkpoint.Encode(w, m.state) })
}

// Export writes the model in another layout: a file or a folder, by the format. [Formats] lists them; options are the format's, as the
// command line's help of export has them, and may be nil.
func (m *Model) Export(format, path string, options map[string]string) error {
	to, err := exchange.FindFormat(format)
	if err != nil {
		return err
	}
	if to.Portable {
		return report.BadField("format", "format %s has the page in it, which this package has not: the command line writes it, by autodidact export -format %s", format, format)
	}
	source, err := m.source(to)
	if err != nil {
		return err
	}
	source.Options = options
	files, err := to.Laid(source)
	if err != nil {
		return err
	}
	if to.Ext != "" {
		return checkpoint.WriteFile(path, files[0].Write)
	}
	for _, file := range files {
		at := filepath.Join(path, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := checkpoint.WriteFile(at, file.Write); err != nil {
			return err
		}
	}
	return nil
}

// source is what a format lays out: with the whole run, where the format takes that and the model's directory holds it.
func (m *Model) source(to exchange.Format) (s exchange.Source, err error) {
	if s.Model, err = run.ModelOf(m.state); err != nil {
		return s, err
	}
	if s.Model != m.state {
		s.Run = m.state
	}
	if info, err := os.Stat(m.path); !to.Whole || s.Run != nil || err != nil || !info.IsDir() {
		return s, nil
	}
	store := checkpoint.Directory(m.path)
	if s.Run, err = store.Load(context.Background(), checkpoint.RunID); errors.Is(err, checkpoint.ErrNotFound) {
		return s, nil
	}
	return s, store.Remedied(context.Background(), err)
}

// Formats are the names that [Model.Export] takes.
func Formats() (names []string) {
	for _, f := range exchange.Formats {
		if !f.Portable {
			names = append(names, f.Name)
		}
	}
	return names
}

// State is the model as the other packages of this module have it. It is shared, not copied.
func (m *Model) State() *checkpoint.State { return m.state }

// Embedder is its encoder, built the first time, as the other packages of this module have it.
func (m *Model) Embedder() (kind.Embedder, error) { return m.open() }

// Embed gives the features of each sample: [n, width] of the encoder averaged over positions, of pictures over each of four quadrants
// (width is four times the encoder's), of series with the mean and the scale of each channel. Features that are not finite, as
// those of weights that diverged, are an error, and so are samples of another kind than it was trained on.
func (m *Model) Embed(ctx context.Context, d *Data) (*Embeddings, error) {
	look, err := m.open()
	if err != nil {
		return nil, err
	}
	if d, err = m.read(ctx, d); err != nil {
		return nil, err
	}
	each := d.how.each("embedding")
	if d.set.Texts != nil && look.Tokens != nil {
		if err := d.set.Tokenize(ctx, look.Tokens, each); err != nil {
			return nil, err
		}
	}
	f, err := look.Embed(ctx, d.set, nil, each)
	if err != nil {
		return nil, err
	}
	e := &Embeddings{Names: d.set.Names, Labels: d.set.Labels, Width: f.Width, Data: f.Data, Notices: look.Unread(d.set), features: f, data: d}
	return e, m.finite(e)
}

// read is d for the encoder.
func (m *Model) read(ctx context.Context, d *Data) (*Data, error) {
	if err := d.Usable(); err != nil {
		return nil, err
	}
	ours, theirs := kind.TraitsOf(m.config.Kind), kind.TraitsOf(d.set.Of)
	if !ours.Trains([]data.Kind{theirs.Kind}) && !theirs.Trains([]data.Kind{ours.Kind}) {
		return nil, report.Mismatch("the encoder %s was trained on samples of kind %s; these are of kind %s", m.config.Encoder, ours.Kind, theirs.Kind)
	}
	return d.For(ctx, m.config.Size)
}

// finite refuses features that are no numbers, as those of weights that are finite but far too large.
func (m *Model) finite(e *Embeddings) error {
	for i, v := range e.Data {
		if v-v != 0 {
			return fmt.Errorf("run %s: its encoder gives %v for %s: training diverged; use a checkpoint from before that, such as %s", m.path, v, e.Names[i/e.Width], filepath.Join(m.path, checkpoint.HealthyID+checkpoint.Ext))
		}
	}
	return nil
}
