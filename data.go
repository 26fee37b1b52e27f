package autodidact

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"autodidact/core/data"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/report"
)

// Kind is a kind of data.
type Kind = data.Kind

// The kinds of data. A sample is one picture; one clip, a stretch of a film or a folder of frames; one text; one window of a
// series, or a whole series where each has a label.
const (
	Images = data.Images
	Video  = data.Video
	Text   = data.Text
	Series = data.Series
)

// Rejected is a file that was not used, or a thing that was changed, with its Reason: one sentence for people. Its Code is "notice"
// where nothing was left out.
type Rejected = data.Rejected

// Missing is a value that means that nothing was read, of one channel or of all.
type Missing = data.Missing

// Marked is a Missing, and how many readings it made missing.
type Marked = data.Marked

// Reading says how files are read. The zero value guesses the kind from the names of the files, and is right for most.
type Reading struct {
	Kind    Kind      // "" to guess it
	Size    int       // of pictures and clips: pixels on a side that an encoder will see; 32 if 0. Given data of another size, an encoder has them decoded again
	FPS     float64   // of clips: frames a second; 8 if 0
	Frames  int       // of clips: frames of a sample; 16 if 0. A longer film becomes several samples
	Missing []Missing // of series: values that mean that nothing was read

	// Progress, if set, is called while files are decoded ("decoding") and, later, while texts become tokens ("tokenizing"),
	// samples are embedded ("embedding") and forecasts are fitted ("fitting"): with how many of how many are done.
	Progress func(what string, done, total int)
}

// Data is samples in memory. One goroutine works with it at a time.
type Data struct {
	name    string
	set     *data.Set
	leftOut []Rejected
	tables  []Rejected
	size    int // pixels on a side that it was decoded for
	how     Reading
	again   func(ctx context.Context, r Reading) (*Data, error)
}

// Open reads a folder with all that is below it, a zip of one, or one file: PNG, JPEG, WebP, GIF and BMP; text, Markdown, CSV and JSONL of
// texts; CSV, TSV and sktime's .ts of readings. Labels come from the names of folders, from a column named label, or from a table that
// lies in the folder; training never sees them.
//
// Files that cannot be used are left out and named by [Data.LeftOut]; that no sample remains is no error here, but where samples are
// needed. Errors are of the path, of ctx, and of a Reading that cannot be (a [*ConfigError]).
func Open(ctx context.Context, path string, r Reading) (*Data, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if info.IsDir() {
		return open(ctx, path, os.DirFS(path), r)
	}
	given := data.Input{Files: data.FromFile(os.DirFS(filepath.Dir(path)), filepath.Base(path)), Inside: strings.EqualFold(filepath.Ext(path), ".zip")}
	return read(ctx, path, given, r)
}

// OpenFS is [Open] of all files of a file system, such as an embed.FS, a zip.Reader or a map of files in memory (fstest.MapFS).
func OpenFS(ctx context.Context, fsys fs.FS, r Reading) (*Data, error) {
	return open(ctx, "the file system", fsys, r)
}

func open(ctx context.Context, name string, fsys fs.FS, r Reading) (*Data, error) {
	files, err := data.FromFS(fsys)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	return read(ctx, name, data.Input{Files: files, Inside: true}, r)
}

// read decodes what was given under a name.
func read(ctx context.Context, name string, given data.Input, r Reading) (*Data, error) {
	given.Kind = r.Kind
	chosen := data.Choose(given)
	k, err := kind.Find(chosen.Kind)
	if err != nil {
		return nil, err
	}
	if err := r.fits(k.Traits()); err != nil {
		return nil, err
	}
	each := r.each("decoding")
	if k.Traits().Film { // which are read in hundredths
		all := each
		each = func(done, total int) { all(done/100, total/100) }
	}
	set, rejected, err := k.Read(ctx, chosen.Files, kind.Format{Size: r.Size, Rate: r.FPS, Frames: r.Frames, Decode: data.DecodePicture, DecodeClip: data.DecodeClip}, each)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	if k.Cut(set, cmp.Or(r.Size, kind.SizeFor(set, 0)), nil); set.Recordings != nil {
		set.Mark(r.Missing)
	}
	set.Compose()
	d := &Data{name: name, set: set, size: r.Size, how: r, again: func(ctx context.Context, r Reading) (*Data, error) { return read(ctx, name, given, r) }}
	d.leftOut = append(chosen.Rejected, rejected...)
	d.takeTables(chosen.Tables)
	return d, nil
}

