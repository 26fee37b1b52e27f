package main

import (
	"math"
	"slices"
)

// vectors checks d[i] = f(scalars, x[i] of each stream), beside the first stream and in its place.
func vectors(scalars, streams int, within float64, f func(s, x []float64) float64) check {
	return func(m machine, kernel string) {
		for n := range 10 {
			s, x := quarters(scalars), many(streams, max(1, n*4))
			want := make([]float64, n*4)
			for i := range want {
				want[i] = f(doubles(s), across(x, i))
			}
			d := out(quarters(max(1, n*4)))
			if n%2 == 1 {
				d = out(x[0])
			}
			args := []any{n}
			for _, s := range s {
				args = append(args, s)
			}
			m.call(kernel, append(append(args, d), anys(x)...)...)
			m.want(d, want, within)
		}
	}
}

// columns checks loops down rows, with f of what is constant in a column, s, and of one
// number of each stream. They sum into s[0], or write a stream that lies before the others.
func columns(singles, streams int, sums bool, f func(s, x []float64) float64) check {
	return func(m machine, kernel string) {
		for wide := 1; wide <= 9; wide++ {
			for rows := 1; rows <= 3; rows++ {
				n := wide * 4
				s := many(singles, n)
				x := many(streams, rows*n)
				d := out(s[0])
				args := append([]any{rows, wide, d}, anys(s[1:])...)
				if !sums {
					d = quarters(rows * n)
					args = append(append([]any{rows, wide}, anys(s)...), d)
				}
				want := doubles(d)
				for i := range rows * n {
					single := across(s, i%n)
					if sums {
						single[0] = want[i%n]
						want[i%n] = f(single, across(x, i))
					} else {
						want[i] = f(single, across(x, i))
					}
				}
				m.call(kernel, append(args, anys(x)...)...)
				m.want(d, want, 0)
			}
		}
	}
}

func many(slices, n int) (all [][]float32) {
	for range slices {
		all = append(all, quarters(n))
	}
	return all
}

// across is element i of each.
func across(x [][]float32, i int) []float64 {
	y := make([]float64, len(x))
	for j := range x {
		y[j] = float64(x[j][i])
	}
	return y
}

func anys[E any](x []E) (all []any) {
	for _, x := range x {
		all = append(all, x)
	}
	return all
}

// exponentials checks e^x wherever it is a normal number, and that it is 0 below.
func exponentials(m machine, kernel string) {
	const n = 400
	x, d := make([]float32, n), make(out, n)
	want := make([]float64, n)
	for i := range x {
		x[i] = -87.3 + float32(i)*(88.7+87.3)/n
		want[i] = 1
	}
	x[0], x[1], want[0], want[1] = -87.4, float32(math.Inf(-1)), 0, 0
	m.call(kernel, n/4, d, x)
	for i := range d {
		d[i] = float32(float64(d[i]) / max(math.Exp(float64(x[i])), math.SmallestNonzeroFloat64))
	}
	m.want(d, want, 3e-7)
}

func gelu(x float64) float64 {
	return x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) / 2
}

func softmaxes(m machine, kernel string) {
	for fours := 1; fours <= 3; fours++ {
		for rows := 1; rows <= 3; rows++ {
			n := fours * 16
			x := quarters(rows * n)
			want := doubles(x)
			for row := range slices.Chunk(want, n) {
				var sum float64
				for i, x := range row {
					row[i] = math.Exp(x + 100) // which softmax does not mind
					sum += row[i]
				}
				for i := range row {
					row[i] /= sum
				}
			}
			d := make(out, rows*n)
			m.call(kernel, rows, fours, d, x)
			m.want(d, want, 1e-7)
		}
	}
}

func transposes(m machine, kernel string) {
	for strips := 1; strips <= 3; strips++ {
		for blocks := 1; blocks <= 3; blocks++ {
			rows, cols := strips*4, blocks*4
			from, to := cols+strips-1, rows+blocks-1 // from row to row, close together or not
			src, dst := quarters(rows*from), out(quarters(cols*to))
			want := doubles(dst)
			for i := range rows {
				for j := range cols {
					want[j*to+i] = float64(src[i*from+j])
				}
			}
			m.call(kernel, dst, src, strips, blocks, from*float, to*float)
			m.want(dst, want, 0)
		}
	}
}

func packs(m machine, kernel string) {
	for _, k := range []int{1, 2, 5} {
		for fours := 1; fours <= 2; fours++ {
			n := fours * 4 * nr
			from := n + k - 1
			src, dst := quarters(k*from), make(out, k*n) // [panels, k, nr]
			want := make([]float64, k*n)
			for i := range want {
				panel, row, j := i/nr/k, i/nr%k, i%nr
				want[i] = float64(src[row*from+panel*nr+j])
			}
			m.call(kernel, dst, src, k, fours, from*float)
			m.want(dst, want, 0)
		}
	}
}
