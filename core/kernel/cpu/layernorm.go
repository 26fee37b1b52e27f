package cpu

import (
	"math"

	"autodidact/core/kernel"
)

// A LayerNorm's groups are rows: each is short enough to stay in the first cache, so
// it takes many passes over one row instead of few over all.

func (n norm) layerNorm(y, mean, rstd, x, gamma, beta []float32) {
	per := 1 / float32(n.row)
	spans(parallel, n.A, max(1, grain/n.row), func(lo, hi int) {
		if n.layerRows != nil && n.layerRows(y[lo*n.row:hi*n.row], mean[lo:hi], rstd[lo:hi], x[lo*n.row:hi*n.row], gamma, beta, n.Eps) {
			return
		}
		for a := lo; a < hi; a++ {
			y, x := y[a*n.row:(a+1)*n.row], x[a*n.row:(a+1)*n.row]
			m := n.sum(x) * per
			n.affine(y, x, 1, -m)
			r := float32(1 / math.Sqrt(float64(n.dot(y, y)*per)+float64(n.Eps)))
			n.affine(y, y, r, 0)
			n.binary[kernel.Mul](y, y, gamma)
			n.binary[kernel.Add](y, y, beta)
			mean[a], rstd[a] = m, r
		}
	})
}

// layerNormGrad does rows lo to hi, and adds their share to dgamma and dbeta.
func (n norm) layerNormGrad(dgamma, dbeta []float32, g normGradOperands, lo, hi int) {
	of := func(x []float32) []float32 { return x[lo*n.row : hi*n.row] }
	if n.layerRowsGrad != nil && n.layerRowsGrad(of(g.dx), dgamma, dbeta, of(g.dy), of(g.x), g.mean[lo:hi], g.rstd[lo:hi], g.gamma) {
		return
	}
	per, mul, add := 1/float32(n.row), n.binary[kernel.Mul], n.binary[kernel.Add]
	all := n.take(2 * n.row)
	h, t := n.at(all, 0), n.at(all, 1)
	for a := lo; a < hi; a++ {
		x, dy, dx := g.x[a*n.row:(a+1)*n.row], g.dy[a*n.row:(a+1)*n.row], g.dx[a*n.row:(a+1)*n.row]
		n.affine(h, x, 1, -g.mean[a])
		n.affine(h, h, g.rstd[a], 0)
		add(dbeta, dbeta, dy)
		mul(t, dy, h)
		add(dgamma, dgamma, t)
		mul(dx, dy, g.gamma)
		level, tilt := n.sum(dx)*per, n.dot(dx, h)*per
		n.axpy(dx, h, -tilt)
		n.affine(dx, dx, g.rstd[a], -level*g.rstd[a])
	}
	n.put(all)
}
