package nn

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Attention is multi-head self-attention up to the joined heads (arXiv:1706.03762);
// the projection after it belongs to the block around it, as in BERT. Each head sees its
// own part of the width:
//
//	y = softmax(q·kᵀ / sqrt(width of a head)) · v
type Attention struct {
	Query, Key, Value *Linear

	heads int
}

func NewAttention(r *rng.Rand, width, heads int) *Attention {
	return &Attention{NewLinear(r, width, width), NewLinear(r, width, width), NewLinear(r, width, width), heads}
}

// Forward takes x [batch, positions, width] to the same shape. All positions see all.
func (l *Attention) Forward(x autograd.Var) autograd.Var { return l.Attend(x, nil, 0) }

// Attend is Forward with a mask [batch, 1, positions, positions], which may be nil: it is added to the
// logits of every head. A fraction drop of the attention weights is dropped at random.
func (l *Attention) Attend(x autograd.Var, mask *autograd.Var, drop float32) autograd.Var {
	width := l.Query.Weight.Value.Shape[1]
	if len(x.Shape()) != 3 || width%l.heads != 0 {
		panic(&tensor.ShapeError{Op: "attention", Shapes: []tensor.Shape{x.Shape(), {l.heads}}})
	}
	scale := 1 / math.Sqrt(float64(width/l.heads))
	q := l.split(l.Query.Forward(x).Scale(float32(scale)))
	k, v := l.split(l.Key.Forward(x)), l.split(l.Value.Forward(x))
	logits := q.MatMulT(k)
	if mask != nil {
		logits = logits.Add(*mask)
	}
	y := Dropout(logits.Softmax(), drop).MatMul(v)
	return y.Transpose(0, 2, 1, 3).Reshape(x.Dim(0), x.Dim(1), width)
}

// split takes [batch, positions, width] to [batch, heads, positions, width of a head].
func (l *Attention) split(x autograd.Var) autograd.Var {
	return x.Reshape(x.Dim(0), x.Dim(1), l.heads, x.Dim(2)/l.heads).Transpose(0, 2, 1, 3)
}
