package main

// Loops that make each vector of d of the vectors of x, y and so on that lie beside it.

// each writes such a function. Its parameters are the number of vectors, as many floats
// as scalars says, and pointers to d and the others. value makes one vector.
func each(name string, scalars, streams int, value func(f *function, scalar []local, x []slot) expr) *function {
	f := &function{name: name}
	n := f.param()
	given := several(scalars, func() local { return f.scalar(f32) })
	d, from := f.param(), f.paramList(streams)
	scalar := f.variables(scalars, v128)
	for i, l := range given {
		f.set(scalar[i], lanes(l))
	}
	turn := func(n int) {
		for i := range n {
			var x []slot
			for _, p := range from {
				x = append(x, slot{p, i * vector})
			}
			f.store(d, i*vector, value(f, scalar, x))
		}
		for _, p := range append([]local{d}, from...) {
			f.move(p, number(n*vector))
		}
	}
	f.times(shr(get(n), 1), func() { turn(2) })
	f.times(and(get(n), 1), func() { turn(1) })
	return f
}

// pairwise: d = x op y.
func pairwise(name string, op func(x, y expr) expr) *function {
	return each(name, 0, 2, func(_ *function, _ []local, x []slot) expr { return op(x[0].load(), x[1].load()) })
}

func (v variant) add() *function { return pairwise("add", vadd) }
func (v variant) sub() *function { return pairwise("sub", vsub) }
func (v variant) mul() *function { return pairwise("mul", vmul) }

// affine: d = x·mul + add.
func (v variant) affine() *function {
	return each("affine", 2, 1, func(_ *function, s []local, x []slot) expr {
		return v.madd(x[0].load(), get(s[0]), get(s[1]))
	})
}

// axpy: d = a·x + y.
func (v variant) axpy() *function {
	return each("axpy", 1, 2, func(_ *function, s []local, x []slot) expr {
		return v.madd(get(s[0]), x[0].load(), x[1].load())
	})
}

// relu: d = max(x, 0).
func (v variant) relu() *function {
	return each("relu", 0, 1, func(_ *function, _ []local, x []slot) expr { return vmax(x[0].load(), zero()) })
}

// step: d = 1 where x > 0, else 0.
func (v variant) step() *function {
	return each("step", 0, 1, func(_ *function, _ []local, x []slot) expr {
		return both(constant(1), vless(zero(), x[0].load()))
	})
}

// exp: d = e^x.
func (v variant) exp() *function {
	return each("exp", 0, 1, func(f *function, _ []local, x []slot) expr { return v.power(f, x[0].load()) })
}

// power is e^x by the scheme of exp_simd.go of package cpu. Adding magic rounds to a whole
// number, and leaves it in the lowest bits.
func (v variant) power(f *function, x expr) expr {
	const magic, least = 3 << 22, -87.33
	value, n, r, p := f.variable(v128), f.variable(v128), f.variable(v128), f.variable(v128)
	f.set(value, x)
	f.set(r, vmax(get(value), constant(least)))
	f.set(n, vsub(v.madd(get(r), constant(1.44269504), constant(magic)), constant(magic)))
	f.set(n, vmin(get(n), constant(127)))
	f.set(r, v.madd(get(n), constant(-0.693359375), get(r)))
	f.set(r, v.madd(get(n), constant(2.12194440e-4), get(r)))
	f.set(p, constant(1.9875691500e-4))
	for _, c := range []float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		f.set(p, v.madd(get(p), get(r), constant(c)))
	}
	f.set(p, vadd(v.madd(get(p), vmul(get(r), get(r)), get(r)), constant(1)))
	scale := shiftInts(addInts(vadd(get(n), constant(magic)), integers(127)), 23)
	return unless(vmul(get(p), scale), vless(get(value), constant(least)))
}

// Gelu in its tanh form is x·σ(2u), see elementwise_generic.go of package cpu.
const gelu2A, geluB = 2 * 0.7978845608028654, 0.044715

// decay is 1 + e^-2u of x, and xx its square.
func (v variant) decay(f *function, x, xx local) expr {
	f.set(xx, vmul(get(x), get(x)))
	u := vmul(v.madd(get(xx), constant(-gelu2A*geluB), constant(-gelu2A)), get(x))
	return vadd(v.power(f, u), constant(1))
}

// gelu: d = x·Φ(x).
func (v variant) gelu() *function {
	return each("gelu", 0, 1, func(f *function, _ []local, in []slot) expr {
		x, xx := f.variable(v128), f.variable(v128)
		f.set(x, in[0].load())
		return vdiv(get(x), v.decay(f, x, xx))
	})
}

// geluSlope: d = s + x·s·(1-s)·(2u)' with s = σ(2u).
func (v variant) geluSlope() *function {
	return each("geluSlope", 0, 1, func(f *function, _ []local, in []slot) expr {
		x, xx, s := f.variable(v128), f.variable(v128), f.variable(v128)
		f.set(x, in[0].load())
		decay := v.decay(f, x, xx)
		f.set(s, vdiv(constant(1), decay))
		t := vmul(v.madd(get(xx), constant(3*geluB*gelu2A), constant(gelu2A)), get(x))
		return v.madd(vmul(get(s), vsub(constant(1), get(s))), t, get(s))
	})
}

// The tail of the standard normal distribution, see elementwise_generic.go of package cpu.
const bell, tailP = 0.3989422804014327, 0.21213203435596423

var tailC = []float32{-0.06471708932885044, 0.2425484715820947, -0.2556137475783939, 0.2731981474072526, -0.046816076149756664,
	0.10721834181200893, 0.07424115989076749, 0.08534597577075256, 0.08459480687073881}

// tail gives Φ(-|x|), and puts |x| into size and e^(-x²/2) into shape.
func (v variant) tail(f *function, x, size, shape local) expr {
	t, p := f.variable(v128), f.variable(v128)
	f.set(size, vmax(get(x), vsub(zero(), get(x))))
	f.set(shape, v.power(f, vmul(vmul(get(x), get(x)), constant(-0.5))))
	f.set(t, vdiv(constant(1), v.madd(get(size), constant(tailP), constant(1))))
	f.set(p, constant(tailC[0]))
	for _, c := range tailC[1:] {
		f.set(p, v.madd(get(p), get(t), constant(c)))
	}
	return vmul(vmul(get(p), get(t)), get(shape))
}

// geluErf: d = x·Φ(x) = max(x, 0) - |x|·Φ(-|x|), exactly.
func (v variant) geluErf() *function {
	return each("geluErf", 0, 1, func(f *function, _ []local, in []slot) expr {
		x, size, shape := f.variable(v128), f.variable(v128), f.variable(v128)
		f.set(x, in[0].load())
		tail := v.tail(f, x, size, shape)
		return vsub(vmax(get(x), zero()), vmul(get(size), tail))
	})
}

// geluErfSlope: d = Φ(x) + x·φ(x).
func (v variant) geluErfSlope() *function {
	return each("geluErfSlope", 0, 1, func(f *function, _ []local, in []slot) expr {
		x, size, shape, below := f.variable(v128), f.variable(v128), f.variable(v128), f.variable(v128)
		f.set(x, in[0].load())
		f.set(below, v.tail(f, x, size, shape))
		left := vless(get(x), zero())
		phi := vadd(both(get(below), left), unless(vsub(constant(1), get(below)), left))
		return v.madd(vmul(get(x), constant(bell)), get(shape), phi)
	})
}
