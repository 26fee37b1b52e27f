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

// Forecast predicts what comes next: after every position the next reading, and after the last one a horizon.
// Oord et al.'s WaveNet, arXiv:1609.03499, trains causal convolutions so.
var forecast = Define(Spec{
	Name:   "forecast",
	Title:  "Forecasting",
	Line:   "Predicts the next readings from those so far.",
	Paper:  "1609.03499",
	Kinds:  []data.Kind{data.Series},
	Causal: true,
}, ForecastOptions{Horizon: 24}, newForecast)

// ForecastOptions are the options of the task.
type ForecastOptions struct {
	Horizon int `json:"horizon" min:"1" max:"512" doc:"how many readings after the window are predicted"`
}

// Forecast trains Encoder through two linear heads.
type Forecast struct {
	Encoder  encoder.SeriesEncoder
	NextHead *nn.Linear
	Head     *nn.Linear

	channels, positions int
	names               []string
	cut                 view.Series
}

func newForecast(s Setup, o ForecastOptions) Task {
	enc := s.Encoder.(encoder.SeriesEncoder)
	w, g := enc.Width(), enc.Channels()
	return &Forecast{enc, nn.NewLinear(s.Rand, w, g), nn.NewLinear(s.Rand, w, o.Horizon*g), len(s.Channels), s.Size / enc.Patch(), s.Channels, view.Series{Long: s.Size, Ahead: o.Horizon}}
}

func (m *Forecast) Backbone() nn.Encoder { return m.Encoder }

// ForecastHead predicts the horizon from features at the last position, [width] to [ahead·channels], in the units of the normalised window.
func (m *Forecast) ForecastHead() *nn.Linear { return m.Head }

// Ahead is how many rows after a window its views need.
func (m *Forecast) Ahead() int { return m.cut.Ahead }

// Views are windows [rows, long, 2·channels]; what comes after each position, [rows, positions, channels],
// and by how much that counts; and the horizon, [rows, ahead·channels], and by how much that does. A row is a sample, or one
// channel of it if the encoder reads each by itself. What is missing counts 0, and a row by its standard deviation: so errors are
// in the channel's unit, as forecasts are measured, and not in that of a window that hardly moves.
func (m *Forecast) Views(r *rng.Rand, b data.Batch) data.Views {
	c, g, long, ahead, patch := m.channels, m.Encoder.Channels(), m.cut.Long, m.cut.Ahead, m.Encoder.Patch()
	k := lanes(m.Encoder, c)
	rows := len(b.Samples) * k
	x := make([]float32, rows*long*2*g)
	next, horizon, spread := make([]float32, rows*m.positions*g), make([]float32, rows*ahead*g), make([]float32, rows*g)
	each(len(b.Samples), func(i int) {
		w, std := m.cut.DrawSpread(r.For("view", i), b.Samples[i].X)
		view.Marked(x[i*k*long*2*g:][:k*long*2*g], w[:long*c], c, g)
		for lane := range k {
			row := i*k + lane
			copy(spread[row*g:][:g], std[lane*g:])
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
	weigh(nextKnown, spread, g)
	weigh(known, spread, g)
	return data.Views{tensor.Float32s(x, rows, long, 2*g),
		tensor.Float32s(next, rows*m.positions, g), tensor.Float32s(nextKnown, rows*m.positions, g),
		tensor.Float32s(horizon, rows, ahead*g), tensor.Float32s(known, rows, ahead*g)}
}

// weigh makes known [rows, any·channels] count by spread [rows, channels], whose mean square is to count 1.
func weigh(known, spread []float32, channels int) {
	var squares float64
	for _, v := range spread {
		squares += float64(v) * float64(v)
	}
	unit, each := float32(math.Sqrt(squares/float64(len(spread)))), len(known)/len(spread)*channels
	for i := range known {
		known[i] *= spread[i/each*channels+i%channels] / unit
	}
}

// Loss is the mean squared error of the next readings plus that of the horizon.
func (m *Forecast) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	next, horizon := m.predict(t, v[0])
	return squaredError(next, v[1], v[2]).Add(squaredError(horizon, v[3], v[4]))
}

// predict gives what may come after each position, and the horizon.
func (m *Forecast) predict(t *autograd.Tape, x *tensor.Tensor) (next, horizon autograd.Var) {
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

// Preview draws the forecast beside the actual values.
func (m *Forecast) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	_, horizon := m.predict(t, v[0])
	predicted, err := t.Download(ctx, horizon.Value())
	if err != nil {
		return nil, err
	}
	g, long, ahead := m.Encoder.Channels(), m.cut.Long, m.cut.Ahead
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		examples[i] = Example{Name: b.Samples[i].Name}
		var explained explainedVariance
		n := min(m.channels, shownLanes)
		for c := range n {
			row, in := i*lanes(m.Encoder, m.channels)+c/g, c%g
			input := unmarked(reals(v[0])[row*long*2*g:][:long*2*g], g, in)
			truth := unsplit(channel(reals(v[3])[row*ahead*g:][:ahead*g], g, in), channel(reals(v[4])[row*ahead*g:][:ahead*g], g, in))
			answer := channel(predicted[row*ahead*g:][:ahead*g], g, in)
			examples[i].Curves = append(examples[i].Curves, Curve{m.names[c], RoleInput, 0, input}, Curve{m.names[c], RoleTarget, long, truth}, Curve{m.names[c], RolePredicted, long, answer})
			explained.add(answer, truth)
		}
		examples[i].Words = explained.words("what came", n, m.channels)
	}
	return examples, nil
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
