package kind

import (
	"fmt"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/onnx"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/report"
)

// seriesGraph is an encoder of series on its way into a graph.
type seriesGraph struct {
	*onnx.Graph
	e        Embedder
	enc      encoder.SeriesEncoder
	channels int
	lanes    int // that it reads by themselves
	long     any // rows of a window, or "length"
}

// Graph takes windows float32 [batch, length, 2·channels] and what normalising took out, mean and std [batch, channels], or with
// preprocess readings float32 [batch, length, channels], NaN where missing, to features as Embed gives and positions
// [batch, lanes, positions, width].
func (series) Graph(e Embedder, preprocess bool) (*onnx.Graph, Described, error) {
	enc, ok := e.Encoder.(encoder.SeriesEncoder)
	if !ok || e.Channels == nil {
		return nil, Described{}, report.Mismatch("this encoder does not read series")
	}
	c := len(e.Channels.Names)
	g := &seriesGraph{onnx.New(), e, enc, c, c / enc.Channels(), any("length")}
	if n := enc.Length(); n > 0 {
		g.long = n
	}
	says := Described{Output: "features: as embed gives them; positions: [batch, channels read by themselves, positions, width]"}
	var x, mean, std string
	if preprocess {
		x, mean, std = g.normalised(g.Input("readings", onnx.Float32, "batch", g.long, c))
		says.Input = fmt.Sprintf("readings: float32 %s as they were read, NaN where missing; channels %q", sized("batch", g.long, c), e.Channels.Names)
	} else {
		x = g.Input("windows", onnx.Float32, "batch", g.long, 2*c)
		mean, std = g.Input("mean", onnx.Float32, "batch", c), g.Input("std", onnx.Float32, "batch", c)
		says.Input = fmt.Sprintf("windows: float32 %s, values, each channel less its mean and by its deviation, 0 where missing, then 1 for each that is there; mean and std: float32 %s, those that were taken out; channels %q",
			sized("batch", g.long, 2*c), sized("batch", c), e.Channels.Names)
	}
	return g.Graph, says, g.out(x, mean, std)
}

// perChannel is a constant with a number for each channel.
func (g *seriesGraph) perChannel(name string, v []float32) string {
	return g.Floats(name, tensor.Float32s(v, len(v)))
}

// normalised is what data.Scale, view.Normalise and view.Marked make of readings x: windows, and the mean and the standard
// deviation that were taken out, [batch, channels].
func (g *seriesGraph) normalised(x string) (windows, mean, std string) {
	missing := g.Op("IsNaN", x)
	for i, m := range g.e.Channels.Missing {
		missing = g.Op("Or", missing, g.Op("Equal", x, g.perChannel(fmt.Sprint("missing_", i), g.meant(m.Channel, m.Value))))
	}
	there := g.Cast(g.Op("Not", missing), onnx.Float32)
	s := g.e.Channels.Scale
	x = g.Op("Div", g.Op("Sub", x, g.perChannel("usual_mean", s.Mean)), g.perChannel("usual_std", s.Std))
	x = g.Op("Where", missing, g.Scalar(0), x)
	n := g.Op("Max", g.Sum(there, 1), g.Scalar(1))
	mean = g.Op("Div", g.Sum(x, 1), n)
	x = g.Op("Mul", g.Op("Sub", x, mean), there)
	variance := g.Op("Div", g.Sum(g.Op("Mul", x, x), 1), n)
	std = g.Op("Sqrt", g.Op("Add", variance, g.Scalar(view.LeastSpread*view.LeastSpread)))
	windows = g.Concat(2, g.Op("Div", x, std), there)
	return windows, g.Reshape(mean, -1, g.channels), g.Reshape(std, -1, g.channels)
}

// meant is a value that means that nothing was read, for each channel that it is meant for; what equals nothing for others.
func (g *seriesGraph) meant(channel string, v float32) []float32 {
	out := make([]float32, g.channels)
	for i, name := range g.e.Channels.Names {
		if out[i] = v; channel != "" && channel != name {
			out[i] = float32(math.NaN())
		}
	}
	return out
}

// out is what the encoder makes of windows x, pooled as Window does.
func (g *seriesGraph) out(x, mean, std string) error {
	batch := g.Dim(x, 0)
	h, shape, err := g.encoded(x)
	if err != nil {
		return err
	}
	width, positions := shape[2], g.long
	if n := g.enc.Length(); n > 0 {
		positions = shape[1]
	}
	h = g.Reshape(h, batch, g.lanes, -1, width)
	pooled := g.Mean(h, 2)
	var first, second string
	if g.e.Channels.LastRow {
		first, second = pooled, g.Slice(h, 2, g.Ints(-1), g.Ints(math.MaxInt32))
	} else {
		off := g.Op("Sub", h, pooled)
		first, second = g.Most(h, 2), g.Op("Sqrt", g.Mean(g.Op("Mul", off, off), 2))
	}
	wide := 2*g.lanes*width + 2*g.channels
	f := g.Concat(1, g.Reshape(first, -1, g.lanes*width), g.Reshape(second, -1, g.lanes*width), mean, std)
	if wide > maxWidth {
		f, wide = g.Op("MatMul", f, g.Floats("projection", signs(wide))), maxWidth
	}
	g.Output("features", f, "batch", wide)
	g.Output("positions", h, "batch", g.lanes, positions, width)
	return nil
}

// longTrace are lengths to trace with, of encoders that read any: no kernel of any of them reaches as far, so that what runs is
// what runs for all that are longer, and right for all that are shorter.
var longTrace = [2]int{1049, 1061}

// encoded is what the encoder makes of windows x, each channel that it reads by itself in a row of its own.
func (g *seriesGraph) encoded(x string) (string, tensor.Shape, error) {
	together := g.channels / g.lanes
	length := g.Dim(x, 1)
	if g.lanes > 1 {
		x = g.Reshape(x, 0, 0, 2, g.lanes, together)
		x = g.Reshape(g.Transpose(x, 0, 3, 1, 2, 4), -1, length, 2*together)
	}
	axes := []onnx.Axis{anyBatch(g.Graph, x)}
	if g.enc.Length() == 0 {
		axes = append(axes, onnx.Axis{Sizes: longTrace, Dim: length})
	}
	return g.e.traced(g.Graph, []string{x}, axes, func(t *autograd.Tape, sizes []int) autograd.Var {
		rows := g.enc.Length()
		if rows == 0 {
			rows = sizes[1]
		}
		return g.enc.Encode(t.Input(zeros(sizes[0], rows, 2*together)))
	})
}

// signs is the projection of rows so wide as a matrix [wide, maxWidth].
func signs(wide int) *tensor.Tensor {
	up, m := projection(wide), make([]float32, wide*maxWidth)
	for i := range m {
		if m[i] = -1; up(i/maxWidth, i%maxWidth) {
			m[i] = 1
		}
	}
	return tensor.Float32s(m, wide, maxWidth)
}
