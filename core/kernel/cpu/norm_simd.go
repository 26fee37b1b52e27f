//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

// The loops of a norm walk column by column of vectors down all rows, so what is
// constant for a column stays in registers. A row that is not whole vectors goes to
// the generic twin.

func addSquaresVec(acc, x, mean []float32) {
	A := vecs(acc)
	n := len(A)
	if len(acc) != n*lanes {
		addSquares(acc, x, mean)
		return
	}
	X, M := vecs(x), vecs(mean)[:n]
	for j := range A {
		s, m := load(&A[j]), load(&M[j])
		for i := j; i < len(X); i += n {
			d := load(&X[i]).Sub(m)
			s = muladd(d, d, s)
		}
		s.StoreArray(&A[j])
	}
	done()
}

func addProductsVec(acc, dy, x, mean []float32) {
	A := vecs(acc)
	n := len(A)
	if len(acc) != n*lanes {
		addProducts(acc, dy, x, mean)
		return
	}
	X, M := vecs(x), vecs(mean)[:n]
	Y := vecs(dy)[:len(X)]
	for j := range A {
		s, m := load(&A[j]), load(&M[j])
		for i := j; i < len(X); i += n {
			s = muladd(load(&Y[i]), load(&X[i]).Sub(m), s)
		}
		s.StoreArray(&A[j])
	}
	done()
}

func standardizeVec(y, x, mean, mul, add []float32) {
	M := vecs(mean)
	n := len(M)
	if len(mean) != n*lanes {
		standardize(y, x, mean, mul, add)
		return
	}
	X, P, A := vecs(x), vecs(mul)[:n], vecs(add)[:n]
	Y := vecs(y)[:len(X)]
	for j := range M {
		m, p, a := load(&M[j]), load(&P[j]), load(&A[j])
		for i := j; i < len(X); i += n {
			muladd(load(&X[i]).Sub(m), p, a).StoreArray(&Y[i])
		}
	}
	done()
}

func normGradVec(dx, dy, x, mean, p, q, r []float32) {
	M := vecs(mean)
	n := len(M)
	if len(mean) != n*lanes {
		normGrad(dx, dy, x, mean, p, q, r)
		return
	}
	X, P, Q, R := vecs(x), vecs(p)[:n], vecs(q)[:n], vecs(r)[:n]
	Y, D := vecs(dy)[:len(X)], vecs(dx)[:len(X)]
	for j := range M {
		m, p, q, r := load(&M[j]), load(&P[j]), load(&Q[j]), load(&R[j])
		for i := j; i < len(X); i += n {
			muladd(load(&Y[i]), p, muladd(load(&X[i]).Sub(m), q, r)).StoreArray(&D[i])
		}
	}
	done()
}
