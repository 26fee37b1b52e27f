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

// TS2Vec cuts two windows that overlap out of a piece and hides some times of each; every time that both show should look
// the same in both, unlike other times and other series, near and from afar. Yue et al., arXiv:2106.10466.
var ts2Vec = Define(Spec{
	Name:  "ts2vec",
	Title: "TS2Vec",
	Line:  "Matches the same moment in two overlapping windows, and separates it from other moments and series.",
	Paper: "2106.10466",
	Kinds: []data.Kind{data.Series},
}, TS2VecOptions{Mask: 0.5}, newTS2Vec)

// TS2VecOptions are the options of the task.
type TS2VecOptions struct {
	Mask float32 `json:"mask" min:"0" max:"0.9" doc:"fraction of the time steps masked in each window"`
}

// TS2Vec trains Encoder alone: it has no head.
type TS2Vec struct {
	Encoder encoder.SeriesEncoder

	channels, positions, stride int
	mask                        float32
	names                       []string
	long                        int
}

func newTS2Vec(s Setup, o TS2VecOptions) Task {
	enc := s.Encoder.(encoder.SeriesEncoder)
	stride := max(1, s.Size/8/enc.Patch()) // in positions; few, so that memory is used again
	return &TS2Vec{enc, len(s.Channels), s.Size / enc.Patch(), stride, o.Mask, s.Channels, s.Size}
}

func (m *TS2Vec) Backbone() nn.Encoder { return m.Encoder }

// Views are windows [2·rows, long, 2·channels], those that begin earlier and then those that begin later, and where
// both show the same, [times, 2·rows], counted through all positions. A row is as in Forecast.
func (m *TS2Vec) Views(r *rng.Rand, b data.Batch) data.Views {
	c, g, long, patch := m.channels, m.Encoder.Channels(), m.long, m.Encoder.Patch()
	later := m.stride * (1 + r.IntN(max(1, min(4, (m.positions-1)/m.stride)))) // positions
	k := lanes(m.Encoder, c)
	rows, one := len(b.Samples)*k, k*long*2*g
	x := make([]float32, 2*rows*long*2*g)
	cut := view.Series{Long: long + later*patch}
	each(len(b.Samples), func(i int) {
		r := r.For("view", i)
		w := cut.Draw(r, b.Samples[i].X)
		for side, from := range [2]int{0, later * patch} {
			mine := x[(side*len(b.Samples)+i)*one:][:one]
			view.Marked(mine, w[from*c:][:long*c], c, g)
			for lane := range k {
				for t := range long {
					if r.Float32() < m.mask {
						clear(mine[(lane*long+t)*2*g:][:2*g])
					}
				}
			}
		}
	})
	times := m.positions - later
	at := make([]int32, 0, times*2*rows)
	for t := range times {
		for row := range 2 * rows {
			p := t
			if row < rows {
				p += later
			}
			at = append(at, int32(row*m.positions+p))
		}
	}
	return data.Views{tensor.Float32s(x, 2*rows, long, 2*g), tensor.Int32s(at, times, 2*rows)}
}

// overlap is the features of the times that both windows show, [times, 2·rows, width].
func (m *TS2Vec) overlap(t *autograd.Tape, v data.Views) autograd.Var {
	h := m.Encoder.Encode(t.Input(v[0]))
	w := h.Dim(2)
	return autograd.Gather(h.Reshape(h.Dim(0)*h.Dim(1), w), t.Input(flat(v[1]))).Reshape(v[1].Shape[0], v[1].Shape[1], w)
}

func flat(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(x.Shape.Size()) }

// Loss is the hierarchical contrastive loss of the times that both windows show.
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

// Preview draws both windows, and shows how many time steps of the first are matched in the second.
func (m *TS2Vec) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	z := m.overlap(t, v)
	times, both, w := z.Dim(0), z.Dim(1), z.Dim(2)
	rows := both / 2
	x, err := t.Download(ctx, z.Value())
	if err != nil {
		return nil, err
	}
	at := func(time, row int) []float32 { return x[(time*both+row)*w:][:w] }
	g, later := m.Encoder.Channels(), (m.positions-times)*m.Encoder.Patch()
	k := lanes(m.Encoder, m.channels)
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
			if best == time {
				found++
			}
		}
		examples[i] = Example{Name: b.Samples[i].Name, Words: fmt.Sprintf("matches %d of %d moments", found, times) + shownOf(1, m.channels), Right: verdict(2*found > times)}
		for side, from := range [2]int{0, later} {
			role := [2]Role{RoleInput, RoleTarget}[side]
			examples[i].Curves = append(examples[i].Curves, Curve{m.names[0], role, from, unmarked(reals(v[0])[(side*rows+i*k)*m.long*2*g:][:m.long*2*g], g, 0)})
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
