package view

import (
	"math"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/rng"
)

// one applies a single effect to a copy of the view, without recolour's cut.
func one(e effect, v []float32) []float32 {
	a := e(meanColour(v))
	out := make([]float32, len(v))
	for i := 0; i < len(v); i += 3 {
		c := a.of([3]float64{float64(v[i]), float64(v[i+1]), float64(v[i+2])})
		out[i], out[i+1], out[i+2] = float32(c[0]), float32(c[1]), float32(c[2])
	}
	return out
}

func TestEffectsTogetherAreTheEffectsOneByOne(t *testing.T) {
	for i := range 50 {
		r := rng.New(20).For("case", i)
		v := Center(noise(r, 12, 12), 12).Buf.(kernel.Host)
		effects := append(Image{Jitter: 0.8}.jitter(r), saturation(0.5))
		want := []float32(v)
		for _, e := range effects {
			want = one(e, want)
		}
		recolour(v, effects)
		for i := range want {
			want[i] = min(max(want[i], -1), 1)
		}
		if d := furthest(v, want); d > 1e-4 {
			t.Fatalf("case %d differs by %g", i, d)
		}
	}
}

// TestEffectsAreTorchvisions checks the definitions on colours from 0 to 1.
func TestEffectsAreTorchvisions(t *testing.T) {
	v := Center(noise(rng.New(21), 12, 12), 12).Buf.(kernel.Host)
	gray := func(i int) float64 {
		i -= i % 3
		return 0.299*up(v[i]) + 0.587*up(v[i+1]) + 0.114*up(v[i+2])
	}
	var mean float64
	for i := range v {
		mean += gray(i) / float64(len(v))
	}
	for name, c := range map[string]struct {
		e    effect
		want func(i int) float64
	}{
		"brightness": {brightness(0.7), func(i int) float64 { return 0.7 * up(v[i]) }},
		"contrast":   {contrast(0.4), func(i int) float64 { return 0.4*up(v[i]) + 0.6*mean }},
		"saturation": {saturation(1.3), func(i int) float64 { return 1.3*up(v[i]) - 0.3*gray(i) }},
		"grayscale":  {saturation(0), gray},
	} {
		got := one(c.e, v)
		for i := range got {
			if math.Abs(up(got[i])-c.want(i)) > 1e-5 {
				t.Errorf("%s: element %d is %g, want %g", name, i, up(got[i]), c.want(i))
				break
			}
		}
	}
}

// up takes -1..1 to 0..1.
func up(x float32) float64 { return (float64(x) + 1) / 2 }

func TestHueTurnsColoursButKeepsGraysAndLuma(t *testing.T) {
	v := Center(noise(rng.New(22), 12, 12), 12).Buf.(kernel.Host)
	if d := furthest(one(hue(1), v), v); d > 1e-5 {
		t.Errorf("a full turn changes colours by %g", d)
	}
	if d := furthest(one(hue(0.3), one(hue(0.7), v)), v); d > 1e-5 {
		t.Errorf("two parts of a turn differ from a whole one by %g", d)
	}
	turned := one(hue(0.5), v)
	for i := 0; i < len(v); i += 3 {
		was := 0.299*v[i] + 0.587*v[i+1] + 0.114*v[i+2]
		is := 0.299*turned[i] + 0.587*turned[i+1] + 0.114*turned[i+2]
		if math.Abs(float64(was-is)) > 1e-5 {
			t.Fatalf("luma %g became %g", was, is)
		}
	}
	if d := furthest(turned, v); d < 0.3 {
		t.Errorf("half a turn changes colours by only %g", d)
	}
	gray := []float32{0.4, 0.4, 0.4}
	if d := furthest(one(hue(0.25), gray), gray); d > 1e-4 {
		t.Errorf("gray moved by %g", d)
	}
}

func TestBlurKeepsTheMeanAndSpreadsAPoint(t *testing.T) {
	const size = 40
	v := make([]float32, 3*size*size)
	at := 3 * (20*size + 20)
	v[at] = 1
	blur(v, size, 1)
	var sum float64
	for _, x := range v {
		sum += float64(x)
	}
	if math.Abs(sum-1) > 1e-5 {
		t.Errorf("a point of 1 sums to %g", sum)
	}
	if v[at] > 0.25 || v[at] <= v[at+3] || math.Abs(float64(v[at+3]-v[at+3*size])) > 1e-6 || v[at+1] != 0 {
		t.Errorf("center %g, right %g, below %g, green %g", v[at], v[at+3], v[at+3*size], v[at+1])
	}
	flat := make([]float32, 3*size*size)
	for i := range flat {
		flat[i] = 0.5
	}
	blur(flat, size, 2)
	for i, x := range flat {
		if math.Abs(float64(x)-0.5) > 1e-5 {
			t.Fatalf("a flat view has %g at %d", x, i) // edges included
		}
	}
}
