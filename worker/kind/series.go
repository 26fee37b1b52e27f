package kind

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"slices"

	"autodidact/core/baseline"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/token"
	"autodidact/pretext"
	"autodidact/worker/report"
)

// series are recordings of readings, cut into windows, and series that are one sample each.
type series struct{ Independent }

func (series) Traits() Traits {
	return Traits{Kind: data.Series, Noun: "window", Item: "series", Unit: "window", SizeWords: "windows whose rows are a multiple", Size: usualRows, MinSize: leastRows, MaxSize: mostRows, Batch: 32, Encoder: "tcn-small",
		Fit: fitSeries, NounFor: seriesNoun,
		Rate: func(string) (rate, decay float64) { return 1e-3, 0 },
		Clip: 1, Missing: true, Keep: true, Tuning: Tuning{60, 10, 600, 1e-3, 1e-3}, Enough: 50, More: "channels that move"}
}

func (series) Read(ctx context.Context, files []data.File, _ Format, each func(done, total int)) (*data.Set, []data.Rejected, error) {
	return data.ReadSeries(ctx, files, each)
}

// seriesNoun is what one sample is called: a series only if all are whole ones.
func seriesNoun(set *data.Set) string {
	if set.AllWhole() {
		return "series"
	}
	return "window"
}

// The rows of a window.
const usualRows, leastRows, mostRows = 96, 16, 2048

// fitSeries is the usual number of rows for windows of recordings. For whole series it is as many rows as nine of ten have, so that a
// window holds a series: one that is much longer than the others does not decide.
func fitSeries(set *data.Set, multiple int) int {
	if !set.AllWhole() {
		return usualRows
	}
	lengths := set.Recordings.Lengths()
	long, multiple := lengths[(len(lengths)*9+9)/10-1], max(multiple, 1)
	return min(max((long+multiple-1)/multiple*multiple, leastRows), mostRows)
}

// Prepare cuts windows as long as p says, and marks as missing what it names.
func (series) Prepare(_ context.Context, set *data.Set, p Plan, _ token.Tokenizer, _ func(done, total int)) error {
	if set.Recordings != nil && set.Long() != p.Size {
		set.Cut(p.Size)
	}
	if p.Missing != nil {
		set.Mark(p.Missing)
	}
	return nil
}

func (series) Input(set *data.Set, size int) (Input, error) {
	if set.Recordings == nil || len(set.Recordings.Of) == 0 {
		return Input{}, fmt.Errorf("%w: there are no series", data.ErrTooFew)
	}
	r := set.Recordings
	return Input{Channels: &Channels{r.Channels, r.Scale(size), set.Missing(), r.LabelsChangeWithin(size)}}, nil
}

// Channels is what an encoder of series knows of them: their names, and what is usual in each.
type Channels struct {
	Names   []string       `json:"channels"`
	Scale   data.Scale     `json:"scale"`
	Missing []data.Missing `json:"missing,omitempty"` // values that mean that nothing was read
	LastRow bool           `json:"lastRow,omitempty"` // labels change within windows: a window's is that of its last row
}

// savedChannels reads them from a checkpoint's metadata; nil if there are none.
func savedChannels(raw string) (*Channels, error) {
	if raw == "" {
		return nil, nil
	}
	c := &Channels{}
	if err := json.Unmarshal([]byte(raw), c); err != nil || len(c.Names) == 0 || len(c.Names) != len(c.Scale.Mean) || len(c.Names) != len(c.Scale.Std) {
		return nil, &checkpoint.FormatError{Reason: "the channels in the checkpoint cannot be read"}
	}
	return c, nil
}

// fit says what keeps recordings from being read as c was learned.
func (c *Channels) fit(of *data.Recordings) error {
	if fmt.Sprint(c.Names) != fmt.Sprint(of.Channels) {
		return report.Mismatch("the encoder learned from channels %v; these are %v", c.Names, of.Channels)
	}
	return nil
}

// Ahead is how many rows after a window a task predicts.
func Ahead(task pretext.Task) int {
	if t, ok := task.(interface{ Ahead() int }); ok {
		return t.Ahead()
	}
	return 0
}

func (series) Sources(set *data.Set, size int, in Input, task pretext.Task, _ pretext.Spec) Sources {
	pieces := func(held bool) data.Source {
		return set.Recordings.Pieces(size, Ahead(task), in.Channels.Scale, held)
	}
	return Sources{Train: pieces(false), Held: pieces(true)}
}

// Split parts windows by time: those before the border may give labels, those behind it are tested. Whole series are in either part.
func (series) Split(set *data.Set) (train, test []int, fixed bool) {
	train, test = set.SplitByTime()
	return train, test, true
}

