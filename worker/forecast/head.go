package forecast

import (
	"context"
	"fmt"

	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// A Head is the trained forecasting head of a run whose task is to forecast: a linear map of the encoder's features at the last
// position of a window to the rows that follow, in the units of the normalised window.
type Head struct {
	Rows int // it predicts after a window

	together int       // channels that the encoder reads together
	weight   []float32 // [Rows·together, width]
	bias     []float32 // [Rows·together]
}

// HeadOf is the head of a run as it is by now; nil if its task trains none.
func HeadOf(ctx context.Context, r *run.Run) (*Head, error) {
	t, ok := r.Task.(run.ForecastTask)
	if !ok {
		return nil, nil
	}
	enc := r.Task.Backbone().(encoder.SeriesEncoder)
	return readHead(ctx, t.ForecastHead(), enc.Channels(), r.Backend())
}

// OpenHead is the head that a model or a checkpoint has beside e's encoder; nil if it has none.
func OpenHead(ctx context.Context, s *checkpoint.State, e kind.Embedder) (*Head, error) {
	enc, ok := e.Encoder.(encoder.SeriesEncoder)
	if !ok {
		return nil, nil
	}
	l, err := run.NewForecastHead(s, enc)
	if l == nil || err != nil {
		return nil, err
	}
	nn.Place(e.Backend, l)
	if err := run.ForecastHead.Load(s, l, e.Backend); err != nil {
		return nil, err
	}
	return readHead(ctx, l, enc.Channels(), e.Backend)
}

// readHead copies the weights of a head of an encoder that reads so many channels together.
func readHead(ctx context.Context, l *nn.Linear, together int, b kernel.Backend) (*Head, error) {
	h := &Head{Rows: l.Bias.Value.Shape.Size() / together, together: together, bias: make([]float32, l.Bias.Value.Shape.Size())}
	w := make(kernel.Host, l.Weight.Value.Shape.Size())
	for to, from := range map[*kernel.Host]kernel.Buffer{&w: l.Weight.Value.Buf, (*kernel.Host)(&h.bias): l.Bias.Value.Buf} {
		if err := b.Read(ctx, *to, from); err != nil {
			return nil, fmt.Errorf("reading the forecasting head: %w", err)
		}
	}
	out := len(h.bias)
	h.weight = make([]float32, len(w))
	for k, v := range w { // [width, out]
		h.weight[k%out*(len(w)/out)+k/out] = v
	}
	return h, nil
}

// DetectorHorizon is how many rows a Detector's forecaster forecasts with this head, which may be nil, where nobody asks for more.
func (h *Head) DetectorHorizon() int {
	if h == nil {
		return DetectorHorizon
	}
	return min(h.Rows, DetectorHorizon)
}

// forecast is the first rows after a window of channel c, scaled; at most Rows.
func (h *Head) forecast(s kind.Window, c, rows int) []float64 {
	w := len(h.weight) / len(h.bias)
	features, out := s.Last[c/h.together*w:][:w], make([]float64, rows)
	for row := range out {
		o := row*h.together + c%h.together
		sum := h.bias[o]
		for k, v := range h.weight[o*w:][:w] {
			sum += v * features[k]
		}
		out[row] = float64(sum*s.Std[c] + s.Mean[c])
	}
	return out
}
