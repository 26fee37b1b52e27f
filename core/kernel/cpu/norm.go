package cpu

import (
	"math"

	"autodidact/core/kernel"
)

// A norm sees x [A, B, C, D] as A blocks of B rows of C*D floats. What a group shares
// is first spread into rows of that length, so every pass over x is a pass over rows.
type norm struct {
	kernel.Norm
	*Backend
	row    int
	blocks runner // over A; rows inside a block take the other
	rows   runner
}

func (b *Backend) norm(n kernel.Norm) norm {
	if n.A == 1 {
		return norm{n, b, n.C * n.D, serial, parallel}
	}
	return norm{n, b, n.C * n.D, parallel, serial}
}

// at is row i of some.
func (n norm) at(rows []float32, i int) []float32 { return rows[i*n.row : (i+1)*n.row] }

// fold sums D neighbours of row into each of the C groups.
func (n norm) fold(groups, row []float32) {
	if n.D == 1 {
		copy(groups, row)
		return
	}
	for c := range groups {
		groups[c] = n.sum(row[c*n.D : (c+1)*n.D])
	}
}

// spread repeats each group's value D times.
func (n norm) spread(row, groups []float32) {
	if n.D == 1 {
		copy(row, groups)
		return
	}
	for c, v := range groups {
		g := row[c*n.D : (c+1)*n.D]
		for i := range g {
			g[i] = v
		}
	}
}

// eachRows runs f over spans of whole rows of a block.
func (n norm) eachRows(f func(lo, hi int)) {
	spans(n.rows, n.B, max(1, grain/n.row), func(lo, hi int) { f(lo*n.row, hi*n.row) })
}

// Norm writes y = (x-mean)·rstd·gamma + beta with rstd = 1/sqrt(variance+eps).
// The variance takes a second pass: a difference of two large sums would lose it.
func (b *Backend) Norm(y, mean, rstd, x, gamma, beta kernel.Buffer, k kernel.Norm) {
	n := b.norm(k)
	size, total := n.B*n.row, n.A*n.B*n.row
	X, Y := words("Norm", x, total), words("Norm", y, total)
	M, R := words("Norm", mean, n.A*n.C), words("Norm", rstd, n.A*n.C)
	G, S := words("Norm", gamma, n.row), words("Norm", beta, n.row)
	if n.C == 1 && n.B == 1 {
		n.layerNorm(Y, M, R, X, G, S)
		return
	}
	per := float32(n.B * n.D)
	n.blocks(n.A, func(a int) {
		x, y := X[a*size:(a+1)*size], Y[a*size:(a+1)*size]
		mu, r := M[a*n.C:(a+1)*n.C], R[a*n.C:(a+1)*n.C]
		all := n.take(2 * n.row)
		acc, mean := n.at(all, 0), n.at(all, 1)

		b.sumRows(n.rows, acc, x)
		n.fold(mu, acc)
		b.binaryScalar[kernel.Div](mu, mu, per)
		n.spread(mean, mu)

		b.sumChunks(n.rows, acc, n.B, chunk, func(acc []float32, lo, hi int) {
			b.addSquares(acc, x[lo*n.row:hi*n.row], mean)
		})
		n.fold(r, acc)
		for c, v := range r {
			r[c] = float32(1 / math.Sqrt(float64(v/per)+float64(n.Eps)))
		}
		n.spread(acc, r)
		b.binary[kernel.Mul](acc, acc, G)
		n.eachRows(func(lo, hi int) { b.standardize(y[lo:hi], x[lo:hi], mean, acc, S) })
		b.put(all)
	})
}

// NormGrad, with h = (x-mean)·rstd and N = B·D elements in a group:
//
//	dbeta = Σ dy,  dgamma = Σ dy·h            over A and B
//	dx = rstd·(gamma·dy - Σ(gamma·dy)/N - h·Σ(gamma·dy·h)/N)    sums over B and D
func (b *Backend) NormGrad(dx, dgamma, dbeta, dy, x, mean, rstd, gamma kernel.Buffer, k kernel.Norm) {
	n := b.norm(k)
	total := n.A * n.B * n.row
	g := normGradOperands{
		dx: words("NormGrad", dx, total), dy: words("NormGrad", dy, total), x: words("NormGrad", x, total),
		mean: words("NormGrad", mean, n.A*n.C), rstd: words("NormGrad", rstd, n.A*n.C), gamma: words("NormGrad", gamma, n.row),
	}
	// Both sums side by side, blocks in fixed chunks.
	sums := b.take(2 * n.row)
	b.sumChunks(n.blocks, sums, n.A, (n.A+15)/16, func(acc []float32, lo, hi int) {
		if n.C == 1 && n.B == 1 {
			n.layerNormGrad(acc[:n.row], acc[n.row:], g, lo, hi)
			return
		}
		for a := lo; a < hi; a++ {
			n.gradBlock(acc[:n.row], acc[n.row:], g, a)
		}
	})
	copy(words("NormGrad", dgamma, n.row), sums[:n.row])
	copy(words("NormGrad", dbeta, n.row), sums[n.row:])
	b.put(sums)
}

type normGradOperands struct{ dx, dy, x, mean, rstd, gamma []float32 }

// gradBlock does one block and adds its share to dgamma and dbeta.
func (n norm) gradBlock(dgamma, dbeta []float32, g normGradOperands, a int) {
	size := n.B * n.row
	x, dy, dx := g.x[a*size:(a+1)*size], g.dy[a*size:(a+1)*size], g.dx[a*size:(a+1)*size]
	all := n.take(7 * n.row)
	mean, rstd, s1, s2 := n.at(all, 0), n.at(all, 1), n.at(all, 2), n.at(all, 3)
	p, q, r := n.at(all, 4), n.at(all, 5), n.at(all, 6)
	mul, add := n.binary[kernel.Mul], n.binary[kernel.Add]
	n.spread(mean, g.mean[a*n.C:(a+1)*n.C])
	n.spread(rstd, g.rstd[a*n.C:(a+1)*n.C])

	n.sumRows(n.rows, s1, dy) // Σ dy over B
	add(dbeta, dbeta, s1)
	n.sumChunks(n.rows, s2, n.B, chunk, func(acc []float32, lo, hi int) {
		n.addProducts(acc, dy[lo*n.row:hi*n.row], x[lo*n.row:hi*n.row], mean)
	})
	mul(s2, s2, rstd) // Σ dy·h over B
	add(dgamma, dgamma, s2)

	mul(s1, s1, g.gamma)
	mul(s2, s2, g.gamma)
	mul(p, rstd, g.gamma)
	n.fold(r[:n.C], s1) // now over D too
	n.fold(q[:n.C], s2)
	per := -1 / float32(n.B*n.D)
	n.spread(s1, r[:n.C])
	n.spread(s2, q[:n.C])
	mul(r, s1, rstd)
	n.affine(r, r, per, 0)
	mul(q, s2, rstd)
	mul(q, q, rstd)
	n.affine(q, q, per, 0)
	n.eachRows(func(lo, hi int) { n.normGrad(dx[lo:hi], dy[lo:hi], x[lo:hi], mean, p, q, r) })
	n.put(all)
}
