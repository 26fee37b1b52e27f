package optim

import "math"

// A Schedule is the learning rate at a step.
type Schedule func(step int) float32

// Cosine warms up in a straight line, then falls along half a cosine to zero
// (arXiv:1608.03983, without restarts).
func Cosine(peak float32, warmup, total int) Schedule {
	return func(step int) float32 {
		if step < warmup {
			return peak * float32(step+1) / float32(warmup)
		}
		done := float64(step-warmup) / float64(max(total-warmup, 1))
		return peak * float32(0.5*(1+math.Cos(math.Pi*min(done, 1))))
	}
}

// Constant is the same rate at every step.
func Constant(rate float32) Schedule { return func(int) float32 { return rate } }
