package probe

import (
	"math"
	"slices"
	"testing"

	"autodidact/core/rng"
)

// cue is one of Cues by its name.
func cue(name string) func(x []float32, size int) []float32 {
	return Cues[slices.IndexFunc(Cues, func(c Cue) bool { return c.Name == name })].Of
}

// scene is soft spots [size, size, 3], each channel of another brightness; where says where a channel of a pixel is read.
func scene(seed uint64, size int, where func(x, y float64, c int) (float64, float64)) []float32 {
	r := rng.New(seed)
	var spots [12][4]float64
	for i := range spots {
		spots[i] = [4]float64{float64(size) * r.Float64(), float64(size) * r.Float64(), 2 + 4*r.Float64(), r.NormFloat64()}
	}
	var picture []float32
	for i := range size * size {
		for c := range 3 {
			x, y := where(float64(i%size), float64(i/size), c)
			v := 0.0
			for _, s := range spots {
				v += s[3] * math.Exp(-((x-s[0])*(x-s[0])+(y-s[1])*(y-s[1]))/2/s[2]/s[2])
			}
			picture = append(picture, float32([]float64{0.3, 0.5, -0.4}[c]*v+[]float64{0.1, 0, -0.2}[c]))
		}
	}
	return picture
}

func TestFringesAreTheShiftOfRedAgainstGreen(t *testing.T) {
	const size = 48
	for seed := range uint64(8) {
		for _, d := range [][2]float64{{0.5, 0}, {0, 0.5}, {-0.5, 0.25}, {0, 0}} {
			x := scene(seed, size, func(x, y float64, c int) (float64, float64) {
				if c == 0 {
					return x - d[0], y - d[1]
				}
				return x, y
			})
			got := cue("fringes")(x, size)
			if len(got) != 30 {
				t.Fatalf("%d numbers", len(got))
			}
			for k, want := range [3]float64{d[0], d[1], 0} { // of the whole
				if tolerance := max(0.05, 0.2*math.Abs(want)); !near(float64(got[k]), want, tolerance) {
					t.Errorf("scene %d, red shifted by %v: %v", seed, d, got[:3])
				}
			}
			for _, v := range got[15:] { // blue, which is light where green is dark
				if !near(float64(v), 0, 0.02) {
					t.Errorf("scene %d: blue is shifted by %v", seed, got[15:])
				}
			}
		}
	}
}

func TestFringesDistinguishALensFromAShift(t *testing.T) {
	const size = 64
	x := scene(3, size, func(x, y float64, c int) (float64, float64) {
		if c != 2 { // blue is drawn larger about the middle, by a pixel at the edge
			return x, y
		}
		return 31.5 + (x-31.5)*31/32, 31.5 + (y-31.5)*31/32
	})
	got := cue("fringes")(x, size)[15:]
	want := []float64{
		0, 0, 1,
		-0.5, -0.5, 0.5, // of quadrants the shifts of their middles
		0.5, -0.5, 0.5,
		-0.5, 0.5, 0.5,
		0.5, 0.5, 0.5}
	for k, v := range want {
		if !near(float64(got[k]), v, 0.15) {
			t.Errorf("number %d is %v, want %v", k, got[k], v)
		}
	}
}

func TestWithoutEdgesThereAreNoFringes(t *testing.T) {
	for _, size := range []int{1, 2, 3, 16} {
		flat := make([]float32, size*size*3)
		for i := range flat {
			flat[i] = []float32{0.3, -0.2, 1}[i%3]
		}
		for _, v := range cue("fringes")(flat, size) {
			if v != 0 {
				t.Errorf("size %d: %v", size, v)
			}
		}
	}
}

func TestTheSameColoursElsewhereAreTheSame(t *testing.T) {
	const size = 24
	x := scene(1, size, func(x, y float64, _ int) (float64, float64) { return x, y })
	moved := make([]float32, 0, len(x))
	for _, i := range rng.New(2).Perm(size * size) {
		moved = append(moved, x[i*3:][:3]...)
	}
	a, sum := cue("colours")(x, size), 0.0
	if !slices.Equal(a, cue("colours")(moved, size)) || len(a) != 64 {
		t.Errorf("%d numbers, %v", len(a), a)
	}
	for _, v := range a {
		sum += float64(v) * float64(v)
	}
	if !near(sum, 1, 1e-5) {
		t.Errorf("shares add up to %v", sum)
	}
	// Three of black, one of pure blue.
	got := cue("colours")([]float32{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, 2)
	if !near(float64(got[0]), math.Sqrt(0.75), 1e-6) || !near(float64(got[3]), 0.5, 1e-6) {
		t.Errorf("%v", got)
	}
}

func TestOnlyTheRingDecidesWhatABorderIs(t *testing.T) {
	const size = 32
	x := scene(1, size, func(x, y float64, _ int) (float64, float64) { return x, y })
	before := cue("border")(x, size)
	if len(before) != 4*8*3 {
		t.Fatalf("%d numbers", len(before))
	}
	for y := 2; y < size-2; y++ {
		for i := 2; i < size-2; i++ {
			x[(y*size+i)*3+y%3] = 1
		}
	}
	if !slices.Equal(before, cue("border")(x, size)) {
		t.Error("what is inside counts")
	}
	// Pixels of the third part of the top, the bottom, the left and the right, of its second row or column.
	for side, at := range []int{1*size + 9, 30*size + 9, 9*size + 1, 9*size + 30} {
		changed := slices.Clone(x)
		changed[at*3+1] += 0.8
		for k, v := range cue("border")(changed, size) {
			want := 0.0
			if k == side*24+2*3+1 {
				want = 0.8 / 8 // one of 4x2 pixels
			}
			if !near(float64(v-before[k]), want, 1e-5) {
				t.Errorf("side %d, number %d changes by %v, want %v", side, k, v-before[k], want)
			}
		}
	}
	if got := cue("border")([]float32{0.5, 0, -0.5}, 1); len(got) != 96 || !near(float64(got[0]), 0.5, 1e-6) || !near(float64(got[95]), -0.5, 1e-6) {
		t.Errorf("of one pixel %v", got)
	}
}

func TestCuesHaveNamesAndAreFinite(t *testing.T) {
	r := rng.New(5)
	x := make([]float32, 20*20*3)
	for i := range x {
		x[i] = float32(2*r.Float64() - 1)
	}
	for _, c := range Cues {
		if c.Name == "" || c.What == "" {
			t.Errorf("%+v", c)
		}
		for _, v := range c.Of(x, 20) {
			if math.IsNaN(float64(v)) || math.Abs(float64(v)) > mostShift {
				t.Errorf("%s: %v", c.Name, v)
			}
		}
	}
}
