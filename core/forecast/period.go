package forecast

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// seasonal is the autocorrelation that a season must have: less is noise.
const seasonal = 0.3

// Period is the number of steps after which x repeats itself: the strongest line of the periodogram of x without its trend,
// if the autocorrelation has a peak there. It is 0 if there is none, and at least 2, at most two fifths of x. Missing readings, NaN, are
// filled along a line for this only.
func Period(x []float64) int {
	y := level(x)
	if len(y) < 8 {
		return 0
	}
	fft := fourier.NewFFT(2 * len(y)) // twice as long, so that what goes out at one end does not come in at the other
	c := fft.Coefficients(nil, append(append([]float64(nil), y...), make([]float64, len(y))...))
	power := make([]float64, len(c))
	for k := range c {
		power[k] = real(c[k])*real(c[k]) + imag(c[k])*imag(c[k])
		c[k] = complex(power[k], 0)
	}
	auto := fft.Sequence(nil, c)[:len(y)]
	if auto[0] <= 0 {
		return 0
	}
	at := func(lag int) float64 { // as if x went on: of fewer products a larger share
		return auto[lag] / auto[0] * float64(len(y)) / float64(len(y)-lag)
	}
	best, longest := 0, 2*len(y)/5
	for k := 4; k < len(power); k++ { // two rounds at least
		if p := 2 * len(y) / k; p >= 2 && (best == 0 || power[k] > power[best]) {
			best = k
		}
	}
	if best == 0 {
		return 0
	}
	// A line of the periodogram is as wide as this; the wave that fits best gives the period within it.
	low, high := int(2*float64(len(y))/(float64(best)+1)), int(math.Ceil(2*float64(len(y))/(float64(best)-1)))
	period, least := 0, math.Inf(1)
	for p := max(low, 2); p <= min(high, longest); p += max(1, (high-low)/200) {
		if off := offWave(y, p); off < least {
			period, least = p, off
		}
	}
	if period == 0 || period == longest || at(period) < seasonal { // at the border the best is beyond it
		return 0
	}
	// What only changes slowly resembles itself at every short lag; what returns has been elsewhere on the way.
	least = 1
	for lag := 1; lag < period; lag++ {
		least = min(least, at(lag))
	}
	if at(period)-least < seasonal {
		return 0
	}
	return period
}

// offWave is what the best wave of a period, with a line under it, leaves of y. Of long series some readings are enough.
func offWave(y []float64, period int) float64 {
	step := max(1, len(y)/4096)
	n := (len(y) + step - 1) / step
	a, b := mat.NewDense(n, 4, nil), mat.NewVecDense(n, nil)
	for i := range n {
		t := i * step
		sin, cos := math.Sincos(2 * math.Pi * float64(t) / float64(period))
		a.SetRow(i, []float64{1, float64(t) / float64(len(y)), sin, cos})
		b.SetVec(i, y[t])
	}
	var normal mat.SymDense
	var right, w, predicted mat.VecDense
	normal.SymOuterK(1, a.T())
	right.MulVec(a.T(), b)
	var root mat.Cholesky
	if !root.Factorize(&normal) || root.SolveVecTo(&w, &right) != nil {
		return math.Inf(1)
	}
	predicted.MulVec(a, &w)
	b.SubVec(b, &predicted)
	return mat.Dot(b, b)
}

// level is x without gaps and without its trend; nil if nothing varies.
func level(x []float64) []float64 {
	var t, v []float64
	for i, r := range x {
		if !math.IsNaN(r) {
			t, v = append(t, float64(i)), append(v, r)
		}
	}
	if len(v) < 8 {
		return nil
	}
	offset, slope := stat.LinearRegression(t, v, nil, false)
	y, next := make([]float64, 0, len(x)), 0
	for i := range x {
		for next < len(t)-1 && t[next] < float64(i) {
			next++
		}
		r := v[next]
		if d := t[next] - float64(i); d > 0 && next > 0 {
			w := d / (t[next] - t[next-1])
			r = w*v[next-1] + (1-w)*v[next]
		}
		y = append(y, r-offset-slope*float64(i))
	}
	if stat.Variance(y, nil) <= 1e-12*(1+offset*offset) {
		return nil
	}
	return y
}
