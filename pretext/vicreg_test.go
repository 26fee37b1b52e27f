package pretext

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
)

var vicRegTrial = pairTrial(2, func(task Task, t *autograd.Tape, v data.Views) (loss float64) {
	g := task.(*VICReg)
	z := floats(t, g.project(t.Input(v[0])))
	n, width := len(z)/2, len(z[0])
	for i := range n {
		for j := range width {
			d := z[i][j] - z[n+i][j]
			loss += 25 * d * d / float64(n*width)
		}
	}
	for _, side := range [][][]float64{z[:n], z[n:]} {
		for i := range width {
			x := column(side, i)
			loss += 25. / 2 * max(0, 1-math.Sqrt(dot(x, x)/float64(n-1)+1e-4)) / float64(width)
			for j := range width {
				if c := dot(x, column(side, j)) / float64(n-1); j != i {
					loss += c * c / float64(width)
				}
			}
		}
	}
	return loss
})
