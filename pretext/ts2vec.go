package pretext

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// TS2Vec cuts two crops that overlap out of a window and hides some times of each; every time that both show should look
// the same in both, unlike other times and other series, near and from afar. Yue et al., arXiv:2106.10466.
var ts2Vec = Define(Spec{
	Name:     "ts2vec",
	Title:    "TS2Vec",
	Line:     "Matches the same moment in two overlapping windows, and separates it from other moments and series.",
	Paper:    "2106.10466",
	Kinds:    []data.Kind{data.Series},
	Encoders: []string{"dilated", "dilated-tiny", "tcn-small", "tcn", "tcn-mixing"}, // those that read any length
	Batch:    ts2VecBatch,
	Steps:    ts2VecSteps,
}, TS2VecOptions{Mask: 0.5}, newTS2Vec)

// What the authors train with: so many samples in a step, and 200 steps on up to 100,000 readings, 600 on more. Of very many
// samples each is seen three times at least.
const ts2VecBatch = 8

func ts2VecSteps(readings, samples int) int {
	if readings <= 100_000 {
		return 200
	}
	return max(600, 3*samples/ts2VecBatch)
}

// TS2VecOptions are the options of the task.
type TS2VecOptions struct {
	Mask float32 `json:"mask" min:"0" max:"0.9" doc:"fraction of the time steps masked in each window"`
}

// TS2Vec trains Learner alone: it has no head. Encoder, which is kept, is the mean of the weights that Learner had after each
// step (stochastic weight averaging, arXiv:1803.05407), as in the authors' program.
type TS2Vec struct {
	Encoder encoder.SeriesEncoder
	Learner encoder.SeriesEncoder

	channels int
	mask     float32
	names    []string
	window   view.Series
}

func newTS2Vec(s Setup, o TS2VecOptions) Task {
	m := &TS2Vec{Encoder: s.Encoder.(encoder.SeriesEncoder), Learner: s.NewEncoder().(encoder.SeriesEncoder),
		channels: len(s.Channels), mask: o.Mask, names: s.Channels, window: view.Series{Long: s.Size}}
	nn.Copy(m.Learner, m.Encoder)
	for _, p := range nn.Params(m.Encoder) {
		p.Frozen = true
	}
	return m
}

func (m *TS2Vec) Backbone() nn.Encoder { return m.Encoder }

// AfterStep averages.
func (m *TS2Vec) AfterStep(a *tensor.Arena, step int) {
	nn.UpdateEMA(a, m.Encoder, m.Learner, float32(step)/float32(step+1))
}

// Initialized lets Learner begin with the weights that Encoder was given.
func (m *TS2Vec) Initialized(a *tensor.Arena) { nn.UpdateEMA(a, m.Learner, m.Encoder, 0) }

// A crop is the rows from one to another of a window.
type crop struct{ from, until int }

// drawCrops draws two crops of so many rows, which overlap from the second's beginning to the first's end: first what
// both show, then how far each goes beyond it. Ends are multiples of a sixteenth, so that there are few sizes and
// memory is used again.
func drawCrops(r *rng.Rand, rows int) (first, second crop) {
	unit := max(1, rows/16)
	n := rows / unit
	least := min(n, max(1, 2/unit)) // two rows
	both := least + r.IntN(n-least+1)
	from := r.IntN(n - both + 1)
	until := from + both
	return crop{unit * r.IntN(from+1), unit * until}, crop{unit * from, unit * (until + r.IntN(n-until+1))}
}

// Views are two crops of a window of each sample, [rows, long, 2·channels] each, and where both show the same,
// [times, 2·rows], counted through all positions of the first and then of the second. A row is as in Forecast.
func (m *TS2Vec) Views(r *rng.Rand, b data.Batch) data.Views {
	c, g := m.channels, m.Encoder.Channels()
	k, long := lanes(m.Encoder, c), m.window.Common(b.Samples)
	rows := len(b.Samples) * k
	first, second := drawCrops(r.For("crops", 0), long)
	var x [2][]float32
	for side, crop := range [2]crop{first, second} {
		x[side] = make([]float32, rows*(crop.until-crop.from)*2*g)
	}
	each(len(b.Samples), func(i int) {
		r := r.For("view", i)
		w := m.window.Part(r, b.Samples[i].X, long)
		shift := r.IntN(long-second.until+first.from+1) - first.from
		for side, crop := range [2]crop{first, second} {
			one := k * (crop.until - crop.from) * 2 * g
			mine := x[side][i*one:][:one]
			view.Marked(mine, w[(shift+crop.from)*c:(shift+crop.until)*c], c, g)
			m.hide(r, mine)
		}
	})
	return data.Views{tensor.Float32s(x[0], rows, first.until-first.from, 2*g), tensor.Float32s(x[1], rows, second.until-second.from, 2*g),
		shared(first, second, rows)}
}

// hide clears times of marked rows.
func (m *TS2Vec) hide(r *rng.Rand, x []float32) {
	for wide := 2 * m.Encoder.Channels(); len(x) > 0; x = x[wide:] {
		if r.Float32() < m.mask {
			clear(x[:wide])
		}
	}
}

