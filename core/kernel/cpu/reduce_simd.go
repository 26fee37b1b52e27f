//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

// sumVec keeps four sums per lane and joins them in a fixed order.
func sumVec(x []float32) float32 {
	X := vecs(x)
	var a, b, c, d vec
	for ; len(X) >= 4; X = X[4:] {
		q := (*[4]lane)(X)
		a, b = a.Add(load(&q[0])), b.Add(load(&q[1]))
		c, d = c.Add(load(&q[2])), d.Add(load(&q[3]))
	}
	for i := range X {
		a = a.Add(load(&X[i]))
	}
	var l lane
	a.Add(b).Add(c.Add(d)).StoreArray(&l)
	done()
	return sum(l[:]) + sum(x[len(x)/lanes*lanes:])
}

func dotVec(x, y []float32) float32 {
	X := vecs(x)
	Y := vecs(y)[:len(X)]
	n := len(X) * lanes
	var a, b, c, d vec
	for ; len(X) >= 4; X, Y = X[4:], Y[4:] {
		p, q := (*[4]lane)(X), (*[4]lane)(Y)
		a, b = muladd(load(&p[0]), load(&q[0]), a), muladd(load(&p[1]), load(&q[1]), b)
		c, d = muladd(load(&p[2]), load(&q[2]), c), muladd(load(&p[3]), load(&q[3]), d)
	}
	for i := range X {
		a = muladd(load(&X[i]), load(&Y[i]), a)
	}
	var l lane
	a.Add(b).Add(c.Add(d)).StoreArray(&l)
	done()
	return sum(l[:]) + dot(x[n:], y[n:])
}

func maximumVec(x []float32) float32 {
	X := vecs(x)
	if len(X) < 2 {
		return maximum(x)
	}
	m := load(&X[0])
	for i := range X {
		m = m.Max(load(&X[i]))
	}
	var l lane
	m.StoreArray(&l)
	done()
	top := maximum(l[:])
	if n := len(X) * lanes; n < len(x) {
		top = max(top, maximum(x[n:]))
	}
	return top
}

func maxIntoVec(d, x []float32) {
	D := vecs(d)
	X := vecs(x)[:len(D)]
	for i := range D {
		load(&D[i]).Max(load(&X[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		maxInto(d[n:], x[n:])
	}
}

func addRowVec(d, x, row []float32) {
	for n := len(row); len(x) > 0; d, x = d[n:], x[n:] {
		addVec(d[:n], x[:n], row)
	}
}

// addRowsVec sums two columns of vectors at a time down all rows, in registers.
func addRowsVec(acc, x []float32) {
	A := vecs(acc)
	n := len(A)
	if len(acc) != n*lanes {
		addRows(acc, x)
		return
	}
	X := vecs(x)
	for j := 0; j+1 < n; j += 2 {
		s, t := load(&A[j]), load(&A[j+1])
		for i := j; i+1 < len(X); i += n {
			q := (*[2]lane)(X[i:])
			s, t = s.Add(load(&q[0])), t.Add(load(&q[1]))
		}
		s.StoreArray(&A[j])
		t.StoreArray(&A[j+1])
	}
	if n%2 == 1 {
		s := load(&A[n-1])
		for i := n - 1; i < len(X); i += n {
			s = s.Add(load(&X[i]))
		}
		s.StoreArray(&A[n-1])
	}
	done()
}
