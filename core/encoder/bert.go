package encoder

import (
	"cmp"
	"fmt"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// The sizes of Turc et al., 2019 (arXiv:1908.08962), by whose names they go.
var (
	bertTiny  = bert("bert-tiny", "A very small transformer for text, 2 layers: quick, and good enough to see whether your texts teach anything.", BERTSize{Layers: 2, Width: 128, Heads: 2, Hidden: 512})
	bertMini  = bert("bert-mini", "A small transformer for text, 4 layers: four times the work of the tiny one, and it reads better.", BERTSize{Layers: 4, Width: 256, Heads: 4, Hidden: 1024})
	bertSmall = bert("bert-small", "A transformer for text, 4 wide layers: for many texts and an evening.", BERTSize{Layers: 4, Width: 512, Heads: 8, Hidden: 2048})
)

func bert(name, line string, s BERTSize) Spec {
	return Spec{Name: name, Line: line, Kinds: []data.Kind{data.Text}, Build: func(r *rng.Rand, in Input) nn.Encoder {
		s := s
		s.Tokens, s.Positions = in.Tokens, cmp.Or(s.Positions, in.Size)
		return NewBERT(r, s)
	}}
}

// BERTSize is how large a BERT is.
type BERTSize struct {
	Tokens, Positions    int // of the vocabulary; most in a sequence
	Layers, Width, Heads int
	Hidden               int // width between the two layers of a feed-forward
	Variant
}

// Name is what Find knows a BERT of any size by: "bert-12x768x12x3072x512" has 12 layers 768 wide
// with 12 heads, feed-forwards 3072 wide, and reads up to 512 tokens. What Variant says follows: "-erf-eps1e-12".
func (s BERTSize) Name() string {
	return fmt.Sprintf("bert-%dx%dx%dx%dx%d%s", s.Layers, s.Width, s.Heads, s.Hidden, s.Positions, s.Variant.suffix(false, nn.LayerNormEps))
}

// Check is an error for a BERT that cannot be, or that no one machine could hold.
func (s BERTSize) Check() error {
	for _, f := range []struct {
		what   string
		is, to int
	}{{"layers", s.Layers, 48}, {"width", s.Width, 4096}, {"heads", s.Heads, 64}, {"feed-forward width", s.Hidden, 16384}, {"positions", s.Positions, 4096}} {
		if f.is < 1 || f.is > f.to {
			return fmt.Errorf("a BERT with %s %d; there may be 1 to %d", f.what, f.is, f.to)
		}
	}
	if s.Width%s.Heads != 0 {
		return fmt.Errorf("a BERT %d wide cannot have %d heads: they share its width evenly", s.Width, s.Heads)
	}
	return s.Variant.check()
}

// Weights is how many numbers a BERT of that size has, without the biases: at least as many.
func (s BERTSize) Weights() int {
	return (s.Tokens+s.Positions)*s.Width + s.Layers*(4*s.Width*s.Width+2*s.Width*s.Hidden)
}

// BERTSizeOf reads a name that BERTSize.Name gave; ok is false for other names. Tokens is 0.
func BERTSizeOf(whole string) (s BERTSize, ok bool) {
	name, suffix := cutVariant(strings.TrimPrefix(whole, "bert-"))
	readSizes(name, &s.Layers, &s.Width, &s.Heads, &s.Hidden, &s.Positions)
	s.Variant = variantOf(suffix, false)
	return s, s.Name() == whole && s.Check() == nil
}

// bertOfSize is the Spec of a name that BERTSize.Name gave.
func bertOfSize(name string) (Spec, bool) {
	s, ok := BERTSizeOf(name)
	if !ok {
		return Spec{}, false
	}
	return bert(name, fmt.Sprintf("A BERT made elsewhere: %d layers, %d wide.", s.Layers, s.Width), s), true
}

// BERT reads tokens in both directions (arXiv:1810.04805): learned positions, norms after
// the sums. Its params are named as those of Hugging Face's BertModel, without the pooler.
type BERT struct {
	Embeddings Embeddings
	Encoder    struct{ Layer []*BERTLayer }

	// Causal masks later positions, as for next-token prediction.
	Causal bool

	size BERTSize
}

func NewBERT(r *rng.Rand, s BERTSize) *BERT {
	b := &BERT{size: s, Embeddings: Embeddings{
		nn.NewEmbedding(r, s.Tokens, s.Width), nn.NewEmbedding(r, s.Positions, s.Width), nn.NewEmbedding(r.For("segments", 0), 2, s.Width), s.norm(s.Width)}}
	for range s.Layers {
		b.Encoder.Layer = append(b.Encoder.Layer, newBERTLayer(r, s))
	}
	return b
}

func (b *BERT) Width() int     { return b.size.Width }
func (b *BERT) Size() BERTSize { return b.size }

// Encode takes integer tokens [batch, positions], each row one whole text, to
// [batch, positions, Width].
func (b *BERT) Encode(tokens autograd.Var) autograd.Var {
	s := tokens.Shape()
	if len(s) != 2 {
		panic(&tensor.ShapeError{Op: "bert of [batch positions]", Shapes: []tensor.Shape{s}})
	}
	whole := make([]int32, s[0]*s[1])
	for i := range whole {
		whole[i] = 1
	}
	places, look := TokenBatch{Of: tensor.Int32s(whole, s...)}.positionsAndMask(b.Causal)
	x := b.Embeddings.forward(tokens, places, nil)
	if !b.Causal {
		return b.encodeLayers(x, nil, 0)
	}
	mask := tokens.Tape().Input(look)
	return b.encodeLayers(x, &mask, 0)
}

// EncodeTokens takes texts to [batch, positions, Width]. drop is the dropout rate
// (arXiv:1207.0580), with the tape's randomness.
func (b *BERT) EncodeTokens(t *autograd.Tape, r TokenBatch, drop float32) autograd.Var {
	places, look := r.positionsAndMask(b.Causal)
	x := nn.Dropout(b.Embeddings.forward(t.Input(r.Tokens), places, r.Segments), drop)
	mask := t.Input(look)
	return b.encodeLayers(x, &mask, drop)
}

func (b *BERT) encodeLayers(h autograd.Var, mask *autograd.Var, drop float32) autograd.Var {
	for _, l := range b.Encoder.Layer {
		h = l.forward(h, mask, drop)
	}
	return h
}

// Embeddings is what a token means plus what its place means plus which of two segments it is in.
type Embeddings struct {
	WordEmbeddings, PositionEmbeddings, TokenTypeEmbeddings *nn.Embedding
	LayerNorm                                               *nn.LayerNorm `param:"LayerNorm"`
}

// forward reads tokens at places, in segments (nil: all in the first), each [batch, positions].
func (e *Embeddings) forward(tokens autograd.Var, places, segments *tensor.Tensor) autograd.Var {
	s := tokens.Shape()
	if most := e.PositionEmbeddings.Weight.Value.Shape; s[1] > most[0] {
		panic(&tensor.ShapeError{Op: "bert of [batch positions], positions of [most width]", Shapes: []tensor.Shape{s, most}})
	}
	t := tokens.Tape()
	x := e.WordEmbeddings.Forward(tokens).Add(e.PositionEmbeddings.Forward(t.Input(places)))
	if e.TokenTypeEmbeddings != nil { // a benchmark goes without
		if segments == nil {
			x = x.Add(t.Param(e.TokenTypeEmbeddings.Weight).Rows(0, 1))
		} else {
			x = x.Add(e.TokenTypeEmbeddings.Forward(t.Input(segments)))
		}
	}
	return e.LayerNorm.Forward(x)
}

// BERTLayer is attention and a feed-forward of each position, both added to what came in.
type BERTLayer struct {
	Attention struct {
		Self   *nn.Attention
		Output *Residual
	}
	Intermediate struct{ Dense *nn.Linear }
	Output       *Residual

	variant Variant
}

func newBERTLayer(r *rng.Rand, s BERTSize) *BERTLayer {
	l := &BERTLayer{Output: newResidual(r, s.Hidden, s.Width, s.Variant), variant: s.Variant}
	l.Attention.Self = nn.NewAttention(r, s.Width, s.Heads)
	for _, p := range []**nn.Linear{&l.Attention.Self.Query, &l.Attention.Self.Key, &l.Attention.Self.Value} {
		*p = Dense(r, s.Width, s.Width)
	}
	l.Attention.Output = newResidual(r, s.Width, s.Width, s.Variant)
	l.Intermediate.Dense = Dense(r, s.Width, s.Hidden)
	return l
}

func (l *BERTLayer) forward(x autograd.Var, mask *autograd.Var, drop float32) autograd.Var {
	x = l.Attention.Output.forward(l.Attention.Self.Attend(x, mask, drop), x, drop)
	return l.Output.forward(l.variant.gelu(l.Intermediate.Dense.Forward(x)), x, drop)
}

// Residual is LayerNorm(x + Dense(h)).
type Residual struct {
	Dense     *nn.Linear
	LayerNorm *nn.LayerNorm `param:"LayerNorm"`
}

func newResidual(r *rng.Rand, in, out int, v Variant) *Residual {
	return &Residual{Dense(r, in, out), v.norm(out)}
}

func (l *Residual) forward(h, x autograd.Var, drop float32) autograd.Var {
	return l.LayerNorm.Forward(x.Add(nn.Dropout(l.Dense.Forward(h), drop)))
}

// Dense begins as BERT's layers do: with a narrow bell and no bias.
func Dense(r *rng.Rand, in, out int) *nn.Linear {
	l := &nn.Linear{Weight: nn.Normal(r, 0.02, in, out), Bias: nn.Zeros(out)}
	l.Weight.Torch = []int{1, 0}
	return l
}
