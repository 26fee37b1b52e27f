package cpu

import (
	"math"

	"autodidact/core/kernel"
)

// AdamW makes one step of arXiv:1711.05101:
//
//	m = β1·m + (1-β1)·g,  v = β2·v + (1-β2)·g²
//	p -= lr·(m/bias1 / (sqrt(v/bias2) + eps) + decay·p)
func (b *Backend) AdamW(p, m, v, g kernel.Buffer, a kernel.AdamW) {
	n := p.Len()
	P, M, V, G := p.(kernel.Host), words("AdamW", m, n), words("AdamW", v, n), words("AdamW", g, n)
	spans(parallel, n, grain, func(lo, hi int) { b.adamw(P[lo:hi], M[lo:hi], V[lo:hi], G[lo:hi], a) })
}

func adamw(p, m, v, g []float32, a kernel.AdamW) {
	for i, g := range g {
		m[i] = a.Beta1*m[i] + (1-a.Beta1)*g
		v[i] = a.Beta2*v[i] + (1-a.Beta2)*g*g
		u := m[i] / a.Bias1 / (float32(math.Sqrt(float64(v[i]/a.Bias2))) + a.Eps)
		p[i] -= a.LR * (u + a.Decay*p[i])
	}
}
