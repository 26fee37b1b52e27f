package encoder

import (
	"fmt"
	"math"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// ViTSize is how large a ViT made elsewhere is: one with a class token, positions that are learned, and exact GELU, as in
// the paper (arXiv:2010.11929) and in timm.
type ViTSize struct {
	Layers, Width, Heads int
	Hidden               int // width between the two layers of a feed-forward
	Patch, Side          int // pixels: of a patch, and of the pictures that its positions were learned of
	Variant
}

// vitEps is what its norms add to a variance unless its name says otherwise.
const vitEps = 1e-6

// Name is what Find knows a ViT of any size by: "vit-12x192x3x768x16x224" has 12 layers 192 wide with 3 heads,
// feed-forwards 768 wide, patches of 16 pixels, and positions for pictures of 224. What Variant says follows, if it is not
// exact GELU and an eps of 1e-6: "-tanh-eps1e-12".
func (s ViTSize) Name() string {
	return fmt.Sprintf("vit-%dx%dx%dx%dx%dx%d%s", s.Layers, s.Width, s.Heads, s.Hidden, s.Patch, s.Side, s.Variant.suffix(true, vitEps))
}

// Check is an error for a ViT that cannot be, or that no one machine could hold.
func (s ViTSize) Check() error {
	for _, f := range []struct {
		what   string
		is, to int
	}{{"layers", s.Layers, 48}, {"width", s.Width, 4096}, {"heads", s.Heads, 64}, {"feed-forward width", s.Hidden, 16384}, {"patch", s.Patch, 64}, {"side", s.Side, 1024}} {
		if f.is < 1 || f.is > f.to {
			return fmt.Errorf("a ViT with %s %d; there may be 1 to %d", f.what, f.is, f.to)
		}
	}
	if s.Width%s.Heads+s.Side%s.Patch != 0 {
		return fmt.Errorf("a ViT %d wide with %d heads, and pictures of %d pixels in patches of %d: they must share them evenly", s.Width, s.Heads, s.Side, s.Patch)
	}
	return s.Variant.check()
}

// Weights is how many numbers a ViT of that size has, without the biases: at least as many.
func (s ViTSize) Weights() int {
	grid := s.Side / s.Patch
	return (3*s.Patch*s.Patch+grid*grid)*s.Width + s.Layers*(4*s.Width*s.Width+2*s.Width*s.Hidden)
}

// ViTSizeOf reads a name that ViTSize.Name gave; ok is false for other names.
func ViTSizeOf(whole string) (s ViTSize, ok bool) {
	name, suffix := cutVariant(strings.TrimPrefix(whole, "vit-"))
	readSizes(name, &s.Layers, &s.Width, &s.Heads, &s.Hidden, &s.Patch, &s.Side)
	if s.Variant = variantOf(suffix, true); s.Eps == 0 {
		s.Eps = vitEps
	}
	return s, s.Name() == whole && s.Check() == nil
}

// vitOfSize is the Spec of a name that ViTSize.Name gave.
func vitOfSize(name string) (Spec, bool) {
	s, ok := ViTSizeOf(name)
	if !ok {
		return Spec{}, false
	}
	return Spec{Name: name, Like: vitTiny.Name, Line: fmt.Sprintf("A ViT made elsewhere: %d layers, %d wide, patches of %d pixels.", s.Layers, s.Width, s.Patch),
		Kinds: vitTiny.Kinds, Multiple: s.Patch, Build: func(r *rng.Rand, _ Input) nn.Encoder { return NewSizedViT(r, s) }}, true
}

// NewSizedViT is for pictures whose sides are multiples of its patch. Its positions are those of s.Side; those of other
// grids are interpolated from them.
func NewSizedViT(r *rng.Rand, s ViTSize) *ViT {
	grid := s.Side / s.Patch
	v := &ViT{Layernorm: s.norm(s.Width), patch: s.Patch, width: s.Width, heads: s.Heads, grid: grid}
	v.Embeddings.ClsToken = nn.Normal(r, 0.02, 1, 1, s.Width)
	v.Embeddings.PositionEmbeddings = nn.Normal(r, 0.02, 1, 1+grid*grid, s.Width)
	v.Embeddings.PatchEmbeddings.Projection = patchProjection(r, s.Patch, s.Width)
	for range s.Layers {
		v.Encoder.Layer = append(v.Encoder.Layer, newViTLayer(r, s.Width, s.Heads, s.Hidden, s.Variant))
	}
	return v
}

// learned is the positions [1 + grid·grid, Width]; the first is the class token's.
func (v *ViT) learned(t *autograd.Tape) autograd.Var {
	return t.Param(v.Embeddings.PositionEmbeddings).Reshape(1+v.grid*v.grid, v.width)
}

// placed is the positions of a grid of patches, [rows·cols, Width].
func (v *ViT) placed(t *autograd.Tape, rows, cols int) autograd.Var {
	own := v.learned(t).Rows(1, v.grid*v.grid)
	if rows == v.grid && cols == v.grid {
		return own
	}
	return t.Input(resampling(v.grid, rows, cols)).MatMul(own)
}

// withClass puts the class token before patches h [batch, patches, Width]: [batch, 1 + patches, Width].
func (v *ViT) withClass(h autograd.Var) autograd.Var {
	t, b, n := h.Tape(), h.Dim(0), h.Dim(1)
	class := t.Param(v.Embeddings.ClsToken).Reshape(1, v.width).Add(v.learned(t).Rows(0, 1))
	ids := make([]int32, 0, b*(n+1))
	for i := range b {
		ids = append(ids, int32(b*n))
		for k := range n {
			ids = append(ids, int32(i*n+k))
		}
	}
	return autograd.Gather(autograd.Concat(h.Reshape(b*n, v.width), class), t.Input(tensor.Int32s(ids, b, n+1)))
}

// withoutClass is the way back.
func (v *ViT) withoutClass(h autograd.Var) autograd.Var {
	b, n := h.Dim(0), h.Dim(1)
	ids := make([]int32, 0, b*(n-1))
	for i := range b {
		for k := 1; k < n; k++ {
			ids = append(ids, int32(i*n+k))
		}
	}
	return autograd.Gather(h.Reshape(b*n, v.width), h.Tape().Input(tensor.Int32s(ids, b, n-1)))
}

// resampling is the matrix [rows·cols, grid·grid] that interpolates what a square grid holds to another one: bicubic, smoothed
// where the other is coarser, as timm's resample_abs_pos_embed.
func resampling(grid, rows, cols int) *tensor.Tensor {
	down, along := cubic(grid, rows), cubic(grid, cols)
	m := make([]float32, 0, rows*cols*grid*grid)
	for y := range rows {
		for x := range cols {
			for i := range grid {
				for j := range grid {
					m = append(m, float32(down[y][i]*along[x][j]))
				}
			}
		}
	}
	return tensor.Float32s(m, rows*cols, grid*grid)
}

// cubic is the weights of from values in each of to: by Keys' kernel with a = -1/2, spread wider where there are fewer.
func cubic(from, to int) [][]float64 {
	scale := float64(from) / float64(to)
	spread := max(scale, 1)
	out := make([][]float64, to)
	for i := range out {
		out[i] = make([]float64, from)
		centre, sum := scale*(float64(i)+0.5), 0.0
		for j := range from {
			out[i][j] = keys((float64(j) + 0.5 - centre) / spread)
			sum += out[i][j]
		}
		for j := range from {
			out[i][j] /= sum
		}
	}
	return out
}

// keys is the cubic convolution kernel of Keys, 1981.
func keys(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}
