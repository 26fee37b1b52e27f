//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

import "autodidact/core/kernel"

func adamwVec(p, m, v, g []float32, a kernel.AdamW) {
	P := vecs(p)
	M, V, G := vecs(m)[:len(P)], vecs(v)[:len(P)], vecs(g)[:len(P)]
	b1, b2, c1, c2 := splat(a.Beta1), splat(a.Beta2), splat(1-a.Beta1), splat(1-a.Beta2)
	bias1, bias2, eps, decay, lr := splat(a.Bias1), splat(a.Bias2), splat(a.Eps), splat(a.Decay), splat(-a.LR)
	for i := range P {
		g, p := load(&G[i]), load(&P[i])
		m := muladd(b1, load(&M[i]), c1.Mul(g))
		v := muladd(b2, load(&V[i]), c2.Mul(g).Mul(g))
		m.StoreArray(&M[i])
		v.StoreArray(&V[i])
		u := m.Div(bias1).Div(v.Div(bias2).Sqrt().Add(eps))
		muladd(lr, muladd(decay, p, u), p).StoreArray(&P[i])
	}
	done()
	if n := len(P) * lanes; n < len(p) {
		adamw(p[n:], m[n:], v[n:], g[n:], a)
	}
}
