package autograd

import (
	"slices"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Concat joins along the first axis.
func Concat(xs ...Var) Var {
	args := make([]Value, len(xs))
	for i, x := range xs {
		args[i] = x
	}
	return Apply(&concat{}, args...)
}

type concat struct{ in []tensor.Shape }

func (o *concat) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	n := 0
	for _, x := range in {
		if len(x.Shape) == 0 || !slices.Equal(x.Shape[1:], in[0].Shape[1:]) {
			panic(&tensor.ShapeError{Op: "concat", Shapes: []tensor.Shape{in[0].Shape, x.Shape}})
		}
		o.in = append(o.in, x.Shape)
		n += x.Shape[0]
	}
	y := a.Full(0, append(tensor.Shape{n}, in[0].Shape[1:]...)...)
	at := 0
	for _, x := range in {
		putRows(a, y, x, at)
		at += x.Shape[0]
	}
	return y
}

// dx is x's rows of dy
func (o *concat) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	out, at := make([]*tensor.Tensor, len(o.in)), 0
	for i, s := range o.in {
		out[i] = takeRows(a, dy, at, s[0])
		at += s[0]
	}
	return out
}

// Rows is the n entries of x's first axis beginning with from.
func (x Var) Rows(from, n int) Var { return Apply(&slice{from: from, n: n}, x) }

type slice struct {
	from, n int
	x       tensor.Shape
}

func (o *slice) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	o.x = in[0].Shape
	if len(o.x) == 0 || o.from < 0 || o.n < 0 || o.from+o.n > o.x[0] {
		panic(&tensor.ShapeError{Op: "rows", Shapes: []tensor.Shape{o.x, {o.from, o.n}}})
	}
	return takeRows(a, in[0], o.from, o.n)
}

// dx is zeros with dy in x's place
func (o *slice) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	dx := a.Full(0, o.x...)
	putRows(a, dx, dy, o.from)
	return []*tensor.Tensor{dx}
}

// takeRows copies n rows of x.
func takeRows(a *tensor.Arena, x *tensor.Tensor, from, n int) *tensor.Tensor {
	y := a.New(append(tensor.Shape{n}, x.Shape[1:]...)...)
	ids := rowIDs(a, from, n)
	a.Gather(y.Buf, x.Buf, ids.Buf, kernel.Pick{Width: x.Shape[1:].Size()})
	a.Drop(ids)
	return y
}

// putRows adds the rows of x to those of y.
func putRows(a *tensor.Arena, y, x *tensor.Tensor, from int) {
	ids := rowIDs(a, from, x.Shape[0])
	a.Scatter(y.Buf, x.Buf, ids.Buf, kernel.Pick{Width: x.Shape[1:].Size()})
	a.Drop(ids)
}

func rowIDs(a *tensor.Arena, from, n int) *tensor.Tensor {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(from + i)
	}
	return a.Upload(tensor.Int32s(ids, n))
}
