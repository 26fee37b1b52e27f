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

// Vitals is what the doctor knows of a run: everything it says follows from these.
type Vitals struct {
	Config  Config
	Kind    data.Kind
	Samples int // there are
	Learned int // of which so many are learned from
	Step    int
	Width   int // of the features
	Curve   []Point
	// Now is what Monitor measured last.
	Now       map[string]float64
	Untrained float64 // effective rank of the encoder before learning, on the same samples; 0 if it was not measured
	Diverged  bool

	Questions  *Asked   // of the exercise; nil if it has no right answers, or was not asked
	Labels     *Asked   // of the samples' labels
	Duplicates [][]int  // samples that are nearly the same
	Names      []string // of samples
}

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
	task, ok := r.Task.(pretext.Answered)
	if !ok || r.Config.Kind != data.Images && r.Config.Kind != data.Video {
		return nil, nil
	}
	n := min(checkedPictures, r.from.Len())
	questions := func(from data.Source, n int, name string) (pretext.Questions, error) {
		b, err := some(from, r.Config.Kind, n, 0, n)
		if err != nil {
			return pretext.Questions{}, err
		}
		return task.Questions(r.Task.Views(rng.New(r.Config.Seed).For(name, 0), b)), nil
	}
	q, err := questions(r.from, n, "asked")
	if err != nil {
		return nil, err
	}
	f, err := r.seen(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &Asked{N: len(q.Right), Chance: 1 / float64(max(q.Choices, 1)), Twins: q.Twins}
	tell := func(f probe.Features) float64 { return twinsFound(f, q.Right) }
	if q.Twins {
		a.Chance = 1 / float64(max(len(q.Right)-1, 1))
		a.TooAlike = tell(centred(cue(q, glimpse)))
		f = centred(f)
	} else {
		r := rng.New(r.Config.Seed)
		tell = func(f probe.Features) float64 { return answersFound(f, q.Right, r) }
	}
	a.Encoder = tell(f)
	for _, c := range probe.Cues {
		a.Cues = append(a.Cues, Cue{c.Name, c.What, tell(cue(q, c.Of))})
	}
	return a, nil
}

