package pretext

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
)

var barlowTwinsTrial = pairTrial(0.3, func(task Task, t *autograd.Tape, v data.Views) (loss float64) {
	b := task.(*BarlowTwins)
	z := floats(t, b.project(t.Input(v[0])))
	x, y := z[:len(z)/2], z[len(z)/2:]
	width := len(z[0])
	for i := range width {
		for j := range width {
			p, q := column(x, i), column(y, j)
			n := float64(len(p))
			c := dot(p, q) / n / math.Sqrt((dot(p, p)/n+1e-5)*(dot(q, q)/n+1e-5))
			if i == j {
				loss += (1 - c) * (1 - c) / float64(width)
			} else {
				loss += float64(b.lambda) * c * c / float64(width)
			}
		}
	}
	return loss
})
