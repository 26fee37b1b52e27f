package encoder

import (
	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// BERT reads tokens in both directions (arXiv:1810.04805): learned positions, norms after
// the sums. Its params are named as those of Hugging Face's BertModel, without
// segments and without the pooler.
type BERT struct {
	Embeddings Embeddings
	Encoder    struct{ Layer []*BERTLayer }
}

// BERTSize is how large a BERT is.
type BERTSize struct {
	Tokens, Positions    int // of the vocabulary; most in a sequence
	Layers, Width, Heads int
	Hidden               int // width between the two layers of a feed-forward
}

func NewBERT(r *rng.Rand, s BERTSize) *BERT {
	b := &BERT{Embeddings: Embeddings{
		nn.NewEmbedding(r, s.Tokens, s.Width), nn.NewEmbedding(r, s.Positions, s.Width), nn.NewLayerNorm(s.Width)}}
	for range s.Layers {
		b.Encoder.Layer = append(b.Encoder.Layer, newBERTLayer(r, s))
	}
	return b
}

func (b *BERT) Width() int { return b.Embeddings.WordEmbeddings.Weight.Value.Shape[1] }

// Encode takes integer tokens [batch, positions] to [batch, positions, Width].
func (b *BERT) Encode(tokens autograd.Var) autograd.Var {
	h := b.Embeddings.Forward(tokens)
	for _, l := range b.Encoder.Layer {
		h = l.Forward(h)
	}
	return h
}

// Embeddings is what a token means plus what its place means.
type Embeddings struct {
	WordEmbeddings, PositionEmbeddings *nn.Embedding
	LayerNorm                          *nn.LayerNorm `param:"LayerNorm"`
}

func (e *Embeddings) Forward(tokens autograd.Var) autograd.Var {
	places := e.PositionEmbeddings.Weight
	if s := tokens.Shape(); len(s) != 2 || s[1] > places.Value.Shape[0] {
		panic(&tensor.ShapeError{Op: "bert of [batch positions], positions of [most width]", Shapes: []tensor.Shape{s, places.Value.Shape}})
	}
	here := tokens.Tape().Param(places).Rows(0, tokens.Dim(1))
	return e.LayerNorm.Forward(e.WordEmbeddings.Forward(tokens).Add(here))
}

// BERTLayer is attention and a feed-forward of each position, both added to what came in.
type BERTLayer struct {
	Attention struct {
		Self   *nn.Attention
		Output *Residual
	}
	Intermediate struct{ Dense *nn.Linear }
	Output       *Residual
}

func newBERTLayer(r *rng.Rand, s BERTSize) *BERTLayer {
	l := &BERTLayer{Output: newResidual(r, s.Hidden, s.Width)}
	l.Attention.Self = nn.NewAttention(r, s.Width, s.Heads)
	for _, p := range []**nn.Linear{&l.Attention.Self.Query, &l.Attention.Self.Key, &l.Attention.Self.Value} {
		*p = dense(r, s.Width, s.Width)
	}
	l.Attention.Output = newResidual(r, s.Width, s.Width)
	l.Intermediate.Dense = dense(r, s.Width, s.Hidden)
	return l
}

func (l *BERTLayer) Forward(x autograd.Var) autograd.Var {
	x = l.Attention.Output.Forward(l.Attention.Self.Forward(x), x)
	return l.Output.Forward(l.Intermediate.Dense.Forward(x).Gelu(), x)
}

// Residual is LayerNorm(x + Dense(h)).
type Residual struct {
	Dense     *nn.Linear
	LayerNorm *nn.LayerNorm `param:"LayerNorm"`
}

func newResidual(r *rng.Rand, in, out int) *Residual {
	return &Residual{dense(r, in, out), nn.NewLayerNorm(out)}
}

func (l *Residual) Forward(h, x autograd.Var) autograd.Var {
	return l.LayerNorm.Forward(x.Add(l.Dense.Forward(h)))
}

// dense begins as BERT's layers do: with a narrow bell and no bias.
func dense(r *rng.Rand, in, out int) *nn.Linear {
	l := &nn.Linear{Weight: nn.Normal(r, 0.02, in, out), Bias: nn.Zeros(out)}
	l.Weight.Torch = []int{1, 0}
	return l
}
