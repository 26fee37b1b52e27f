package pretext

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
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

var frameOrderTrial = trial{
	setup: tinySetup, samples: growing, batch: 16, steps: 400, among: 512, options: `{"crop": 1, "shift": 0, "span": 1}`,
	input: func(x *tensor.Tensor) *tensor.Tensor { return view.Center(data.Still(x, 0), 16) },
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		return slowCrossEntropy(t, task.(*FrameOrder).logits(t.Input(v[0])), v[1])
	},
	sever:  scrambled,
	chance: func(_ func(data.Views) float64, v data.Views) float64 { return math.Log(12) },
}

// growing are clips of a disc that grows, light on dark or dark on light, from one of four
// sizes, its label. To put its frames in order is to compare sizes.
func growing(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Video}
	const side, frames = 16, 6
	for i := range n {
		kind := i % 4
		radius, rate := 1.5+0.7*float64(kind), 0.6+0.4*r.Float64()
		left, top := 6+4*r.Float64(), 6+4*r.Float64()
		light := 100 + 50*r.Float64()
		if r.IntN(2) == 0 {
			light = -light
		}
		rgb := make([]byte, 0, frames*side*side*3)
		for f := range frames {
			for p := range side * side {
				v := 128 - light/2
				if math.Hypot(float64(p%side)-left, float64(p/side)-top) < radius+rate*float64(f) {
					v += light
				}
				for range 3 {
					rgb = append(rgb, byte(min(max(v+40*r.NormFloat64(), 0), 255)))
				}
			}
		}
		set.Names = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i))
		set.Labels = append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Bytes(rgb, frames, side, side, 3))
	}
	return set
}

func TestThereAreTwelveOrdersAndNoneIsAnothersReverse(t *testing.T) {
	if len(orders) != 12 {
		t.Fatalf("%d orders", len(orders))
	}
	for _, o := range orders {
		if slices.Contains(orders, backwards(o)) {
			t.Errorf("%v is there forwards and backwards", o)
		}
	}
}

// TestFramesComeBackInOrder gives Views a clip whose frames show their time.
func TestFramesComeBackInOrder(t *testing.T) {
	b := cpu.New()
	task, err := frameOrder.Build(tinySetup(rng.New(1)), []byte(`{"crop": 1, "shift": 0, "gray": 0}`))
	if err != nil {
		t.Fatal(err)
	}
	nn.Place(b, task)
	of := data.Batch{Kind: data.Video}
	for i := range 12 {
		of.Samples = append(of.Samples, data.Sample{Name: fmt.Sprint(i), X: film(0, 10, 20, 30, 40, 50, 60, 70, 80, 90)})
	}
	v := task.Views(rng.New(2), of)
	tape := autograd.NewTape(b, rng.New(1))
	tape.Training = false
	defer tape.Free()
	shown, err := task.(Previewer).Preview(context.Background(), tape, of, v)
	if err != nil || len(shown) != 12 {
		t.Fatalf("%d exhibits, %v", len(shown), err)
	}
	brightness := func(x *tensor.Tensor) byte { return x.Buf.(kernel.Bytes)[0] }
	for i, e := range shown {
		var asked, answered []byte
		for k := range shuffled {
			asked, answered = append(asked, brightness(e.Question[k])), append(answered, brightness(e.Answer[k]))
		}
		times := slices.Sorted(slices.Values(asked))
		if len(slices.Compact(slices.Clone(times))) != shuffled {
			t.Errorf("clip %d: the same frame twice: %v", i, asked)
		}
		as := func(order [shuffled]int) (frames []byte) {
			for _, from := range order {
				frames = append(frames, times[from])
			}
			return frames
		}
		order := orders[v[1].Buf.(kernel.Host).Int32s()[i]]
		if !slices.Equal(asked, as(order)) && !slices.Equal(asked, as(backwards(order))) {
			t.Errorf("clip %d: frames %v are said to be in order %v", i, asked, order)
		}
		inOrder := slices.IsSorted(answered) || slices.IsSortedFunc(answered, func(a, b byte) int { return int(b) - int(a) })
		if inOrder != (e.Right == Right) {
			t.Errorf("clip %d: answer %v is %s", i, answered, e.Right)
		}
	}
}

// film is a clip of plain frames, each of one brightness.
func film(levels ...byte) *tensor.Tensor {
	const side = 16
	var px []byte
	for _, l := range levels {
		px = append(px, slices.Repeat([]byte{l}, side*side*3)...)
	}
	return tensor.Bytes(px, len(levels), side, side, 3)
}

func TestClipsWithoutAnOrderAreSetAside(t *testing.T) {
	task := &FrameOrder{}
	for name, c := range map[string]struct {
		x      *tensor.Tensor
		reason string
	}{
		"short":       {film(1, 50, 90), "too short: 3 frames"},
		"still":       {film(9, 9, 9, 9, 9, 9, 9, 9), "too still"},
		"nearly":      {film(9, 9, 9, 50, 50, 50, 90, 90), "too still"},
		"boomerang":   {film(0, 20, 40, 60, 80, 60, 40, 20, 0), "a palindrome"},
		"double peak": {film(0, 20, 40, 60, 80, 80, 60, 40, 20, 0), "a palindrome"},
		"mostly":      {film(10, 0, 20, 40, 60, 80, 60, 40, 20), "a palindrome"},
		"rising":      {film(0, 20, 40, 60, 80, 100, 120), ""},
		"four":        {film(0, 20, 40, 60), ""},
		"paused":      {film(0, 20, 20, 20, 40, 40, 60, 80), ""},
		"one way up":  {film(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 60), ""},
	} {
		if got := task.Reject(data.Sample{Name: name, X: c.x}); !strings.HasPrefix(got, c.reason) || (got == "") != (c.reason == "") {
			t.Errorf("%s: %q, want %q", name, got, c.reason)
		}
	}
}
