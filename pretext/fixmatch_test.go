package pretext

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/train"
)

var _ Task = (*FixMatch)(nil) // so that a run can hold it

// weaves are three of the textures: stripes, lying or standing, and checks.
func weaves(r *rng.Rand, n int) *data.Set {
	set, all := &data.Set{Of: data.Images}, textures(r, (4*n+2)/3)
	for i, label := range all.Labels {
		if label != "d" && set.Len() < n {
			set.Names, set.Labels, set.X = append(set.Names, all.Names[i]), append(set.Labels, label), append(set.X, all.X[i])
		}
	}
	return set
}

// few keeps the labels of the first samples of each class; the rest have none.
func few(set *data.Set, per int) []string {
	known, labels := map[string]int{}, make([]string, set.Len())
	for i, l := range set.Labels {
		if known[l]++; known[l] <= per {
			labels[i] = l
		}
	}
	return labels
}

// fixMatched learns two labels of each class of n weaves, and the rest without.
func fixMatched(b *cpu.Backend, seed uint64, n int, o FixMatchOptions) (*FixMatch, *data.Set) {
	set := weaves(rng.New(40+seed), n)
	labels := few(set, 2)
	set.Labels = slices.Repeat([]string{"not to be looked at"}, n)
	f := NewFixMatch(tinySetup(rng.New(seed)), set, labels, o)
	nn.Place(b, f)
	return f, set
}

// batchOf is all of set.
func batchOf(set *data.Set) data.Batch {
	b := data.Batch{Kind: set.Of}
	for i := range set.Len() {
		s, _ := set.At(i)
		b.Samples = append(b.Samples, s)
	}
	return b
}

func TestFixMatchsLossIsItsFormula(t *testing.T) {
	b := cpu.New()
	f, set := fixMatched(b, 1, 30, FixMatchOptions{Threshold: 0.55, Weight: 0.7})
	f.train(t, b, set, 20)
	v := f.Views(rng.New(2), batchOf(set))
	tape := autograd.NewTape(b, rng.New(3))
	tape.Training = false
	defer tape.Free()
	rows, class := floats(tape, f.logits(tape.Input(v[0]))), v[1].Buf.(kernel.Host).Int32s()
	if len(rows) != 10+2*30 || len(class) != 10 {
		t.Fatalf("%d views, %d of them with labels; want 70 and 10", len(rows), len(class))
	}
	share := func(row []float64, c int) float64 {
		var all float64
		for _, x := range row {
			all += math.Exp(x)
		}
		return math.Exp(row[c]) / all
	}
	var want float64
	for i, c := range class {
		want -= math.Log(share(rows[i], int(c))) / 10
	}
	confident := 0
	for i := range 30 {
		weak, strong := rows[10+i], rows[40+i]
		best := slices.Index(weak, slices.Max(weak))
		if share(weak, best) > 0.55 {
			confident++
			want -= 0.7 * math.Log(share(strong, best)) / 30
		}
	}
	if got := (trial{}).loss(t, b, f, v); math.Abs(got-want) > 1e-4 {
		t.Errorf("loss is %.6f, by its formula %.6f", got, want)
	}
	if confident < 5 || confident > 28 {
		t.Errorf("it is sure of %d of 30: the threshold says nothing", confident)
	}
}

func (f *FixMatch) train(t *testing.T, b *cpu.Backend, set *data.Set, steps int) []float32 {
	return trial{samples: func(*rng.Rand, int) *data.Set { return set }, batch: min(32, set.Len()), steps: 200}.train(t, b, f, steps)
}

func TestFixMatchsLabelsAreThoseItIsGivenDrawnEvenly(t *testing.T) {
	set := weaves(rng.New(1), 60)
	labels := few(set, 2)
	labels[1] = "" // one class has a single one
	f := NewFixMatch(tinySetup(rng.New(1)), set, labels, FixMatchOptions{})
	if !slices.Equal(f.Classes(), []string{"a", "b", "c"}) || len(f.labelled.of[1]) != 1 {
		t.Fatalf("classes %v, %d samples of b", f.Classes(), len(f.labelled.of[1]))
	}
	x, class := f.labelled.draw(rng.New(2), 12)
	drawn, seen := [3]int{}, map[*tensor.Tensor]int{}
	for i, c := range class {
		drawn[c]++
		seen[x[i]]++
		at := slices.IndexFunc(set.X, func(y *tensor.Tensor) bool { return &y.Buf.(kernel.Bytes)[0] == &x[i].Buf.(kernel.Bytes)[0] })
		if labels[at] != f.Classes()[c] {
			t.Errorf("%s has label %q and was drawn as %s", set.Names[at], labels[at], f.Classes()[c])
		}
	}
	if drawn != [3]int{4, 4, 4} || len(seen) != 5 {
		t.Errorf("drew %v of the classes, %d different samples of 5", drawn, len(seen))
	}
}

func TestTheSameSeedGivesFixMatchTheSameCurve(t *testing.T) {
	curve := func(seed uint64) []float32 {
		b := cpu.New()
		f, set := fixMatched(b, seed, 30, FixMatchOptions{})
		return f.train(t, b, set, 12)
	}
	if one, again := curve(1), curve(1); !slices.Equal(one, again) {
		t.Errorf("curves differ:\n%v\n%v", one, again)
	}
	if slices.Equal(curve(1), curve(2)) {
		t.Error("another seed gives the same curve")
	}
}

