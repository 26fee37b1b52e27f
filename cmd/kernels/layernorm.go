package main

// A LayerNorm row by row, of so many vectors each: see layernorm.go of package cpu.

// joined adds up the four numbers of x, into all of them.
func joined(f *function, x local) {
	f.set(x, vadd(get(x), vpick(get(x), get(x), 2, 3, 0, 1)))
	f.set(x, vadd(get(x), vpick(get(x), get(x), 1, 0, 3, 2)))
}

// along goes over a row, a vector of each pointer at a time.
func along(f *function, vectors local, at, from []local, turn func()) {
	for i, p := range at {
		f.set(p, get(from[i]))
	}
	f.times(get(vectors), func() {
		turn()
		for _, p := range at {
			f.move(p, number(vector))
		}
	})
}

// layerNorm: y = (x-mean)·rstd·gamma + beta, and mean and rstd of each row.
func (v variant) layerNorm() *function {
	f := &function{name: "layerNorm"}
	rows, vectors := f.param(), f.param()
	share, eps := f.scalar(f32), f.scalar(f32) // 1 / width
	y, mean, rstd, x, gamma, beta := f.param(), f.param(), f.param(), f.param(), f.param(), f.param()
	at := f.variables(4, i32)
	toY, atX, atGamma, atBeta := at[0], at[1], at[2], at[3]
	per, m, s, d := f.variable(v128), f.variable(v128), f.variable(v128), f.variable(v128)
	f.set(per, lanes(share))
	f.times(get(rows), func() {
		f.set(m, zero())
		along(f, vectors, []local{atX}, []local{x}, func() { f.set(m, vadd(get(m), vload(atX, 0))) })
		joined(f, m)
		f.set(m, vmul(get(m), get(per)))
		f.set(s, zero())
		along(f, vectors, []local{atX}, []local{x}, func() {
			f.set(d, vsub(vload(atX, 0), get(m)))
			f.set(s, v.madd(get(d), get(d), get(s)))
		})
		joined(f, s)
		f.set(s, vdiv(constant(1), vsqrt(v.madd(get(s), get(per), lanes(eps)))))
		f.storeOne(mean, get(m))
		f.storeOne(rstd, get(s))
		along(f, vectors, at, []local{y, x, gamma, beta}, func() {
			h := vmul(vsub(vload(atX, 0), get(m)), get(s))
			f.store(toY, 0, v.madd(h, vload(atGamma, 0), vload(atBeta, 0)))
		})
		f.set(y, get(toY)) // the next row
		f.set(x, get(atX))
		f.move(mean, number(float))
		f.move(rstd, number(float))
	})
	return f
}

// layerNormGrad: dbeta += dy, dgamma += dy·h and dx = rstd·(g - Σg/width - h·Σ(g·h)/width) with h = (x-mean)·rstd
// and g = dy·gamma.
func (v variant) layerNormGrad() *function {
	f := &function{name: "layerNormGrad"}
	rows, vectors := f.param(), f.param()
	share := f.scalar(f32)
	dx, dgamma, dbeta, dy, x, mean, rstd, gamma := f.param(), f.param(), f.param(), f.param(), f.param(), f.param(), f.param(), f.param()
	at := f.variables(6, i32)
	toX, toGamma, toBeta, atY, atX, atGamma := at[0], at[1], at[2], at[3], at[4], at[5]
	per, m, r, level, tilt := f.variable(v128), f.variable(v128), f.variable(v128), f.variable(v128), f.variable(v128)
	h, g := f.variable(v128), f.variable(v128)
	f.set(per, lanes(share))
	f.times(get(rows), func() {
		f.set(m, vsplat(mean, 0))
		f.set(r, vsplat(rstd, 0))
		f.set(level, zero())
		f.set(tilt, zero())
		along(f, vectors, []local{toGamma, toBeta, atY, atX, atGamma}, []local{dgamma, dbeta, dy, x, gamma}, func() {
			f.set(h, vmul(vsub(vload(atX, 0), get(m)), get(r)))
			f.set(g, vload(atY, 0))
			f.store(toBeta, 0, vadd(vload(toBeta, 0), get(g)))
			f.store(toGamma, 0, v.madd(get(g), get(h), vload(toGamma, 0)))
			f.set(g, vmul(get(g), vload(atGamma, 0)))
			f.set(level, vadd(get(level), get(g)))
			f.set(tilt, v.madd(get(g), get(h), get(tilt)))
		})
		joined(f, level)
		joined(f, tilt)
		f.set(level, vmul(get(level), get(per)))
		f.set(tilt, vmul(get(tilt), get(per)))
		along(f, vectors, []local{toX, atY, atX, atGamma}, []local{dx, dy, x, gamma}, func() {
			f.set(h, vmul(vsub(vload(atX, 0), get(m)), get(r)))
			f.set(g, vsub(vmul(vload(atY, 0), vload(atGamma, 0)), get(level)))
			f.store(toX, 0, vmul(vsub(get(g), vmul(get(h), get(tilt))), get(r)))
		})
		f.set(dx, get(toX)) // the next row
		f.set(dy, get(atY))
		f.set(x, get(atX))
		f.move(mean, number(float))
		f.move(rstd, number(float))
	})
	return f
}
