package autograd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
	"testing"

	. "autodidact/core/autograd"
	"autodidact/core/autograd/gradtest"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/kernel/kerneltest"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

type shapes = []tensor.Shape

// ops names every function that records an op, with what to check about it after
// the name. The params hold numbers from 0.5 to 1.5.
var ops = []struct {
	name   string
	f      func(t *Tape, p []*Param) Var
	shapes shapes
}{
	{"Add", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Add(p[1]) }, shapes{{2, 3}, {3}}},
	{"Add to itself", func(t *Tape, p []*Param) Var { x := t.Param(p[0]); return x.Add(x).Add(x) }, shapes{{3}}},
	{"Sub", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Sub(p[1]) }, shapes{{2, 1}, {2, 3}}},
	{"Mul", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Mul(p[1]) }, shapes{{2, 3}, {2, 1}}},
	{"Mul with itself", func(t *Tape, p []*Param) Var { x := t.Param(p[0]); return x.Mul(x) }, shapes{{3}}},
	{"Div", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Div(p[1]) }, shapes{{2, 3}, {3}}},
	{"Scale", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Scale(-3) }, shapes{{3}}},
	{"Shift", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Shift(2) }, shapes{{3}}},
	{"Sum", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Sum(1) }, shapes{{2, 3, 2}}},
	{"Mean", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Mean(-1) }, shapes{{2, 3}}},
	{"Reshape", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Reshape(3, 2) }, shapes{{2, 3}}},
	{"Transpose", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Transpose(1, 2, 0) }, shapes{{2, 3, 4}}},
	{"Concat", func(t *Tape, p []*Param) Var { return Concat(t.Param(p[0]), t.Param(p[1])) }, shapes{{2, 3}, {1, 3}}},
	{"Rows", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Rows(1, 2) }, shapes{{4, 3}}},
	{"Gather", func(t *Tape, p []*Param) Var {
		return Gather(p[0], t.Input(tensor.Int32s([]int32{2, 0, 2}, 3)))
	}, shapes{{3, 2}}},

	{"MatMul", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMul(p[1]) }, shapes{{2, 3, 4}, {4, 2}}},
	{"MatMul batched", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMul(p[1]) }, shapes{{2, 3, 4}, {2, 4, 2}}},
	{"MatMulT", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMulT(p[1]) }, shapes{{3, 4}, {5, 4}}},
	{"MatMulT batched", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MatMulT(p[1]) }, shapes{{2, 3, 4}, {2, 5, 4}}},
	{"MatMulT with itself", func(t *Tape, p []*Param) Var { x := t.Param(p[0]); return x.MatMulT(x) }, shapes{{3, 4}}},

	{"Linear", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Linear(p[1], p[2]) }, shapes{{2, 3, 4}, {4, 5}, {5}}},

	{"Relu", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Shift(-1).Relu() }, shapes{{8}}},
	{"Gelu", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Shift(-1).Gelu() }, shapes{{8}}},
	{"GeluErf", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Shift(-1).GeluErf() }, shapes{{8}}},
	{"Tanh", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Shift(-1).Tanh() }, shapes{{8}}},
	{"Sqrt", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Sqrt() }, shapes{{5}}},
	{"Exp", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Exp() }, shapes{{5}}},
	{"Log", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Log() }, shapes{{5}}},

	{"Unit", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Unit() }, shapes{{2, 4}}},
	{"Softmax", func(t *Tape, p []*Param) Var { return t.Param(p[0]).Softmax() }, shapes{{2, 4}}},
	{"LogSoftmax", func(t *Tape, p []*Param) Var { return t.Param(p[0]).LogSoftmax() }, shapes{{2, 4}}},
	{"CrossEntropy", func(t *Tape, p []*Param) Var {
		return t.Param(p[0]).CrossEntropy(t.Input(tensor.Int32s([]int32{2, 0}, 2)))
	}, shapes{{2, 3}}},

	{"Conv2D", conv(1, 0), shapes{{2, 4, 3, 2}, {2, 3, 2, 3}}},
	{"Conv2D padded", conv(1, 1), shapes{{2, 3, 4, 2}, {3, 3, 2, 4}}},
	{"Conv2D strided", conv(2, 1), shapes{{2, 5, 4, 3}, {3, 3, 3, 2}}},
	{"Conv2D strided on even sizes", conv(2, 1), shapes{{1, 4, 6, 1}, {3, 3, 1, 4}}},
	{"Conv2D one by one", conv(2, 0), shapes{{2, 3, 4, 4}, {1, 1, 4, 8}}},
	{"Conv2D as wide as a register", conv(1, 1), shapes{{1, 3, 3, 8}, {3, 3, 8, 16}}},

	{"MaxPool2D", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MaxPool2D(3, 2, 1) }, shapes{{2, 6, 5, 3}}},
	{"MaxPool2D without padding", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MaxPool2D(2, 2, 0) }, shapes{{1, 5, 4, 8}}},
	{"MaxPool2D of its own squares", func(t *Tape, p []*Param) Var { return t.Param(p[0]).MaxPool2D(2, 1, 1).MaxPool2D(2, 2, 0) }, shapes{{1, 5, 4, 2}}},

	{"Conv1D", conv1D(1), shapes{{2, 5, 2}, {3, 2, 3}, {3}}},
	{"Conv1D dilated", conv1D(3), shapes{{2, 8, 2}, {2, 2, 3}, {3}}},
	{"Conv1D dilated past the beginning", conv1D(4), shapes{{1, 5, 2}, {3, 2, 4}, {4}}},
	{"Conv1D by minimal filtering", conv1D(2), shapes{{1, 8, 8}, {3, 8, 8}, {8}}},
	{"CentredConv1D", centredConv1D(1), shapes{{2, 5, 2}, {3, 2, 3}, {3}}},
	{"CentredConv1D of five taps", centredConv1D(2), shapes{{2, 7, 2}, {5, 2, 3}, {3}}},
	{"CentredConv1D past both ends", centredConv1D(5), shapes{{2, 5, 2}, {3, 2, 3}, {3}}},
	{"CentredConv1D by minimal filtering", centredConv1D(2), shapes{{1, 8, 8}, {3, 8, 8}, {8}}},

	{"Norm by group", norm(kernel.Norm{A: 2, B: 3, C: 2, D: 4, Eps: 1e-5}), shapes{{2, 3, 8}, {8}, {8}}},
	{"Norm by layer", norm(kernel.Norm{A: 6, B: 1, C: 1, D: 5, Eps: 1e-5}), shapes{{2, 3, 5}, {5}, {5}}},
	{"Norm by batch", norm(kernel.Norm{A: 1, B: 6, C: 5, D: 1, Eps: 1e-5}), shapes{{2, 3, 5}, {5}, {5}}},
	{"Norm by instance", norm(kernel.Norm{A: 2, B: 3, C: 4, D: 1, Eps: 1e-5}), shapes{{2, 3, 4}, {4}, {4}}},
}

