package probe

import (
	"math"
	"testing"

	"autodidact/core/rng"
)

func TestStandardisedFeaturesHaveMeanZeroAndDeviationOne(t *testing.T) {
	r := rng.New(1)
	f := Features{N: 200, Width: 3}
	for range f.N {
		f.Data = append(f.Data, float32(100+5*r.NormFloat64()), float32(0.01*r.NormFloat64()), 7)
	}
	s := FitStandard(f).Apply(f)
	for j := range f.Width {
		var sum, squares float64
		for i := range s.N {
			sum += float64(s.Row(i)[j])
			squares += float64(s.Row(i)[j]) * float64(s.Row(i)[j])
		}
		want := 1.0
		if j == 2 { // which never changes
			want = 0
		}
		if n := float64(f.N); math.Abs(sum/n) > 1e-4 || math.Abs(squares/n-want) > 1e-4 {
			t.Errorf("feature %d: mean %g, variance %g", j, sum/n, squares/n)
		}
	}
}
