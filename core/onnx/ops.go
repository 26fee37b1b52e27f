package onnx

import (
	"fmt"
	"math"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/tensor"
)

// translations are of a tape's operations, by name: each makes v of record i. Those that follow from weights alone never come here.
var translations map[string]func(t *translating, i int, r autograd.Record, v *value) error

func init() { // they call each other
	translations = map[string]func(t *translating, i int, r autograd.Record, v *value) error{
		"add": pairwise("Add"), "sub": pairwise("Sub"), "mul": pairwise("Mul"), "div": pairwise("Div"),
		"exp": unary("Exp"), "log": unary("Log"), "sqrt": unary("Sqrt"), "tanh": unary("Tanh"), "relu": unary("Relu"),
		"gelu": elementwise(gelu), "geluerf": elementwise(geluErf), "affine": affine, "softmax": along("Softmax"), "logsoftmax": along("LogSoftmax"), "unit": unit,
		"sum": sum, "matmul": matmul, "matmult": matmul, "linear": linear, "conv2d": conv2d, "maxpool2d": maxPool2D, "norm": norm,
		"gather": gather, "concat": concat, "rows": rows, "reshape": reshape, "transpose": transpose,
	}
}

// elementwise is a function of each number by itself: the order of axes stays.
func elementwise(f func(g *Graph, x string) string) func(*translating, int, autograd.Record, *value) error {
	return func(t *translating, _ int, r autograd.Record, v *value) error {
		if x := t.values[r.In[0]]; x.second {
			v.first, v.second = f(t.g, x.first), true
			return nil
		}
		v.plain = f(t.g, t.plain(r.In[0]))
		return nil
	}
}

func unary(op string) func(*translating, int, autograd.Record, *value) error {
	return elementwise(func(g *Graph, x string) string { return g.Op(op, x) })
}

// gelu is x * Φ(x) in its tanh form: 0.5x(1 + tanh(√(2/π)x(1 + 0.044715x²))), in the order in which ONNX Runtime makes one operation of it.
func gelu(g *Graph, x string) string {
	bend := g.Op("Add", g.Op("Mul", g.Op("Mul", x, g.Scalar(0.044715)), x), g.Scalar(1))
	inner := g.Op("Mul", g.Op("Mul", x, g.Scalar(float32(math.Sqrt(2/math.Pi)))), bend)
	return g.Op("Mul", g.Op("Mul", x, g.Scalar(0.5)), g.Op("Add", g.Op("Tanh", inner), g.Scalar(1)))
}

// geluErf is x * Φ(x) exactly: 0.5x(1 + erf(x/√2)).
func geluErf(g *Graph, x string) string {
	erf := g.Op("Erf", g.Op("Div", x, g.Scalar(math.Sqrt2)))
	return g.Op("Mul", g.Op("Mul", x, g.Op("Add", erf, g.Scalar(1))), g.Scalar(0.5))
}

func affine(t *translating, i int, r autograd.Record, v *value) error {
	return elementwise(func(g *Graph, x string) string {
		if r.Step.Mul != 1 {
			x = g.Op("Mul", x, g.Scalar(r.Step.Mul))
		}
		if r.Step.Add != 0 {
			x = g.Op("Add", x, g.Scalar(r.Step.Add))
		}
		return x
	})(t, i, r, v)
}

// pairwise is an elementwise function of two values, of which one may be repeated. Beside a convolution's result the other is brought
// into its order of axes, if that can be.
func pairwise(op string) func(*translating, int, autograd.Record, *value) error {
	return func(t *translating, _ int, r autograd.Record, v *value) error {
		x, y := t.values[r.In[0]], t.values[r.In[1]]
		fits := func(o *value) bool { return len(o.shape) == len(v.shape) || o.fixed != nil && len(o.shape) == 1 }
		if len(v.shape) >= 3 && (x.second || y.second) && fits(x) && fits(y) {
			v.first, v.second = t.g.Op(op, t.channels(r.In[0], len(v.shape)), t.channels(r.In[1], len(v.shape))), true
			return nil
		}
		v.plain = t.g.Op(op, t.plain(r.In[0]), t.plain(r.In[1]))
		return nil
	}
}

