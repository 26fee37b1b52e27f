package autograd

import (
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Conv2D convolves x [batch, height, width, in] with w [kernelH, kernelW, in, out],
// pad zeros around each picture, to [batch, outH, outW, out].
func (x Var) Conv2D(w Value, stride, pad int) Var {
	return Apply(&conv2d{c: kernel.Conv{Stride: stride, Pad: pad}}, x, w)
}

// Conv1D convolves x [batch, length, in] with w [taps, in, out], dilation apart, to
// [batch, length, out], and adds bias [out]. It is causal: zeros before the beginning, so
// that no output knows what comes after it. (How it rounds may depend on what does.)
func (x Var) Conv1D(w, bias Value, dilation int) Var {
	return x.conv1D(w.on(x.tape), bias, dilation, 0)
}

// CentredConv1D is Conv1D with an odd number of taps, the middle one of which meets the output's own position: as many
// zeros after the end as before the beginning.
func (x Var) CentredConv1D(w, bias Value, dilation int) Var {
	k := w.on(x.tape)
	taps := k.Dim(0)
	if len(x.Shape()) == 3 && dilation >= x.Dim(1) && taps == 3 { // the outer taps meet nothing but zeros
		k, taps = k.Rows(1, 1), 1
	}
	return x.conv1D(k, bias, dilation, taps/2)
}

// conv1D sees so many taps ahead.
func (x Var) conv1D(k Var, bias Value, dilation, ahead int) Var {
	s, f, b := x.Shape(), k.Shape(), bias.on(x.tape)
	if len(s) != 3 || len(f) != 3 || dilation < 1 || len(b.Shape()) != 1 || b.Dim(0) != f[2] || ahead > 0 && f[0]%2 == 0 {
		panic(&tensor.ShapeError{Op: "conv1d", Shapes: []tensor.Shape{s, f, b.Shape(), {dilation}}})
	}
	c := kernel.Conv{Stride: 1, Above: dilation * (f[0] - 1 - ahead), Below: dilation * ahead, Dilation: dilation}
	y := Apply(&conv2d{c: c}, x.Reshape(s[0], s[1], 1, s[2]), k.Reshape(f[0], 1, f[1], f[2]), b)
	return y.Reshape(s[0], s[1], f[2])
}

type conv2d struct {
	asked
	c    kernel.Conv
	x, w *tensor.Tensor
}

// y[b,i,j] = Σ over u, v of x[b, i*stride+u*step-pad, j*stride+v-pad] · w[u,v], plus bias if there is one
func (o *conv2d) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	o.x, o.w = in[0], in[1]
	o.fit(o.x.Shape, o.w.Shape)
	if len(in) < 3 {
		return o.convolve(a)
	}
	bias := in[2]
	if b, ok := a.Backend.(kernel.ConvBiasBackend); ok {
		y := a.New(o.c.Batch, o.c.OutH(), o.c.OutW(), o.c.Out)
		b.ConvBias(y.Buf, o.x.Buf, o.w.Buf, bias.Buf, o.c)
		return y
	}
	y := o.convolve(a)
	a.Update(kernel.Add, y, bias)
	return y
}

func (o *conv2d) convolve(a *tensor.Arena) *tensor.Tensor {
	if b, ok := a.Backend.(kernel.ConvBackend); ok {
		y := a.New(o.c.Batch, o.c.OutH(), o.c.OutW(), o.c.Out)
		b.Conv(y.Buf, o.x.Buf, o.w.Buf, o.c)
		return y
	}
	cols := unfold(a, o.x, o.c)
	y := a.Dot(cols, o.matrix(), false, false)
	a.Drop(cols)
	return y.Reshape(o.c.Batch, o.c.OutH(), o.c.OutW(), o.c.Out)
}

// fit fills in the sizes, or panics when x, w and the padding have none that work.
func (o *conv2d) fit(x, w tensor.Shape) {
	c := &o.c
	if len(x) == 4 && len(w) == 4 {
		c.Batch, c.H, c.W, c.In = x[0], x[1], x[2], x[3]
		c.KH, c.KW, c.Out = w[0], w[1], w[3]
	}
	if len(x) != 4 || len(w) != 4 || w[2] != c.In || c.H+c.Above+c.Below+2*c.Pad < c.Reach() || c.W+2*c.Pad < c.KW {
		panic(&tensor.ShapeError{Op: "conv2d", Shapes: []tensor.Shape{x, w}})
	}
}

