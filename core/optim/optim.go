// Package optim turns gradients into better parameters.
package optim

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// An Optimizer moves params against their gradients, in place.
type Optimizer interface {
	Step(b kernel.Backend, lr float32, params iter.Seq2[string, *autograd.Param])
	// State yields, in the order of names, what must be saved for training to go
	// on as if never stopped. The tensors are the backend's.
	State() iter.Seq2[string, *tensor.Tensor]
	// Restore takes back what State gave, as host tensors, after steps steps.
	Restore(b kernel.Backend, steps int, state map[string]*tensor.Tensor)
}

// A Schedule is the learning rate at a step.
type Schedule func(step int) float32

// Cosine warms up in a straight line, then falls along half a cosine to zero.
func Cosine(peak float32, warmup, total int) Schedule {
	return func(step int) float32 {
		if step < warmup {
			return peak * float32(step+1) / float32(warmup)
		}
		done := float64(step-warmup) / float64(max(total-warmup, 1))
		return peak * float32(0.5*(1+math.Cos(math.Pi*min(done, 1))))
	}
}

// AdamW is Adam with decay kept apart from the gradient.
type AdamW struct {
	Beta1, Beta2, Eps, Decay float32

	step int
	m, v map[string]*tensor.Tensor
}

func NewAdamW(decay float32) *AdamW {
	return &AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: decay, m: map[string]*tensor.Tensor{}, v: map[string]*tensor.Tensor{}}
}

func (o *AdamW) Step(b kernel.Backend, lr float32, params iter.Seq2[string, *autograd.Param]) {
	o.step++
	k := kernel.AdamW{LR: lr, Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps,
		Bias1: 1 - pow(o.Beta1, o.step), Bias2: 1 - pow(o.Beta2, o.step)}
	for name, p := range params {
		if p.Frozen || p.Grad == nil {
			continue
		}
		if o.m[name] == nil {
			o.m[name], o.v[name] = zeros(b, p.Value.Shape), zeros(b, p.Value.Shape)
		}
		k.Decay = 0
		if len(p.Value.Shape) > 1 {
			k.Decay = o.Decay
		}
		b.(kernel.AdamWBackend).AdamW(p.Value.Buf, o.m[name].Buf, o.v[name].Buf, p.Grad.Buf, k)
	}
}

func (o *AdamW) State() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, name := range slices.Sorted(maps.Keys(o.m)) {
			if !yield(name+".m", o.m[name]) || !yield(name+".v", o.v[name]) {
				return
			}
		}
	}
}

func (o *AdamW) Restore(b kernel.Backend, steps int, state map[string]*tensor.Tensor) {
	o.step = steps
	for name, x := range state {
		y := zeros(b, x.Shape)
		b.Write(y.Buf, x.Buf.(kernel.Host))
		if base, ok := strings.CutSuffix(name, ".m"); ok {
			o.m[base] = y
		} else if base, ok := strings.CutSuffix(name, ".v"); ok {
			o.v[base] = y
		}
	}
}

func pow(x float32, n int) float32 { return float32(math.Pow(float64(x), float64(n))) }

func zeros(b kernel.Backend, s tensor.Shape) *tensor.Tensor {
	buf := b.Alloc(s.Size())
	b.Fill(buf, 0)
	return &tensor.Tensor{Shape: s, Buf: buf}
}
