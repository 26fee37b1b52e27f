package forecast

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"
)

// seasonal is the autocorrelation that a season must have: less is noise.
const seasonal = 0.3

// Period is the number of steps after which x repeats itself: the strongest line of the periodogram of x without its trend,
// if the autocorrelation has a peak there. It is 0 if there is none, and at least 2, at most a third of x. Missing readings, NaN, are
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
	best := 0
	for k := 6; k < len(power); k++ { // three rounds at least
		if p := 2 * len(y) / k; p >= 2 && (best == 0 || power[k] > power[best]) {
			best = k
		}
	}
	if best == 0 {
		return 0
	}
	// A line of the periodogram is as wide as this; the autocorrelation tells where in it the period is.
	low, high := int(2*float64(len(y))/(float64(best)+1)), int(math.Ceil(2*float64(len(y))/(float64(best)-1)))
	period := 0
	for p := max(low, 2); p <= min(high, len(y)/3); p++ {
		if period == 0 || at(p) > at(period) {
			period = p
		}
	}
	if period == 0 || at(period) < seasonal {
		return 0
	}
	// What only changes slowly resembles itself at every short lag; what returns has been elsewhere on the way.
	least := 1.0
	for lag := 1; lag < period; lag++ {
		least = min(least, at(lag))
	}
	if at(period)-least < seasonal {
		return 0
	}
	return period
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
