package encoder

import (
	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Dilated is the dilated CNN of TS2Vec (arXiv:2106.10466): each time's values are projected, residual blocks of
// convolutions of three taps look ever further to both sides, and the last block widens to the features. It reads series of any
// length, all channels together. No norm, so that levels pass through.
type Dilated struct {
	In     *nn.Linear // [2·channels, hidden], without a bias: a time where nothing was read begins as zeros
	Blocks []*DilatedBlock

	// Causal makes it look back only, twice as far.
	Causal bool
	// Dropout is the share of features that are dropped in training: 0.1, as in the paper.
	Dropout float32
}

// NewDilated has so many hidden blocks and one to the output, which see 2^(blocks+2)-2 positions to each side.
func NewDilated(r *rng.Rand, channels, hidden, blocks, out int) *Dilated {
	n := &Dilated{In: nn.NewLinear(r, 2*channels, hidden), Dropout: 0.1}
	n.In.Bias = nil
	for i := range blocks {
		n.Blocks = append(n.Blocks, newDilatedBlock(r, hidden, hidden, 1<<i))
	}
	n.Blocks = append(n.Blocks, newDilatedBlock(r, hidden, out, 1<<blocks))
	return n
}

func (n *Dilated) Width() int    { return n.Blocks[len(n.Blocks)-1].Conv2.Weight.Value.Shape[2] }
func (n *Dilated) Channels() int { return n.In.Weight.Value.Shape[0] / 2 }
func (n *Dilated) Patch() int    { return 1 }
func (n *Dilated) Length() int   { return 0 }

// Encode takes rows x [batch, length, 2·channels] to [batch, length, Width].
func (n *Dilated) Encode(x autograd.Var) autograd.Var {
	s := x.Shape()
	if len(s) != 3 || s[2] != 2*n.Channels() {
		panic(&tensor.ShapeError{Op: "dilated CNN of [batch length 2·channels]", Shapes: []tensor.Shape{s, n.In.Weight.Value.Shape}})
	}
	h := n.In.Forward(x.Reshape(s[0]*s[1], s[2]))
	h = h.Reshape(s[0], s[1], h.Dim(1))
	for _, b := range n.Blocks {
		h = b.forward(h, n.Causal)
	}
	if x.Tape().Training {
		h = nn.Dropout(h, n.Dropout)
	}
	return h
}

// DilatedBlock is Project(x) + Conv2(gelu(Conv1(gelu(x)))), both convolutions dilated alike. Project, a linear map, is only
// where widths differ.
type DilatedBlock struct {
	Conv1, Conv2 *nn.Conv1D
	Project      *nn.Conv1D
}

func newDilatedBlock(r *rng.Rand, in, out, dilation int) *DilatedBlock {
	b := &DilatedBlock{Conv1: nn.NewConv1D(r, in, out, 3, dilation), Conv2: nn.NewConv1D(r, out, out, 3, dilation)}
	if in != out {
		b.Project = nn.NewConv1D(r, in, out, 1, 1)
	}
	return b
}

func (b *DilatedBlock) forward(x autograd.Var, causal bool) autograd.Var {
	look := func(c *nn.Conv1D, x autograd.Var) autograd.Var {
		if causal {
			return c.Forward(x)
		}
		return c.Centred(x)
	}
	h := look(b.Conv2, look(b.Conv1, x.Gelu()).Gelu())
	if b.Project != nil {
		x = b.Project.Forward(x)
	}
	return x.Add(h)
}
