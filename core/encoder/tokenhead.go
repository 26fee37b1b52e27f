package encoder

import (
	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

// TokenHead predicts tokens from a BERT's features, with the tied embedding table
// (arXiv:1810.04805). Its params are named as those of Hugging Face's cls.predictions.
type TokenHead struct {
	Transform struct {
		Dense     *nn.Linear
		LayerNorm *nn.LayerNorm `param:"LayerNorm"`
	}
	Bias *autograd.Param // [tokens]

	variant Variant
}

func NewTokenHead(r *rng.Rand, s BERTSize) *TokenHead {
	h := &TokenHead{Bias: nn.Zeros(s.Tokens), variant: s.Variant}
	h.Transform.Dense, h.Transform.LayerNorm = Dense(r, s.Width, s.Width), s.norm(s.Width)
	return h
}

// Logits takes features x [n, width] of enc to [n, tokens].
func (h *TokenHead) Logits(x autograd.Var, enc *BERT) autograd.Var {
	z := h.Transform.LayerNorm.Forward(h.variant.gelu(h.Transform.Dense.Forward(x)))
	return z.MatMulT(enc.Embeddings.WordEmbeddings.Weight).Add(h.Bias)
}
