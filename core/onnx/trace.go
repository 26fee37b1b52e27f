package onnx

import (
	"fmt"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// A Tracing runs part of a model on tapes, so that it becomes part of a graph. Sizes that may be any when the graph is used
// are found by running it with different ones: what changes with them follows them.
type Tracing struct {
	Backend kernel.Backend // whose buffers are on the host
	Params  func(p *autograd.Param) string
	Axes    []Axis
	Inputs  []string // what the tape's inputs are in the graph, in their order; those beyond are constants
	Run     func(t *autograd.Tape, sizes []int) autograd.Var
}

// An Axis is a size that may be any, such as how many samples there are.
type Axis struct {
	Sizes [2]int // two of them to run with
	Dim   string // int64 [1] in the graph
}

// A value is a record of the tape in the graph.
type value struct {
	shape tensor.Shape
	name  string         // of a Param
	fixed *tensor.Tensor // on the host, if it follows from weights alone
	plain string         // in the graph, with its axes as on the tape
	first string         // with the last axis second, as ONNX's convolutions have it

	second bool // it came out of a convolution, or of something that followed one, with its last axis second
}

// traced is what one run left: the records, and of constants that were put in their numbers.
type traced struct {
	records []autograd.Record
	put     map[int]kernel.Host
	result  int
}

// translating is a Tracing on its way into a graph.
type translating struct {
	Tracing
	g      *Graph
	runs   []traced // with the first sizes, then with the second one of each axis
	values []*value
}

// Translate adds to the graph what a tracing does, names the result and says what shape it had with the first sizes. It is an error
// if something that ran has no translation.
func (g *Graph) Translate(tr Tracing) (string, tensor.Shape, error) {
	t := &translating{Tracing: tr, g: g}
	for which := range len(tr.Axes) + 1 {
		tape := autograd.NewTape(tr.Backend, rng.New(0))
		tape.Training = false
		defer tape.Free()
		t.runs = append(t.runs, t.run(tape, which-1))
	}
	if err := t.alike(); err != nil {
		return "", nil, err
	}
	for i, r := range t.runs[0].records {
		v := &value{shape: r.Value.Shape}
		t.values = append(t.values, v)
		if err := t.translate(i, r, v); err != nil {
			return "", nil, fmt.Errorf("onnx: %s of %v: %w", r.Step.Name, []int(r.Value.Shape), err)
		}
	}
	result := t.runs[0].result
	return t.plain(result), t.shape(0, result), nil
}

// run runs once, with the second size of an axis; -1 is none.
func (t *translating) run(tape *autograd.Tape, axis int) traced {
	sizes := make([]int, len(t.Axes))
	for i, a := range t.Axes {
		sizes[i] = a.Sizes[0]
	}
	if axis >= 0 {
		sizes[axis] = t.Axes[axis].Sizes[1]
	}
	result := t.Run(tape, sizes)
	out := traced{tape.Records(), map[int]kernel.Host{}, result.Record()}
	inputs := 0
	for i, r := range out.records {
		if r.Step.Name != "" || r.Param != nil {
			continue
		}
		if inputs++; inputs > len(t.Inputs) {
			out.put[i] = slices.Clone(r.Value.Buf.(kernel.Host))
		}
	}
	return out
}

// alike checks that all runs did the same.
func (t *translating) alike() error {
	one := t.runs[0]
	for _, other := range t.runs[1:] {
		if len(one.records) != len(other.records) || one.result != other.result {
			return fmt.Errorf("onnx: what runs depends on how large the input is")
		}
		for i, r := range one.records {
			o := other.records[i]
			if r.Step.Name != o.Step.Name || r.Param != o.Param || !slices.Equal(r.In, o.In) || len(r.Value.Shape) != len(o.Value.Shape) {
				return fmt.Errorf("onnx: what runs depends on how large the input is: %q of %v is %q of %v", r.Step.Name, []int(r.Value.Shape), o.Step.Name, []int(o.Value.Shape))
			}
		}
	}
	return nil
}

// translate makes v of record i.
func (t *translating) translate(i int, r autograd.Record, v *value) error {
	switch {
	case r.Param != nil:
		v.name, v.fixed = t.Params(r.Param), r.Value
		return nil
	case r.Step.Name == "":
		if put, ok := t.runs[0].put[i]; ok {
			if t.varies(i) {
				return t.counting(i, v)
			}
			v.name, v.fixed = fmt.Sprintf("constant_%d", i), &tensor.Tensor{Shape: r.Value.Shape, DType: r.Value.DType, Buf: put}
			return nil
		}
		v.plain = t.Inputs[t.inputs(i)]
		return nil
	}
	if t.fold(i, r, v) {
		return nil
	}
	do, ok := translations[r.Step.Name]
	if !ok {
		return fmt.Errorf("this operation has no translation to ONNX")
	}
	return do(t, i, r, v)
}

// inputs counts those before record i.
func (t *translating) inputs(i int) (n int) {
	for _, r := range t.runs[0].records[:i] {
		if r.Step.Name == "" && r.Param == nil {
			n++
		}
	}
	return n
}

// fold takes what follows from weights alone as it came out.
func (t *translating) fold(i int, r autograd.Record, v *value) bool {
	for _, in := range r.In {
		if t.values[in].fixed == nil {
			return false
		}
	}
	from := t.values[r.In[0]]
	if r.Step.Name == "reshape" { // the same numbers: no copy
		v.name, v.fixed = fmt.Sprintf("%s_%d", from.name, i), from.fixed.Reshape(r.Value.Shape...)
		return true
	}
	v.name = fmt.Sprintf("constant_%d", i)
	v.fixed = &tensor.Tensor{Shape: r.Value.Shape, DType: r.Value.DType, Buf: slices.Clone(r.Value.Buf.(kernel.Host))}
	return true
}

// plain is value i with its axes as on the tape.
func (t *translating) plain(i int) string {
	v := t.values[i]
	if v.plain == "" {
		if v.fixed != nil {
			v.plain = t.constant(v)
		} else {
			v.plain = t.g.Transpose(v.first, lastBack(len(v.shape))...)
		}
	}
	return v.plain
}

// constant is a fixed value in the graph.
func (t *translating) constant(v *value) string {
	if v.fixed.DType != tensor.Int32 {
		return t.g.Floats(v.name, v.fixed)
	}
	var raw message
	for _, x := range v.fixed.Buf.(kernel.Host).Int32s() {
		raw = littleEndian(raw, int64(x))
	}
	return t.g.weigh(weights{name: v.name, of: Int64, dims: v.shape, raw: raw})
}

// first is value i, of rank 3 or more, with its last axis second.
func (t *translating) first(i int) string {
	v := t.values[i]
	if v.first == "" {
		if v.fixed != nil {
			v.first = t.g.permuted(v.name+"_first", v.fixed, lastSecond(len(v.shape)))
		} else {
			v.first = t.g.Transpose(v.plain, lastSecond(len(v.shape))...)
		}
	}
	return v.first
}

// lastSecond is the order of n axes in which the last is second; lastBack is the way back.
func lastSecond(n int) []int { return slices.Insert(counted(n-1), 1, n-1) }

func lastBack(n int) []int {
	axes := counted(n)
	return append(slices.Delete(axes, 1, 2), 1)
}

func counted(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
