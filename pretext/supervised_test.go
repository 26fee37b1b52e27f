package pretext

import (
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

func TestLabelsAreLearnedFromScratch(t *testing.T) {
	b, set, unseen := cpu.New(), textures(rng.New(4), 64), textures(rng.New(9), 96)
	p := NewSupervised(tinySetup(rng.New(1)), set)
	nn.Place(b, p)
	before, err := p.Accuracy(t.Context(), b, unseen)
	if err != nil {
		t.Fatal(err)
	}
	trial{samples: textures, batch: 16, steps: 150}.train(t, b, p, 150)
	after, err := p.Accuracy(t.Context(), b, unseen)
	if err != nil || after < 0.8 || before > 0.5 {
		t.Errorf("of unseen samples %.2f are told right, %.2f before learning (%v)", after, before, err)
	}
}
