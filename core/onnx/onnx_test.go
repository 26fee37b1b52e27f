package onnx

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// An opCase is something a tape can do with x, whose first size is any, and so is its second in some.
type opCase struct {
	name string
	op   string // the translation it is of
	x    []int  // x's shape without the sizes that are any
	axes int
	do   func(x autograd.Var, p func(shape ...int) *autograd.Param) autograd.Var
}

type params = func(shape ...int) *autograd.Param

func conv1D(dilation int, centred bool) func(x autograd.Var, p params) autograd.Var {
	return func(x autograd.Var, p params) autograd.Var {
		if centred {
			return x.CentredConv1D(p(3, 3, 4), p(4), dilation)
		}
		return x.Conv1D(p(3, 3, 4), p(4), dilation)
	}
}

func elementwiseCase(name string, f func(x autograd.Var) autograd.Var) opCase {
	return opCase{name, name, []int{5}, 1, func(x autograd.Var, _ params) autograd.Var { return f(x) }}
}

var opCases = []opCase{
	elementwiseCase("relu", autograd.Var.Relu), elementwiseCase("gelu", autograd.Var.Gelu), elementwiseCase("geluerf", autograd.Var.GeluErf),
	elementwiseCase("tanh", autograd.Var.Tanh), elementwiseCase("exp", autograd.Var.Exp),
	elementwiseCase("log", func(x autograd.Var) autograd.Var { return x.Mul(x).Shift(0.1).Log() }),
	elementwiseCase("sqrt", func(x autograd.Var) autograd.Var { return x.Mul(x).Sqrt() }),
	elementwiseCase("affine", func(x autograd.Var) autograd.Var { return x.Scale(3).Shift(-0.5) }),
	elementwiseCase("softmax", autograd.Var.Softmax), elementwiseCase("logsoftmax", autograd.Var.LogSoftmax), elementwiseCase("unit", autograd.Var.Unit),
	{"add of one for each channel", "add", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var { return x.Add(p(5)) }},
	{"sub of one for each row", "sub", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var { return x.Sub(p(4, 1)) }},
	{"mul by itself", "mul", []int{4}, 1, func(x autograd.Var, p params) autograd.Var { return x.Mul(x.Mul(p(4))) }},
	{"div by weights", "div", []int{4}, 1, func(x autograd.Var, p params) autograd.Var { return x.Div(x.Tape().Param(p(4)).Exp()) }},
	{"sum", "sum", []int{4, 5}, 1, func(x autograd.Var, _ params) autograd.Var { return x.Sum(1) }},
	{"mean over any length", "sum", []int{5}, 2, func(x autograd.Var, _ params) autograd.Var { return x.Mean(1) }},
	{"matmul", "matmul", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var { return x.MatMul(p(5, 3)) }},
	{"matmul transposed", "matmult", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var { return x.MatMulT(p(3, 5)) }},
	{"matmul of two that are any", "matmult", []int{5}, 2, func(x autograd.Var, _ params) autograd.Var { return x.MatMulT(x.Tanh()) }},
	{"linear", "linear", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var { return x.Linear(p(5, 3), p(3)) }},
	{"conv", "conv2d", []int{6, 5, 3}, 1, func(x autograd.Var, p params) autograd.Var { return x.Conv2D(p(3, 3, 3, 4), 1, 1) }},
	{"conv by strides", "conv2d", []int{7, 6, 3}, 1, func(x autograd.Var, p params) autograd.Var { return x.Conv2D(p(3, 3, 3, 4), 2, 1) }},
	{"conv without padding", "conv2d", []int{7, 6, 3}, 1, func(x autograd.Var, p params) autograd.Var { return x.Conv2D(p(2, 2, 3, 4), 2, 0) }},
	{"conv looking back", "conv2d", []int{3}, 2, conv1D(2, false)},
	{"conv looking to both sides", "conv2d", []int{3}, 2, conv1D(3, true)},
	{"conv, norm as in inference, residual, conv", "conv2d", []int{6, 6, 3}, 1, func(x autograd.Var, p params) autograd.Var {
		h := x.Conv2D(p(3, 3, 3, 3), 1, 1)
		h = h.Mul(p(3)).Add(p(3)).Relu().Add(x)
		return h.Conv2D(p(1, 1, 3, 4), 2, 0).Reshape(x.Dim(0), 9, 4)
	}},
	{"max pool", "maxpool2d", []int{7, 6, 3}, 1, func(x autograd.Var, _ params) autograd.Var { return x.MaxPool2D(3, 2, 1) }},
	{"layer norm", "norm", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var {
		y, _, _ := x.Norm(p(5), p(5), kernel.Norm{A: x.Dim(0) * 4, B: 1, C: 1, D: 5, Eps: 1e-3})
		return y
	}},
	{"group norm", "norm", []int{3, 4, 6}, 1, func(x autograd.Var, p params) autograd.Var {
		y, _, _ := x.Norm(p(6), p(6), kernel.Norm{A: x.Dim(0), B: 12, C: 2, D: 3, Eps: 1e-3})
		return y
	}},
	{"gather", "gather", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var {
		return autograd.Gather(x.Reshape(x.Dim(0)*4, 5), x.Tape().Input(tensor.Int32s([]int32{3, 0, 1}, 3)))
	}},
	{"gather of each sample's second and last row", "gather", []int{4, 5}, 1, func(x autograd.Var, p params) autograd.Var {
		b, ids := x.Dim(0), []int32(nil)
		for i := range b {
			ids = append(ids, int32(b*4), int32(4*i+1))
		}
		rows := autograd.Concat(x.Reshape(b*4, 5), x.Tape().Param(p(1, 5)))
		return autograd.Gather(rows, x.Tape().Input(tensor.Int32s(ids, b, 2)))
	}},
	{"concat", "concat", []int{5}, 1, func(x autograd.Var, p params) autograd.Var { return autograd.Concat(x, x.Tape().Param(p(2, 5)), x) }},
	{"rows, some", "rows", []int{5}, 1, func(x autograd.Var, _ params) autograd.Var { return x.Rows(1, 1) }},
	{"rows up to the end", "rows", []int{5}, 1, func(x autograd.Var, _ params) autograd.Var { return x.Rows(1, x.Dim(0)-1) }},
	{"reshape of sizes that are any, together", "reshape", []int{6}, 2, func(x autograd.Var, _ params) autograd.Var {
		return x.Reshape(x.Dim(0)*x.Dim(1)*2, 3).Tanh().Reshape(x.Dim(0), x.Dim(1)*2, 3)
	}},
	{"reshape to two that are any elsewhere", "reshape", []int{6}, 2, func(x autograd.Var, _ params) autograd.Var {
		return x.Transpose(2, 0, 1).Reshape(2, 3*x.Dim(0), x.Dim(1)).Transpose(2, 1, 0)
	}},
	{"transpose twice", "transpose", []int{4, 5}, 1, func(x autograd.Var, _ params) autograd.Var { return x.Transpose(2, 0, 1).Transpose(1, 2, 0) }},
	{"transpose after a convolution", "transpose", []int{4, 5, 3}, 1, func(x autograd.Var, p params) autograd.Var {
		return x.Conv2D(p(1, 1, 3, 2), 1, 0).Transpose(0, 2, 1, 3)
	}},
}