// Where it is sure of nothing, only the labels teach: the gradient is that of their cross-entropy.
func TestBelowTheThresholdNothingFlows(t *testing.T) {
	b := cpu.New()
	gradients := func(threshold float32, loss func(*FixMatch, *autograd.Tape, data.Views) autograd.Var) (all []float32) {
		f, set := fixMatched(b, 1, 30, FixMatchOptions{Threshold: threshold})
		tape := autograd.NewTape(b, rng.New(3))
		defer tape.Free()
		tape.Backward(loss(f, tape, f.Views(rng.New(2), batchOf(set))))
		for _, p := range nn.Params(f) {
			if p.Grad != nil {
				g, err := tape.Download(t.Context(), p.Grad)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, g...)
			}
		}
		return all
	}
	trained := gradients(1, func(f *FixMatch, tape *autograd.Tape, v data.Views) autograd.Var {
		return f.logits(tape.Input(v[0])).Rows(0, v[1].Shape[0]).CrossEntropy(tape.Input(v[1]))
	})
	if d := apart(gradients(1, (*FixMatch).Loss), trained); d > 1e-6 {
		t.Errorf("sure of nothing, the gradient differs by %.2g of its size from that of the labels alone", d)
	}
	if d := apart(gradients(0.5, (*FixMatch).Loss), trained); d < 0.05 {
		t.Errorf("sure of much, the gradient differs by only %.2g of its size from that of the labels alone", d)
	}
}

// What it says of the weak views is no more than a target: the gradient is that towards constants.
func TestNothingFlowsBackThroughFixMatchsWeakSide(t *testing.T) {
	b := cpu.New()
	f, set := fixMatched(b, 1, 30, FixMatchOptions{Threshold: 0.5})
	v := f.Views(rng.New(2), batchOf(set))
	m, n := v[1].Shape[0], 30
	grad := func(loss func(*autograd.Tape) autograd.Var) []float32 {
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		tape.Backward(loss(tape))
		g, err := tape.Download(t.Context(), f.Head.Weight.Grad)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	towards := grad(func(tape *autograd.Tape) autograd.Var {
		logits := f.logits(tape.Input(v[0]))
		targets := make([]float32, n*3)
		for i, row := range floats(tape, logits.Rows(m, n).Softmax()) {
			if best := slices.Index(row, slices.Max(row)); row[best] > 0.5 {
				targets[i*3+best] = 1
			}
		}
		own := tape.Input(tensor.Float32s(targets, n, 3)).Mul(logits.Rows(m+n, n).LogSoftmax())
		return logits.Rows(0, m).CrossEntropy(tape.Input(v[1])).Sub(total(own).Scale(1 / float32(n)))
	})
	if d := apart(grad(func(tape *autograd.Tape) autograd.Var { return f.Loss(tape, v) }), towards); d > 1e-5 {
		t.Errorf("the gradient differs from that towards constants by %.2g of its size", d)
	}
}

// A deaf FixMatch learns to say what it said of a picture of noise.
type deaf struct{ *FixMatch }

func (d deaf) Views(r *rng.Rand, b data.Batch) data.Views {
	v := d.FixMatch.Views(r, b)
	x := v[0].Buf.(kernel.Host)
	strong := x[len(x)-len(b.Samples)*v[0].Shape[1:].Size():]
	r = r.For("noise", 0)
	for i := range strong {
		strong[i] = float32(2*r.Float64() - 1)
	}
	return v
}

func TestUnlabelledPicturesImproveFixMatch(t *testing.T) {
	const seeds, steps = 12, 120 // with some seeds its first guesses lead it astray
	if testing.Short() || runtime.GOARCH == "wasm" {
		t.Skip("thirty-six short runs: half a minute without SIMD")
	}
	unseen := weaves(rng.New(9), 192)
	var supervised, matched, severed []float64
	for seed := uint64(1); seed <= seeds; seed++ {
		b := cpu.New()
		set := weaves(rng.New(40+seed), 66)
		fit := func(l train.Learner, from *data.Set, batch int, predict *Labeller) float64 {
			nn.Place(b, l)
			trial{samples: func(*rng.Rand, int) *data.Set { return from }, batch: batch, steps: steps}.train(t, b, l, steps)
			a, err := predict.Accuracy(t.Context(), b, unseen)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		trained := &data.Set{Of: data.Images, Names: set.Names[:6], Labels: set.Labels[:6], X: set.X[:6]}
		s := NewSupervised(tinySetup(rng.New(seed)), trained)
		supervised = append(supervised, fit(s, trained, 6, &s.Labeller))
		f := NewFixMatch(tinySetup(rng.New(seed)), set, few(set, 2), FixMatchOptions{})
		matched = append(matched, fit(f, set, 32, &f.Labeller))
		f = NewFixMatch(tinySetup(rng.New(seed)), set, few(set, 2), FixMatchOptions{})
		severed = append(severed, fit(deaf{f}, set, 32, &f.Labeller))
	}
	t.Logf("supervised %.2f, FixMatch %.2f, severed %.2f", supervised, matched, severed)
	average := func(x []float64) (m float64) {
		for _, v := range x {
			m += v / float64(len(x))
		}
		return m
	}
	if few, all := average(supervised), average(matched); all < few+0.08 {
		t.Errorf("accuracy with two labels a class is %.2f, with 60 pictures more %.2f", few, all)
	}
	if all, cut := average(matched), average(severed); cut > all-0.08 {
		t.Errorf("accuracy with the pictures' other views is %.2f, with noise in their place %.2f", all, cut)
	}
}