// fits refuses what is asked of clips where there are none.
func (r Reading) fits(t kind.Traits) error {
	for name, set := range map[string]bool{"fps": r.FPS != 0, "frames": r.Frames != 0} {
		if set && !t.Film {
			return report.BadField(name, "%s is for clips, and this is data of kind %s", name, t.Kind)
		}
	}
	return nil
}

// each is Progress of one thing.
func (r Reading) each(what string) func(done, total int) {
	return func(done, total int) {
		if r.Progress != nil {
			r.Progress(what, done, total)
		}
	}
}

// takeTables takes the labels of a table that lies in the data as those it came with, if it has no others.
func (d *Data) takeTables(tables []data.LabelTable) {
	set := d.set
	free := len(set.Classes()) == 0 && len(tables) == 1
	for _, t := range tables {
		o := t.Match(set)
		switch says := o.Counts(kind.NounOf(set)); {
		case len(o.Labels) == 0:
			d.leftOut = append(d.leftOut, label.OfNone(t, set))
		case free:
			for i, name := range set.Names {
				set.Labels[i] = o.Labels[name]
			}
			d.leftOut = append(d.leftOut, report.Notice(t.Path, "took its %s", says))
		default:
			d.tables = append(d.tables, report.Notice(t.Path, "has %s", says))
		}
	}
}

// Len is how many samples there are.
func (d *Data) Len() int { return d.set.Len() }

// Kind is what the samples are.
func (d *Data) Kind() Kind { return d.set.Of }

// Names are those of the samples, unique: paths of files within what was opened, for texts and series also rows. They must not be changed.
func (d *Data) Names() []string { return d.set.Names }

// Labels are those that the samples came with, by sample, "" where there is none. They must not be changed.
func (d *Data) Labels() []string { return d.set.Labels }

// LeftOut is what of the files was not used, or was changed, and why.
func (d *Data) LeftOut() []Rejected { return d.leftOut }

// Tables are tables of labels that lie in the data and were not taken, because the samples have labels already or there are several
// tables. [Data.LabelsFrom] takes one.
func (d *Data) Tables() []Rejected { return d.tables }

// Marked is how many readings of series each of Reading.Missing made missing.
func (d *Data) Marked() []Marked { return d.set.Marked() }

// LabelsFrom reads labels of samples by name from a table: one with columns name and label, or any whose rows name the samples' files.
// unknown are names that no sample has.
func (d *Data) LabelsFrom(path string) (labels map[string]string, unknown []string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	l, unknown, err := label.ForSet(d.set, path, raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, unknown, nil
}

// Set is the samples as the other packages of this module have them. It is shared, not copied.
func (d *Data) Set() *data.Set { return d.set }

// For is d for an encoder that sees size pixels on a side: itself, or its files decoded again where pictures were decoded for another size.
func (d *Data) For(ctx context.Context, size int) (*Data, error) {
	if d.again == nil || len(d.set.X) == 0 || kind.Keep(size) == kind.Keep(d.size) {
		return d, nil
	}
	how := d.how
	how.Size = size
	return d.again(ctx, how)
}

// Usable is an error that counts what was left out if there are no samples.
func (d *Data) Usable() error {
	if d.Len() > 0 {
		return nil
	}
	out := 0
	for _, r := range d.leftOut {
		if r.Code != data.Notice {
			out++
		}
	}
	left := fmt.Sprintf("%d files were", out)
	if out == 1 {
		left = "1 file was"
	}
	return fmt.Errorf("data: no %s in %s can be used (%s left out)", kind.TraitsOf(d.set.Of).Item, d.name, left)
}
