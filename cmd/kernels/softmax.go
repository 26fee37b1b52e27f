package main

// softmax: d = e^(x-max) / Σ e^(x-max) of each row, of so many times four vectors.
func (v variant) softmax() *function {
	f := &function{name: "softmax"}
	rows, fours, d, x := f.param(), f.param(), f.param(), f.param()
	from, to := f.variable(i32), f.variable(i32)
	acc, one := f.variables(4, v128), f.variable(v128)
	// over goes along the row, four vectors a turn, and joins what is in acc, number by number.
	over := func(turn func(i int), join func(x, y expr) expr, pointers ...local) {
		f.times(get(fours), func() {
			for i := range acc {
				turn(i)
			}
			for _, p := range pointers {
				f.move(p, number(4*vector))
			}
		})
		f.set(one, join(join(get(acc[0]), get(acc[1])), join(get(acc[2]), get(acc[3]))))
		f.set(one, join(get(one), vpick(get(one), get(one), 2, 3, 0, 1)))
		f.set(one, join(get(one), vpick(get(one), get(one), 1, 0, 3, 2)))
	}
	begin := func(value expr) {
		for _, a := range acc {
			f.set(a, value)
		}
		f.set(to, get(d))
	}
	top := f.variable(v128)
	f.times(get(rows), func() {
		f.set(from, get(x))
		begin(vload(x, 0))
		over(func(i int) { f.set(acc[i], vmax(get(acc[i]), vload(from, i*vector))) }, vmax, from)
		f.set(top, get(one))

		f.set(from, get(x))
		begin(zero())
		over(func(i int) {
			f.set(one, v.power(f, vsub(vload(from, i*vector), get(top))))
			f.store(to, i*vector, get(one))
			f.set(acc[i], vadd(get(acc[i]), get(one)))
		}, vadd, from, to)

		f.set(one, vdiv(constant(1), get(one)))
		f.times(get(fours), func() {
			for i := range acc {
				f.store(d, i*vector, vmul(vload(d, i*vector), get(one)))
			}
			f.move(d, number(4*vector))
		})
		f.set(x, get(from))
	})
	return f
}