func (series) Baseline(set, test *data.Set, _ int, in Input, b kernel.Backend) (*baseline.Baseline, []string) {
	return baseline.OfSeries(set, test, in.Channels.Scale, b)
}

// Altered are samples with as much noise as each channel varies.
func (k series) Altered(_ context.Context, e Embedder, set *data.Set, at []int, r *rng.Rand) (*data.Set, error) {
	return k.Perturbed(e, set, at, 1, r), nil
}

// Perturbed are samples with noise: such a share of what each channel varies by. Only their rows are copied.
func (series) Perturbed(e Embedder, set *data.Set, at []int, share float64, r *rng.Rand) *data.Set {
	out := named(set, at)
	few, c := *set.Recordings, len(set.Recordings.Channels)
	few.Of = nil
	for k, i := range at {
		w, r := set.Windows[i], r.For("window", k)
		rec := set.Recordings.Of[w.Of]
		rec.X = make([]float32, w.Rows*c)
		set.Recordings.Into(rec.X, w)
		for j := range rec.X {
			rec.X[j] += float32(share * r.NormFloat64() * math.Abs(float64(e.Channels.Scale.Std[j%c])))
		}
		few.Of = append(few.Of, rec)
		out.Windows = append(out.Windows, data.Window{Of: k, Rows: w.Rows})
	}
	out.Recordings = &few
	return out
}

// sameCurve is how many bits the hashes of recordings that are nearly the same differ in, at most.
const sameCurve = 5

// Duplicates are the windows of recordings that read as another one does.
func (series) Duplicates(_ context.Context, _ Embedder, set *data.Set, _ func()) ([][]int, error) {
	of := set.Recordings.Of
	hashes := make([]uint64, len(of))
	for i, r := range of {
		hashes[i] = probe.CurveHash(r.X, len(set.Recordings.Channels))
	}
	groups := probe.NearDuplicates(hashes, sameCurve, func(i, j int) bool { return readAlike(of[i].X, of[j].X, len(set.Recordings.Channels)) })
	group := make([]int, len(of)) // which each recording is in, from 1 on
	for k, g := range groups {
		for _, i := range g {
			group[i] = k + 1
		}
	}
	out := make([][]int, len(groups))
	for i, w := range set.Windows {
		if g := group[w.Of]; g > 0 {
			out[g-1] = append(out[g-1], i)
		}
	}
	return slices.DeleteFunc(out, func(g []int) bool { return len(g) < 2 }), nil
}

// readAlike says whether readings of two recordings differ by no more than a hundredth of how they vary.
func readAlike(a, b []float32, channels int) bool {
	if len(a) != len(b) {
		return false
	}
	for c := range channels {
		var off, vary, last float64
		for k := c; k < len(a); k += channels {
			x, y := float64(a[k]), float64(b[k])
			if x != x || y != y {
				continue
			}
			off += (x - y) * (x - y)
			vary += (x - last) * (x - last)
			last = x
		}
		if off > 1e-4*vary {
			return false
		}
	}
	return true
}

// Cues are when in its recording a window was read, if times are known, and what recording it is of. Where a row stands in a file
// is no cue: many a table is sorted by its labels. Of samples from one file the folder and the type are the same. A folder that is
// the label is no cue.
func (series) Cues(set *data.Set, _ int) []Cue {
	r := set.Recordings
	return []Cue{{"order", orderWords, func(i int) []float32 {
		w := set.Windows[i]
		if r.Whole(w.Of) || !r.Of[w.Of].Clock.Known() {
			return soft(0)
		}
		return soft(float64(w.From) / float64(max(r.Rows(w.Of), 1)))
	}}, {"file", "in which folder and what kind of file it is, or how long it is", func(i int) []float32 {
		of := set.Windows[i].Of
		file := ownFile(r.Of[of].Name)
		folder := path.Dir(file)
		if r.ByFolder(of) {
			folder = ""
		}
		return slices.Concat(fileType(file), oneHot(folder), length(r.Rows(of)))
	}}}
}

func (series) Layout(size int, _ Input) string {
	return fmt.Sprintf("float32 [batch, %d, 2·channels]: values, each channel of a window or series less its mean and by its deviation, 0 where missing; then 1 for each that is there", size)
}

// Cut makes windows of recordings, with what is missing marked.
func (series) Cut(set *data.Set, size int, missing []data.Missing) {
	if set.Recordings != nil {
		set.Cut(size)
		set.Mark(missing)
	}
}

func (series) Items(set *data.Set) int {
	if set.Recordings == nil {
		return 0
	}
	return len(set.Recordings.Of)
}