// shared are the positions of the times that two crops of so many rows share.
func shared(first, second crop, rows int) *tensor.Tensor {
	a, b := first.until-first.from, second.until-second.from
	times := first.until - second.from
	at := make([]int32, 0, times*2*rows)
	for t := range times {
		for row := range rows {
			at = append(at, int32(row*a+a-times+t))
		}
		for row := range rows {
			at = append(at, int32(rows*a+row*b+t))
		}
	}
	return tensor.Int32s(at, times, 2*rows)
}

// overlap is the features of the times that both crops show, [times, 2·rows, width].
func (m *TS2Vec) overlap(t *autograd.Tape, v data.Views) autograd.Var {
	enc := m.Encoder
	if t.Training {
		enc = m.Learner
	}
	all := func(x *tensor.Tensor) autograd.Var {
		h := enc.Encode(t.Input(x))
		return h.Reshape(h.Dim(0)*h.Dim(1), h.Dim(2))
	}
	both := autograd.Concat(all(v[0]), all(v[1]))
	return autograd.Gather(both, t.Input(flat(v[2]))).Reshape(v[2].Shape[0], v[2].Shape[1], both.Dim(1))
}

func flat(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(x.Shape.Size()) }

// Loss is that of the times that both crops show.
func (m *TS2Vec) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return hierarchicalContrast(m.overlap(t, v))
}

// hierarchicalContrast contrasts each time of z [times, 2·rows, width] with the same time of other rows and with other
// times of the same row, half and half; then again with times taken two and two by their maximum, until one is left; and
// averages these scales. The first half of the rows are of one view, the second of the other.
func hierarchicalContrast(z autograd.Var) autograd.Var {
	sum, scales := contrastPairs(z), 1
	for ; z.Dim(0) > 1; scales++ {
		times, rows, w := z.Dim(0), z.Dim(1), z.Dim(2)
		byRow := z.Reshape(times, 2, rows/2, w).Transpose(2, 1, 0, 3).Reshape(rows/2, 2*times, w)
		z = coarser(z)
		sum = sum.Add(contrastPairs(byRow)).Add(contrastPairs(z))
	}
	return sum.Scale(0.5 / float32(scales))
}

// contrastPairs is the cross-entropy of matching each of z [groups, 2n, width] with its positive, n places on, among the others of its group,
// by dot products.
func contrastPairs(z autograd.Var) autograd.Var {
	t, groups, n := z.Tape(), z.Dim(0), z.Dim(1)
	self, target := make([]float32, n*n), make([]int32, groups*n)
	for i := range n {
		self[i*n+i] = -1e9
	}
	for i := range target {
		target[i] = int32((i%n + n/2) % n)
	}
	logits := z.MatMulT(z).Add(t.Input(tensor.Float32s(self, 1, n, n)))
	return logits.Reshape(groups*n, n).CrossEntropy(t.Input(tensor.Int32s(target, groups*n)))
}

// coarser takes the larger of each two times of z [times, rows, width]; the last of an odd number is dropped.
func coarser(z autograd.Var) autograd.Var {
	half, rows, w := z.Dim(0)/2, z.Dim(1), z.Dim(2)
	pairs := z.Rows(0, 2*half).Reshape(half, 2, rows*w).Transpose(1, 0, 2)
	a, b := pairs.Rows(0, 1), pairs.Rows(1, 1)
	return a.Add(b.Sub(a).Relu()).Reshape(half, rows, w)
}

// Preview draws both crops, and shows how many time steps of the first are matched in the second, to within a sixteenth of what both show.
func (m *TS2Vec) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	z := m.overlap(t, v)
	times, both, w := z.Dim(0), z.Dim(1), z.Dim(2)
	rows := both / 2
	x, err := t.Download(ctx, z.Value())
	if err != nil {
		return nil, err
	}
	at := func(time, row int) []float32 { return x[(time*both+row)*w:][:w] }
	g, k := m.Encoder.Channels(), lanes(m.Encoder, m.channels)
	later, near := v[0].Shape[1]-times, max(1, times/16)
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		found := 0
		for time := range times {
			best, most := 0, float32(0)
			for other := range times {
				if d := product(at(time, i*k), at(other, rows+i*k)); other == 0 || d > most {
					best, most = other, d
				}
			}
			if max(best-time, time-best) <= near {
				found++
			}
		}
		examples[i] = Example{Name: b.Samples[i].Name, Words: fmt.Sprintf("matches %d of %d moments, to within %d", found, times, near) + shownOf(1, m.channels), Right: verdict(2*found > times)}
		for side, from := range [2]int{0, later} {
			one := v[side].Shape[1] * 2 * g
			role := [2]Role{RoleInput, RoleTarget}[side]
			examples[i].Curves = append(examples[i].Curves, Curve{m.names[0], role, from, unmarked(reals(v[side])[i*k*one:][:one], g, 0)})
		}
	}
	return examples, nil
}

func product(a, b []float32) (d float32) {
	for i, v := range a {
		d += v * b[i]
	}
	return d
}
