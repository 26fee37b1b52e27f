package view

import "math"

// blur smooths a view [size, size, 3] with a Gaussian, along rows and then along
// columns. The kernel is a tenth of the view; the view is mirrored at its edges.
func blur(v []float32, size int, sigma float64) {
	reach := max(size/20, 1)
	if sigma < 0.2 || size <= reach { // a neighbour would weigh less than a 100,000th
		return
	}
	k := gaussian(sigma, reach)
	row := 3 * size
	wide := make([]float32, row+6*reach)
	for y := range size {
		line := v[row*y:][:row]
		copy(wide[3*reach:], line)
		for i := 1; i <= reach; i++ {
			copy(wide[3*(reach-i):][:3], line[3*i:])
			copy(wide[3*(reach+size-1+i):][:3], line[3*(size-1-i):])
		}
		clear(line)
		for j, kj := range k {
			addScaled(line, wide[3*j:][:row], kj)
		}
	}
	was := make([]float32, len(v))
	copy(was, v)
	clear(v)
	for y := range size {
		for j, kj := range k {
			from := mirrored(y+j-reach, size)
			addScaled(v[row*y:][:row], was[row*from:][:row], kj)
		}
	}
}

// gaussian is 2·reach+1 weights that sum to 1.
func gaussian(sigma float64, reach int) []float32 {
	k, sum := make([]float64, 2*reach+1), 0.
	for i := range k {
		d := float64(i - reach)
		k[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += k[i]
	}
	out := make([]float32, len(k))
	for i := range k {
		out[i] = float32(k[i] / sum)
	}
	return out
}

// mirrored folds i back into 0..n-1 without repeating the edge.
func mirrored(i, n int) int {
	if i < 0 {
		return -i
	}
	if i >= n {
		return 2*(n-1) - i
	}
	return i
}
