package autograd

import (
	"math"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// MaxPool2D is the largest value in each square of size x size pixels of x [batch, height, width, channels], stride apart, with pad pixels around each
// picture that are smaller than any: [batch, outH, outW, channels]. Where several are largest, the gradient is the first's, row by row.
func (x Var) MaxPool2D(size, stride, pad int) Var {
	return Apply(&maxPool2D{c: kernel.Conv{KH: size, KW: size, Stride: stride, Pad: pad}}, x)
}

type maxPool2D struct {
	c    kernel.Conv
	x, y *tensor.Tensor
}

// y[b,i,j] = max over u, v of x[b, i*stride+u-pad, j*stride+v-pad]
func (o *maxPool2D) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	o.x = in[0]
	c, s := &o.c, o.x.Shape
	if len(s) != 4 || c.Pad >= c.KH || s[1]+2*c.Pad < c.KH || s[2]+2*c.Pad < c.KW {
		panic(&tensor.ShapeError{Op: "max pool of [batch height width channels] by [size stride pad]", Shapes: []tensor.Shape{s, {c.KH, c.Stride, c.Pad}}})
	}
	c.Batch, c.H, c.W, c.In, c.Out = s[0], s[1], s[2], s[3], s[3]
	o.y = a.New(c.Batch, c.OutH(), c.OutW(), c.Out)
	if b, ok := a.Backend.(kernel.MaxPoolBackend); ok {
		b.MaxPool(o.y.Buf, o.x.Buf, *c)
		return o.y
	}
	places := c.Batch * c.OutH() * c.OutW()
	padded, ids := o.padded(a), a.Upload(seen(*c))
	squares := a.New(places*c.KH*c.KW, c.In)
	a.Gather(squares.Buf, padded.Buf, ids.Buf, kernel.Pick{Width: c.In})
	a.Reduce(kernel.Max, o.y.Buf, squares.Buf, kernel.Runs{Outer: places, N: c.KH * c.KW, Inner: c.In})
	a.Drop(padded)
	a.Drop(squares)
	return o.y
}

// dx[p] = Σ of dy over the squares in which x[p] is the first of the largest
func (o *maxPool2D) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	if b, ok := a.Backend.(kernel.MaxPoolGradBackend); ok {
		dx := a.New(o.x.Shape...)
		b.MaxPoolGrad(dx.Buf, dy.Buf, o.x.Buf, o.y.Buf, o.c)
		return []*tensor.Tensor{dx}
	}
	c, padded := o.c, o.padded(a)
	grad, free := a.Full(0, padded.Shape...), a.Full(1, o.y.Shape...) // free is 1 where no pixel has had the gradient yet
	all := seen(c).Buf.(kernel.Host).Int32s()
	for tap := range c.KH * c.KW {
		ids := make([]int32, 0, len(all)/(c.KH*c.KW))
		for i := tap; i < len(all); i += c.KH * c.KW {
			ids = append(ids, all[i])
		}
		at, pixel := a.Upload(tensor.Int32s(ids, len(ids))), a.New(o.y.Shape...)
		a.Gather(pixel.Buf, padded.Buf, at.Buf, kernel.Pick{Width: c.In})
		takes := a.Sub(o.y, pixel)
		a.Unary(kernel.Step, takes.Buf, takes.Buf) // 0 where it is the largest
		a.Affine(takes.Buf, takes.Buf, -1, 1)
		a.Update(kernel.Mul, takes, free)
		a.Update(kernel.Sub, free, takes)
		a.Update(kernel.Mul, takes, dy)
		a.Scatter(grad.Buf, takes.Buf, at.Buf, kernel.Pick{Width: c.In})
	}
	dx := a.New(o.x.Shape...)
	a.Copy(dx.Buf, grad.Buf, kernel.Layout{Dims: []int{o.x.Shape.Size()}, X: []int{1}, Y: []int{1}})
	return []*tensor.Tensor{dx}
}

// padded is the pixels of x and, in the last row, one smaller than any: [batch*height*width + 1, channels].
func (o *maxPool2D) padded(a *tensor.Arena) *tensor.Tensor {
	n := o.x.Shape.Size()
	pixels := n / o.c.In
	p := a.Full(0, pixels+1, o.c.In)
	a.Scatter(p.Buf, o.x.Buf, a.Upload(tensor.Int32s([]int32{0}, 1)).Buf, kernel.Pick{Width: n})
	putRows(a, p, a.Full(-math.MaxFloat32, 1, o.c.In), pixels)
	return p
}