func conv(stride, pad int) func(t *Tape, p []*Param) Var {
	return func(t *Tape, p []*Param) Var { return t.Param(p[0]).Conv2D(p[1], stride, pad) }
}

func conv1D(dilation int) func(t *Tape, p []*Param) Var {
	return func(t *Tape, p []*Param) Var { return t.Param(p[0]).Conv1D(p[1], p[2], dilation) }
}

func centredConv1D(dilation int) func(*Tape, []*Param) Var {
	return func(t *Tape, p []*Param) Var { return t.Param(p[0]).CentredConv1D(p[1], p[2], dilation) }
}

func norm(n kernel.Norm) func(t *Tape, p []*Param) Var {
	return func(t *Tape, p []*Param) Var {
		y, _, _ := t.Param(p[0]).Norm(p[1], p[2], n)
		return y
	}
}

// basic hides every shortcut of a backend.
type basic struct{ kernel.Backend }

func (b basic) Name() string { return "basic " + b.Backend.Name() }

func TestGradientsAreSlopes(t *testing.T) {
	for _, o := range ops {
		t.Run(o.name, func(t *testing.T) { gradtest.Check(t, cpu.New(), o.f, o.shapes...) })
	}
}

func TestABackendWithoutShortcutsComputesTheSame(t *testing.T) {
	for _, o := range ops {
		t.Run(o.name, func(t *testing.T) { gradtest.Check(t, basic{cpu.New()}, o.f, o.shapes...) })
	}
}

// The sources are read, so that an op nobody checks cannot go unnoticed.
func TestEveryOpIsOnTheList(t *testing.T) {
	listed, ran := map[string]bool{}, map[string]bool{}
	for _, o := range ops {
		name, _, _ := strings.Cut(o.name, " ")
		listed[name] = true
		tape := NewTape(kerneltest.NewReference(), rng.New(1))
		var ps []*Param
		for _, s := range o.shapes {
			ps = append(ps, &Param{Value: tape.Full(1, s...)})
		}
		o.f(tape, ps)
		for _, typ := range tape.OpTypes() {
			ran[typ] = true
		}
	}
	funcs, types := sources(t)
	if len(funcs) < 20 || len(types) < 15 {
		t.Fatalf("found only %d functions and %d types in the sources", len(funcs), len(types))
	}
	for _, name := range funcs {
		if !listed[name] {
			t.Errorf("%s records an op and is not in ops", name)
		}
	}
	for _, name := range types {
		if !ran[name] {
			t.Errorf("op type %s is run by nothing in ops", name)
		}
	}
}

// sources finds the exported functions that call Apply and the types with both
// Forward and Backward.
func sources(t *testing.T) (funcs, types []string) {
	notTests := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	pkgs, err := parser.ParseDir(token.NewFileSet(), ".", notTests, 0)
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string][]string{}
	for _, file := range pkgs["autograd"].Files {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if f.Name.IsExported() && callsApply(f) {
				funcs = append(funcs, f.Name.Name)
			}
			if f.Recv != nil {
				if p, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
					typ := p.X.(*ast.Ident).Name
					methods[typ] = append(methods[typ], f.Name.Name)
				}
			}
		}
	}
	for typ, has := range methods {
		if slices.Contains(has, "Forward") && slices.Contains(has, "Backward") {
			types = append(types, typ)
		}
	}
	return funcs, types
}

func callsApply(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			id, ok := c.Fun.(*ast.Ident)
			found = found || ok && id.Name == "Apply"
		}
		return true
	})
	return found
}
