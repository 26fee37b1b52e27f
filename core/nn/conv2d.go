package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/rng"
)

// Conv2D slides a square kernel over x [batch, height, width, in].
type Conv2D struct {
	Weight *autograd.Param // [size, size, in, out]
	Bias   *autograd.Param // [out], or nil

	stride, pad int
}

// NewConv2D pads so that stride 1 keeps height and width; it has no bias, as
// befits a convolution followed by a norm.
func NewConv2D(r *rng.Rand, in, out, size, stride int) *Conv2D {
	w := Kaiming(r, size, size, in, out)
	w.Torch = []int{3, 2, 0, 1}
	return &Conv2D{Weight: w, stride: stride, pad: size / 2}
}

// WithBias adds a bias of zeros.
func (c *Conv2D) WithBias() *Conv2D {
	c.Bias = Zeros(c.Weight.Value.Shape[3])
	return c
}

func (c *Conv2D) Forward(x autograd.Var) autograd.Var {
	y := x.Conv2D(c.Weight, c.stride, c.pad)
	if c.Bias != nil {
		y = y.Add(c.Bias)
	}
	return y
}
