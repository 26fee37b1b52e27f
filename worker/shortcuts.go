package worker

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"unicode"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

// Asked is how well the answers to some questions are told from the encoder's features, and from control probes:
// cues that need no understanding.
type Asked struct {
	N        int
	Chance   float64
	Encoder  float64
	Cues     []Cue
	Twins    bool    // which view is of the same sample
	TooAlike float64 // of twins: the share found by comparing small gray pictures
}

// A Cue is a control probe, and the share of answers it gives away.
type Cue struct {
	Name, What string
	Tells      float64
}

const (
	checkedPictures = 64 // whose questions are asked
	checkedLabels   = 400
)

// questioned asks the exercise's questions about pictures.
func (r *Run) questioned(ctx context.Context) (*Asked, error) {
	task, ok := r.Task.(pretext.QuestionTask)
	if !ok || r.Config.Kind != data.Images && r.Config.Kind != data.Video {
		return nil, nil
	}
	n := min(checkedPictures, r.from.Len())
	b, err := some(r.from, r.Config.Kind, n, 0, n)
	if err != nil {
		return nil, err
	}
	q := task.Questions(r.Task.Views(rng.New(r.Config.Seed).For("asked", 0), b))
	if len(q.Right) == 0 { // beside labels there may be a task that has none
		return nil, nil
	}
	f, err := r.seen(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &Asked{N: len(q.Right), Chance: 1 / float64(max(q.Choices, 1)), Twins: q.Pairs}
	tell := func(f probe.Features) float64 { return twinsFound(f, q.Right) }
	if q.Pairs {
		a.Chance = 1 / float64(max(len(q.Right)-1, 1))
		a.TooAlike = tell(centred(cue(q, glimpse)))
		f = centred(f)
	} else {
		r := rng.New(r.Config.Seed)
		tell = func(f probe.Features) float64 { return answersFound(f, q.Right, r) }
	}
	a.Encoder = tell(f)
	for _, c := range probe.Cues {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a.Cues = append(a.Cues, Cue{c.Name, c.What, tell(cue(q, c.Of))})
	}
	return a, nil
}

// seen is the encoder's features of what questions show, averaged over positions.
func (r *Run) seen(ctx context.Context, q pretext.Questions) (probe.Features, error) {
	enc := r.Task.Backbone()
	f := probe.Features{N: len(q.Images), Width: enc.Width()}
	for some := range slices.Chunk(q.Images, lookBatch) {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		x := make([]float32, 0, len(some)*q.Side*q.Side*3)
		for _, one := range some {
			x = append(x, one...)
		}
		t := autograd.NewTape(r.backend, rng.New(0))
		t.Training = false
		rows, err := t.Download(ctx, nn.Pool(enc.Encode(t.Input(tensor.Float32s(x, len(some), q.Side, q.Side, 3)))).Value())
		t.Free()
		if err != nil {
			return f, err
		}
		f.Data = append(f.Data, rows...)
	}
	return f.On(r.backend), nil
}

// cue is what a control probe has instead of features.
func cue(q pretext.Questions, of func(x []float32, size int) []float32) (f probe.Features) {
	f.N = len(q.Images)
	for _, x := range q.Images {
		f.Data = append(f.Data, of(x, q.Side)...)
	}
	f.Width = len(f.Data) / max(f.N, 1)
	return f
}

// glimpse is a picture as one sees it from afar: brightness in 8 by 8 cells.
func glimpse(x []float32, size int) []float32 {
	const cells = 8
	out := make([]float32, cells*cells)
	for y := range size {
		for z := range size {
			at := (y*size + z) * 3
			out[y*cells/size*cells+z*cells/size] += x[at] + x[at+1] + x[at+2]
		}
	}
	return out
}

// centred takes the mean of all rows from each: what all share tells nothing apart.
func centred(f probe.Features) probe.Features {
	mean := make([]float32, f.Width)
	for i := range f.N {
		for j, v := range f.Row(i) {
			mean[j] += v / float32(f.N)
		}
	}
	c := f
	c.Data = slices.Clone(f.Data)
	for i := range c.N {
		for j := range c.Row(i) {
			c.Row(i)[j] -= mean[j]
		}
	}
	return c
}

// twinsFound is the share of rows whose nearest by cosine is the right one.
func twinsFound(f probe.Features, right []int32) (share float64) {
	for i, at := range probe.Closest(f) {
		if at == int(right[i]) {
			share += 1 / float64(len(right))
		}
	}
	return share
}

// answersFound is the share of questions that a linear probe tells by other questions: of two fifths of them, which is
// enough to compare by.
func answersFound(f probe.Features, right []int32, r *rng.Rand) (share float64) {
	l := probe.Labelled{Features: f}
	for _, c := range right {
		l.Labels = append(l.Labels, fmt.Sprint(c))
	}
	const fifths = 2
	for repeat := range fifths {
		d := probe.DrawLabels(l.Labels, repeat, r)
		test := l.Pick(d.Test)
		share += probe.ScoreOf(probe.NewLinearAt(l.Pick(d.Train(0)), probe.DefaultDecay).Predict(test.Features), test.Labels).Accuracy / fifths
	}
	return share
}

// labelsFound is the share of labels that neighbours tell.
func labelsFound(f probe.Features, labels []string) float64 {
	return probe.KNN(probe.FitStandard(f).Apply(f), labels, 10).Mean
}

// labelCues asks for the labels of some samples by the encoder's features, by the cues of pictures, and by what is beside
// them: where they lie in their folder or in time, and what kind of file or how long they are.
func (r *Run) labelCues(ctx context.Context, labels []string, hear func()) (*Asked, error) {
	at := probe.Evenly(labelled(labels), checkedLabels)
	some := make([]string, len(at))
	count, most := map[string]int{}, 0
	for k, i := range at {
		some[k] = labels[i]
		count[labels[i]]++
		most = max(most, count[labels[i]])
	}
	if len(count) < 2 || len(at) < 50 || len(count)*5 > len(at) || probe.MultiLabel(some) {
		return nil, nil
	}
	f, err := r.Looker().Embed(ctx, r.set, at, func(int, int) { hear() })
	if err != nil {
		return nil, err
	}
	tell := func(f probe.Features) float64 { hear(); return labelsFound(f.On(r.backend), some) }
	a := &Asked{N: len(at), Chance: float64(most) / float64(len(at)), Encoder: tell(f)}
	if r.set.X != nil {
		q := pretext.Questions{Side: r.Config.Size}
		for _, i := range at {
			q.Images = append(q.Images, view.Center(data.Frames(r.set.X[i], 1)[0], q.Side).Buf.(kernel.Host))
		}
		for _, c := range probe.Cues {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			a.Cues = append(a.Cues, Cue{c.Name, c.What, tell(cue(q, c.Of))})
		}
	}
	for _, c := range []struct {
		name, what string
		of         func(set *data.Set, i int) []float32
	}{
		{"order", "in which order the files are named, or when a stretch was read", inOrder},
		{"file", fileWords(r.set.Of), asFile},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := probe.Features{N: len(at)}
		for _, i := range at {
			rows.Data = append(rows.Data, c.of(r.set, i)...)
		}
		if rows.Width = len(rows.Data) / len(at); rows.Same() { // it tells nothing apart
			continue
		}
		a.Cues = append(a.Cues, Cue{c.name, c.what, tell(rows)})
	}
	return a, nil
}

// inOrder is the numbers in the name of a sample's own file, not in its folder's, and of series when in the recording it was read, if
// times are known. Where a row stands in a file is no cue: many a table is sorted by its labels.
func inOrder(set *data.Set, i int) []float32 {
	if set.Of == data.Series {
		w := set.Windows[i]
		if set.Recordings.Whole(w.Of) || !set.Recordings.Of[w.Of].Clock.Known() {
			return soft(0)
		}
		return soft(float64(w.From) / float64(max(set.Recordings.Rows(w.Of), 1)))
	}
	name, n := path.Base(fileOf(set, i)), 0.0
	for _, d := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsDigit(r) }) {
		for _, c := range d[:min(len(d), 9)] {
			n = 10*n + float64(c-'0')
		}
		break
	}
	return append(soft(math.Log1p(n)/21), float32(len(name))/32)
}

