package encoder

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// ViT-tiny is narrower than DeiT's of that name (192 wide, 12 deep) and half as deep: so
// that a step in a tab takes less than a second.
var vitTiny = Spec{Name: "vit-tiny", Line: "A small transformer: patches of the picture that look at each other. Learns slowly, sees far.", Kinds: []data.Kind{data.Images, data.Video},
	Multiple: 8, Build: func(r *rng.Rand, in Input) nn.Encoder { return NewViT(r, in.Size, 128, 6, 4) }}

// ViT cuts a picture into patches and lets them look at each other (arXiv:2010.11929): norms
// before the sums. Ours has positions that are not learned, as in MAE, and no class token; one made elsewhere has both
// (sizedvit.go). Features are read from the patches. Its params are named as those of Hugging Face's ViTModel.
type ViT struct {
	Embeddings struct {
		ClsToken           *autograd.Param // [1, 1, width]; nil without
		PositionEmbeddings *autograd.Param // [1, 1 + patches, width]; nil if they are not learned
		PatchEmbeddings    struct{ Projection *nn.Conv2D }
	}
	Encoder   struct{ Layer []*ViTLayer }
	Layernorm *nn.LayerNorm

	patch, width, heads int
	grid                int // patches on a side that it has learned positions of
}

// NewViT is for pictures whose side is size, or a multiple of its patch.
func NewViT(r *rng.Rand, size, width, depth, heads int) *ViT {
	v := &ViT{Layernorm: nn.NewLayerNorm(width), patch: patchSide(size), width: width, heads: heads}
	v.Embeddings.PatchEmbeddings.Projection = patchProjection(r, v.patch, width)
	for range depth {
		v.Encoder.Layer = append(v.Encoder.Layer, NewViTLayer(r, width, heads))
	}
	return v
}

func patchProjection(r *rng.Rand, patch, width int) *nn.Conv2D {
	p := nn.NewConv2D(r, 3, width, patch, patch).WithBias()
	p.Weight.Value = nn.Uniform(r, 1/math.Sqrt(float64(3*patch*patch)), patch, patch, 3, width).Value
	return p
}

// patchSide is the smallest from 4 pixels on that divides a picture's side into at most 14.
func patchSide(size int) int {
	p := max(4, (size+13)/14)
	for size%p != 0 {
		p++
	}
	return p
}

func (v *ViT) Width() int { return v.width }

// Heads is how many share the width in each layer.
func (v *ViT) Heads() int { return v.heads }

// Patch is a patch's side in pixels.
func (v *ViT) Patch() int { return v.patch }

// Encode takes pictures x [batch, height, width, 3] to features [batch, patches, Width],
// row by row.
func (v *ViT) Encode(x autograd.Var) autograd.Var { return v.Attend(v.Embed(x)) }

// Embed gives what each patch of x shows plus where it lies: [batch, patches, Width].
func (v *ViT) Embed(x autograd.Var) autograd.Var {
	s := x.Shape()
	if len(s) != 4 || s[1]%v.patch+s[2]%v.patch != 0 {
		panic(&tensor.ShapeError{Op: "vit of pictures [batch height width channels] whose sides are multiples of the patch's", Shapes: []tensor.Shape{s, {v.patch}}})
	}
	b, rows, cols, inside := s[0], s[1]/v.patch, s[2]/v.patch, v.patch*v.patch*s[3]
	patches := x.Reshape(b, rows, v.patch, cols, v.patch*s[3]).Transpose(0, 1, 3, 2, 4).Reshape(b*rows*cols, inside)
	p := v.Embeddings.PatchEmbeddings.Projection // a convolution whose squares do not overlap is a product
	h := patches.Linear(x.Tape().Param(p.Weight).Reshape(inside, v.width), p.Bias)
	h = h.Reshape(b, rows*cols, v.width)
	if v.Embeddings.PositionEmbeddings != nil {
		return h.Add(v.placed(x.Tape(), rows, cols))
	}
	return h.Add(x.Tape().Input(tensor.Float32s(SinCos(rows, cols, v.width), rows*cols, v.width)))
}

// Attend lets patches h [batch, patches, Width], all or some, look at each other, and at the class token if there is one.
func (v *ViT) Attend(h autograd.Var) autograd.Var {
	if v.Embeddings.ClsToken != nil {
		h = v.withClass(h)
	}
	for _, l := range v.Encoder.Layer {
		h = l.Forward(h)
	}
	if v.Embeddings.ClsToken != nil {
		h = v.withoutClass(h)
	}
	return v.Layernorm.Forward(h)
}

// SinCos is a position embedding of a grid, [rows·cols, width]: half of the width by waves along the row,
// half along the column, as MAE has it (arXiv:2111.06377; the waves are of arXiv:1706.03762).
func SinCos(rows, cols, width int) []float32 {
	out, waves := make([]float32, rows*cols*width), width/4
	for i := range rows * cols {
		for k := range waves {
			slow := math.Pow(10000, -float64(k)/float64(waves))
			for axis, at := range [2]int{i % cols, i / cols} {
				sin, cos := math.Sincos(float64(at) * slow)
				out[i*width+2*axis*waves+k], out[i*width+(2*axis+1)*waves+k] = float32(sin), float32(cos)
			}
		}
	}
	return out
}

// ViTLayer is x + attention(norm(x)), then the same with a wider feed-forward of each position.
type ViTLayer struct {
	Attention struct {
		Attention *nn.Attention
		Output    struct{ Dense *nn.Linear }
	}
	Intermediate, Output            struct{ Dense *nn.Linear }
	LayernormBefore, LayernormAfter *nn.LayerNorm

	variant Variant
}

// NewViTLayer has feed-forwards four times as wide.
func NewViTLayer(r *rng.Rand, width, heads int) *ViTLayer {
	return newViTLayer(r, width, heads, 4*width, Variant{})
}

// newViTLayer begins as MAE's do: evenly, by Glorot's rule, without biases.
func newViTLayer(r *rng.Rand, width, heads, hidden int, variant Variant) *ViTLayer {
	l := &ViTLayer{LayernormBefore: variant.norm(width), LayernormAfter: variant.norm(width), variant: variant}
	l.Attention.Attention = nn.NewAttention(r, width, heads)
	a := l.Attention.Attention
	for _, p := range []**nn.Linear{&a.Query, &a.Key, &a.Value, &l.Attention.Output.Dense} {
		*p = glorot(r, width, width)
	}
	l.Intermediate.Dense, l.Output.Dense = glorot(r, width, hidden), glorot(r, hidden, width)
	return l
}

// Forward takes x [batch, positions, width] to the same shape.
func (l *ViTLayer) Forward(x autograd.Var) autograd.Var { return l.Attend(x, nil) }

// Attend is Forward with a mask as nn.Attention takes it.
func (l *ViTLayer) Attend(x autograd.Var, mask *autograd.Var) autograd.Var {
	x = x.Add(l.Attention.Output.Dense.Forward(l.Attention.Attention.Attend(l.LayernormBefore.Forward(x), mask, 0)))
	return x.Add(l.Output.Dense.Forward(l.variant.gelu(l.Intermediate.Dense.Forward(l.LayernormAfter.Forward(x)))))
}

func glorot(r *rng.Rand, in, out int) *nn.Linear {
	l := &nn.Linear{Weight: nn.Uniform(r, math.Sqrt(6/float64(in+out)), in, out), Bias: nn.Zeros(out)}
	l.Weight.Torch = []int{1, 0}
	return l
}