// shape is x's with sizes.
func (c opCase) shape(sizes []int) []int { return append(append([]int(nil), sizes...), c.x...) }

// weights draws the params of a case, the same each time.
func (c opCase) weights() (params, func(*autograd.Param) string, func()) {
	var all []*autograd.Param
	next := 0
	draw := func(shape ...int) *autograd.Param {
		if next++; next <= len(all) {
			return all[next-1]
		}
		x, r := make([]float32, tensor.Shape(shape).Size()), rng.New(uint64(next))
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		all = append(all, &autograd.Param{Value: tensor.Float32s(x, shape...)})
		return all[next-1]
	}
	name := func(p *autograd.Param) string {
		for i := range all {
			if all[i] == p {
				return "weight." + string(rune('a'+i))
			}
		}
		return ""
	}
	return draw, name, func() { next = 0 }
}

// graph is a case's.
func (c opCase) graph(t *testing.T, draw params, name func(*autograd.Param) string, again func()) *Graph {
	t.Helper()
	g := New()
	dims := []any{"batch", "length"}[:c.axes]
	for _, d := range c.x {
		dims = append(dims, d)
	}
	x := g.Input("x", Float32, dims...)
	axes := []Axis{{[2]int{2, 3}, g.Dim(x, 0)}, {[2]int{5, 7}, g.Dim(x, 1)}}[:c.axes]
	y, shape, err := g.Translate(Tracing{Backend: cpu.New(), Params: name, Axes: axes, Inputs: []string{x}, Run: func(tape *autograd.Tape, sizes []int) autograd.Var {
		again()
		return c.do(tape.Input(tensor.Float32s(make([]float32, tensor.Shape(c.shape(sizes)).Size()), c.shape(sizes)...)), draw)
	}})
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	out := make([]any, len(shape))
	for i := range out {
		out[i] = "any_" + string(rune('a'+i))
	}
	g.Output("y", y, out...)
	return g
}

type value32 struct {
	Type string    `json:"type"`
	Dims []int     `json:"dims"`
	Data []float32 `json:"data"`
}

type run32 struct {
	Inputs  map[string]value32 `json:"inputs"`
	Outputs map[string]value32 `json:"outputs"`
}

// run is what a case makes of numbers by chance.
func (c opCase) run(t *testing.T, draw params, again func(), sizes []int) run32 {
	t.Helper()
	tape := autograd.NewTape(cpu.New(), rng.New(0))
	tape.Training = false
	defer tape.Free()
	shape, r := c.shape(sizes), rng.New(77)
	x := make([]float32, tensor.Shape(shape).Size())
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	again()
	y := c.do(tape.Input(tensor.Float32s(x, shape...)), draw)
	out, err := tape.Download(t.Context(), y.Value())
	if err != nil {
		t.Fatal(err)
	}
	return run32{map[string]value32{"x": {"float32", shape, x}}, map[string]value32{"y": {"float32", y.Shape(), out}}}
}

