package pretext

import (
	"context"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// MaskedSeries hides patches of a window, which are predicted from the others. Nie et al.,
// arXiv:2211.14730, section 3.2. What is hidden looks like missing readings.
//
// As there: patches do not overlap, four of ten are masked and set to 0, others in each channel, a linear layer predicts them, and
// the loss is the squared error of these alone; windows are normalised. Other than there: patches are the encoder's, of 8 readings
// and not 12; what says which values were read is masked with them; and readings that are missing are neither
// masked nor predicted.
var maskedSeries = Define(Spec{
	Name:     "maskedseries",
	Title:    "Masked patches",
	Line:     "Reconstructs masked stretches of a series from those around them.",
	Paper:    "2211.14730",
	Kinds:    []data.Kind{data.Series},
	Encoders: []string{"patchtst", "patchtst-mixing"},
}, MaskedSeriesOptions{Mask: 0.4}, newMaskedSeries)

// MaskedSeriesOptions are the options of the task.
type MaskedSeriesOptions struct {
	Mask float32 `json:"mask" min:"0.1" max:"0.9" doc:"fraction of the patches that are masked"`
}

// MaskedSeries trains Encoder through a linear head.
type MaskedSeries struct {
	Encoder encoder.SeriesEncoder
	Head    *nn.Linear

	channels, positions int
	mask                float32
	names               []string
	cut                 view.Series
}

func newMaskedSeries(s Setup, o MaskedSeriesOptions) Task {
	enc := s.Encoder.(encoder.SeriesEncoder)
	head := nn.NewLinear(s.Rand, enc.Width(), enc.Patch()*enc.Channels())
	return &MaskedSeries{enc, head, len(s.Channels), s.Size / enc.Patch(), o.Mask, s.Channels, view.Series{Long: s.Size}}
}

func (m *MaskedSeries) Backbone() nn.Encoder { return m.Encoder }

// Views are windows with patches hidden, [rows, long, 2·channels]; what the patches show, [rows·positions,
// patch·channels]; and which of that is hidden and known. A row is as in Forecast.
func (m *MaskedSeries) Views(r *rng.Rand, b data.Batch) data.Views {
	c, g, long, patch := m.channels, m.Encoder.Channels(), m.cut.Long, m.Encoder.Patch()
	k := lanes(m.Encoder, c)
	rows := len(b.Samples) * k
	x := make([]float32, rows*long*2*g)
	truth := make([]float32, rows*long*g)
	hide := make([]bool, rows*m.positions)
	each(len(b.Samples), func(i int) {
		r := r.For("view", i)
		w := m.cut.Draw(r, b.Samples[i].X)
		mine := x[i*k*long*2*g:][:k*long*2*g]
		view.Marked(mine, w, c, g)
		for lane := range k {
			for row := range long {
				copy(truth[((i*k+lane)*long+row)*g:][:g], w[row*c+lane*g:])
			}
			one := mine[lane*long*2*g:][:long*2*g]
			for _, p := range m.masked(r, patchesRead(one, m.positions, g)) {
				hide[(i*k+lane)*m.positions+p] = true
				clear(one[p*patch*2*g:][:patch*2*g])
			}
		}
	})
	truth, known := split(truth)
	for i := range known {
		if !hide[i/(patch*g)] {
			known[i] = 0
		}
	}
	return data.Views{tensor.Float32s(x, rows, long, 2*g), tensor.Float32s(truth, rows*m.positions, patch*g), tensor.Float32s(known, rows*m.positions, patch*g)}
}

// masked draws the patches to hide among those with a reading, at least one of which stays: where a window is longer than its
// series, the others would be hidden for nothing.
func (m *MaskedSeries) masked(r *rng.Rand, read []bool) (hidden []int) {
	n := 0
	for _, there := range read {
		if there {
			n++
		}
	}
	n = min(max(int(math.Round(float64(m.mask)*float64(n))), 1), n-1)
	for _, p := range r.Perm(m.positions) {
		if read[p] && len(hidden) < n {
			hidden = append(hidden, p)
		}
	}
	return hidden
}

// Loss is the mean squared error over what is hidden.
func (m *MaskedSeries) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return squaredError(m.reconstruct(t, v[0]), v[1], v[2])
}

func (m *MaskedSeries) reconstruct(t *autograd.Tape, x *tensor.Tensor) autograd.Var {
	return m.Head.Forward(m.Encoder.Encode(t.Input(x)).Reshape(x.Shape[0]*m.positions, m.Encoder.Width()))
}

// Preview draws the prediction of the hidden patches beside the actual values.
func (m *MaskedSeries) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	drawn, err := t.Download(ctx, m.reconstruct(t, v[0]).Value())
	if err != nil {
		return nil, err
	}
	g, long := m.Encoder.Channels(), m.cut.Long
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		examples[i] = Example{Name: b.Samples[i].Name}
		n, explained := min(m.channels, shownLanes), explainedVariance{}
		for c := range n {
			row, in := i*lanes(m.Encoder, m.channels)+c/g, c%g
			of := func(x []float32) Values { return channel(x[row*long*g:][:long*g], g, in) }
			truth, answer := unsplit(of(reals(v[1])), of(reals(v[2]))), unsplit(of(drawn), of(reals(v[2])))
			examples[i].Curves = append(examples[i].Curves, Curve{m.names[c], RoleInput, 0, unmarked(reals(v[0])[row*long*2*g:][:long*2*g], g, in)},
				Curve{m.names[c], RoleTarget, 0, truth}, Curve{m.names[c], RolePredicted, 0, answer})
			explained.add(answer, truth)
		}
		examples[i].Words = explained.words("what was hidden", n, m.channels)
	}
	return examples, nil
}
