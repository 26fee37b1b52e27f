package kind

import (
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/onnx"
	"autodidact/core/tensor"
)

// A Portable is a Kind whose encoders can leave as a graph that other programs run.
type Portable interface {
	// Graph makes one that gives the features that Embed gives; with preprocess it takes samples as they were read. It says in words
	// what the graph takes and gives.
	Graph(e Embedder, preprocess bool) (*onnx.Graph, Described, error)
}

// Described says in words what a graph takes and what it gives.
type Described struct{ Input, Output string }

// traced adds to a graph what the encoder does to inputs of it.
func (e Embedder) traced(g *onnx.Graph, inputs []string, axes []onnx.Axis, run func(t *autograd.Tape, sizes []int) autograd.Var) (string, tensor.Shape, error) {
	names := map[*autograd.Param]string{}
	for name, p := range nn.Params(e.Encoder) {
		names[p] = name
	}
	return g.Translate(onnx.Tracing{Backend: e.Backend, Inputs: inputs, Axes: axes, Run: run,
		Params: func(p *autograd.Param) string { return names[p] }})
}

// anyBatch is an axis for how many samples there are, which x has first.
func anyBatch(g *onnx.Graph, x string) onnx.Axis {
	return onnx.Axis{Sizes: [2]int{2, 3}, Dim: g.Dim(x, 0)}
}

// zeros are samples to trace with.
func zeros(shape ...int) *tensor.Tensor {
	return tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...)
}

// sized is a shape in words.
func sized(dims ...any) string {
	s := fmt.Sprintf("%v", dims)
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		if s[i] == ' ' {
			out = append(out, ',')
		}
		out = append(out, s[i])
	}
	return string(out)
}