// soft spreads a number from 0 to 1 over a few bumps, so that a line can tell any stretch of it.
func soft(x float64) []float32 {
	const bumps = 12
	out := make([]float32, bumps)
	for k := range out {
		d := (x - float64(k)/(bumps-1)) * bumps
		out[k] = float32(math.Exp(-d * d / 2))
	}
	return out
}

// fileOf is the path of the file that a sample is of: without the row of a table or the part of a recording.
func fileOf(set *data.Set, i int) string {
	name := set.Names[i]
	if set.Of == data.Series {
		name = set.Recordings.Of[set.Windows[i].Of].Name
	}
	if set.Of == data.Text || set.Of == data.Series {
		name, _, _ = strings.Cut(name, ", ")
	}
	return name
}

// oneOf spreads words over a few numbers, of which each is 1 for some.
func oneOf(word string) []float32 {
	out, sum := make([]float32, 8), 0
	for _, c := range word {
		sum = sum*31 + int(c)
	}
	out[sum&7] = 1
	return out
}

// fileWords says what asFile looks at.
func fileWords(kind data.Kind) string {
	switch kind {
	case data.Text:
		return "what kind of file it is from, or how long it is"
	case data.Series:
		return "in which folder and what kind of file it is, or how long it is"
	}
	return "what kind of file it is, how long or how large"
}

// asFile is the kind and the shape of a picture's file, of texts and series in which kind of file and, of series, in which folder they
// are and how long they are themselves. Of samples from one file the first are the same.
func asFile(set *data.Set, i int) []float32 {
	file := fileOf(set, i)
	ending := oneOf(strings.ToLower(path.Ext(file)))
	long := func(n int) []float32 { return soft(math.Log1p(float64(n)) / 12) }
	switch set.Of {
	case data.Text:
		return append(ending, long(len(set.Texts.At(i)))...)
	case data.Series:
		return slices.Concat(ending, oneOf(path.Dir(file)), long(set.Recordings.Rows(set.Windows[i].Of)))
	}
	x := data.Frames(set.X[i], 1)[0]
	h, w := float64(x.Shape[0]), float64(x.Shape[1])
	return append(append(ending, soft(0.5+math.Log2(w/h)/4)...), soft(math.Log2(h*w)/24)...)
}
