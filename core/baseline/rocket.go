package baseline

import (
	"math"
	"slices"

	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// MiniRocket (arXiv:2012.08791): kernels of nine weights, three of them 2 and six -1, at several dilations. A feature is
// the proportion of positions at which a convolution exceeds a bias, a quantile of that convolution on one series of the
// training part.
const (
	kernelLong  = 9
	manyKernels = 84
	mostDilated = 32       // dilations
	mostBiases  = 59       // of each kernel: 4,956 features; 9,996 take twice as long for 0.2 points
	leastBiases = 12       // of so many series that
	rocketSize  = 16 << 20 // numbers are exceeded
)

// A convolution is a kernel at a dilation.
type convolution struct {
	kernel   [3]int // where the three weights of 2 stand
	dilation int
	of       []int     // channels that it adds up
	padded   bool      // whether positions count at which it reaches beyond the series
	biases   []float32 // [features]
}

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

// dilations are evenly spread over their logarithm, from 1 to where a kernel spans the series; count is how many of a
// kernel's biases each has.
func dilations(rows, biases int) (all, count []int) {
	n := min(biases, mostDilated)
	most := math.Log2(max(1, float64(rows-1)/(kernelLong-1)))
	for i := range n {
		d := int(math.Exp2(most*float64(i)/float64(max(n-1, 1))) + 1e-9)
		if len(all) == 0 || d > all[len(all)-1] {
			all, count = append(all, d), append(count, 0)
		}
		count[len(count)-1]++
	}
	left := biases
	for i, c := range count {
		count[i] = c * biases / n
		left -= count[i]
	}
	for i := range left {
		count[i%len(count)]++
	}
	return all, count
}

// A rocket is features of series, computed when they are first needed.
type rocket struct {
	w      windows
	train  []int // series that biases come from, without labels
	biases int   // of each kernel
	convs  []convolution
	f      probe.Features
	done   int // series that have features
}

// rockets are features of w. Series of unequal length are convolved as they are, a proportion being the same of any
// length, and stretched to one: with the first, pieces of unequal length are recognised, with the second movements
// of unequal speed. Half the features are of each.
func (w windows) rockets(train []int) []*rocket {
	biases := min(mostBiases, max(leastBiases, rocketSize/(manyKernels*len(w.x))))
	if w.equal() {
		return []*rocket{{w: w, train: train, biases: biases}}
	}
	return []*rocket{{w: w, train: train, biases: biases / 2}, {w: w.stretched(), train: train, biases: biases / 2}}
}

// rocketCandidate is ridge regression on standardised features.
func (w windows) rocketCandidate(name string, train []int, b kernel.Backend) candidate {
	parts := w.rockets(train)
	return candidate{name: name + " with ridge regression", settings: []float64{0}, fit: func(t trainSet, _ []float64) []predictor {
		look := func(at []int) probe.Features {
			var some []probe.Features
			for _, m := range parts {
				some = append(some, m.features(t.stopped).Pick(at))
			}
			return concat(some...)
		}
		x := look(t.at)
		standard := probe.FitStandard(x)
		r := newRidge(standard.Apply(x), t.labels, penalties, b)
		return []predictor{func(at []int) probe.Probabilities {
			p := r.none()
			for part := range slices.Chunk(at, predictRows) {
				p.Data = append(p.Data, r.predict(standard.Apply(look(part)), b)...)
			}
			return p
		}}
	}}
}

// features are those of all series. Of those that it did not come to when it is stopped they are 0; the next call goes on.
func (m *rocket) features(stopped func() bool) probe.Features {
	if m.convs == nil {
		m.convs = m.w.convolutions(m.train, m.biases)
		m.f = probe.Features{N: len(m.w.x), Width: m.biases * manyKernels}
		m.f.Data = make([]float32, m.f.N*m.f.Width)
	}
	h := convolver{channels: m.w.channels}
	for ; m.done < m.f.N && (stopped == nil || !stopped()); m.done++ {
		to := m.f.Row(m.done)
		for _, c := range m.convs {
			exceeding(to[:len(c.biases)], h.counted(m.w.x[m.done], c), c.biases)
			to = to[len(c.biases):]
		}
	}
	return m.f
}

// convolutions are of all kernels at all dilations. Biases are quantiles of a series of train, in a sequence of low
// discrepancy; every other convolution is without padding.
func (w windows) convolutions(train []int, biases int) (all []convolution) {
	r, h, n := rng.New(0).For("rocket", w.longest), convolver{channels: w.channels}, 0
	ds, counts := dilations(w.longest, biases)
	for d, dilation := range ds {
		for k, kernel := range kernels() {
			c := convolution{kernel: kernel, dilation: dilation, of: w.some(r), padded: (k+d)%2 == 0}
			order := slices.Clone(h.convolve(w.x[train[r.IntN(len(train))]], c))
			slices.Sort(order)
			for range counts[d] {
				n++
				_, part := math.Modf(float64(n) * math.Phi)
				c.biases = append(c.biases, quantile(order, part))
			}
			all = append(all, c)
		}
	}
	return all
}

// quantile of ordered numbers, between two of them on a line.
func quantile(order []float32, part float64) float32 {
	at := part * float64(len(order)-1)
	k := int(at)
	return order[k] + float32(at-float64(k))*(order[min(k+1, len(order)-1)]-order[k])
}

// some are the channels that a kernel reads: their number is drawn evenly over its logarithm.
func (w windows) some(r *rng.Rand) []int {
	n := int(math.Exp2(r.Float64() * math.Log2(float64(min(w.channels, kernelLong)+1))))
	of := r.Perm(w.channels)[:max(1, min(n, w.channels))]
	slices.Sort(of)
	return of
}

// A convolver convolves, with memory it uses again.
type convolver struct {
	channels int

	x        *float32 // the series, the channels and the dilation that it holds
	of       []int
	dilation int
	padded   []float32 // the sum of the channels, zeros around it
	nine     []float32 // the sum of all nine shifts of that
	out      []float32
}

// convolve is a series [channels, rows] with zeros around it times a kernel, [rows]. Kernels with -1 everywhere, of
// which those of a dilation have the sum in common, get 3 more at three places.
func (h *convolver) convolve(x []float32, c convolution) []float32 {
	if h.x != &x[0] || h.dilation != c.dilation || !slices.Equal(h.of, c.of) {
		h.load(x, c)
	}
	out, nine := h.out, h.nine[:len(h.out)]
	at := func(k int) []float32 { return h.padded[c.kernel[k]*c.dilation:][:len(out)] }
	p, q, r := at(0), at(1), at(2)
	for t := range out {
		out[t] = 3*(p[t]+q[t]+r[t]) - nine[t]
	}
	return out
}

// load adds up channels: a convolution of the sum is the sum of convolutions.
func (h *convolver) load(x []float32, c convolution) {
	h.x, h.of, h.dilation = &x[0], c.of, c.dilation
	rows, around := len(x)/h.channels, kernelLong/2*c.dilation
	h.padded, h.nine, h.out = zeros(h.padded, rows+2*around), zeros(h.nine, rows), zeros(h.out, rows)
	for _, ch := range c.of {
		add(h.padded[around:], x[ch*rows:][:rows])
	}
	for j := range kernelLong {
		add(h.nine, h.padded[j*c.dilation:][:rows])
	}
}

func zeros(x []float32, n int) []float32 {
	x = slices.Grow(x[:0], n)[:n]
	clear(x)
	return x
}

func add(to, x []float32) {
	to = to[:len(x)]
	for t, v := range x {
		to[t] += v
	}
}

// counted is the convolution at the positions that count: of a series shorter than the kernel all.
func (h *convolver) counted(x []float32, c convolution) []float32 {
	out := h.convolve(x, c)
	if cut := kernelLong / 2 * c.dilation; !c.padded && len(out) > 2*cut {
		return out[cut : len(out)-cut]
	}
	return out
}

// exceeding is the proportion of xs above each bias, counted by the sign of the difference.
func exceeding(to, xs, biases []float32) {
	for b, bias := range biases {
		n := uint32(0)
		for _, v := range xs {
			n += math.Float32bits(bias-v) >> 31
		}
		to[b] = float32(n) / float32(len(xs))
	}
}
