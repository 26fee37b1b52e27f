package pretext

import (
	"context"
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

var rotationTrial = trial{
	setup: tinySetup, samples: letters, batch: 16, steps: 400, among: 512, options: `{"crop": 1, "jitter": 0, "flip": false}`,
	input: func(x *tensor.Tensor) *tensor.Tensor { return view.Center(x, 16) },
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		return slowCrossEntropy(t, task.(*Rotation).logits(t.Input(v[0])), v[1])
	},
	sever:  scrambled,
	chance: func(_ func(data.Views) float64, v data.Views) float64 { return math.Log(4) },
}

// slowCrossEntropy is the mean of -log softmax(logits)[label].
func slowCrossEntropy(t *autograd.Tape, logits autograd.Var, labels *tensor.Tensor) (loss float64) {
	rows := floats(t, logits)
	for i, row := range rows {
		var all float64
		for _, x := range row {
			all += math.Exp(x)
		}
		loss -= math.Log(math.Exp(row[labels.Buf.(kernel.Host).Int32s()[i]])/all) / float64(len(rows))
	}
	return loss
}

// scrambled deals the answers in v[1] out anew, another way for every batch.
func scrambled(v data.Views) data.Views {
	var seed uint64
	for _, x := range v[0].Buf.(kernel.Host)[:64] {
		seed = seed*31 + uint64(math.Float32bits(x))
	}
	answers := slices.Clone(v[1].Buf.(kernel.Host).Int32s())
	rng.New(seed).Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
	return append(data.Views{v[0], tensor.Int32s(answers, v[1].Shape...)}, v[2:]...)
}

// letters are one of four, upright, anywhere in a noisy picture, light on dark or dark on
// light: to predict how one is rotated is to recognize it.
func letters(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Images}
	shapes := [4][5]string{
		{"#....", "#....", "#....", "#....", "#####"},
		{"#####", "..#..", "..#..", "..#..", "..#.."},
		{"#####", "#....", "####.", "#....", "#...."},
		{"#...#", ".#.#.", "..#..", "..#..", "..#.."},
	}
	const side, scale = 16, 2
	for i := range n {
		kind := i % 4
		left, top := 1+r.IntN(4), 1+r.IntN(4)
		light := 120 + 30*r.Float64()
		if r.IntN(2) == 0 {
			light = -light
		}
		rgb := make([]byte, 0, side*side*3)
		for y := range side {
			for x := range side {
				v := 128 - light/2
				if ly, lx := y-top, x-left; ly >= 0 && lx >= 0 && ly < 5*scale && lx < 5*scale && shapes[kind][ly/scale][lx/scale] == '#' {
					v += light
				}
				for range 3 {
					rgb = append(rgb, byte(min(max(v+12*r.NormFloat64(), 0), 255)))
				}
			}
		}
		set.Names = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i))
		set.Labels = append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Bytes(rgb, side, side, 3))
	}
	return set
}

func TestRotationTurnsPicturesBackByWhatItSays(t *testing.T) {
	b := cpu.New()
	for _, options := range []string{`{"all": true, "crop": 1, "flip": false, "jitter": 0}`, `{"crop": 1, "flip": false, "jitter": 0}`} {
		task, err := rotation.Build(tinySetup(rng.New(1)), []byte(options))
		if err != nil {
			t.Fatal(err)
		}
		nn.Place(b, task)
		of, v := someViews(task)
		tape := autograd.NewTape(b, rng.New(1))
		tape.Training = false
		shown, err := task.(Previewer).Preview(context.Background(), tape, of, v)
		if err != nil || len(shown) != len(of.Samples) {
			t.Fatalf("%d exhibits, %v", len(shown), err)
		}
		for i, e := range shown {
			upright := view.Square(of.Samples[i].X, 16).Buf.(kernel.Bytes)
			if back := e.Answer[0].Buf.(kernel.Bytes); slices.Equal(back, upright) != (e.Right == Right) {
				t.Errorf("%s (%s): the picture turned back is upright: %v", e.Words, e.Right, slices.Equal(back, upright))
			}
		}
		tape.Free()
	}
}

func TestQuartersAreTheMeansOfQuadrants(t *testing.T) {
	tape := autograd.NewTape(cpu.New(), rng.New(1))
	defer tape.Free()
	four := make([]float32, 16)
	for i := range four {
		four[i] = float32(i)
	}
	got, _ := tape.Download(t.Context(), Quarters(tape.Input(tensor.Float32s(four, 1, 16, 1))).Value())
	if want := []float32{2.5, 4.5, 10.5, 12.5}; !slices.Equal(got, want) {
		t.Errorf("quarters of 4x4 are %v, want %v", got, want)
	}
	got, _ = tape.Download(t.Context(), Quarters(tape.Input(tensor.Float32s(four[:9], 1, 9, 1))).Value())
	for i, want := range []float64{(0 + 1./2 + 3./2 + 4./4) / 2.25, (2 + 1./2 + 5./2 + 4./4) / 2.25, (6 + 3./2 + 7./2 + 4./4) / 2.25, (8 + 5./2 + 7./2 + 4./4) / 2.25} {
		if math.Abs(float64(got[i])-want) > 1e-5 {
			t.Errorf("quarter %d of 3x3 is %g, want %g", i, got[i], want)
		}
	}
}