// channels is value i with its last axis second; a number for each channel, [c], as [c, 1, ...], for what has so many axes.
func (t *translating) channels(i, rank int) string {
	v := t.values[i]
	if len(v.shape) == rank {
		return t.first(i)
	}
	shape := append(tensor.Shape{v.shape[0]}, slices.Repeat([]int{1}, rank-2)...)
	return t.g.Floats(fmt.Sprintf("%s_of_%d", v.name, rank), v.fixed.Reshape(shape...))
}

// along is a function along the last axis.
func along(op string) func(*translating, int, autograd.Record, *value) error {
	return func(t *translating, _ int, r autograd.Record, v *value) error {
		v.plain = t.g.Node(op, Attrs{"axis": -1}, t.plain(r.In[0]))
		return nil
	}
}

func unit(t *translating, _ int, r autograd.Record, v *value) error {
	x := t.plain(r.In[0])
	squares := t.g.Sum(t.g.Op("Mul", x, x), -1)
	v.plain = t.g.Op("Div", x, t.g.Op("Sqrt", t.g.Op("Add", squares, t.g.Scalar(1e-12))))
	return nil
}

// sum is of one axis, or its mean where it was scaled by how long it is.
func sum(t *translating, i int, r autograd.Record, v *value) error {
	mean := true
	for run := range t.runs {
		n := t.shape(run, r.In[0])[r.Step.Axis]
		mean = mean && t.runs[run].records[i].Step.Mul == 1/float32(n)
	}
	x := t.plain(r.In[0])
	switch {
	case mean:
		v.plain = t.g.Mean(x, r.Step.Axis)
	case r.Step.Mul == 1:
		v.plain = t.g.Sum(x, r.Step.Axis)
	default:
		return fmt.Errorf("it is scaled by %v, which is neither 1 nor a mean's", r.Step.Mul)
	}
	return nil
}

func matmul(t *translating, _ int, r autograd.Record, v *value) error {
	w := t.plain(r.In[1])
	if r.Step.Name == "matmult" {
		w = t.turned(r.In[1])
	}
	v.plain = t.g.Op("MatMul", t.plain(r.In[0]), w)
	return nil
}

// turned is value i with its last two axes exchanged.
func (t *translating) turned(i int) string {
	v := t.values[i]
	axes := counted(len(v.shape))
	n := len(axes)
	axes[n-1], axes[n-2] = axes[n-2], axes[n-1]
	if v.fixed != nil {
		return t.g.permuted(v.name+"_turned", v.fixed, axes)
	}
	return t.g.Transpose(t.plain(i), axes...)
}

func linear(t *translating, _ int, r autograd.Record, v *value) error {
	v.plain = t.g.Op("Add", t.g.Op("MatMul", t.plain(r.In[0]), t.plain(r.In[1])), t.plain(r.In[2]))
	return nil
}

// conv2d has pictures as [batch, channels, height, width] and kernels as [out, in, height, width].
func conv2d(t *translating, _ int, r autograd.Record, v *value) error {
	w, c := t.values[r.In[1]], r.Step.Conv
	if w.fixed == nil {
		return fmt.Errorf("its kernel is no weight")
	}
	in := []string{t.first(r.In[0]), t.g.permuted(w.name+"_kernel", w.fixed, []int{3, 2, 0, 1})}
	if len(r.In) > 2 {
		in = append(in, t.plain(r.In[2]))
	}
	v.first, v.second = t.g.Node("Conv", Attrs{"kernel_shape": []int{c.KH, c.KW}, "strides": []int{c.Stride, c.Stride}, "dilations": []int{c.Step(), 1},
		"pads": []int{c.Pad + c.Above, c.Pad, c.Pad + c.Below, c.Pad}}, in...), true
	return nil
}

func maxPool2D(t *translating, _ int, r autograd.Record, v *value) error {
	c := r.Step.Conv
	v.first, v.second = t.g.Node("MaxPool", Attrs{"kernel_shape": []int{c.KH, c.KW}, "strides": []int{c.Stride, c.Stride},
		"pads": []int{c.Pad, c.Pad, c.Pad, c.Pad}}, t.first(r.In[0])), true
	return nil
}

