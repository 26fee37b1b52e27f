package autograd_test

import (
	"testing"

	. "autodidact/core/autograd"
	"autodidact/core/autograd/gradtest"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
)

// ops lists every op once. TestEveryOpListed fails when one is missing.
var ops = []struct {
	name   string
	f      func(t *Tape, p []*Param) Var
	shapes []tensor.Shape
}{
	{"add", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Add(p[1]) }, []tensor.Shape{{2, 3}, {3}}},
	{"mul", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Mul(p[1]) }, []tensor.Shape{{2, 3}, {2, 1}}},
	{"div", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Div(p[1]) }, []tensor.Shape{{2, 3}, {3}}},
	{"sum", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Sum(1) }, []tensor.Shape{{2, 3, 2}}},
	{"tanh", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Tanh() }, []tensor.Shape{{5}}},
	{"relu", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Relu() }, []tensor.Shape{{5}}},
	{"sqrt", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Sqrt() }, []tensor.Shape{{5}}},
	{"softmax", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Softmax() }, []tensor.Shape{{2, 4}}},
	{"matmul", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMul(p[1]) }, []tensor.Shape{{2, 3, 4}, {4, 2}}},
	{"matmul batched", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMul(p[1]) }, []tensor.Shape{{2, 3, 4}, {2, 4, 2}}},
	{"matmulT batched", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMulT(p[1]) }, []tensor.Shape{{2, 3, 4}, {2, 5, 4}}},
	{"matmulT", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMulT(p[1]) }, []tensor.Shape{{3, 4}, {5, 4}}},
	{"concat", func(t *Tape, p []*Param) Var { return Concat(t.Param(p[0]), t.Param(p[1])) }, []tensor.Shape{{2, 3}, {1, 3}}},
	{"gather", func(t *Tape, p []*Param) Var {
		return Gather(p[0], t.Input(tensor.Int32s([]int32{2, 0, 2}, 3)))
	}, []tensor.Shape{{3, 2}}},
	{"crossentropy", func(t *Tape, p []*Param) Var {
		return t.Param(p[0]).CrossEntropy(t.Input(tensor.Int32s([]int32{2, 0}, 2)))
	}, []tensor.Shape{{2, 3}}},
}

func TestGradients(t *testing.T) {
	for _, o := range ops {
		t.Run(o.name, func(t *testing.T) { gradtest.Check(t, cpu.New(), o.f, o.shapes...) })
	}
}
