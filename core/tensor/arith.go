package tensor

import (
	"slices"

	"autodidact/core/kernel"
)

func (a *Arena) Add(x, y *Tensor) *Tensor { return a.binary("add", kernel.Add, x, y) }
func (a *Arena) Sub(x, y *Tensor) *Tensor { return a.binary("sub", kernel.Sub, x, y) }
func (a *Arena) Mul(x, y *Tensor) *Tensor { return a.binary("mul", kernel.Mul, x, y) }
func (a *Arena) Div(x, y *Tensor) *Tensor { return a.binary("div", kernel.Div, x, y) }

func (a *Arena) binary(name string, op kernel.BinaryOp, x, y *Tensor) *Tensor {
	s, l := broadcast(name, x.Shape, y.Shape)
	z := a.New(s...)
	a.Binary(op, z.Buf, x.Buf, y.Buf, l)
	return z
}

// Update is x = x op y in place; y may repeat, x may not.
func (a *Arena) Update(op kernel.BinaryOp, x, y *Tensor) {
	s, l := broadcast("update", x.Shape, y.Shape)
	if !slices.Equal(s, x.Shape) {
		panic(&ShapeError{"update", []Shape{x.Shape, y.Shape}})
	}
	a.Binary(op, x.Buf, x.Buf, y.Buf, l)
}

// Map applies op to every element.
func (a *Arena) Map(op kernel.UnaryOp, x *Tensor) *Tensor {
	y := a.New(x.Shape...)
	a.Unary(op, y.Buf, x.Buf)
	return y
}

// Chain returns dy * op(x).
func (a *Arena) Chain(op kernel.UnaryOp, dy, x *Tensor) *Tensor {
	if b, ok := a.Backend.(kernel.ChainBackend); ok {
		dx := a.New(x.Shape...)
		b.Chain(op, dx.Buf, dy.Buf, x.Buf)
		return dx
	}
	dx := a.Map(op, x)
	a.Update(kernel.Mul, dx, dy)
	return dx
}

// Scale returns x*mul + add.
func (a *Arena) Scale(x *Tensor, mul, add float32) *Tensor {
	y := a.New(x.Shape...)
	a.Affine(y.Buf, x.Buf, mul, add)
	return y
}

// Full makes a tensor of one value.
func (a *Arena) Full(v float32, shape ...int) *Tensor {
	x := a.New(shape...)
	a.Fill(x.Buf, v)
	return x
}

// Expand repeats x's axes of size 1 until it has shape s.
func (a *Arena) Expand(x *Tensor, s Shape) *Tensor {
	out, l := broadcast("expand", x.Shape, s)
	if !slices.Equal(out, s) {
		panic(&ShapeError{"expand", []Shape{x.Shape, s}})
	}
	l = merge(kernel.Layout{Dims: s, X: spread(x.Shape, len(s)), Y: spread(x.Shape, len(s))})
	y := a.New(s...)
	a.Copy(y.Buf, x.Buf, l)
	return y
}

// Transpose copies x with its axes in another order: axis i of the result is axes[i] of x.
func (a *Arena) Transpose(x *Tensor, axes ...int) *Tensor {
	s, l := permute(x.Shape, axes)
	y := a.New(s...)
	a.Copy(y.Buf, x.Buf, l)
	return y
}

func permute(x Shape, axes []int) (Shape, kernel.Layout) {
	if len(axes) != len(x) {
		panic(&ShapeError{"transpose", []Shape{x, axes}})
	}
	s, st, from := make(Shape, len(x)), make([]int, len(x)), strides(x)
	for i, k := range axes {
		if k < 0 || k >= len(x) || slices.Contains(axes[:i], k) {
			panic(&ShapeError{"transpose", []Shape{x, axes}})
		}
		s[i], st[i] = x[k], from[k]
	}
	return s, merge(kernel.Layout{Dims: s, X: st, Y: st})
}

// Fold reduces one axis, keeping it as size 1.
func (a *Arena) Fold(op kernel.ReduceOp, x *Tensor, axis int) *Tensor {
	return a.fold(op, x, axis, axis+1)
}

// fold reduces the axes from up to and without to.
func (a *Arena) fold(op kernel.ReduceOp, x *Tensor, from, to int) *Tensor {
	if from < 0 || to > len(x.Shape) {
		panic(&ShapeError{"fold", []Shape{x.Shape}})
	}
	s := slices.Clone(x.Shape)
	for i := from; i < to; i++ {
		s[i] = 1
	}
	y := a.New(s...)
	a.Reduce(op, y.Buf, x.Buf, kernel.Runs{Outer: x.Shape[:from].Size(), N: x.Shape[from:to].Size(), Inner: x.Shape[to:].Size()})
	return y
}

// SumTo folds whatever broadcasting had spread, so a gradient fits its operand
// again. Where nothing was spread the result is x itself.
func (a *Arena) SumTo(x *Tensor, s Shape) *Tensor {
	lead := len(x.Shape) - len(s)
	if lead < 0 {
		panic(&ShapeError{"sum to", []Shape{x.Shape, s}})
	}
	spread := func(i int) bool { return i < lead || s[i-lead] == 1 && x.Shape[i] != 1 }
	for i := 0; i < len(x.Shape); i++ {
		if from := i; spread(i) {
			for i+1 < len(x.Shape) && spread(i+1) {
				i++
			}
			x = a.fold(kernel.Sum, x, from, i+1)
		}
	}
	if !slices.Equal(x.Shape[lead:], s) {
		panic(&ShapeError{"sum to", []Shape{x.Shape, s}})
	}
	if lead == 0 {
		return x
	}
	return x.Reshape(s...)
}

// Softmax normalizes the last axis.
func (a *Arena) Softmax(x *Tensor) *Tensor {
	last := len(x.Shape) - 1
	if last < 0 {
		panic(&ShapeError{"softmax", []Shape{x.Shape}})
	}
	if b, ok := a.Backend.(kernel.SoftmaxBackend); ok {
		y := a.New(x.Shape...)
		b.Softmax(y.Buf, x.Buf, x.Shape[last])
		return y
	}
	most := a.Fold(kernel.Max, x, last)
	y := a.Sub(x, most)
	a.Unary(kernel.Exp, y.Buf, y.Buf)
	sum := a.Fold(kernel.Sum, y, last)
	a.Update(kernel.Div, y, sum)
	a.Drop(most)
	a.Drop(sum)
	return y
}
