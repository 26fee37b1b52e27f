package nn

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Where a layer is made without a Rand (nil), its weights are zeros: for networks whose weights are read from a file, so that
// nothing is drawn, and memory is not touched, for them.

// Normal makes a Param drawn from a bell of the given width.
func Normal(r *rng.Rand, std float64, shape ...int) *autograd.Param {
	if r == nil {
		return untouched(shape)
	}
	return fill(shape, func() float64 { return r.NormFloat64() * std })
}

// Uniform makes a Param drawn evenly from -bound to bound.
func Uniform(r *rng.Rand, bound float64, shape ...int) *autograd.Param {
	if r == nil {
		return untouched(shape)
	}
	return fill(shape, func() float64 { return (2*r.Float64() - 1) * bound })
}

// Kaiming makes the weight [kernelH, kernelW, in, out] of a convolution that feeds a
// ReLU: normal, so scaled that gradients keep their size on the way back (fan-out; arXiv:1502.01852).
func Kaiming(r *rng.Rand, kh, kw, in, out int) *autograd.Param {
	return Normal(r, math.Sqrt(2/float64(kh*kw*out)), kh, kw, in, out)
}

// Zeros makes a Param of zeros.
func Zeros(shape ...int) *autograd.Param { return fill(shape, func() float64 { return 0 }) }

// Ones makes a Param of ones.
func Ones(shape ...int) *autograd.Param { return fill(shape, func() float64 { return 1 }) }

func untouched(shape []int) *autograd.Param {
	return &autograd.Param{Value: tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...)}
}

func fill(shape []int, next func() float64) *autograd.Param {
	d := make([]float32, tensor.Shape(shape).Size())
	for i := range d {
		d[i] = float32(next())
	}
	return &autograd.Param{Value: tensor.Float32s(d, shape...)}
}