// e2e/onnx.test.mjs holds ONNX Runtime to what is written to the folder ONNX_CASES.
func TestEveryOperationIsTranslatedToONNX(t *testing.T) {
	untested := map[string]bool{}
	for name := range translations {
		untested[name] = true
	}
	for _, c := range opCases {
		delete(untested, c.op)
		draw, name, again := c.weights()
		f, err := c.graph(t, draw, name, again).File(nil)
		if err != nil {
			t.Fatal(err)
		}
		var raw bytes.Buffer
		if err := f.Write(&raw); err != nil || int64(raw.Len()) != f.Bytes() {
			t.Fatalf("%s: wrote %d of %d bytes: %v", c.name, raw.Len(), f.Bytes(), err)
		}
		folder := os.Getenv("ONNX_CASES")
		if folder == "" {
			continue
		}
		runs, err := json.Marshal([]run32{c.run(t, draw, again, []int{2, 9}[:c.axes]), c.run(t, draw, again, []int{5, 4}[:c.axes])})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, "op "+c.name)
		for ext, content := range map[string][]byte{".onnx": raw.Bytes(), ".json": runs} {
			if err := os.WriteFile(file+ext, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name := range untested {
		t.Errorf("no case is of %q", name)
	}
}

type odd struct{}

func (odd) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor { return a.Add(in[0], in[0]) }
func (odd) Backward(*tensor.Arena, *tensor.Tensor) []*tensor.Tensor      { return nil }

func TestWhatHasNoTranslationIsRefusedByName(t *testing.T) {
	x := func(t *autograd.Tape, sizes []int) autograd.Var {
		return t.Input(tensor.Float32s(make([]float32, 4*sizes[0]), sizes[0], 4))
	}
	for says, run := range map[string]func(*autograd.Tape, []int) autograd.Var{
		"onnx.odd of [2 4]: this operation has no translation to ONNX": func(t *autograd.Tape, n []int) autograd.Var { return autograd.Apply(odd{}, x(t, n)) },
		"what runs depends on how large the input is": func(t *autograd.Tape, n []int) autograd.Var {
			if n[0] > 2 {
				return x(t, n).Tanh()
			}
			return x(t, n).Relu()
		},
		"a constant depends on how large the input is": func(t *autograd.Tape, n []int) autograd.Var {
			return x(t, n).Add(t.Input(tensor.Float32s(make([]float32, n[0]), n[0], 1))).Mul(t.Input(tensor.Float32s([]float32{float32(n[0])}, 1)))
		},
	} {
		g := New()
		in := g.Input("x", Float32, "batch", 4)
		_, _, err := g.Translate(Tracing{Backend: cpu.New(), Axes: []Axis{{[2]int{2, 3}, g.Dim(in, 0)}}, Inputs: []string{in}, Run: run})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
}

func TestWeightsAreWrittenWithTheirAxesInOrder(t *testing.T) {
	var plain, turned bytes.Buffer
	x := tensor.Float32s([]float32{0, 1, 2, 3, 4, 5}, 2, 3)
	if err := writeFloats(&plain, x, nil); err != nil {
		t.Fatal(err)
	}
	if err := writeFloats(&turned, tensor.Float32s([]float32{0, 3, 1, 4, 2, 5}, 3, 2), []int{1, 0}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain.Bytes(), turned.Bytes()) || plain.Len() != 24 || !bytes.Equal(plain.Bytes()[4:8], []byte{0, 0, 0x80, 0x3f}) {
		t.Errorf("% x, % x", plain.Bytes(), turned.Bytes())
	}
}

func TestOneFileHoldsNoMoreThanProtocolBuffersCount(t *testing.T) {
	g := New()
	huge := &tensor.Tensor{Shape: tensor.Shape{1 << 15, 1 << 15}, Buf: kernel.Host{}} // 4 GiB that nobody has
	g.Output("y", g.Op("MatMul", g.Input("x", Float32, "batch", 1<<15), g.Floats("w", huge)), "batch", 1<<15)
	if _, err := g.File(nil); err == nil || !strings.Contains(err.Error(), "holds at most 2147483647") {
		t.Error(err)
	}
}

// The smallest model, byte by byte as https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has it.
func TestAModelIsProtocolBuffers(t *testing.T) {
	g := New()
	g.Output("y", g.Input("x", Float32, 2), 2)
	f, err := g.File(map[string]string{"a": "b"})
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := f.Write(&raw); err != nil {
		t.Fatal(err)
	}
	port := func(name string) string {
		return "\x0a\x01" + name + "\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x02"
	}
	node := "\x0a\x13\x0a\x01x\x12\x01y\x1a\x01y\x22\x08Identity"
	graph := node[:1] + string(rune(len(node)-2)) + node[2:] + "\x12\x0aautodidact" + "\x5a\x0f" + port("x") + "\x62\x0f" + port("y")
	want := "\x08\x08\x12\x0aautodidact\x3a" + string(rune(len(graph))) + graph + "\x42\x04\x0a\x00\x10\x11" + "\x72\x06\x0a\x01a\x12\x01b"
	if raw.String() != want {
		t.Errorf("%q\n%q", raw.String(), want)
	}
}
