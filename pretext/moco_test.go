package pretext

import (
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
)

var moCoTrial = func() trial {
	c := pairTrial(0.5, slowInfoNCE)
	c.options = `{"queue": 32, "momentum": 0.9}` // of 64 pictures, and for a short run
	return c
}()

// slowInfoNCE is equation 1 of arXiv:1911.05722.
func slowInfoNCE(task Task, t *autograd.Tape, v data.Views) (loss float64) {
	m := task.(*MoCo)
	a, b := m.embeddings(t, v)
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

// Twins that are none can only be guessed among those in the queue: one who finds them
// more often has another way, such as the batch that a key was made in.
func TestMoCoFindsNoPositiveWhereThereIsNone(t *testing.T) {
	b := cpu.New()
	task := moCoTrial.build(t, find(t, "moco"), b, 1)
	curve := moCoTrial.train(t, b, severed{task, strangers}, moCoTrial.steps)
	chance := math.Log(1 + 32)
	if last := mean(curve[len(curve)-100:]); math.Abs(last-chance) > 0.03 {
		t.Errorf("loss on pictures that are no twins is %.3f, by guessing %.3f", last, chance)
	}
}
