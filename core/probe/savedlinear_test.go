package probe

import (
	"math"
	"strings"
	"testing"

	"autodidact/core/rng"
)

func TestASavedClassifierPredictsTheSame(t *testing.T) {
	train, test := bearings(300, rng.New(1)), bearings(150, rng.New(2))
	for i := range train.N { // a feature that never changes
		train.Row(i)[5] = 1234.567
	}
	for i := range test.N {
		test.Row(i)[5] = 1234.567
	}
	several := train
	several.Labels = append([]string{"a|b"}, train.Labels[1:]...)
	for name, of := range map[string]Labelled{"one class each": train, "several classes": several} {
		l := NewLinear(of, rng.New(3))
		again, err := OpenLinear(l.Save())
		if err != nil {
			t.Fatal(err)
		}
		want, got := l.Predict(test.Features), again.Predict(test.Features)
		if got.MultiLabel != want.MultiLabel || len(got.Data) != len(want.Data) || again.Width() != 12 {
			t.Fatalf("%s: %d numbers, several %v", name, len(got.Data), got.MultiLabel)
		}
		for i, v := range want.Data {
			if math.Abs(float64(v-got.Data[i])) > 1e-5 {
				t.Fatalf("%s: probability %d is %v, was %v", name, i, got.Data[i], v)
			}
		}
	}
}

func TestNumbersThatAreNoClassifierAreRefused(t *testing.T) {
	l := NewLinear(bearings(60, rng.New(1)), rng.New(3))
	for says, damage := range map[string]func(*SavedLinear){
		"does not fit together": func(s *SavedLinear) { s.Weight = s.Weight[1:] },
		"NaN among its numbers": func(s *SavedLinear) { s.Weight[3] = float32(math.NaN()) },
		"for the deviation":     func(s *SavedLinear) { s.Std[2] = 0 },
		"0 classes":             func(s *SavedLinear) { s.Classes = nil },
	} {
		s := l.Save()
		damage(&s)
		if _, err := OpenLinear(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
