//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

// Each loop here does the whole vectors and leaves the rest, fewer than lanes
// floats, to its generic twin: n counts the floats done.

func addVec(d, x, y []float32) {
	D := vecs(d)
	X, Y := vecs(x)[:len(D)], vecs(y)[:len(D)]
	for i := range D {
		load(&X[i]).Add(load(&Y[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		add(d[n:], x[n:], y[n:])
	}
}

func subVec(d, x, y []float32) {
	D := vecs(d)
	X, Y := vecs(x)[:len(D)], vecs(y)[:len(D)]
	for i := range D {
		load(&X[i]).Sub(load(&Y[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		sub(d[n:], x[n:], y[n:])
	}
}

func mulVec(d, x, y []float32) {
	D := vecs(d)
	X, Y := vecs(x)[:len(D)], vecs(y)[:len(D)]
	for i := range D {
		load(&X[i]).Mul(load(&Y[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		mul(d[n:], x[n:], y[n:])
	}
}

func divVec(d, x, y []float32) {
	D := vecs(d)
	X, Y := vecs(x)[:len(D)], vecs(y)[:len(D)]
	for i := range D {
		load(&X[i]).Div(load(&Y[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		div(d[n:], x[n:], y[n:])
	}
}

func addScalarVec(d, x []float32, y float32) {
	D := vecs(d)
	X, v := vecs(x)[:len(D)], splat(y)
	for i := range D {
		load(&X[i]).Add(v).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		addScalar(d[n:], x[n:], y)
	}
}

func subScalarVec(d, x []float32, y float32) { addScalarVec(d, x, -y) }

func mulScalarVec(d, x []float32, y float32) {
	D := vecs(d)
	X, v := vecs(x)[:len(D)], splat(y)
	for i := range D {
		load(&X[i]).Mul(v).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		mulScalar(d[n:], x[n:], y)
	}
}

func divScalarVec(d, x []float32, y float32) {
	D := vecs(d)
	X, v := vecs(x)[:len(D)], splat(y)
	for i := range D {
		load(&X[i]).Div(v).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		divScalar(d[n:], x[n:], y)
	}
}

func affineVec(d, x []float32, mul, add float32) {
	D := vecs(d)
	X, m, a := vecs(x)[:len(D)], splat(mul), splat(add)
	for i := range D {
		muladd(load(&X[i]), m, a).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		affine(d[n:], x[n:], mul, add)
	}
}

func sqrtVec(d, x []float32) {
	D := vecs(d)
	X := vecs(x)[:len(D)]
	for i := range D {
		load(&X[i]).Sqrt().StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		sqrt(d[n:], x[n:])
	}
}

func reluVec(d, x []float32) {
	D := vecs(d)
	X := vecs(x)[:len(D)]
	var zero vec
	for i := range D {
		// In this order a NaN comes through on x86 too, where max takes its second operand then.
		zero.Max(load(&X[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		relu(d[n:], x[n:])
	}
}

func stepVec(d, x []float32) {
	D := vecs(d)
	X, one := vecs(x)[:len(D)], splat(1)
	var zero vec
	for i := range D {
		one.Masked(load(&X[i]).Greater(zero)).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		step(d[n:], x[n:])
	}
}
