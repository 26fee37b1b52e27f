// Package forecast is forecasting without any network: baselines, errors and prediction
// intervals that a network's forecasts are compared with. A series is one
// channel's readings at even steps, oldest first. NaN is a missing reading.
package forecast

import "math"

// A Forecaster fills out with the len(out) values that follow past, which is everything
// read before the time of forecast. Where nothing was ever read it says NaN.
type Forecaster interface {
	Forecast(past []float64, out []float64)
}

// LastValue says that everything stays as it was read last.
type LastValue struct{}

// Forecast implements [Forecaster].
func (LastValue) Forecast(past []float64, out []float64) {
	last := lastRead(past)
	for h := range out {
		out[h] = last
	}
}

// SeasonalNaive says what was read a period before or, where that is missing, as few
// periods before as possible. Where there is none, and with Period 0, it is [LastValue].
type SeasonalNaive struct {
	Period int // in steps
}

// Forecast implements [Forecaster].
func (s SeasonalNaive) Forecast(past []float64, out []float64) {
	LastValue{}.Forecast(past, out)
	if s.Period <= 0 {
		return
	}
	for h := range out {
		for t := len(past) + h - s.Period; t >= 0; t -= s.Period {
			if t < len(past) && !math.IsNaN(past[t]) {
				out[h] = past[t]
				break
			}
		}
	}
}

func lastRead(x []float64) float64 {
	for t := len(x) - 1; t >= 0; t-- {
		if !math.IsNaN(x[t]) {
			return x[t]
		}
	}
	return math.NaN()
}

// Score is the forecast error: the mean absolute and the mean squared error over
// the n steps at which both truth and forecast are known. Both are NaN where none is.
func Score(truth, predicted []float64) (mae, mse float64, n int) {
	for t, v := range truth {
		if e := predicted[t] - v; !math.IsNaN(e) {
			mae += math.Abs(e)
			mse += e * e
			n++
		}
	}
	return mae / float64(n), mse / float64(n), n
}

// MASE is the mean absolute error over that of [SeasonalNaive] one period on, within past
// (0 is one step): below 1 is better than saying the same again (Hyndman and Koehler, 2006). NaN
// where either is unknown, +Inf where past repeats itself exactly and predicted is wrong.
func MASE(truth, predicted, past []float64, period int) float64 {
	period = max(period, 1)
	if len(past) <= period {
		return math.NaN()
	}
	naive, _, n := Score(past[period:], past[:len(past)-period])
	mae, _, _ := Score(truth, predicted)
	if n > 0 && naive == 0 && mae == 0 {
		return 1 // as good as the one it is compared with
	}
	return mae / naive
}
