package probe

import (
	"math"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// sphere is n directions drawn at random, of any length.
func sphere(r *rng.Rand, n, width int) Features {
	f := Features{N: n, Width: width, Data: make([]float32, n*width)}
	for i := range n {
		length := math.Exp(r.NormFloat64())
		for j := range f.Row(i) {
			f.Row(i)[j] = float32(length * r.NormFloat64())
		}
	}
	return f
}

// cosine is that of two rows, in float64.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i, v := range a {
		w := float64(b[i])
		ab, aa, bb = ab+float64(v)*w, aa+float64(v)*float64(v), bb+w*w
	}
	return ab / math.Sqrt(aa*bb)
}

func TestAlignmentAndUniformityAreTheirDefinitions(t *testing.T) {
	a, b := sphere(rng.New(1), 150, 6), sphere(rng.New(2), 150, 6)
	aligned, pairs, count := 0.0, 0.0, 0.0
	for i := range a.N {
		aligned += (2 - 2*cosine(a.Row(i), b.Row(i))) / float64(a.N)
		for j := range a.N {
			if i != j {
				pairs, count = pairs+math.Exp(-2*(2-2*cosine(a.Row(i), a.Row(j)))), count+1
			}
		}
	}
	if got := Alignment(a, b); !near(got, aligned, 1e-5) {
		t.Errorf("alignment %v, by its definition %v", got, aligned)
	}
	for name, f := range map[string]Features{"plain": a, "on a backend": a.On(cpu.New())} {
		if got := Uniformity(f); !near(got, math.Log(pairs/count), 1e-5) {
			t.Errorf("uniformity %s %v, by its definition %v", name, got, math.Log(pairs/count))
		}
	}
}

func TestPairsThatAreTheSameAreAligned(t *testing.T) {
	a := sphere(rng.New(3), 50, 8)
	b, c := a, a
	b.Data, c.Data = make([]float32, len(a.Data)), make([]float32, len(a.Data))
	for i, v := range a.Data {
		b.Data[i], c.Data[i] = 3*v, -v
	}
	if got := Alignment(a, b); got > 1e-12 {
		t.Errorf("of the same directions %v", got)
	}
	if got := Alignment(a, c); !near(got, 4, 1e-5) {
		t.Errorf("of opposite directions %v, want 4", got)
	}
	if Alignment(Features{Width: 3}, Features{Width: 3}) != 0 || Uniformity(Features{}) != 0 || Uniformity(a.Pick([]int{4})) != 0 {
		t.Error("of nothing, or of one, it is not 0")
	}
}

func TestUniformityDistinguishesACollapseFromASphere(t *testing.T) {
	same := Features{N: 300, Width: 16, Data: make([]float32, 300*16)}
	for i := range same.N {
		copy(same.Row(i), sphere(rng.New(4), 1, 16).Data)
	}
	if got := Uniformity(same); !near(got, 0, 1e-5) {
		t.Errorf("collapsed: %v, want 0", got)
	}
	// exp(-2·(2-2cos)) with cosines of variance 1/512: -4 + 16/512/2.
	if got := Uniformity(sphere(rng.New(5), 2500, 512).On(cpu.New())); !near(got, -4+16./512/2, 0.01) {
		t.Errorf("all over a sphere: %v, want near -4", got)
	}
	// The mean of exp(-4+4cos) around a circle is exp(-4)·I0(4).
	circle := Features{N: 2000, Width: 2, Data: make([]float32, 4000)}
	for i := range circle.N {
		y, x := math.Sincos(2 * math.Pi * float64(i) / 2000)
		circle.Row(i)[0], circle.Row(i)[1] = float32(x), float32(y)
	}
	if got, want := Uniformity(circle), -4+math.Log(11.30192); !near(got, want, 0.01) {
		t.Errorf("around a circle: %v, want %v", got, want)
	}
	// Two opposite ones are as far apart as can be.
	if got := Uniformity(circle.Pick([]int{0, 1000})); !near(got, -8, 1e-4) {
		t.Errorf("opposite: %v, want -8", got)
	}
}
