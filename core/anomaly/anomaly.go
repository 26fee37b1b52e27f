// Package anomaly turns anomaly scores of readings into alarms: thresholds calibrated to a false-alarm rate, and change points.
package anomaly

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MovingZ is by how many standard deviations each reading is off the mean of the window before it, the baseline that
// every score is held against; at most 1000: a window in which nothing moves has no deviation to measure by. It is 0 for
// missing readings, NaN, and where half of the window is missing or not there.
func MovingZ(x []float64, window int) []float64 {
	z := make([]float64, len(x))
	var n, sum, squares float64
	shift := 0.0 // any reading: squares of what is far from 0 lose digits
	for _, v := range x {
		if v == v {
			shift = v
			break
		}
	}
	move := func(v, sign float64) {
		if v == v {
			n += sign
			sum += sign * (v - shift)
			squares += sign * (v - shift) * (v - shift)
		}
	}
	for t, v := range x {
		if v == v && 2*n >= float64(window) && n >= 2 {
			mean := sum / n
			std := math.Sqrt(max(squares/n-mean*mean, 0))
			if off := math.Abs(v - shift - mean); off > 1e-9*(1+math.Abs(mean)) {
				z[t] = min(off/max(std, 1e-9*(1+math.Abs(mean))), mostZ)
			}
		}
		move(v, 1)
		if t >= window {
			move(x[t-window], -1)
		}
	}
	return z
}

const mostZ = 1000

// A Threshold is a score that few clean readings pass.
type Threshold struct {
	At        float64 // a score above it is an alarm
	Rate      float64 // fraction of clean readings that may exceed it
	Low, High float64 // 95 % confidence interval of that rate, from N clean readings
	N         int     // clean readings
}

// Calibrate finds the score that a fraction of readings as clean as these will exceed: the split-conformal quantile. If there are
// too few for such a rate it is their largest. Low and High are the 95 % interval of that fraction (Clopper and Pearson, 1934).
func Calibrate(clean []float64, rate float64) Threshold {
	s := slices.Sorted(slices.Values(clean))
	t := Threshold{At: math.Inf(1), Rate: rate, High: 1, N: len(s)}
	if len(s) == 0 {
		return t
	}
	k := int(math.Ceil((1 - rate) * float64(len(s)+1)))
	at := min(max(k, 1), len(s)) - 1
	t.At = s[at]
	above := len(s) - 1 - at
	_, t.Low, t.High = RateBand(above, len(s))
	return t
}

// RateBand is a fraction of independent readings, with its 95 % confidence interval.
func RateBand(alarms, n int) (rate, low, high float64) {
	if n == 0 {
		return 0, 0, 1
	}
	k, m := float64(alarms), float64(n)
	low, high = 0, 1
	if alarms > 0 {
		low = distuv.Beta{Alpha: k, Beta: m - k + 1}.Quantile(0.025)
	}
	if alarms < n {
		high = distuv.Beta{Alpha: k + 1, Beta: m - k}.Quantile(0.975)
	}
	return k / m, low, high
}

// RunsBand is RateBand of readings that depend on their neighbours: alarms in a row count as one event, and there are
// as many independent readings as that leaves.
func RunsBand(alarm []bool) (rate, low, high float64) {
	alarms, runs := 0, 0
	for t, a := range alarm {
		if a {
			if alarms++; t == 0 || !alarm[t-1] {
				runs++
			}
		}
	}
	if runs == 0 {
		return RateBand(0, len(alarm))
	}
	long := float64(alarms) / float64(runs) // of a run, in the mean
	rate, low, high = RateBand(runs, int(math.Round(float64(len(alarm))/long)))
	return float64(alarms) / float64(len(alarm)), low, high
}

// An Alarm is readings in a row that score above a threshold.
type Alarm struct {
	From, Until int // the reading after the last
	Peak        int // the one that scores most
	Score       float64
}

// Alarms joins what passes a threshold into alarms; those less than apart readings from each other are one.
func Alarms(score []float64, at float64, apart int) (all []Alarm) {
	for t, s := range score {
		if !(s > at) {
			continue
		}
		if n := len(all); n > 0 && t-all[n-1].Until < apart {
			a := &all[n-1]
			if a.Until = t + 1; s > a.Score {
				a.Peak, a.Score = t, s
			}
			continue
		}
		all = append(all, Alarm{t, t + 1, t, s})
	}
	return all
}