// norm is a LayerNorm, or a GroupNorm as an InstanceNorm of groups.
func norm(t *translating, i int, r autograd.Record, v *value) error {
	n, s := r.Step.Norm, v.shape
	last := s[len(s)-1]
	if n.B == 1 && n.C == 1 && n.D == last {
		v.plain = t.g.Node("LayerNormalization", Attrs{"axis": -1, "epsilon": n.Eps}, t.plain(r.In[0]), t.plain(r.In[1]), t.plain(r.In[2]))
		return nil
	}
	if len(s) < 3 || n.A != s[0] || n.C*n.D != last || t.values[r.In[1]].fixed == nil || t.values[r.In[2]].fixed == nil {
		return fmt.Errorf("it is neither a LayerNorm nor a GroupNorm: [%d %d %d %d]", n.A, n.B, n.C, n.D)
	}
	dims, err := t.target(i, r.In[0], lastSecond(len(s)), lastSecond(len(s)))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(dims[1:], func(d any) bool { n, ok := d.(int); return !ok || n <= 0 }) {
		return fmt.Errorf("it is a GroupNorm of positions whose number is not known: %v", dims)
	}
	ones, zeros := make([]float32, n.C), make([]float32, n.C)
	for k := range ones {
		ones[k] = 1
	}
	groups := t.g.Reshape(t.first(r.In[0]), 0, n.C, -1)
	groups = t.g.Node("InstanceNormalization", Attrs{"epsilon": n.Eps}, groups,
		t.g.Floats(fmt.Sprintf("ones_%d", n.C), tensor.Float32s(ones, n.C)), t.g.Floats(fmt.Sprintf("zeros_%d", n.C), tensor.Float32s(zeros, n.C)))
	dims[0] = -1 // what 0 would take is of the groups
	whole := t.g.Reshape(groups, dims...)
	v.first, v.second = t.g.Op("Add", t.g.Op("Mul", whole, t.channels(r.In[1], len(s))), t.channels(r.In[2], len(s))), true
	return nil
}

func gather(t *translating, _ int, r autograd.Record, v *value) error {
	v.plain = t.g.Node("Gather", Attrs{"axis": 0}, t.plain(r.In[0]), t.plain(r.In[1]))
	return nil
}

func concat(t *translating, _ int, r autograd.Record, v *value) error {
	var in []string
	for _, k := range r.In {
		in = append(in, t.plain(k))
	}
	v.plain = t.g.Concat(0, in...)
	return nil
}

// rows are some of the first axis; those up to the end are so however many there are.
func rows(t *translating, i int, r autograd.Record, v *value) error {
	from, to, end := r.Step.From, r.Step.From+r.Step.N, true
	for run := range t.runs {
		s := t.runs[run].records[i].Step
		end = end && s.From == from && s.From+s.N == t.shape(run, r.In[0])[0]
		if s.From != from {
			return fmt.Errorf("where they begin depends on how large the input is")
		}
	}
	if end {
		to = math.MaxInt32
	} else if !t.settled(i, 0) {
		return fmt.Errorf("how many there are depends on how large the input is")
	}
	v.plain = t.g.Slice(t.plain(r.In[0]), 0, t.g.Ints(from), t.g.Ints(to))
	return nil
}

// reshape leaves a convolution's order of axes where batch and channels stay.
func reshape(t *translating, i int, r autograd.Record, v *value) error {
	in := t.values[r.In[0]]
	m, n := len(in.shape), len(v.shape)
	if in.second && m >= 3 && n >= 3 && t.sameDim(r.In[0], 0, i, 0) && t.sameDim(r.In[0], m-1, i, n-1) {
		dims, err := t.target(i, r.In[0], lastSecond(n), lastSecond(m))
		if err == nil {
			v.first, v.second = t.g.Reshape(in.first, dims...), true
		}
		return err
	}
	dims, err := t.target(i, r.In[0], counted(n), counted(m))
	if err == nil {
		v.plain = t.g.Reshape(t.plain(r.In[0]), dims...)
	}
	return err
}

func transpose(t *translating, _ int, r autograd.Record, v *value) error {
	v.plain = t.g.Transpose(t.plain(r.In[0]), r.Step.Axes...)
	return nil
}
