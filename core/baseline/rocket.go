package baseline

import (
	"math"
	"slices"

	"autodidact/core/probe"
	"autodidact/core/rng"
)

// MiniRocket (arXiv:2012.08791): kernels of nine weights, three of them 2 and six -1, at several dilations. A feature is
// the proportion of positions at which a convolution exceeds a bias, a quantile of that convolution on one window.
const (
	kernelLong  = 9
	rocketWide  = 1008 // features, about: 12 for each of 84 kernels; ten thousand gain little
	mostDilated = 12   // dilations
)

// kernels are where the three weights of 2 stand.
func kernels() (all [][3]int) {
	for a := range kernelLong {
		for b := a + 1; b < kernelLong; b++ {
			for c := b + 1; c < kernelLong; c++ {
				all = append(all, [3]int{a, b, c})
			}
		}
	}
	return all
}

// dilations are evenly spread over their logarithm, from 1 to where a kernel spans the window.
func dilations(rows int) (all []int) {
	most := max(1, (rows-1)/(kernelLong-1))
	for i := range mostDilated {
		d := int(math.Pow(float64(most), float64(i)/(mostDilated-1)) + 1e-9)
		if len(all) == 0 || d > all[len(all)-1] {
			all = append(all, d)
		}
	}
	return all
}

// rocket is the features of all windows; biases are from those of the first n, without labels.
func (w windows) rocket(n int) probe.Features {
	ks, ds := kernels(), dilations(w.rows)
	each := max(1, rocketWide/(len(ks)*len(ds))) // biases of a convolution
	f := probe.Features{N: len(w.x), Width: len(ks) * len(ds) * each}
	f.Data = make([]float32, f.N*f.Width)
	r, sum, out := rng.New(0).For("rocket", w.rows), make([]float32, w.rows), make([]float32, w.rows)
	for k, kernel := range ks {
		for d, dilation := range ds {
			of := w.some(r)
			cut := 0
			if (k+d)%2 == 1 && w.rows > kernelLong*dilation { // every other without padding
				cut = kernelLong / 2 * dilation
			}
			biases := w.quantiles(r.IntN(max(n, 1)), of, kernel, dilation, each, sum, out)
			for i, x := range w.x {
				w.sum(sum, x, of)
				convolve(out, sum, kernel, dilation)
				exceeding(f.Row(i)[(k*len(ds)+d)*each:][:each], out[cut:len(out)-cut], biases)
			}
		}
	}
	return f
}

// some are the channels that a kernel reads: their number is drawn evenly over its logarithm.
func (w windows) some(r *rng.Rand) []int {
	n := int(math.Exp2(r.Float64() * math.Log2(float64(min(w.channels, kernelLong)+1))))
	of := r.Perm(w.channels)[:max(1, min(n, w.channels))]
	slices.Sort(of)
	return of
}

// sum adds up channels: a convolution of the sum is the sum of convolutions.
func (w windows) sum(to, x []float32, of []int) {
	copy(to, x[of[0]*w.rows:][:w.rows])
	for _, c := range of[1:] {
		for t, v := range x[c*w.rows:][:w.rows] {
			to[t] += v
		}
	}
}

// quantiles are evenly spread quantiles of a convolution of window i.
func (w windows) quantiles(i int, of []int, kernel [3]int, dilation, n int, sum, out []float32) []float32 {
	w.sum(sum, w.x[i], of)
	convolve(out, sum, kernel, dilation)
	order := slices.Sorted(slices.Values(out))
	biases := make([]float32, n)
	for b := range biases {
		biases[b] = order[(2*b+1)*len(order)/(2*n)]
	}
	return biases
}

// convolve is x with zeros around it times the kernel.
func convolve(out, x []float32, kernel [3]int, dilation int) {
	clear(out)
	for j := range kernelLong {
		weight, shift := float32(-1), (j-kernelLong/2)*dilation
		if slices.Contains(kernel[:], j) {
			weight = 2
		}
		for t := max(0, -shift); t < min(len(x), len(x)-shift); t++ {
			out[t] += weight * x[t+shift]
		}
	}
}

// exceeding is the proportion of xs above each bias.
func exceeding(to, xs, biases []float32) {
	for b, bias := range biases {
		n := 0
		for _, v := range xs {
			if v > bias {
				n++
			}
		}
		to[b] = float32(n) / float32(len(xs))
	}
}
