package autograd

import (
	"slices"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Norm views x as [A, B, C, D], standardizes it over B and D, and scales and shifts
// it by gamma and beta, which have C*D elements: see kernel.Norm for how this is
// GroupNorm, LayerNorm and BatchNorm. The mean and 1/sqrt(variance+eps) it used are [A, 1, C, 1].
func (x Var) Norm(gamma, beta Value, n kernel.Norm) (y Var, mean, rstd *tensor.Tensor) {
	o := &norm{n: n}
	y = Apply(o, x, gamma, beta)
	return y, o.mean, o.rstd // held, so that they are there where nothing is remembered, too
}

type norm struct {
	n                    kernel.Norm
	x, gamma, mean, rstd *tensor.Tensor
}

// y = (x - mean) * rstd * gamma + beta
func (o *norm) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	x, gamma, beta, n := in[0], in[1], in[2], o.n
	per := tensor.Shape{n.C * n.D}
	if x.Shape.Size() != n.A*n.B*n.C*n.D || !slices.Equal(gamma.Shape, per) || !slices.Equal(beta.Shape, per) {
		panic(&tensor.ShapeError{Op: "norm", Shapes: []tensor.Shape{x.Shape, gamma.Shape, beta.Shape, {n.A, n.B, n.C, n.D}}})
	}
	o.x, o.gamma = x, gamma
	if b, ok := a.Backend.(kernel.NormBackend); ok {
		y := a.New(x.Shape...)
		o.mean, o.rstd = a.New(n.A, 1, n.C, 1), a.New(n.A, 1, n.C, 1)
		a.Hold(o.mean)
		a.Hold(o.rstd)
		b.Norm(y.Buf, o.mean.Buf, o.rstd.Buf, x.Buf, gamma.Buf, beta.Buf, n)
		return y
	}
	o.mean = o.average(a, o.view(x))
	centred := a.Sub(o.view(x), o.mean)
	o.rstd = o.average(a, a.Mul(centred, centred))
	a.Affine(o.rstd.Buf, o.rstd.Buf, 1, n.Eps)
	a.Unary(kernel.Sqrt, o.rstd.Buf, o.rstd.Buf)
	o.rstd = a.Div(a.Full(1), o.rstd)
	a.Hold(o.mean)
	a.Hold(o.rstd)
	a.Update(kernel.Mul, centred, o.rstd)
	y := a.Mul(centred, gamma.Reshape(n.C, n.D))
	a.Update(kernel.Add, y, beta.Reshape(n.C, n.D))
	return y.Reshape(x.Shape...)
}

// With x̂ = (x - mean) * rstd and g = dy * gamma:
// dx = rstd * (g - average g - x̂ * average(g * x̂)), dgamma = Σ dy * x̂, dbeta = Σ dy
func (o *norm) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	n := o.n
	if b, ok := a.Backend.(kernel.NormGradBackend); ok {
		dx, dgamma, dbeta := a.New(o.x.Shape...), a.New(n.C*n.D), a.New(n.C*n.D)
		b.NormGrad(dx.Buf, dgamma.Buf, dbeta.Buf, dy.Buf, o.x.Buf, o.mean.Buf, o.rstd.Buf, o.gamma.Buf, n)
		return []*tensor.Tensor{dx, dgamma, dbeta}
	}
	hat := a.Sub(o.view(o.x), o.mean)
	a.Update(kernel.Mul, hat, o.rstd)
	dy = o.view(dy)
	per := tensor.Shape{n.C, n.D}
	dgamma, dbeta := a.SumTo(a.Mul(dy, hat), per), a.SumTo(dy, per)

	dx := a.Mul(dy, o.gamma.Reshape(n.C, n.D))
	level, tilt := o.average(a, dx), o.average(a, a.Mul(dx, hat))
	a.Update(kernel.Sub, dx, level)
	a.Update(kernel.Mul, hat, tilt)
	a.Update(kernel.Sub, dx, hat)
	a.Update(kernel.Mul, dx, o.rstd)
	return []*tensor.Tensor{dx.Reshape(o.x.Shape...), dgamma.Reshape(n.C * n.D), dbeta.Reshape(n.C * n.D)}
}

func (o *norm) view(x *tensor.Tensor) *tensor.Tensor {
	return x.Reshape(o.n.A, o.n.B, o.n.C, o.n.D)
}

// average is the mean of x [A, B, C, D] over B and D: [A, 1, C, 1].
func (o *norm) average(a *tensor.Arena, x *tensor.Tensor) *tensor.Tensor {
	return a.Div(a.SumTo(x, tensor.Shape{o.n.A, 1, o.n.C, 1}), a.Full(float32(o.n.B*o.n.D)))
}
