package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Forecast tells what comes next: after every position the next reading, and after the last one a horizon.
// Oord et al.'s WaveNet, arXiv:1609.03499, trains causal convolutions so.
var forecast = define(Spec{
	Name:   "forecast",
	Title:  "Forecasting",
	Line:   "Predicts the next readings from those so far.",
	Paper:  "1609.03499",
	Kinds:  []data.Kind{data.Series},
	Causal: true,
}, ForecastOptions{Horizon: 24}, newForecast)

// ForecastOptions are the knobs worth turning.
type ForecastOptions struct {
	Horizon int `json:"horizon" min:"1" max:"512" doc:"how many readings after the window are predicted"`
}

// Forecast trains Encoder through two linear heads.
type Forecast struct {
	Encoder  encoder.OfSeries
	NextHead *nn.Linear
	Head     *nn.Linear

	channels, positions int
	names               []string
	cut                 view.Series
}

func newForecast(s Setup, o ForecastOptions) Task {
	enc := s.Encoder.(encoder.OfSeries)
	w, g := enc.Width(), enc.Channels()
	return &Forecast{enc, nn.NewLinear(s.Rand, w, g), nn.NewLinear(s.Rand, w, o.Horizon*g), len(s.Channels), s.Size / enc.Patch(), s.Channels, view.Series{Long: s.Size, Ahead: o.Horizon}}
}

func (m *Forecast) Trunk() nn.Encoder { return m.Encoder }

// Ahead is how many rows after a window its views need.
func (m *Forecast) Ahead() int { return m.cut.Ahead }

// Views are windows [rows, long, 2·channels]; what comes after each position, [rows, positions, channels],
// and whether that is known; and the horizon, [rows, ahead·channels], and whether that is. A row is a sample, or one
// channel of it if the encoder reads each by itself.
func (m *Forecast) Views(r *rng.Rand, b data.Batch) data.Views {
	c, g, long, ahead, patch := m.channels, m.Encoder.Channels(), m.cut.Long, m.cut.Ahead, m.Encoder.Patch()
	k := lanes(m.Encoder, c)
	rows := len(b.Samples) * k
	x := make([]float32, rows*long*2*g)
	next, horizon := make([]float32, rows*m.positions*g), make([]float32, rows*ahead*g)
	each(len(b.Samples), func(i int) {
		w := m.cut.Draw(r.For("view", i), b.Samples[i].X)
		view.Marked(x[i*k*long*2*g:][:k*long*2*g], w[:long*c], c, g)
		for lane := range k {
			row := i*k + lane
			for p := range m.positions {
				copy(next[(row*m.positions+p)*g:][:g], w[(p+1)*patch*c+lane*g:])
			}
			for h := range ahead {
				copy(horizon[(row*ahead+h)*g:][:g], w[(long+h)*c+lane*g:])
			}
		}
	})
	next, nextKnown := split(next)
	horizon, known := split(horizon)
	return data.Views{tensor.Float32s(x, rows, long, 2*g),
		tensor.Float32s(next, rows*m.positions, g), tensor.Float32s(nextKnown, rows*m.positions, g),
		tensor.Float32s(horizon, rows, ahead*g), tensor.Float32s(known, rows, ahead*g)}
}

// Loss is the mean squared error of the next readings plus that of the horizon.
func (m *Forecast) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	next, horizon := m.tell(t, v[0])
	return squaredError(next, v[1], v[2]).Add(squaredError(horizon, v[3], v[4]))
}

// tell gives what may come after each position, and the horizon.
func (m *Forecast) tell(t *autograd.Tape, x *tensor.Tensor) (next, horizon autograd.Var) {
	rows, w := x.Shape[0], m.Encoder.Width()
	h := m.Encoder.Encode(t.Input(x)).Reshape(rows*m.positions, w)
	return m.NextHead.Forward(h), m.Head.Forward(autograd.Gather(h, t.Input(lasts(rows, m.positions))))
}

// lasts are the numbers of the last positions of rows.
func lasts(rows, positions int) *tensor.Tensor {
	at := make([]int32, rows)
	for i := range at {
		at[i] = int32((i+1)*positions - 1)
	}
	return tensor.Int32s(at, rows)
}

// Show draws the horizon beside what came.
func (m *Forecast) Show(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Exhibit, error) {
	_, horizon := m.tell(t, v[0])
	said, err := t.Download(ctx, horizon.Value())
	if err != nil {
		return nil, err
	}
	g, long, ahead := m.Encoder.Channels(), m.cut.Long, m.cut.Ahead
	shown := make([]Exhibit, len(b.Samples))
	for i := range shown {
		shown[i] = Exhibit{Name: b.Samples[i].Name}
		var share explanation
		n := min(m.channels, exhibitedLanes)
		for c := range n {
			row, in := i*lanes(m.Encoder, m.channels)+c/g, c%g
			given := unmarked(reals(v[0])[row*long*2*g:][:long*2*g], g, in)
			truth := unsplit(channel(reals(v[3])[row*ahead*g:][:ahead*g], g, in), channel(reals(v[4])[row*ahead*g:][:ahead*g], g, in))
			answer := channel(said[row*ahead*g:][:ahead*g], g, in)
			shown[i].Curves = append(shown[i].Curves, Curve{m.names[c], Given, 0, given}, Curve{m.names[c], Asked, long, truth}, Curve{m.names[c], Said, long, answer})
			share.add(answer, truth)
		}
		shown[i].Words = share.words("what came", n, m.channels)
	}
	return shown, nil
}

// unmarked is channel c of marked rows [long, 2·together], NaN where it is missing.
func unmarked(rows []float32, together, c int) Values {
	return unsplit(channel(rows, 2*together, c), channel(rows, 2*together, together+c))
}

// unsplit puts NaN where nothing is known.
func unsplit(values, known Values) Values {
	for i, k := range known {
		if k == 0 {
			values[i] = float32(nan)
		}
	}
	return values
}
