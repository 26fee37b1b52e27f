//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

// expv is e^x by the Cephes scheme: x = n·ln2 + r, e^x = 2^n · e^r, and a polynomial
// for e^r on [-ln2/2, ln2/2]. Relative error below 3e-7. Below -87.3, where 2^n
// would leave the range of normal floats, it is 0.
func expv(x vec) vec {
	low := splat(-87.33)
	c := low.Max(x) // in this order NaN stays NaN on x86
	n := c.Mul(splat(1.44269504)).Round().Min(splat(127))
	r := muladd(n, splat(-0.693359375), c) // ln2 in two parts, so that n·ln2 is exact
	r = muladd(n, splat(2.12194440e-4), r)
	p := muladd(splat(1.9875691500e-4), r, splat(1.3981999507e-3))
	p = muladd(p, r, splat(8.3334519073e-3))
	p = muladd(p, r, splat(4.1665795894e-2))
	p = muladd(p, r, splat(1.6666665459e-1))
	p = muladd(p, r, splat(5.0000001201e-1))
	p = muladd(p, r.Mul(r), r).Add(splat(1)).Mul(exponent(n))
	var zero vec
	return zero.IfElse(x.Less(low), p)
}

// tanhv follows Cephes: a polynomial near 0, where 1 - 2/(e^2x + 1) loses digits.
func tanhv(x vec) vec {
	one := splat(1)
	far := one.Sub(splat(2).Div(expv(x.Add(x)).Add(one)))
	z := x.Mul(x)
	p := muladd(splat(-5.70498872745e-3), z, splat(2.06390887954e-2))
	p = muladd(p, z, splat(-5.37397155531e-2))
	p = muladd(p, z, splat(1.33314422036e-1))
	p = muladd(p, z, splat(-3.33332819422e-1))
	near := muladd(p.Mul(z), x, x)
	return near.IfElse(z.Less(splat(0.625*0.625)), far)
}

// sigmoidGelu is σ(2u), as in gelu.
func sigmoidGelu(x, xx vec) vec {
	u := muladd(xx, splat(-gelu2A*geluB), splat(-gelu2A)).Mul(x)
	return splat(1).Div(expv(u).Add(splat(1)))
}

func expVec(d, x []float32) {
	D := vecs(d)
	X := vecs(x)[:len(D)]
	for i := range D {
		expv(load(&X[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		exp(d[n:], x[n:])
	}
}

func tanhVec(d, x []float32) {
	D := vecs(d)
	X := vecs(x)[:len(D)]
	for i := range D {
		tanhv(load(&X[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		tanh(d[n:], x[n:])
	}
}

func geluVec(d, x []float32) {
	D := vecs(d)
	X := vecs(x)[:len(D)]
	for i := range D {
		v := load(&X[i])
		v.Mul(sigmoidGelu(v, v.Mul(v))).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		gelu(d[n:], x[n:])
	}
}

func geluSlopeVec(d, x []float32) {
	D := vecs(d)
	X, one := vecs(x)[:len(D)], splat(1)
	for i := range D {
		v := load(&X[i])
		xx := v.Mul(v)
		s := sigmoidGelu(v, xx)
		t := muladd(xx, splat(3*geluB*gelu2A), splat(gelu2A)).Mul(v)
		muladd(s.Mul(one.Sub(s)), t, s).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		geluSlope(d[n:], x[n:])
	}
}

// tail gives |x|, e^(-x²/2) and Φ(-|x|), see elementwise_generic.go.
func tail(x vec) (size, bellShape, below vec) {
	size = x.Max(splat(0).Sub(x))
	bellShape = expv(x.Mul(x).Mul(splat(-0.5)))
	t := splat(1).Div(muladd(size, splat(tailP), splat(1)))
	p := splat(tailC[0])
	for _, c := range tailC[1:] {
		p = muladd(p, t, splat(c))
	}
	return size, bellShape, p.Mul(t).Mul(bellShape)
}

func geluErfVec(d, x []float32) {
	D := vecs(d)
	X, zero := vecs(x)[:len(D)], splat(0)
	for i := range D {
		v := load(&X[i])
		size, _, below := tail(v)
		zero.Max(v).Sub(size.Mul(below)).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		geluErf(d[n:], x[n:])
	}
}

func geluErfSlopeVec(d, x []float32) {
	D := vecs(d)
	X, zero, one := vecs(x)[:len(D)], splat(0), splat(1)
	for i := range D {
		v := load(&X[i])
		_, shape, below := tail(v)
		phi := below.IfElse(v.Less(zero), one.Sub(below))
		muladd(v.Mul(splat(bell)), shape, phi).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		geluErfSlope(d[n:], x[n:])
	}
}
