package kind

import (
	"fmt"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/onnx"
	"autodidact/core/probe"
	"autodidact/core/tensor"
	"autodidact/worker/report"
)

// Graph takes pixels float32 [batch, size, size, 3] from -1 to 1, or with preprocess image uint8 [batch, height, width, 3], to
// features [batch, 4·width] and positions [batch, positions, width].
func (pictures) Graph(e Embedder, preprocess bool) (*onnx.Graph, Described, error) {
	g := onnx.New()
	x, says := picturesIn(g, e.Size, preprocess, "pixels", "image", []any{"batch"})
	return g, says, e.picturesOut(g, x, "")
}

// Graph is that of pictures, of each of a clip's frames [batch, frames, ...]: features and positions are the means over frames.
func (clips) Graph(e Embedder, preprocess bool) (*onnx.Graph, Described, error) {
	g := onnx.New()
	x, says := picturesIn(g, e.Size, preprocess, "frames", "frames", []any{"batch", "frames"})
	return g, says, e.picturesOut(g, x, "frames")
}

// picturesIn declares the input and gives pictures as the encoder takes them: float32 [any, size, size, 3].
func picturesIn(g *onnx.Graph, size int, preprocess bool, plain, raw string, lead []any) (x string, says Described) {
	says.Output = "features: means over the quarters of a picture, row by row; positions: all of them"
	dims := append(lead, size, size, 3)
	if !preprocess {
		x = g.Input(plain, onnx.Float32, dims...)
		says.Input = fmt.Sprintf("%s: float32 %s RGB, value/127.5 - 1", plain, sized(dims...))
		if len(lead) > 1 {
			x = g.Reshape(x, -1, size, size, 3)
		}
		return x, says
	}
	dims = append(lead, "height", "width", 3)
	x = g.Input(raw, onnx.Uint8, dims...)
	says.Input = fmt.Sprintf("%s: uint8 %s RGB; its middle square is scaled to %d pixels", raw, sized(dims...), size)
	if len(lead) > 1 {
		x = g.Reshape(x, -1, g.Dim(x, 2), g.Dim(x, 3), 3)
	}
	return middleSquare(g, x, size), says
}

// middleSquare is what view.Center makes of pictures x, uint8 [any, height, width, 3]: float32 [any, size, size, 3] from -1 to 1.
// Not by ONNX's Resize: few programs have that with pixels averaged.
func middleSquare(g *onnx.Graph, x string, size int) string {
	side := g.Op("Min", g.Dim(x, 1), g.Dim(x, 2))
	for axis := 1; axis <= 2; axis++ {
		from := g.Op("Div", g.Op("Sub", g.Dim(x, axis), side), g.Ints(2))
		x = g.Slice(x, axis, from, g.Op("Add", from, side))
	}
	shares := shrinking(g, side, size)
	x = g.Reshape(g.Cast(x, onnx.Float32), 0, side, -1)
	x = g.Reshape(g.Op("MatMul", shares, x), -1, side, 3) // rows, then columns
	x = g.Reshape(g.Op("MatMul", shares, x), -1, size, size, 3)
	return g.Op("Sub", g.Op("Mul", x, g.Scalar(1/127.5)), g.Scalar(1))
}

// shrinking is how much of each of side pixels, int64 [1] in the graph, each of size pixels is made from, [size, side]: bilinear,
// by a triangle that widens where pixels become fewer.
func shrinking(g *onnx.Graph, side string, size int) string {
	scale := g.Op("Div", g.Cast(side, onnx.Float32), g.Scalar(float32(size)))
	middles := make([]float32, size)
	for i := range middles {
		middles[i] = float32(i) + 0.5
	}
	center := g.Op("Sub", g.Op("Mul", g.Floats("middles", tensor.Float32s(middles, size, 1)), scale), g.Scalar(0.5))
	at := g.Cast(g.Op("Range", g.Int(0), g.Op("Squeeze", side), g.Int(1)), onnx.Float32)
	far := g.Op("Div", g.Op("Abs", g.Op("Sub", at, center)), g.Op("Max", scale, g.Scalar(1)))
	shares := g.Op("Relu", g.Op("Sub", g.Scalar(1), far))
	return g.Op("Div", shares, g.Sum(shares, 1))
}

// picturesOut is what the encoder makes of pictures, as Embed reads it; of clips, whose frames follow each other, the mean over them.
func (e Embedder) picturesOut(g *onnx.Graph, x, clips string) error {
	h, shape, err := e.traced(g, []string{x}, []onnx.Axis{anyBatch(g, x)}, func(t *autograd.Tape, sizes []int) autograd.Var {
		return e.Encoder.Encode(t.Input(zeros(sizes[0], e.Size, e.Size, 3)))
	})
	if err != nil {
		return err
	}
	positions, width := shape[1], shape[2]
	if clips != "" {
		h = g.Reshape(h, g.Dim(clips, 0), g.Dim(clips, 1), positions, width)
		h = g.Reshape(g.Mean(h, 1), -1, positions, width)
	}
	side := int(math.Round(math.Sqrt(float64(positions))))
	if side*side != positions {
		return report.Mismatch("this encoder's %d positions are no square map: its features cannot be averaged over quarters", positions)
	}
	const cells = quadrants * quadrants
	shares := g.Floats("quarters", tensor.Float32s(probe.CellShares(side, quadrants), cells, positions))
	g.Output("features", g.Reshape(g.Op("MatMul", shares, h), -1, cells*width), "batch", cells*width)
	g.Output("positions", h, "batch", positions, width)
	return nil
}
