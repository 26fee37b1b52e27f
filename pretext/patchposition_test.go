package pretext

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

var patchPositionTrial = trial{
	setup: tinySetup, samples: chirps, batch: 16, steps: 150,
	input: func(x *tensor.Tensor) *tensor.Tensor { return view.Center(x, 16) },
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		return slowCrossEntropy(t, task.(*PatchPosition).logits(t.Input(v[0])), v[1])
	},
	sever:  scrambled,
	chance: func(_ func(data.Views) float64, v data.Views) float64 { return math.Log(9) },
}

// chirps are textures that grow finer from left to right and from top to bottom: each
// place has a look of its own.
func chirps(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Images}
	const side = 48
	for i := range n {
		kind := i % 4
		px, py := 6*r.Float64(), 6*r.Float64()
		rgb := make([]byte, 0, side*side*3)
		for y := range side {
			for x := range side {
				u := math.Sin(px + 0.3*float64(x) + float64(x*x)/90)
				v := math.Sin(py + 0.3*float64(y) + float64(y*y)/90)
				light := 128 + 80*[4]float64{(u + v) / 2, u * v, max(u, v), math.Abs(u) - math.Abs(v)}[kind]
				for range 3 {
					rgb = append(rgb, byte(min(max(light+60*r.NormFloat64(), 0), 255)))
				}
			}
		}
		set.Names = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i))
		set.Labels = append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Bytes(rgb, side, side, 3))
	}
	return set
}

func TestPairsOfPatchesAreLearnedToo(t *testing.T) {
	c, b := patchPositionTrial, cpu.New()
	c.options = `{"pairwise": true}`
	task := c.build(t, patchPosition, b, 1)
	c.train(t, b, task, c.steps)
	c.chance = func(_ func(data.Views) float64, v data.Views) float64 { return math.Log(8) }
	if above := c.heldOut(t, b, task); above > -0.5 {
		t.Errorf("on samples it has not seen, loss is %+.2f of chance", above)
	}
}

func TestPatchesAreCutWhereTheyShouldBeAndShownPutBack(t *testing.T) {
	b := cpu.New()
	for _, options := range []string{`{"gap": 0, "crop": 1, "gray": 0, "normalise": false}`, `{"gap": 0, "crop": 1, "gray": 0, "normalise": false, "pairwise": true}`} {
		task, err := patchPosition.Build(tinySetup(rng.New(1)), []byte(options))
		if err != nil {
			t.Fatal(err)
		}
		nn.Place(b, task)
		set := textures(rng.New(3), 4)
		var of data.Batch
		for i := range set.Len() {
			s, _ := set.At(i)
			of.Samples = append(of.Samples, s)
		}
		v := task.Views(rng.New(4), of)
		tape := autograd.NewTape(b, rng.New(1))
		tape.Training = false
		shown, err := task.(Previewer).Preview(t.Context(), tape, of, v)
		if err != nil || len(shown) != 4 {
			t.Fatalf("%d exhibits, %v", len(shown), err)
		}
		for i, e := range shown {
			whole := view.Square(set.X[i], 24).Buf.(kernel.Bytes) // 3 patches of 8 pixels
			var found int
			for _, q := range e.Question {
				for cell := range 9 {
					if samePatch(whole, 24, q.Buf.(kernel.Bytes), cell) {
						found++
					}
				}
			}
			if found != 9 || len(e.Question) != 9 || !slices.Equal(e.Answer[0].Shape, tensor.Shape{26, 26, 3}) {
				t.Errorf("%s: %d of %d patches are of its picture, answer %v", e.Name, found, len(e.Question), e.Answer[0].Shape)
			}
		}
		tape.Free()
	}
	if got := assign([]float32{5, 4, 0, 9, 3, 1, 2, 8, 1}, 3); !slices.Equal(got, []int{2, 0, 1}) {
		t.Errorf("assigned %v: the surest piece first takes its place", got)
	}
}

func samePatch(whole kernel.Bytes, size int, patch kernel.Bytes, cell int) bool {
	left, top := cell%3*8, cell/3*8
	for y := range 8 {
		if !slices.Equal(patch[y*24:][:24], whole[((top+y)*size+left)*3:][:24]) {
			return false
		}
	}
	return true
}
