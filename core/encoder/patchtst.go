package encoder

import (
	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// patchRows is how many readings are a patch; patches do not overlap.
const patchRows = 8

// PatchTST cuts a window into patches that look at each other (arXiv:2211.14730): as there, each channel by itself unless it mixes
// them, positions that are learned, three layers in the catalog's. Norms are before the sums, and LayerNorms, where the paper has BatchNorms
// after them; it is half as wide, with 4 heads of 16 for 16 of 8, and without dropout; and a patch holds the marks of what was read beside
// the values.
type PatchTST struct {
	Embedding *nn.Linear
	Position  *autograd.Param // [patches, width]
	Layer     []*ViTLayer
	Norm      *nn.LayerNorm

	// Causal makes each patch look at those before it only.
	Causal bool

	channels, heads int
}

// NewPatchTST is for windows of long rows of channels, a multiple of its patch.
func NewPatchTST(r *rng.Rand, channels, long, width, depth, heads int) *PatchTST {
	p := &PatchTST{channels: channels, heads: heads, Norm: nn.NewLayerNorm(width),
		Embedding: nn.NewLinear(r, patchRows*2*channels, width), Position: nn.Normal(r, 0.02, long/patchRows, width)}
	for range depth {
		p.Layer = append(p.Layer, NewViTLayer(r, width, heads))
	}
	return p
}

func (p *PatchTST) Width() int    { return p.Norm.Weight.Value.Shape[0] }
func (p *PatchTST) Channels() int { return p.channels }
func (p *PatchTST) Patch() int    { return patchRows }
func (p *PatchTST) Heads() int    { return p.heads }
func (p *PatchTST) Length() int   { return patchRows * p.Position.Value.Shape[0] }

// Encode takes rows x [batch, length, 2·channels] to [batch, length/8, Width].
func (p *PatchTST) Encode(x autograd.Var) autograd.Var {
	s, n := x.Shape(), p.Position.Value.Shape[0]
	if len(s) != 3 || s[1] != n*patchRows || s[2] != 2*p.channels {
		panic(&tensor.ShapeError{Op: "patchtst of [batch length 2·channels]", Shapes: []tensor.Shape{s, {n * patchRows, 2 * p.channels}}})
	}
	t := x.Tape()
	h := p.Embedding.Forward(x.Reshape(s[0]*n, patchRows*s[2])).Reshape(s[0], n, p.Width()).Add(t.Param(p.Position))
	var mask *autograd.Var
	if p.Causal {
		m := t.Input(noLookAhead(n))
		mask = &m
	}
	for _, l := range p.Layer {
		h = l.Attend(h, mask)
	}
	return p.Norm.Forward(h)
}

// noLookAhead is a mask [1, 1, n, n] that hides what comes later.
func noLookAhead(n int) *tensor.Tensor {
	m := make([]float32, n*n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			m[i*n+j] = -1e9
		}
	}
	return tensor.Float32s(m, 1, 1, n, n)
}
