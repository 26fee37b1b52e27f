package pretext

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
)

var moCoTrial = func() trial {
	c := twinTrial(0.5, slowInfoNCE)
	c.options = `{"queue": 32, "momentum": 0.9}` // of 64 pictures, and for a short run
	return c
}()

// slowInfoNCE is equation 1 of arXiv:1911.05722.
func slowInfoNCE(task Task, t *autograd.Tape, v data.Views) (loss float64) {
	m := task.(*MoCo)
	a, b := m.places(t, v)
	q, k, queue := floats(t, a), floats(t, b), floats(t, t.Param(m.Queue))
	for i := range q {
		own := math.Exp(cosine(q[i], k[i]) / float64(m.temperature))
		all := own
		for _, other := range queue {
			all += math.Exp(cosine(q[i], other) / float64(m.temperature))
		}
		loss -= math.Log(own/all) / float64(len(q))
	}
	return loss
}
