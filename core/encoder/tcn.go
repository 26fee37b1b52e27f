package encoder

import (
	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// TCN is a temporal convolutional network (arXiv:1803.01271): residual blocks of causal
// convolutions, each block looking twice as far back as the one before. No norm, and
// no ReLU after the sums, so that levels and units of a series pass through.
type TCN struct {
	In     *nn.Conv1D
	Blocks []*TCNBlock
}

// NewTCN makes a network that sees 2*(2^blocks - 1) + 2*blocks steps back.
func NewTCN(r *rng.Rand, channels, width, blocks int) *TCN {
	n := &TCN{In: nn.NewConv1D(r, channels, width, 1, 1)}
	for i := range blocks {
		n.Blocks = append(n.Blocks, &TCNBlock{nn.NewConv1D(r, width, width, 3, 1<<i), nn.NewConv1D(r, width, width, 3, 1)})
	}
	return n
}

func (n *TCN) Width() int    { return n.In.Weight.Value.Shape[2] }
func (n *TCN) Channels() int { return n.In.Weight.Value.Shape[1] / 2 }
func (n *TCN) Patch() int    { return 1 }
func (n *TCN) Length() int   { return 0 }

// Encode takes series x [batch, length, channels] to [batch, length, Width].
func (n *TCN) Encode(x autograd.Var) autograd.Var {
	if len(x.Shape()) != 3 {
		panic(&tensor.ShapeError{Op: "tcn of [batch length channels]", Shapes: []tensor.Shape{x.Shape()}})
	}
	h := n.In.Forward(x)
	for _, b := range n.Blocks {
		h = b.Forward(h)
	}
	return h
}

// TCNBlock is x + Conv2(relu(Conv1(x))); Conv1 is the dilated one.
type TCNBlock struct{ Conv1, Conv2 *nn.Conv1D }

func (b *TCNBlock) Forward(x autograd.Var) autograd.Var {
	return x.Add(b.Conv2.Forward(b.Conv1.Forward(x).Relu()))
}
