package optim

import (
	"iter"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// AdamW is Adam with decay kept apart from the gradient (arXiv:1711.05101):
//
//	m = beta1*m + (1-beta1)*g
//	v = beta2*v + (1-beta2)*g²
//	p = p - lr * (m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + eps) + decay*p)
type AdamW struct {
	Beta1, Beta2, Eps, Decay float32
	DecayAll                 bool // biases and norms, too: PyTorch's default
	memory
}

func NewAdamW(decay float32) *AdamW {
	return &AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: decay}
}

func (o *AdamW) Step(b kernel.Backend, lr float32, params iter.Seq2[string, *autograd.Param]) {
	o.steps++
	k := kernel.AdamW{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps,
		Bias1: bias(o.Beta1, o.steps), Bias2: bias(o.Beta2, o.steps)}
	a := tensor.NewArena(b)
	defer a.Free()
	for name, p := range trained(params) {
		m, v := o.of(b, name+".m", p), o.of(b, name+".v", p)
		k.LR, k.Decay = paced(p, lr), 0
		if o.DecayAll || decays(p) {
			k.Decay = o.Decay
		}
		if fast, ok := b.(kernel.AdamWBackend); ok {
			fast.AdamW(p.Value.Buf, m.Buf, v.Buf, p.Grad.Buf, k)
		} else {
			adamW(a, p.Value, m, v, p.Grad, k)
		}
	}
}

// bias is 1 - beta^t: how much of m or v is not yet the zeros it began with.
func bias(beta float32, t int) float32 { return float32(1 - math.Pow(float64(beta), float64(t))) }

func adamW(a *tensor.Arena, p, m, v, g *tensor.Tensor, k kernel.AdamW) {
	a.Affine(m.Buf, m.Buf, k.Beta1, 0)
	addScaled(a, m, g, 1-k.Beta1)
	square := a.Mul(g, g)
	a.Affine(v.Buf, v.Buf, k.Beta2, 0)
	addScaled(a, v, square, 1-k.Beta2)

	root := a.Scale(v, 1/k.Bias2, 0)
	a.Unary(kernel.Sqrt, root.Buf, root.Buf)
	a.Affine(root.Buf, root.Buf, 1, k.Eps)
	step := a.Scale(m, 1/k.Bias1, 0)
	a.Update(kernel.Div, step, root)
	addScaled(a, step, p, k.Decay)
	addScaled(a, p, step, -k.LR)
	for _, x := range []*tensor.Tensor{square, root, step} {
		a.Drop(x)
	}
}