// dx[b,h,w] = Σ of dy·w[u,v]ᵀ over the outputs that saw it; dw[u,v] = Σ of x ⊗ dy over positions;
// dbias = Σ of dy over positions
func (o *conv2d) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	grads := make([]*tensor.Tensor, len(o.wants))
	if o.wants[0] {
		grads[0] = o.inputGrad(a, dy)
	}
	if o.wants[1] {
		grads[1] = o.weightGrad(a, dy)
	}
	if len(grads) > 2 && o.wants[2] {
		grads[2] = a.SumTo(dy, dy.Shape[3:])
	}
	return grads
}

func (o *conv2d) inputGrad(a *tensor.Arena, dy *tensor.Tensor) *tensor.Tensor {
	if b, ok := a.Backend.(kernel.ConvInputBackend); ok {
		dx := a.New(o.x.Shape...)
		b.ConvInput(dx.Buf, dy.Buf, o.w.Buf, o.c)
		return dx
	}
	return refold(a, a.Dot(flat(dy), o.matrix(), false, true), o.c)
}

func (o *conv2d) weightGrad(a *tensor.Arena, dy *tensor.Tensor) *tensor.Tensor {
	if b, ok := a.Backend.(kernel.ConvWeightBackend); ok {
		dw := a.New(o.w.Shape...)
		b.ConvWeight(dw.Buf, o.x.Buf, dy.Buf, o.c)
		return dw
	}
	return a.Dot(unfold(a, o.x, o.c), flat(dy), true, false).Reshape(o.w.Shape...)
}

// matrix is w [kernelH*kernelW*in, out].
func (o *conv2d) matrix() *tensor.Tensor { return flat(o.w) }

// unfold (im2col) lays out what each output position sees, one row a position:
// [batch*outH*outW, kernelH*kernelW*in].
func unfold(a *tensor.Arena, x *tensor.Tensor, c kernel.Conv) *tensor.Tensor {
	n := c.Batch * c.H * c.W
	padded := a.Full(0, n+1, c.In) // the last row stands for the padding
	all := a.Upload(tensor.Int32s([]int32{0}, 1))
	a.Scatter(padded.Buf, x.Buf, all.Buf, kernel.Pick{Width: n * c.In})
	ids := a.Upload(seen(c))
	cols := a.New(c.Batch*c.OutH()*c.OutW(), c.KH*c.KW*c.In)
	a.Gather(cols.Buf, padded.Buf, ids.Buf, kernel.Pick{Width: c.In})
	a.Drop(padded)
	return cols
}

// refold (col2im) is the way back of unfold: it adds each row to what it was taken from.
func refold(a *tensor.Arena, cols *tensor.Tensor, c kernel.Conv) *tensor.Tensor {
	n := c.Batch * c.H * c.W
	padded := a.Full(0, n+1, c.In)
	ids := a.Upload(seen(c))
	a.Scatter(padded.Buf, cols.Buf, ids.Buf, kernel.Pick{Width: c.In})
	x := a.New(c.Batch, c.H, c.W, c.In)
	a.Copy(x.Buf, padded.Buf, kernel.Layout{Dims: []int{n * c.In}, X: []int{1}, Y: []int{1}})
	return x
}

// seen numbers the pixels under the kernel at each output position; the number
// after the last pixel is the padding.
func seen(c kernel.Conv) *tensor.Tensor {
	var ids []int32
	for b := range c.Batch {
		for at := range c.OutH() * c.OutW() {
			i, j := at/c.OutW()*c.Stride-c.Above-c.Pad, at%c.OutW()*c.Stride-c.Pad
			for k := range c.KH * c.KW {
				h, w := i+k/c.KW*c.Step(), j+k%c.KW
				if h < 0 || h >= c.H || w < 0 || w >= c.W {
					ids = append(ids, int32(c.Batch*c.H*c.W))
				} else {
					ids = append(ids, int32((b*c.H+h)*c.W+w))
				}
			}
		}
	}
	return tensor.Int32s(ids, len(ids))
}