// seen is the encoder's features of what questions show, averaged over positions.
func (r *Run) seen(ctx context.Context, q pretext.Questions) (probe.Features, error) {
	enc := r.Task.Trunk()
	f := probe.Features{N: len(q.Shown), Width: enc.Width()}
	for some := range slices.Chunk(q.Shown, 64) {
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
	f.N = len(q.Shown)
	for _, x := range q.Shown {
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
	for i, want := range right {
		if near := probe.Neighbors(f, i, 1); len(near) > 0 && near[0].Index == int(want) {
			share += 1 / float64(len(right))
		}
	}
	return share
}

// answersFound is the share of a fifth of the questions that a linear probe tells by the others.
func answersFound(f probe.Features, right []int32, r *rng.Rand) float64 {
	labels := make([]string, len(right))
	for i, c := range right {
		labels[i] = fmt.Sprint(c)
	}
	return told(probe.Labelled{Features: f, Labels: labels}, r)
}

// told is how well a linear probe tells labels, asked about three different fifths.
func told(l probe.Labelled, r *rng.Rand) (accuracy float64) {
	const fifths = 3
	for repeat := range fifths {
		d := probe.Dealt(l.Labels, repeat, r)
		test := l.Pick(d.Asked)
		accuracy += probe.Graded(probe.NewLinear(l.Pick(d.Given(0)), r).Tell(test.Features), test.Labels).Accuracy / fifths
	}
	return accuracy
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
	if len(count) < 2 || len(at) < 50 || len(count)*5 > len(at) || probe.Several(some) {
		return nil, nil
	}
	f, err := r.Looker().Embed(ctx, r.set, at, func(int, int) { hear() })
	if err != nil {
		return nil, err
	}
	chance := rng.New(r.Config.Seed)
	tell := func(f probe.Features) float64 { hear(); return told(probe.Labelled{Features: f, Labels: some}, chance) }
	a := &Asked{N: len(at), Chance: float64(most) / float64(len(at)), Encoder: tell(f)}
	if r.set.X != nil {
		q := pretext.Questions{Side: r.Config.Size}
		for _, i := range at {
			q.Shown = append(q.Shown, view.Center(data.Glances(r.set.X[i], 1)[0], q.Side).Buf.(kernel.Host))
		}
		for _, c := range probe.Cues {
			a.Cues = append(a.Cues, Cue{c.Name, c.What, tell(cue(q, c.Of))})
		}
	}
	for _, c := range []struct {
		name, what string
		of         func(set *data.Set, i int) []float32
	}{
		{"order", "in which order the files are named, or when a stretch was read", inOrder},
		{"file", "what kind of file it is, how long or how large", asFile},
	} {
		rows := probe.Features{N: len(at)}
		for _, i := range at {
			rows.Data = append(rows.Data, c.of(r.set, i)...)
		}
		rows.Width = len(rows.Data) / len(at)
		a.Cues = append(a.Cues, Cue{c.name, c.what, tell(rows)})
	}
	return a, nil
}

// inOrder is the numbers in a sample's own name, not in its folder's, and of series where in the recording it lies.
func inOrder(set *data.Set, i int) []float32 {
	if set.Of == data.Series {
		w := set.Windows[i]
		x := float64(w.From) / float64(max(set.Recordings.Rows(w.Of), 1))
		return soft(x)
	}
	name, n := path.Base(set.Names[i]), 0.0
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

// asFile is the shape and the kind of a picture's file, or how long a text is.
func asFile(set *data.Set, i int) []float32 {
	ending := make([]float32, 8)
	sum := 0
	for _, c := range strings.ToLower(path.Ext(set.Names[i])) {
		sum = sum*31 + int(c)
	}
	ending[sum&7] = 1
	switch set.Of {
	case data.Text:
		return append(ending, soft(math.Log1p(float64(len(set.Texts.At(i))))/12)...)
	case data.Series:
		return append(ending, float32(set.Windows[i].Of))
	}
	x := data.Glances(set.X[i], 1)[0]
	h, w := float64(x.Shape[0]), float64(x.Shape[1])
	return append(append(ending, soft(0.5+math.Log2(w/h)/4)...), soft(math.Log2(h*w)/24)...)
}

// Two samples are nearly the same when their hashes differ in no more bits than this, their features, less what all share,
// have at least this cosine, and pictures, from afar, differ by no more than this share of what they vary by. The hash of a
// text tells by itself.
const (
	samePicture, sameText, sameCurve = 4, 12, 5
	sameLook                         = 0.95
	samePixels                       = 0.12
)

// duplicates are groups of samples that are nearly the same, by a hash of them and to the encoder.
func (r *Run) duplicates(ctx context.Context, tick func()) ([][]int, error) {
	set := r.set
	if set.Of == data.Series {
		return duplicateRecordings(set), nil
	}
	hashes := make([]uint64, set.Len())
	for i := range hashes {
		if set.Of == data.Text {
			hashes[i] = probe.SimHash(probe.Words(set.Texts.At(i)))
		} else {
			hashes[i] = probe.DifferenceHash(data.Glances(set.X[i], 1)[0])
		}
		if i%500 == 0 {
			tick()
		}
	}
	if set.Of == data.Text {
		return probe.Alike(hashes, sameText, nil), nil
	}
	var suspects []int // and some others, so that there is a mean
	for _, group := range probe.Alike(hashes, samePicture, nil) {
		suspects = append(suspects, group...)
	}
	if suspects == nil {
		return nil, nil
	}
	suspects = append(suspects, probe.Evenly(all(set.Len()), monitorSamples/4)...)
	slices.Sort(suspects)
	suspects = slices.Compact(suspects)
	f, err := r.Looker().Embed(ctx, set, suspects, func(int, int) { tick() })
	if err != nil {
		return nil, err
	}
	c, of := centred(f.Pooled()), make([]uint64, len(suspects))
	for k, i := range suspects {
		of[k] = hashes[i]
	}
	groups := probe.Alike(of, samePicture, func(i, j int) bool {
		return cosine(c.Row(i), c.Row(j)) >= sameLook && samePixel(set.X[suspects[i]], set.X[suspects[j]])
	})
	for _, group := range groups {
		for k := range group {
			group[k] = suspects[group[k]]
		}
	}
	return groups, nil
}

// samePixel compares two pictures, or the middle frames of two clips, in 16 by 16 cells.
func samePixel(x, y *tensor.Tensor) bool {
	two := &data.Set{Of: data.Images, X: []*tensor.Tensor{data.Glances(x, 1)[0], data.Glances(y, 1)[0]}}
	f := probe.Raw(two, rawSide)
	mean, off, vary := 0.0, 0.0, 0.0
	for _, v := range f.Row(0) {
		mean += float64(v) / float64(f.Width)
	}
	for k, v := range f.Row(0) {
		off += math.Pow(float64(v-f.Row(1)[k]), 2)
		vary += math.Pow(float64(v)-mean, 2)
	}
	return off <= samePixels*samePixels*vary
}

func cosine(a, b []float32) float64 {
	var dot, x, y float64
	for k, v := range a {
		dot += float64(v) * float64(b[k])
		x += float64(v) * float64(v)
		y += float64(b[k]) * float64(b[k])
	}
	return dot / math.Sqrt(max(x*y, 1e-30))
}

// duplicateRecordings are the windows of recordings that read as another one does.
func duplicateRecordings(set *data.Set) [][]int {
	of := set.Recordings.Of
	hashes := make([]uint64, len(of))
	for i, r := range of {
		hashes[i] = probe.CurveHash(r.X, len(set.Recordings.Channels))
	}
	groups := probe.Alike(hashes, sameCurve, func(i, j int) bool { return readAlike(of[i].X, of[j].X, len(set.Recordings.Channels)) })
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
	return slices.DeleteFunc(out, func(g []int) bool { return len(g) < 2 })
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

// twinned is alignment and uniformity (arXiv:2005.10242) of the encoder's features: of two views of samples each.
func (r *Run) twinned(ctx context.Context, m map[string]float64) error {
	task, ok := r.Task.(pretext.Answered)
	if !ok {
		return nil
	}
	n := min(checkedPictures, r.from.Len())
	b, err := some(r.from, r.Config.Kind, n, 0, n)
	if err != nil {
		return err
	}
	q := task.Questions(r.Task.Views(rng.New(r.Config.Seed).For("twins", 0), b))
	if !q.Twins {
		return nil
	}
	f, err := r.seen(ctx, q)
	if err != nil {
		return err
	}
	half := func(from int) probe.Features {
		h := f
		h.N, h.Data = f.N/2, f.Data[from*f.Width:][:f.N/2*f.Width]
		return h
	}
	m["alignment"] = probe.Alignment(half(0), half(f.N/2))
	m["uniformity"] = probe.Uniformity(half(0))
	return nil
}

// untrained is the effective rank of the encoder before learning.
func (r *Run) untrained(ctx context.Context, tick func()) (float64, error) {
	l, err := Random(ctx, r.Config, r.set, r.backend)
	if err != nil {
		return 0, err
	}
	f, err := l.Embed(ctx, r.set, probe.Evenly(all(r.set.Len()), monitorSamples), func(int, int) { tick() })
	if err != nil {
		return 0, err
	}
	return probe.EffectiveRank(f.Pooled()), nil
}

// vitals is what is known of the run without asking it anything new.
func (r *Run) vitals() Vitals {
	v := Vitals{Config: r.Config, Kind: r.set.Of, Samples: r.set.Len(), Learned: r.from.Len(), Step: r.Done, Width: r.Task.Trunk().Width(),
		Curve: r.History, Names: r.set.Names}
	for _, p := range r.History {
		if len(p.Metrics) == 0 {
			continue
		}
		v.Now = p.Metrics
	}
	return v
}
