package probe

import (
	"math"
	"testing"

	"autodidact/core/kernel/cpu"
)

func TestTheNearestSampleIsFoundFarFromZeroToo(t *testing.T) {
	set := readGolden(t).Sets["digits"] // whole numbers, of which float32 holds all below 16 million
	train, test := set.train(), set.test()
	for _, data := range [][]float32{train.Data, test.Data} {
		for i := range data {
			data[i] += 10000
		}
	}
	want := set.Answers["nearest"]
	want.compare(t, NewNearest(train).Predict(test.Features), test.Labels, 0)
	train.Features = train.On(cpu.New())
	want.compare(t, NewNearest(train).Predict(test.Features), test.Labels, 0)
}

func TestTheNearestSampleIsTheFirstOfEqualsAndANumber(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	train := Labelled{Features{Data: []float32{nan, 1, inf, 1, 9, 9, 2, 3, 2, 1}, N: 5, Width: 2}, []string{"none", "endless", "far", "up", "down"}}
	s := NewNearest(train).Predict(Features{Data: []float32{2, 2, 0, 0, 8, 7, nan, 2}, N: 4, Width: 2})
	for i, want := range []string{"up", "down", "far"} {
		if got := s.Label(i); got != want {
			t.Errorf("query %d is predicted as %q, want %q", i, got, want)
		}
	}
	for c, v := range s.Row(3) {
		if v != 0 {
			t.Errorf("what is not a number is %q by %v", s.Classes[c], v)
		}
	}
}
