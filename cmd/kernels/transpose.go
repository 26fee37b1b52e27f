package main

// transpose turns rows into columns, four by four: strips of four rows of src, of so many
// blocks of four columns. from and to are the bytes from one row to the next of src and dst.
func (v variant) transpose() *function {
	f := &function{name: "transpose"}
	dst, src, strips, blocks, from, to := f.param(), f.param(), f.param(), f.param(), f.param(), f.param()
	in, out, row := f.variable(i32), f.variable(i32), f.variable(i32)
	x, y, z := f.variables(4, v128), f.variables(4, v128), f.variables(4, v128)
	f.times(get(strips), func() {
		f.set(in, get(src))
		f.set(out, get(dst))
		f.times(get(blocks), func() {
			f.set(row, get(in))
			for r := range x {
				f.set(x[r], vload(row, 0))
				f.move(row, get(from))
			}
			for i := range 2 { // pairs of rows, number by number
				f.set(y[2*i], vpick(get(x[2*i]), get(x[2*i+1]), 0, 4, 1, 5))
				f.set(y[2*i+1], vpick(get(x[2*i]), get(x[2*i+1]), 2, 6, 3, 7))
			}
			for i := range 2 {
				f.set(z[2*i], vpick(get(y[i]), get(y[i+2]), 0, 1, 4, 5))
				f.set(z[2*i+1], vpick(get(y[i]), get(y[i+2]), 2, 3, 6, 7))
			}
			for _, c := range z {
				f.store(out, 0, get(c))
				f.move(out, get(to))
			}
			f.move(in, number(vector))
		})
		f.move(src, mul(get(from), number(4)))
		f.move(dst, number(vector))
	})
	return f
}

// pack copies rows of columns into panels of two vectors each, side by side: k rows, from
// bytes apart, of so many times four panels.
func (v variant) pack() *function {
	f := &function{name: "pack"}
	dst, src, k, fours, from := f.param(), f.param(), f.param(), f.param(), f.param()
	in, size := f.variable(i32), f.variable(i32)
	out := f.variables(4, i32)
	const panel = 2 * vector
	f.set(size, mul(get(k), number(panel)))
	f.times(get(fours), func() {
		f.set(in, get(src))
		for i, p := range out {
			f.set(p, get(dst))
			if i > 0 {
				f.set(p, add(get(out[i-1]), get(size)))
			}
		}
		f.times(get(k), func() {
			for i, p := range out {
				f.store(p, 0, vload(in, i*panel))
				f.store(p, vector, vload(in, i*panel+vector))
				f.move(p, number(panel))
			}
			f.move(in, get(from))
		})
		f.set(dst, get(out[3])) // where the next panel begins
		f.move(src, number(4*panel))
	})
	return f
}
