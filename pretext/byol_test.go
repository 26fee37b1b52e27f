package pretext

import (
	"autodidact/core/autograd"
	"autodidact/core/data"
)

var byolTrial = colourless(pairTrial(0.2, func(task Task, t *autograd.Tape, v data.Views) (loss float64) {
	b := task.(*BYOL)
	x := t.Input(v[0])
	p, z := floats(t, b.Predictor.Forward(b.project(x))), floats(t, b.Teacher.target(t, x))
	for i := range p {
		loss += (2 - 2*cosine(p[i], z[positive(i, len(z))])) / float64(len(p))
	}
	return loss
}))

func positive(i, n int) int { return (i + n/2) % n }
