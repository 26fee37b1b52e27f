package pretext

import (
	"autodidact/core/autograd"
	"autodidact/core/data"
)

var simSiamTrial = colourless(pairTrial(0.1, func(task Task, t *autograd.Tape, v data.Views) (loss float64) {
	s := task.(*SimSiam)
	z := s.embeddings(t.Input(v[0]))
	p, still := floats(t, s.Predictor.Forward(z)), floats(t, z)
	for i := range p {
		loss -= cosine(p[i], still[positive(i, len(p))]) / float64(len(p))
	}
	return loss
}))
