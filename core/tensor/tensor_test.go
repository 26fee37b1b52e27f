package tensor

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/kernel/kerneltest"
)

func upTo(a *Arena, shape ...int) *Tensor {
	d := make([]float32, Shape(shape).Size())
	for i := range d {
		d[i] = float32(i)
	}
	return a.Upload(Float32s(d, shape...))
}

func values(t *testing.T, a *Arena, x *Tensor) []float32 {
	t.Helper()
	v, err := a.Download(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestArithmeticRepeatsAxesOfSizeOne(t *testing.T) {
	a := NewArena(kerneltest.NewReference())
	x := upTo(a, 2, 3)
	for _, c := range []struct {
		name  string
		got   *Tensor
		shape Shape
		want  []float32
	}{
		{"same shape", a.Add(x, x), Shape{2, 3}, []float32{0, 2, 4, 6, 8, 10}},
		{"row", a.Sub(x, upTo(a, 3)), Shape{2, 3}, []float32{0, 0, 0, 3, 3, 3}},
		{"column", a.Mul(x, upTo(a, 2, 1)), Shape{2, 3}, []float32{0, 0, 0, 3, 4, 5}},
		{"column on the left", a.Sub(upTo(a, 2, 1), x), Shape{2, 3}, []float32{0, -1, -2, -2, -3, -4}},
		{"both sides", a.Add(upTo(a, 2, 1), upTo(a, 3)), Shape{2, 3}, []float32{0, 1, 2, 1, 2, 3}},
		{"scalar", a.Mul(x, a.Full(2)), Shape{2, 3}, []float32{0, 2, 4, 6, 8, 10}},
		{"middle", a.Add(upTo(a, 2, 1, 2), upTo(a, 2, 1)), Shape{2, 2, 2}, []float32{0, 1, 1, 2, 2, 3, 3, 4}},
		{"scalars", a.Add(a.Full(2), a.Full(3)), Shape{}, []float32{5}},
		{"expand", a.Expand(upTo(a, 2, 1), Shape{2, 2}), Shape{2, 2}, []float32{0, 0, 1, 1}},
		{"expand to more axes", a.Expand(upTo(a, 2), Shape{2, 2}), Shape{2, 2}, []float32{0, 1, 0, 1}},
		{"transpose", a.Transpose(upTo(a, 1, 2, 3), 2, 0, 1), Shape{3, 1, 2}, []float32{0, 3, 1, 4, 2, 5}},
		{"softmax", a.Softmax(a.Full(1e4, 2, 2)), Shape{2, 2}, []float32{0.5, 0.5, 0.5, 0.5}},
	} {
		if !slices.Equal(c.got.Shape, c.shape) || !slices.Equal(values(t, a, c.got), c.want) {
			t.Errorf("%s: %v %v, want %v %v", c.name, c.got.Shape, values(t, a, c.got), c.shape, c.want)
		}
	}
	y := a.Scale(x, 1, 0)
	a.Update(kernel.Add, y, upTo(a, 3))
	if got := values(t, a, y); !slices.Equal(got, []float32{0, 2, 4, 3, 5, 7}) {
		t.Errorf("update: %v", got)
	}
}

func TestSumToUndoesWhatBroadcastingSpread(t *testing.T) {
	a := NewArena(kerneltest.NewReference())
	x := upTo(a, 2, 3, 2)
	for _, c := range []struct {
		to   Shape
		want []float32
	}{
		{Shape{2, 3, 2}, []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{Shape{2}, []float32{30, 36}},
		{Shape{3, 2}, []float32{6, 8, 10, 12, 14, 16}},
		{Shape{1, 3, 1}, []float32{14, 22, 30}},
		{Shape{2, 1, 2}, []float32{6, 9, 24, 27}},
		{Shape{2, 1, 1}, []float32{15, 51}},
		{Shape{1, 1}, []float32{66}},
		{Shape{}, []float32{66}},
	} {
		got := a.SumTo(x, c.to)
		if !slices.Equal(got.Shape, c.to) || !slices.Equal(values(t, a, got), c.want) {
			t.Errorf("to %v: %v %v, want %v", c.to, got.Shape, values(t, a, got), c.want)
		}
	}
}

func TestDotMultipliesEitherSideTransposed(t *testing.T) {
	a := NewArena(kerneltest.NewReference())
	x, y := upTo(a, 2, 2, 3), upTo(a, 2, 3, 2)
	want := values(t, a, a.Dot(x, y, false, false))
	if !slices.Equal(want, []float32{10, 13, 28, 40, 172, 193, 244, 274}) {
		t.Fatalf("batched product is %v", want)
	}
	xt, yt := a.Transpose(x, 0, 2, 1), a.Transpose(y, 0, 2, 1)
	for i, z := range []*Tensor{a.Dot(xt, y, true, false), a.Dot(x, yt, false, true), a.Dot(xt, yt, true, true)} {
		if got := values(t, a, z); !slices.Equal(got, want) {
			t.Errorf("form %d: %v, want %v", i, got, want)
		}
	}
	z := a.Dot(x, upTo(a, 3, 4), false, false)
	if !slices.Equal(z.Shape, Shape{2, 2, 4}) || values(t, a, z)[12] != 11*8+10*4 {
		t.Errorf("shared matrix: %v %v", z.Shape, values(t, a, z))
	}
}

func TestEveryMisfitIsAShapeError(t *testing.T) {
	a := NewArena(kerneltest.NewReference())
	x := upTo(a, 2, 3)
	for name, f := range map[string]func(){
		"add":                       func() { a.Add(x, upTo(a, 2)) },
		"add of more axes":          func() { a.Add(upTo(a, 4, 2, 3), upTo(a, 3, 2, 3)) },
		"update that would grow":    func() { a.Update(kernel.Add, upTo(a, 3), x) },
		"expand to fewer":           func() { a.Expand(x, Shape{3}) },
		"expand of a full axis":     func() { a.Expand(x, Shape{4, 3}) },
		"matmul":                    func() { a.Dot(x, x, false, false) },
		"matmul of a vector":        func() { a.Dot(upTo(a, 3), x, false, false) },
		"matmul of other batches":   func() { a.Dot(upTo(a, 2, 2, 3), upTo(a, 3, 3, 2), false, false) },
		"matmul of matrix by batch": func() { a.Dot(x, upTo(a, 2, 3, 2), false, false) },
		"transpose, axis twice":     func() { a.Transpose(x, 1, 1) },
		"transpose, axis missing":   func() { a.Transpose(x, 0) },
		"fold":                      func() { a.Fold(kernel.Sum, x, 2) },
		"sum to more axes":          func() { a.SumTo(x, Shape{1, 2, 3}) },
		"sum to another size":       func() { a.SumTo(x, Shape{2, 2}) },
		"softmax of a scalar":       func() { a.Softmax(a.Full(1)) },
		"reshape":                   func() { x.Reshape(4) },
		"stack":                     func() { Stack(Float32s([]float32{1}, 1), Float32s([]float32{1, 2}, 2)) },
		"stack of floats and ints":  func() { Stack(Float32s([]float32{1}, 1), Int32s([]int32{1}, 1)) },
		"new floats":                func() { Float32s([]float32{1}, 2) },
		"new bytes":                 func() { Bytes([]byte{1}, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				err, _ := recover().(error)
				if misfit := (*ShapeError)(nil); !errors.As(err, &misfit) {
					t.Errorf("panicked with %v, want a ShapeError", err)
				}
			}()
			f()
		})
	}
}

// ledger counts the buffers that are out.
type ledger struct {
	kernel.Backend
	out map[kernel.Buffer]bool
}

func newLedger() *ledger { return &ledger{kerneltest.NewReference(), map[kernel.Buffer]bool{}} }

func (l *ledger) Alloc(n int) kernel.Buffer {
	b := l.Backend.Alloc(n)
	l.out[b] = true
	return b
}

func (l *ledger) Free(b kernel.Buffer) {
	if !l.out[b] {
		panic(fmt.Sprint("freed twice: ", b))
	}
	delete(l.out, b)
	l.Backend.Free(b)
}

func TestFreeGivesEveryBufferBackOnce(t *testing.T) {
	l := newLedger()
	a := NewArena(l)
	x := upTo(a, 4, 4)
	y := a.Softmax(a.Dot(x, a.Add(x, x.Reshape(16).Reshape(4, 4)), false, true))
	a.Hold(y)
	a.Drop(x)
	a.Free()
	if len(l.out) > 0 {
		t.Errorf("%d buffers are still out", len(l.out))
	}
	a.Free()
	if a.Add(upTo(a, 1), upTo(a, 1)); len(l.out) != 3 {
		t.Errorf("an arena in its second life has %d buffers out, want 3", len(l.out))
	}
}

func TestSweepSparesWhatIsHeld(t *testing.T) {
	l := newLedger()
	a := NewArena(l)
	before := upTo(a, 2)
	mark := a.Mark()
	lost, kept := upTo(a, 3), upTo(a, 4)
	view := kept.Reshape(2, 2)
	a.Hold(kept)
	a.Hold(view)
	a.Sweep(mark, a.Mark())
	out := func(x *Tensor) bool { return l.out[x.Buf] }
	if !out(before) || out(lost) || !out(kept) {
		t.Errorf("before %v, lost %v, kept %v; want true, false, true", out(before), out(lost), out(kept))
	}
	a.Drop(kept)
	if !out(view) {
		t.Error("a buffer held twice went with the first Drop")
	}
	a.Drop(view)
	a.Drop(Float32s([]float32{1}, 1)) // no arena's: nothing happens
	if out(view) {
		t.Error("the last Drop left the buffer out")
	}
}
