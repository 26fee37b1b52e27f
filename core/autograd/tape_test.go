package autograd_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	. "autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/kernel/kerneltest"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// The reference backend panics when a freed buffer is read, so what runs on it
// here also proves that Backward frees nothing too early.

func param(b kernel.Backend, data []float32, shape ...int) *Param {
	x := tensor.Float32s(data, shape...)
	buf := b.Alloc(len(data))
	b.Write(buf, data)
	return &Param{Value: &tensor.Tensor{Shape: x.Shape, Buf: buf}}
}

func read(t *testing.T, tape *Tape, x *tensor.Tensor) []float32 {
	t.Helper()
	v, err := tape.Download(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNothingFlowsBackThroughDetach(t *testing.T) {
	b := kerneltest.NewReference()
	w, teacher := param(b, []float32{2}, 1), param(b, []float32{5}, 1)
	tape := NewTape(b, rng.New(1))
	defer tape.Free()
	y := tape.Param(w).Scale(3)
	kept := y.Detach()
	loss := y.Mul(kept).Mul(tape.Param(teacher).Detach()) // 3w * 6 * 5
	tape.Backward(loss)
	if got := read(t, tape, w.Grad); got[0] != 90 {
		t.Errorf("gradient %v, want 90: only the branch that was not detached counts", got[0])
	}
	if teacher.Grad != nil {
		t.Error("a param seen only through Detach has a gradient")
	}
	if got := read(t, tape, kept.Value()); got[0] != 6 {
		t.Errorf("after Backward a detached value reads %v, want 6", got[0])
	}
	if got := read(t, tape, loss.Value()); got[0] != 180 {
		t.Errorf("after Backward the loss reads %v, want 180", got[0])
	}
}

func TestAParamTheLossDoesNotUseHasNoGradient(t *testing.T) {
	b := kerneltest.NewReference()
	used, unused, frozen := param(b, []float32{2}, 1), param(b, []float32{2}, 1), param(b, []float32{2}, 1)
	frozen.Frozen = true
	for range 2 { // the second time round, what the first left must not show
		tape := NewTape(b, rng.New(1))
		tape.Param(unused).Scale(2)
		tape.Backward(tape.Param(used).Mul(frozen))
		if used.Grad == nil || unused.Grad != nil || frozen.Grad != nil {
			t.Errorf("gradients: used %v, unused %v, frozen %v", used.Grad, unused.Grad, frozen.Grad)
		}
		tape.Free()
		if used.Grad != nil {
			t.Error("a gradient outlives its tape")
		}
	}
}

func TestWithoutTrainingNothingIsRemembered(t *testing.T) {
	b := &meter{Backend: kerneltest.NewReference()}
	w := param(b, make([]float32, 100), 10, 10)
	tape := NewTape(b, rng.New(1))
	tape.Training = false
	y := tape.Param(w).Mul(w).LogSoftmax()
	tape.Backward(y)
	if w.Grad != nil {
		t.Error("there is a gradient")
	}
	tape.Free()
	if b.now != 100 {
		t.Errorf("%d words are out, want only the param's 100", b.now)
	}
}

func TestNoGradKeepsOnlyItsResult(t *testing.T) {
	b := &meter{Backend: kerneltest.NewReference()}
	w := param(b, []float32{1, 2, 3, 4}, 2, 2)
	tape := NewTape(b, rng.New(1))
	defer tape.Free()
	before := b.now
	y := tape.NoGrad(func() Var {
		p := tape.Param(w).Scale(2).LogSoftmax().Exp()
		if b.now != before+3*4 {
			t.Errorf("inside, %d words stay, want the results of three ops", b.now-before)
		}
		return p.Sum(1).Reshape(2)
	})
	if b.now != before+2 {
		t.Errorf("%d words stay, want the result's 2", b.now-before)
	}
	tape.Backward(y.Mul(tape.Param(w)).Sum(0).Sum(1))
	if got := read(t, tape, w.Grad); math.Abs(float64(got[0]-1)) > 1e-6 || math.Abs(float64(got[3]-1)) > 1e-6 {
		t.Errorf("gradient %v, want that of y * w with y fixed", got)
	}
}

func TestAllBuffersGoBackAndBackwardFreesAsItGoes(t *testing.T) {
	b := &meter{Backend: kerneltest.NewReference()}
	const n, layers = 16, 20
	w := param(b, make([]float32, n*n), n, n)
	tape := NewTape(b, rng.New(1))
	y := tape.Input(tensor.Float32s(make([]float32, n*n), n, n))
	for range layers {
		y = y.MatMul(w).Relu()
	}
	loss := y.Sum(0).Sum(1)
	b.most = b.now
	forward := b.now
	tape.Backward(loss)
	if limit := forward + 8*n*n; b.most > limit {
		t.Errorf("Backward took %d words more than Forward left, want a few layers' worth", b.most-forward)
	}
	if limit := 6 * n * n; b.now > limit {
		t.Errorf("after Backward %d words are out, want the param, its gradient, the input and the loss", b.now)
	}
	tape.Free()
	if b.now != n*n {
		t.Errorf("after Free %d words are out, want the param's %d", b.now, n*n)
	}
}

// meter counts the words that are out.
type meter struct {
	kernel.Backend
	now, most int
}

func (m *meter) Alloc(n int) kernel.Buffer {
	m.now += n
	m.most = max(m.most, m.now)
	return m.Backend.Alloc(n)
}

func (m *meter) Free(b kernel.Buffer) {
	m.now -= b.Len()
	m.Backend.Free(b)
}

func TestCrossEntropyIsStableFarFromZero(t *testing.T) {
	for _, b := range []kernel.Backend{kerneltest.NewReference(), cpu.New()} {
		x := param(b, []float32{500, -500, 0, 1e4, 1e4, -1e4}, 2, 3)
		tape := NewTape(b, rng.New(1))
		loss := tape.Param(x).CrossEntropy(tape.Input(tensor.Int32s([]int32{1, 0}, 2)))
		tape.Backward(loss)
		if got, want := read(t, tape, loss.Value())[0], (1000+math.Ln2)/2; math.Abs(float64(got)-want) > 1e-3 {
			t.Errorf("%s: loss %v, want %v", b.Name(), got, want)
		}
		if got := read(t, tape, x.Grad); !slices.Equal(got, []float32{0.5, -0.5, 0, -0.25, 0.25, 0}) {
			t.Errorf("%s: gradient %v", b.Name(), got)
		}
		tape.Free()
	}
}

func TestARepeatedStepIsBitForBitTheSame(t *testing.T) {
	step := func() []float32 {
		b := cpu.New()
		r := rng.New(3)
		var ps []*Param
		for range 6 {
			d := make([]float32, 64)
			for i := range d {
				d[i] = r.Float32() - 0.5
			}
			ps = append(ps, param(b, d, 8, 8))
		}
		tape := NewTape(b, rng.New(1))
		y := tape.Param(ps[0])
		for i := range 12 {
			y = y.MatMul(ps[i%6]).Add(ps[(i+1)%6]).Tanh()
		}
		tape.Backward(y.Sum(0).Sum(1))
		var all []float32
		for _, p := range ps {
			all = append(all, read(t, tape, p.Grad)...)
		}
		return all
	}
	first := step()
	for range 5 {
		if !slices.Equal(step(), first) {
			t.Fatal("gradients differ between two runs of the same step")
		}
	}
}

func TestNoInputGradientIsComputedForTheData(t *testing.T) {
	b := &counting{Backend: cpu.New()}
	w := param(b, make([]float32, 3*3*2*4), 3, 3, 2, 4)
	tape := NewTape(b, rng.New(1))
	y := tape.Input(tensor.Float32s(make([]float32, 64*2), 1, 8, 8, 2)).Conv2D(w, 1, 1)
	b.products = 0
	tape.Backward(y.Reshape(1, 256).Sum(1))
	if b.products != 1 {
		t.Errorf("Backward multiplied %d times, want once, for the weights", b.products)
	}
}

type counting struct {
	kernel.Backend
	products int
}

func (c *counting) MatMul(dst, a, b kernel.Buffer, m kernel.Mat) {
	c.products++
	c.Backend.MatMul(dst, a, b, m)
}

func TestOperandsThatDoNotFitAreShapeErrors(t *testing.T) {
	tape := NewTape(kerneltest.NewReference(), rng.New(1))
	in := func(shape ...int) Var {
		return tape.Input(tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...))
	}
	ids := tape.Input(tensor.Int32s([]int32{0, 1}, 2))
	for name, f := range map[string]func(){
		"conv2d of a matrix":           func() { in(4, 4).Conv2D(in(3, 3, 1, 1), 1, 1) },
		"conv2d of other channels":     func() { in(1, 4, 4, 3).Conv2D(in(3, 3, 1, 8), 1, 1) },
		"conv2d wider than the image":  func() { in(1, 2, 2, 1).Conv2D(in(3, 3, 1, 8), 1, 0) },
		"norm of another width":        func() { in(2, 4).Norm(in(3), in(3), kernel.Norm{A: 2, B: 1, C: 1, D: 4}) },
		"norm of another size":         func() { in(2, 5).Norm(in(4), in(4), kernel.Norm{A: 2, B: 1, C: 1, D: 4}) },
		"concat of other rows":         func() { Concat(in(2, 3), in(2, 4)) },
		"rows past the end":            func() { in(2, 3).Rows(1, 2) },
		"gather by floats":             func() { Gather(in(2, 3), in(2)) },
		"cross-entropy of more labels": func() { in(3, 3).CrossEntropy(ids) },
		"cross-entropy of floats":      func() { in(2, 3).CrossEntropy(in(2)) },
		"sum over a missing axis":      func() { in(2, 3).Sum(2) },
		"softmax of a scalar":          func() { in().Softmax() },
		"log-softmax of a scalar":      func() { in().LogSoftmax() },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				err, _ := recover().(error)
				if misfit := (*tensor.ShapeError)(nil); !errors.As(err, &misfit) {
					t.Errorf("panicked with %v, want a ShapeError", err)
				}
			}()
			f()
		})
	}
}
