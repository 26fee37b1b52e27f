package pretext

import (
	"bytes"
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

var colorizationTrial = trial{
	setup: tinySetup, samples: dyed, batch: 16, steps: 200, options: `{"bin": 20}`,
	input: func(x *tensor.Tensor) *tensor.Tensor { return view.Center(grayed(x), 16) },
	slow: func(task Task, t *autograd.Tape, v data.Views) (loss float64) {
		c := task.(*Colorization)
		logp, z, prior := floats(t, c.logits(t.Input(v[0]))), floats(t, t.Input(v[1])), floats(t, t.Param(c.Prior).Reshape(1, len(c.gamut.A)))
		var weights float64
		for i, bin := range v[2].Buf.(kernel.Host).Int32s() {
			w := 1 / ((1-float64(c.lambda))*prior[0][bin] + float64(c.lambda)/float64(len(prior[0])))
			weights += w
			loss -= w * dot(z[i], logp[i])
		}
		return loss / weights
	},
	sever:  otherColours,
	chance: func(loss func(data.Views) float64, v data.Views) float64 { return loss(otherColours(v)) },
}

// otherColours deals the places' colours out anew.
func otherColours(v data.Views) data.Views {
	order := make([]int32, v[2].Shape[0])
	for i := range order {
		order[i] = int32(i)
	}
	order = scrambled(data.Views{v[0], tensor.Int32s(order, len(order))})[1].Buf.(kernel.Host).Int32s()
	bins := v[1].Shape[1]
	soft, nearest := make([]float32, len(order)*bins), make([]int32, len(order))
	for i, from := range order {
		copy(soft[i*bins:][:bins], v[1].Buf.(kernel.Host)[int(from)*bins:])
		nearest[i] = v[2].Buf.(kernel.Host).Int32s()[from]
	}
	return data.Views{v[0], tensor.Float32s(soft, len(order), bins), tensor.Int32s(nearest, len(order)), v[3]}
}

// dyed are textures each of whose kinds has a colour of its own, which its gray does not show.
func dyed(r *rng.Rand, n int) *data.Set {
	set := textures(r, n)
	for i, x := range set.X {
		rgb := x.Buf.(kernel.Bytes)
		gray := grayed(x).Buf.(kernel.Bytes)
		colour := [4][2]float64{{45, 25}, {-40, 35}, {5, -45}, {0, 60}}[i%4]
		for p := 0; p < len(rgb); p += 3 {
			l := 40 + 30*float64(gray[p])/255
			for k, c := range (view.Lab{L: l, A: colour[0], B: colour[1]}).ToRGB() {
				rgb[p+k] = byte(min(max(255*c, 0), 255))
			}
		}
	}
	return set
}

// grayed is x without colour.
func grayed(x *tensor.Tensor) *tensor.Tensor {
	rgb := x.Buf.(kernel.Bytes)
	out := make([]byte, len(rgb))
	for p := 0; p < len(rgb); p += 3 {
		l := view.ToLab([3]float64{float64(rgb[p]) / 255, float64(rgb[p+1]) / 255, float64(rgb[p+2]) / 255}).L
		for k := range 3 {
			out[p+k] = byte(l * 2.55)
		}
	}
	return tensor.Bytes(out, x.Shape...)
}

func TestAPicturePaintedInItsOwnColoursIsItself(t *testing.T) {
	task, err := colorization.Build(tinySetup(rng.New(1)), []byte(`{"crop": 1, "flip": false}`))
	if err != nil {
		t.Fatal(err)
	}
	c := task.(*Colorization)
	c.side = 16 // a place for each pixel
	set := dyed(rng.New(2), 4)
	s, _ := set.At(1)
	v := task.Views(rng.New(3), data.Batch{Samples: []data.Sample{s}})
	gray, own := v[0].Buf.(kernel.Host), v[3].Buf.(kernel.Host)
	ab := make([]float64, 2*16*16)
	for p := range 16 * 16 {
		lab := labOf(own[p*3:])
		ab[2*p], ab[2*p+1] = lab.A, lab.B
		if math.Abs(float64(gray[p*3])-(lab.L/50-1)) > 1e-5 || gray[p*3] != gray[p*3+2] {
			t.Fatalf("pixel %d is %v in gray, lightness %g", p, gray[p*3:][:3], lab.L)
		}
	}
	painted, off, without := c.paint(gray, own, c.places(ab))
	if off > 1e-3 || without < 10 || !bytes.Equal(view.Picture(painted, 16).Buf.(kernel.Bytes), view.Picture(own, 16).Buf.(kernel.Bytes)) {
		t.Errorf("its own colours are off by %g, gray by %g", off, without)
	}
}

func TestThePriorFollowsTheColoursThereAre(t *testing.T) {
	b := cpu.New()
	c := colorizationTrial.build(t, colorization, b, 1).(*Colorization)
	colorizationTrial.train(t, b, c, 60)
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	prior := floats(tape, tape.Param(c.Prior).Reshape(1, len(c.gamut.A)))[0]
	var sum, green, gray float64
	for i, p := range prior {
		sum += p
		if math.Hypot(c.gamut.A[i]+40, c.gamut.B[i]-35) < 15 {
			green += p
		}
		if math.Hypot(c.gamut.A[i], c.gamut.B[i]) < 5 {
			gray += p
		}
	}
	if math.Abs(sum-1) > 1e-4 || green < 0.1 || gray > 0.02 {
		t.Errorf("the prior adds up to %g; of green, a quarter of what was seen, it has %.2f, of gray, which was not, %.2f", sum, green, gray)
	}
}

func TestResampleIsBilinear(t *testing.T) {
	tape := autograd.NewTape(cpu.New(), rng.New(1))
	defer tape.Free()
	h := tape.Input(tensor.Float32s([]float32{0, 4, 8, 12}, 1, 4, 1))
	got := floats(tape, resample(h, 4).Reshape(1, 16))[0]
	for i, want := range []float64{0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12} {
		if math.Abs(got[i]-want) > 1e-5 {
			t.Fatalf("a ramp of 2x2 is %v at 4x4", got)
		}
	}
}
