package rng

import "testing"

// The numbers are JavaScript's.
func TestAStreamIsTheSameInEveryLanguage(t *testing.T) {
	s := NewStream("w1/stem.w")
	for i, want := range []uint32{911610046, 2518135192, 3722587608, 504021473} {
		if got := s.Uint32(); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
	}
	if got, want := NewStream("w1/stem.w").Even(), 2*911610046/4294967296.0-1; got != want {
		t.Errorf("evenly drawn %v, want %v", got, want)
	}
}
