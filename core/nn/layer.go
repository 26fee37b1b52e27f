package nn

import "autodidact/core/autograd"

// A Layer is one step of a network.
type Layer interface {
	Forward(x autograd.Var) autograd.Var
}

// Sequential is layers one after another. Their Params are named by position, as in PyTorch.
type Sequential []Layer

func (s Sequential) Forward(x autograd.Var) autograd.Var {
	for _, l := range s {
		x = l.Forward(x)
	}
	return x
}

// ReLU is max(x, 0).
type ReLU struct{}

func (ReLU) Forward(x autograd.Var) autograd.Var { return x.Relu() }

// GELU is x * Φ(x) in its tanh form.
type GELU struct{}

func (GELU) Forward(x autograd.Var) autograd.Var { return x.Gelu() }

// An Encoder turns inputs into features [batch, positions, width]. It is what
// self-supervision is for: heads are thrown away, the encoder is kept.
type Encoder interface {
	Encode(x autograd.Var) autograd.Var
	Width() int
}

// Pool averages positions: [batch, positions, width] or [batch, height, width, channels]
// to [batch, width or channels].
func Pool(h autograd.Var) autograd.Var {
	n, w := h.Dim(0), h.Dim(-1)
	return h.Reshape(n, h.Shape().Size()/(n*w), w).Mean(1).Reshape(n, w)
}

// Unit scales rows to length one.
func Unit(x autograd.Var) autograd.Var { return x.Unit() }
