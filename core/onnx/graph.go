// Package onnx writes models as ONNX (https://onnx.ai), which programs in other languages run without Autodidact: a graph of
// operators, and the weights. What an encoder does becomes a graph by running it once on a tape and translating the record (trace.go).
package onnx

import (
	"fmt"
	"slices"
	"strings"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// opset is the version of the operators: the first that has LayerNormalization.
const opset, irVersion = 17, 8

// A Type is what a value consists of, by ONNX's numbers.
type Type int

const (
	Float32 Type = 1
	Uint8   Type = 2
	Int64   Type = 7
	Bool    Type = 9
)

// A Graph is operators applied to inputs and weights. Values are known by name.
type Graph struct {
	nodes   []node
	weights []weights
	inputs  []port
	outputs []port
	made    map[string]int // which node or weights a name is of: nodes count from 1, weights from -1 down
	count   map[string]int // values named after each operator
}

// New is a graph without anything.
func New() *Graph { return &Graph{made: map[string]int{}, count: map[string]int{}} }

// Attrs are an operator's settings: int, []int, float32 or string.
type Attrs map[string]any

type node struct {
	op    string
	in    []string
	out   string
	attrs Attrs
}

// A port is an input or an output: each of its dims is an int, or a name if it may be any.
type port struct {
	name string
	of   Type
	dims []any
}

// Input declares an input.
func (g *Graph) Input(name string, of Type, dims ...any) string {
	g.inputs = append(g.inputs, port{name, of, dims})
	return name
}

// Output declares that a float32 value is an output of some name.
func (g *Graph) Output(name, value string, dims ...any) {
	g.nodes = append(g.nodes, node{"Identity", []string{value}, name, nil})
	g.made[name] = len(g.nodes)
	g.outputs = append(g.outputs, port{name, Float32, dims})
}

// Inputs are the names of the inputs, in order.
func (g *Graph) Inputs() (names []string) {
	for _, p := range g.inputs {
		names = append(names, p.name)
	}
	return names
}

// Node applies an operator and names its result.
func (g *Graph) Node(op string, attrs Attrs, in ...string) string {
	stem := strings.ToLower(op)
	g.count[stem]++
	out := fmt.Sprintf("%s_%d", stem, g.count[stem])
	g.nodes = append(g.nodes, node{op, in, out, attrs})
	g.made[out] = len(g.nodes)
	return out
}

// Op is Node of an operator without settings.
func (g *Graph) Op(op string, in ...string) string { return g.Node(op, nil, in...) }

// weights are a constant: a tensor on the host, whose axes are written in another order if there are any, or numbers as bytes.
type weights struct {
	name string
	of   Type
	dims []int
	x    *tensor.Tensor
	axes []int
	raw  []byte
}

// weigh adds a constant, unless there is one of that name, which is taken to be the same.
func (g *Graph) weigh(w weights) string {
	if g.made[w.name] == 0 {
		g.weights = append(g.weights, w)
		g.made[w.name] = -len(g.weights)
	}
	return w.name
}

// Floats is a constant: x, on the host, as it is.
func (g *Graph) Floats(name string, x *tensor.Tensor) string { return g.permuted(name, x, nil) }

// permuted is a constant whose axis i is axes[i] of x, which is read when the graph is written.
func (g *Graph) permuted(name string, x *tensor.Tensor, axes []int) string {
	dims := slices.Clone([]int(x.Shape))
	for i, k := range axes {
		dims[i] = x.Shape[k]
	}
	return g.weigh(weights{name: name, of: Float32, dims: dims, x: x, axes: axes})
}

// Scalar is a constant number.
func (g *Graph) Scalar(v float32) string {
	return g.Floats(fmt.Sprintf("number_%v", v), &tensor.Tensor{DType: tensor.Float32, Buf: kernel.Host{v}})
}

// Ints is a constant [len(v)], int64.
func (g *Graph) Ints(v ...int) string {
	name := "ints"
	var raw message
	for _, x := range v {
		name += fmt.Sprint("_", x)
		raw = littleEndian(raw, int64(x))
	}
	if len(v) > 8 { // a long name is of no use
		name = fmt.Sprintf("ints_%d_in_all_%d", len(v), len(g.weights))
	}
	return g.weigh(weights{name: name, of: Int64, dims: []int{len(v)}, raw: raw})
}

// Int is a constant whole number without axes.
func (g *Graph) Int(v int) string {
	return g.weigh(weights{name: fmt.Sprint("int_", v), of: Int64, raw: littleEndian(nil, int64(v))})
}

// Dim is how large a value is along an axis: int64 [1].
func (g *Graph) Dim(x string, axis int) string {
	return g.Node("Shape", Attrs{"start": axis, "end": axis + 1}, x)
}

// Reshape views x under another shape: each of its dims is an int, of which 0 is what x has there and -1 what is left, or the
// name of an int64 [1].
func (g *Graph) Reshape(x string, dims ...any) string {
	var known []int
	var parts []string
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			known, parts = append(known, d), append(parts, g.Ints(d))
		case string:
			parts = append(parts, d)
		}
	}
	if len(known) == len(dims) {
		return g.Op("Reshape", x, g.Ints(known...))
	}
	return g.Op("Reshape", x, g.Node("Concat", Attrs{"axis": 0}, parts...))
}

// Transpose puts axes in another order: axis i of the result is axes[i] of x. Of one transposition after another it makes one.
func (g *Graph) Transpose(x string, axes ...int) string {
	if at := g.made[x]; at > 0 && g.nodes[at-1].op == "Transpose" {
		before := g.nodes[at-1]
		first, both := before.attrs["perm"].([]int), make([]int, len(axes))
		for i, k := range axes {
			both[i] = first[k]
		}
		x, axes = before.in[0], both
	}
	if slices.IsSorted(axes) {
		return x
	}
	return g.Node("Transpose", Attrs{"perm": slices.Clone(axes)}, x)
}

// Mean is over axes, which stay as size 1.
func (g *Graph) Mean(x string, axes ...int) string {
	return g.Node("ReduceMean", Attrs{"axes": slices.Clone(axes)}, x)
}

// Most is the greatest number over axes, which stay as size 1.
func (g *Graph) Most(x string, axes ...int) string {
	return g.Node("ReduceMax", Attrs{"axes": slices.Clone(axes)}, x)
}

// Sum is over axes, which stay as size 1.
func (g *Graph) Sum(x string, axes ...int) string { return g.Op("ReduceSum", x, g.Ints(axes...)) }

// Concat joins along an axis.
func (g *Graph) Concat(axis int, xs ...string) string {
	return g.Node("Concat", Attrs{"axis": axis}, xs...)
}

// Slice is the entries of an axis from one up to, and without, another; both are int64 [1] in the graph.
func (g *Graph) Slice(x string, axis int, from, to string) string {
	return g.Op("Slice", x, from, to, g.Ints(axis))
}

// Cast makes another type of x.
func (g *Graph) Cast(x string, to Type) string { return g.Node("Cast", Attrs{"to": int(to)}, x) }
