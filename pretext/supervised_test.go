package pretext

import (
	"math"
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
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
		t.Errorf("accuracy on unseen samples is %.2f, %.2f before training (%v)", after, before, err)
	}
}

func TestALabellerPredictsProbabilitiesOfAnySamplesAndLooksAtNoLabel(t *testing.T) {
	b, set := cpu.New(), textures(rng.New(4), 70) // more than one pass
	p := NewSupervised(tinySetup(rng.New(1)), set)
	nn.Place(b, p)
	unseen := textures(rng.New(9), 70)
	all, err := p.Predict(t.Context(), b, unseen, nil)
	if err != nil || len(all) != 70*4 || !slices.Equal(p.Classes(), []string{"a", "b", "c", "d"}) {
		t.Fatalf("%d shares of classes %v, %v", len(all), p.Classes(), err)
	}
	right := 0.0
	for i := range 70 {
		var sum float64
		for _, s := range all[i*4:][:4] {
			sum += float64(s)
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("the shares of sample %d add up to %g", i, sum)
		}
		if p.Classes()[largest(all[i*4:][:4])] == unseen.Labels[i] {
			right += 1. / 70
		}
	}
	if a, err := p.Accuracy(t.Context(), b, unseen); err != nil || math.Abs(a-right) > 1e-9 {
		t.Errorf("accuracy is %g, by its shares %g (%v)", a, right, err)
	}
	// A clip is predicted by its middle frame.
	clips := &data.Set{Of: data.Video}
	for i := range 3 {
		x := unseen.X[3*i]
		clips.Names, clips.X = append(clips.Names, unseen.Names[3*i]), append(clips.X, filmed(unseen.X[1], x, unseen.X[2]))
	}
	some, err := p.Predict(t.Context(), b, unseen, []int{6, 0})
	film, err2 := p.Predict(t.Context(), b, clips, []int{2, 0})
	if err != nil || err2 != nil || len(some) != 8 || apartest(some, append(slices.Clone(all[24:28]), all[:4]...)) > 1e-5 || apartest(some, film) > 1e-5 {
		t.Errorf("some samples are predicted as %v, their clips %v, with all others %v and %v (%v, %v)", some, film, all[24:28], all[:4], err, err2)
	}
}

// filmed is pictures [h, w, 3] as a clip [frames, h, w, 3].
func filmed(pictures ...*tensor.Tensor) *tensor.Tensor {
	var px []byte
	for _, x := range pictures {
		px = append(px, x.Buf.(kernel.Bytes)...)
	}
	return tensor.Bytes(px, append([]int{len(pictures)}, pictures[0].Shape...)...)
}

// apartest is the largest difference of x and y.
func apartest(x, y []float32) (d float64) {
	for i := range x {
		d = max(d, math.Abs(float64(x[i]-y[i])))
	}
	return d
}
