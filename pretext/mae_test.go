package pretext

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

var maeTrial = trial{
	setup: func(r *rng.Rand) Setup {
		return Setup{Encoder: encoder.NewViT(r.For("encoder", 0), 16, 32, 2, 2), Size: 16, Rand: r}
	},
	samples: waves, batch: 16, among: 256, steps: 600, gain: 0.15, options: `{"width": 32, "depth": 1, "mask": 0.5, "crop": 1, "flip": false}`,
	input: func(x *tensor.Tensor) *tensor.Tensor { return view.Center(x, 16) },
	slow: func(task Task, t *autograd.Tape, v data.Views) (loss float64) {
		drawn, want := floats(t, task.(*MAE).reconstruct(t, v)), floats(t, t.Input(v[4]))
		for i := range want {
			for j := range want[i] {
				loss += (drawn[i][j] - want[i][j]) * (drawn[i][j] - want[i][j]) / float64(len(want)*len(want[i]))
			}
		}
		return loss
	},
	// What hidden patches show is dealt out anew.
	sever: func(v data.Views) data.Views {
		order := make([]int32, v[4].Shape[0])
		for i := range order {
			order[i] = int32(i)
		}
		order = scrambled(data.Views{v[0], tensor.Int32s(order, len(order))})[1].Buf.(kernel.Host).Int32s()
		was, inside := v[4].Buf.(kernel.Host), v[4].Shape[1]
		dealt := make([]float32, 0, len(was))
		for _, from := range order {
			dealt = append(dealt, was[int(from)*inside:][:inside]...)
		}
		return data.Views{v[0], v[1], v[2], v[3], tensor.Float32s(dealt, v[4].Shape...)}
	},
	// The guess that is best where nothing is known: gray.
	chance: func(_ func(data.Views) float64, v data.Views) (loss float64) {
		for _, x := range v[4].Buf.(kernel.Host) {
			loss += float64(x) * float64(x) / float64(v[4].Shape.Size())
		}
		return loss
	},
}

// waves run one of four ways at any phase, in much noise: what is hidden goes on as what is seen.
func waves(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Images}
	const side = 16
	for i := range n {
		kind, phase := i%4, 2*math.Pi*r.Float64()
		along := [4][2]float64{{0, 0.8}, {0.8, 0}, {0.6, 0.6}, {0.6, -0.6}}[kind]
		rgb := make([]byte, 0, side*side*3)
		for y := range side {
			for x := range side {
				light := 128 + 70*math.Sin(along[0]*float64(x)+along[1]*float64(y)+phase)
				for range 3 {
					rgb = append(rgb, byte(min(max(light+30*r.NormFloat64(), 0), 255)))
				}
			}
		}
		set.Names = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i))
		set.Labels = append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Bytes(rgb, side, side, 3))
	}
	return set
}

func TestMAEHidesPatchesAndPutsThemBack(t *testing.T) {
	b := cpu.New()
	m := maeTrial.build(t, mae, b, 1).(*MAE)
	of, v := someViews(m)
	if m.patches != 16 || m.hidden != 8 || v[1].Shape[0] != 16*8 || v[3].Shape[0] != 16*8 {
		t.Fatalf("%d of %d patches are hidden, views %v %v", m.hidden, m.patches, v[1].Shape, v[3].Shape)
	}
	both := append(slices.Clone(v[1].Buf.(kernel.Host).Int32s()), v[3].Buf.(kernel.Host).Int32s()...)
	slices.Sort(both)
	for i, at := range both {
		if int(at) != i {
			t.Fatalf("patch %d is neither seen nor hidden, or both", i)
		}
	}
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	tape.Training = false
	shown, err := m.Preview(t.Context(), tape, of, v)
	if err != nil || len(shown) != 16 {
		t.Fatalf("%d exhibits, %v", len(shown), err)
	}
	for _, e := range shown {
		masked, filled, whole := e.Question[0].Buf.(kernel.Bytes), e.Answer[0].Buf.(kernel.Bytes), e.Answer[1].Buf.(kernel.Bytes)
		gray, same := 0, 0
		for p := range 16 {
			at := (p/4*4*16 + p%4*4) * 3
			if masked[at] == 128 && masked[at+1] == 128 && masked[at+4] == 128 {
				gray++
			} else if slices.Equal(masked[at:at+12], whole[at:at+12]) && slices.Equal(filled[at:at+12], whole[at:at+12]) {
				same++
			}
		}
		if gray != 8 || same != 8 {
			t.Errorf("%s: %d patches gray, %d as they are", e.Name, gray, same)
		}
	}
}

// A hidden patch must not reach the encoder: its pixels change nothing in what is drawn.
func TestMAEDoesNotSeeWhatIsHidden(t *testing.T) {
	b := cpu.New()
	m := maeTrial.build(t, mae, b, 1).(*MAE)
	_, v := someViews(m)
	draw := func(pictures *tensor.Tensor) []float32 {
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		d, err := tape.Download(t.Context(), m.reconstruct(tape, append(data.Views{pictures}, v[1:]...)).Value())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	was := draw(v[0])
	change := func(patch int32) []float32 {
		other := slices.Clone(v[0].Buf.(kernel.Host))
		m.paste(other[int(patch)/16*16*16*3:][:16*16*3], make([]float32, 48), int(patch)%16)
		return draw(tensor.Float32s(other, v[0].Shape...))
	}
	if !slices.Equal(was, change(v[3].Buf.(kernel.Host).Int32s()[3])) {
		t.Error("another hidden patch changes what is drawn")
	}
	if slices.Equal(was, change(v[1].Buf.(kernel.Host).Int32s()[3])) {
		t.Error("another seen patch changes nothing")
	}
}
