package view

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// everything is SimCLR's usual strength with every effect always on.
var everything = Image{Size: 32, Crop: 0.2, Flip: true, Jitter: 0.5, Gray: 0.2, Blur: 1}

// noise is a picture of random pixels.
func noise(r *rng.Rand, h, w int) *tensor.Tensor {
	px := make([]byte, 3*h*w)
	for i := range px {
		px[i] = byte(r.IntN(256))
	}
	return tensor.Bytes(px, h, w, 3)
}

func (o Image) view(r *rng.Rand, x *tensor.Tensor) []float32 {
	v := make([]float32, 3*o.Size*o.Size)
	o.Into(v, r, x)
	return v
}

func furthest(a, b []float32) (d float64) {
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

func TestAViewRepeatsFromItsChanceAndLeavesItsPictureAlone(t *testing.T) {
	x := noise(rng.New(1), 50, 40)
	before := slices.Clone(x.Buf.(kernel.Bytes))
	dirty := make([]float32, 3*32*32)
	for i := range dirty {
		dirty[i] = 99 // what was in the buffer must not show
	}
	for i := range 20 {
		a := everything.view(rng.New(7).For("view", i), x)
		everything.Into(dirty, rng.New(7).For("view", i), x)
		if !slices.Equal(a, dirty) {
			t.Fatalf("view %d differs from itself", i)
		}
		if b := everything.view(rng.New(8).For("view", i), x); slices.Equal(a, b) {
			t.Errorf("view %d is the same for other chance", i)
		}
	}
	if !bytes.Equal(before, x.Buf.(kernel.Bytes)) {
		t.Error("the picture changed")
	}
}

func TestWithEveryKnobOffAViewIsThePictureResized(t *testing.T) {
	x := noise(rng.New(2), 48, 48)
	off := Image{Size: 32, Crop: 1}
	if d := furthest(off.view(rng.New(3), x), Center(x, 32).Buf.(kernel.Host)); d != 0 {
		t.Errorf("differs by %g", d)
	}
	same := Center(noise(rng.New(2), 32, 32), 32).Buf.(kernel.Host)
	for i, b := range noise(rng.New(2), 32, 32).Buf.(kernel.Bytes) {
		if want := float32(b)/127.5 - 1; math.Abs(float64(same[i]-want)) > 1e-5 {
			t.Fatalf("at its own size, element %d is %g, want %g", i, same[i], want)
		}
	}
}

func TestViewsStayInRangeForEveryShapeAndSize(t *testing.T) {
	for _, shape := range [][2]int{{8, 8}, {8, 16}, {16, 8}, {1, 1}, {100, 50}, {33, 65}} {
		x := noise(rng.New(4), shape[0], shape[1])
		for _, size := range []int{1, 8, 24, 64} {
			o := everything
			o.Size, o.Jitter = size, 1
			for i := range 10 {
				for _, v := range o.view(rng.New(5).For("view", i), x) {
					if !(v >= -1-1e-5 && v <= 1+1e-5) {
						t.Fatalf("picture %v, view of %d: %g", shape, size, v)
					}
				}
			}
		}
	}
}

func TestAMirroredViewIsTheViewMirrored(t *testing.T) {
	x := noise(rng.New(6), 40, 30)
	plain, mirror := make([]float32, 3*16*16), make([]float32, 3*16*16)
	b := box{3, 5, 22, 31}
	resize(plain, 16, x.Buf.(kernel.Bytes), 30, b, false)
	resize(mirror, 16, x.Buf.(kernel.Bytes), 30, b, true)
	for i := range 16 * 16 {
		j := i/16*16 + 15 - i%16
		if !slices.Equal(plain[3*i:3*i+3], mirror[3*j:3*j+3]) {
			t.Fatalf("pixel %d is not pixel %d of the mirror", i, j)
		}
	}
}

// TestCropsHaveTorchvisionsRanges draws many crops: areas fill [Crop, 1], shapes
// [3/4, 4/3], and positions reach every edge.
func TestCropsHaveTorchvisionsRanges(t *testing.T) {
	r := rng.New(9)
	o := Image{Crop: 0.2}
	const h, w, n = 200, 200, 4000
	var areas, left, right, top, bottom float64
	for range n {
		b := o.crop(r, h, w)
		area, ratio := float64(b.w*b.h)/(h*w), float64(b.w)/float64(b.h)
		if area < 0.195 || area > 1 || ratio < 0.74 || ratio > 1.35 || b.x < 0 || b.y < 0 || b.x+b.w > w || b.y+b.h > h {
			t.Fatalf("crop %+v: area %.3f, ratio %.3f", b, area, ratio)
		}
		areas += area / n
		left, top = left+float64(b.x)/n, top+float64(b.y)/n
		right, bottom = right+float64(w-b.x-b.w)/n, bottom+float64(h-b.y-b.h)/n
	}
	if areas < 0.5 || areas > 0.62 { // even over [0.2, 1], less the largest that do not fit
		t.Errorf("mean area %.3f", areas)
	}
	if math.Abs(left-right) > 3 || math.Abs(top-bottom) > 3 {
		t.Errorf("crops lean to a side: %.1f %.1f %.1f %.1f", left, right, top, bottom)
	}
}

func TestEffectsHappenAsOftenAsTheyShould(t *testing.T) {
	x := noise(rng.New(10), 32, 32)
	o := Image{Size: 8, Crop: 1, Gray: 0.2}
	gray := 0
	const n = 2000
	for i := range n {
		v := o.view(rng.New(11).For("view", i), x)
		if math.Abs(float64(v[0]-v[1])) < 1e-5 && math.Abs(float64(v[3]-v[5])) < 1e-5 {
			gray++
		}
	}
	if share := float64(gray) / n; share < 0.17 || share > 0.23 {
		t.Errorf("%.3f of the views are gray, want 0.2", share)
	}
	none := 0
	for i := range n {
		if (Image{Jitter: 0.5}).jitter(rng.New(12).For("view", i)) == nil {
			none++
		}
	}
	if share := float64(none) / n; share < 0.17 || share > 0.23 {
		t.Errorf("%.3f of the views keep their colours, want 0.2", share)
	}
}

func TestShrinkingAViewAveragesStripes(t *testing.T) {
	px := make([]byte, 3*128*128)
	for i := range px {
		if i/3%2 == 0 {
			px[i] = 255
		}
	}
	v := Center(tensor.Bytes(px, 128, 128, 3), 16).Buf.(kernel.Host)
	for i := 3 * 16 * 3; i < 3*16*13; i++ {
		if at := i / 3 % 16; at > 0 && at < 15 && math.Abs(float64(v[i])) > 0.02 {
			t.Fatalf("element %d is %g, want the gray of stripes too fine to see", i, v[i])
		}
	}
}

func TestAPictureOfAViewLooksLikeIt(t *testing.T) {
	x := noise(rng.New(13), 16, 16)
	back := Picture(Center(x, 16).Buf.(kernel.Host), 16)
	if !bytes.Equal(back.Buf.(kernel.Bytes), x.Buf.(kernel.Bytes)) {
		t.Error("bytes do not survive the way there and back")
	}
}

func BenchmarkView(b *testing.B) {
	for _, size := range []int{32, 64} {
		x := noise(rng.New(1), 2*size, 2*size)
		o := everything
		o.Size, o.Blur = size, 0.5
		v := make([]float32, 3*size*size)
		b.Run(map[int]string{32: "32", 64: "64"}[size], func(b *testing.B) {
			r := rng.New(1)
			for b.Loop() {
				o.Into(v, r, x)
			}
		})
	}
}
