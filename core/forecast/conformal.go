package forecast

import (
	"math"
	"slices"
)

// A Band is prediction intervals from the errors of forecasts on calibration readings:
// split-conformal intervals (Vovk et al., 2005; Lei et al.,
// arXiv:1604.04173). Where those readings and the next are exchangeable, forecast ± Half
// holds the truth with at least the asked probability, whatever the forecaster.
type Band struct {
	Off [][]float64 // [ahead], each step's |residuals|, in order
}

// FitBand keeps residuals [calibration][ahead]; NaN is one that is not known.
func FitBand(residuals [][]float64) *Band {
	b := &Band{}
	for _, row := range residuals {
		for h, e := range row {
			if h == len(b.Off) {
				b.Off = append(b.Off, nil)
			}
			if !math.IsNaN(e) {
				b.Off[h] = append(b.Off[h], math.Abs(e))
			}
		}
	}
	for _, off := range b.Off {
		slices.Sort(off)
	}
	return b
}

// Half is half the width of the interval at a step (0 is the first) that holds the truth
// with probability cover: the ceil((n+1)·cover)-th of n distances in order. +Inf where n is
// too small to promise that, or the step was never calibrated.
func (b *Band) Half(step int, cover float64) float64 {
	if step < 0 || step >= len(b.Off) {
		return math.Inf(1)
	}
	off := b.Off[step]
	k := int(math.Ceil(float64(len(off)+1)*cover - 1e-9)) // so that 20 · 0.95 is 19
	if k > len(off) {
		return math.Inf(1)
	}
	if k < 1 {
		return 0
	}
	return off[k-1]
}
