package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/rng"
)

// Embedding is a table of vectors, looked up by number.
type Embedding struct{ Weight *autograd.Param } // [entries, width]

// NewEmbedding draws from a narrow bell, as BERT does.
func NewEmbedding(r *rng.Rand, entries, width int) *Embedding {
	return &Embedding{Normal(r, 0.02, entries, width)}
}

// Forward takes integer ids of any shape to [..., width].
func (e *Embedding) Forward(ids autograd.Var) autograd.Var { return autograd.Gather(e.Weight, ids) }
