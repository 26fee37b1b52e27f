package pretext

import (
	"bytes"
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

var simCLRTrial = trial{
	setup:   tinySetup,
	samples: textures,
	input:   func(x *tensor.Tensor) *tensor.Tensor { return view.Center(x, 16) },
	batch:   16,
	steps:   300,
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		s := task.(*SimCLR)
		z := s.project(t.Input(v[0]))
		rows, _ := t.Download(context.Background(), z.Value())
		return slowNTXent(rows, z.Dim(1), float64(s.temperature))
	},
	// The first views alone, taken for twins by halves: each is of another picture.
	sever: func(v data.Views) data.Views {
		n := v[0].Shape[0] / 2
		half := v[0].Buf.(kernel.Host)[:n*v[0].Shape[1:].Size()]
		return data.Views{tensor.Float32s(half, n, v[0].Shape[1], v[0].Shape[2], 3)}
	},
	chance: func(_ func(data.Views) float64, v data.Views) float64 { return math.Log(float64(v[0].Shape[0] - 1)) },
}

// tinySetup is of an encoder that trains in a second.
func tinySetup(r *rng.Rand) Setup {
	return Setup{Encoder: newTinyEncoder(r.For("encoder", 0)), NewEncoder: func() nn.Encoder { return newTinyEncoder(r.For("encoder", 0)) }, Size: 16, Rand: r}
}

// tinyEncoder is two convolutions.
type tinyEncoder struct {
	Conv1 *nn.Conv2D
	Norm1 *nn.BatchNorm
	Conv2 *nn.Conv2D
	Norm2 *nn.BatchNorm
}

func newTinyEncoder(r *rng.Rand) nn.Encoder {
	return &tinyEncoder{nn.NewConv2D(r, 3, 16, 3, 2), nn.NewBatchNorm(16), nn.NewConv2D(r, 16, 32, 3, 2), nn.NewBatchNorm(32)}
}

func (e *tinyEncoder) Width() int { return 32 }

func (e *tinyEncoder) Encode(x autograd.Var) autograd.Var {
	h := e.Norm1.Forward(e.Conv1.Forward(x)).Relu()
	h = e.Norm2.Forward(e.Conv2.Forward(h)).Relu()
	return h.Reshape(h.Dim(0), h.Dim(1)*h.Dim(2), 32)
}

// textures are stripes, lying or standing, checks and blots, of any tint, at any
// place and pitch: their pixels hardly distinguish them.
func textures(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Images}
	const side = 24
	for i := range n {
		kind := i % 4
		pitch, px, py := 2+2*r.Float64(), 6*r.Float64(), 6*r.Float64()
		tint := [3]float64{40 * r.NormFloat64(), 40 * r.NormFloat64(), 40 * r.NormFloat64()}
		rgb := make([]byte, 0, side*side*3)
		for y := range side {
			for x := range side {
				u, v := math.Sin((float64(x)+px)*math.Pi/pitch), math.Sin((float64(y)+py)*math.Pi/pitch)
				light := 128 + 80*[4]float64{u, v, u * v, max(u, v)}[kind]
				for c := range 3 {
					rgb = append(rgb, byte(min(max(light+tint[c]+20*r.NormFloat64(), 0), 255)))
				}
			}
		}
		set.Names = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i))
		set.Labels = append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Bytes(rgb, side, side, 3))
	}
	return set
}

// slowNTXent is equation 1 of arXiv:2002.05709, averaged over all 2n views; z is n rows and their n twins.
func slowNTXent(z []float32, width int, temperature float64) float64 {
	m := len(z) / width
	sim := func(i, j int) (s float64) {
		var ii, jj float64
		for c := range width {
			a, b := float64(z[i*width+c]), float64(z[j*width+c])
			s, ii, jj = s+a*b, ii+a*a, jj+b*b
		}
		return s / math.Sqrt(ii*jj) / temperature
	}
	var loss float64
	for i := range m {
		var all float64
		for j := range m {
			if j != i {
				all += math.Exp(sim(i, j))
			}
		}
		loss -= math.Log(math.Exp(sim(i, (i+m/2)%m))/all) / float64(m)
	}
	return loss
}

func TestNTXentIsItsFormulaAtEveryTemperature(t *testing.T) {
	b := cpu.New()
	for _, temperature := range []float32{0.05, 0.2, 1} {
		tape := autograd.NewTape(b, rng.New(1))
		x := make([]float32, 10*7)
		r := rng.New(2)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		z := nn.Unit(tape.Input(tensor.Float32s(x, 10, 7)))
		got, err := tape.Download(t.Context(), contrast(z, temperature).Value())
		if err != nil {
			t.Fatal(err)
		}
		if want := slowNTXent(x, 7, float64(temperature)); math.Abs(float64(got[0])-want) > 1e-4*want {
			t.Errorf("at %g the loss is %g, by its formula %g", temperature, got[0], want)
		}
		tape.Free()
	}
}

func TestSimCLRViewsEachPictureTwiceAndShowsThePairsTogether(t *testing.T) {
	spec, err := Find("simclr")
	if err != nil {
		t.Fatal(err)
	}
	// With every effect off both views are the picture itself.
	task, err := spec.Build(simCLRTrial.setup(rng.New(1)), []byte(`{"crop":1,"flip":false,"jitter":0,"gray":0,"blur":0}`))
	if err != nil {
		t.Fatal(err)
	}
	set := textures(rng.New(2), 3)
	var b data.Batch
	for i := range 3 {
		s, _ := set.At(i)
		b.Samples = append(b.Samples, s)
	}
	v := task.Views(rng.New(3), b)
	if want := (tensor.Shape{6, 16, 16, 3}); len(v) != 1 || !slices.Equal(v[0].Shape, want) {
		t.Fatalf("views have shape %v, want %v", v[0].Shape, want)
	}
	b1 := cpu.New()
	nn.Place(b1, task)
	tape := autograd.NewTape(b1, rng.New(4))
	defer tape.Free()
	tape.Training = false
	shown, err := task.(Previewer).Preview(t.Context(), tape, b, v)
	if err != nil || len(shown) != 3 {
		t.Fatalf("%d exhibits, %v", len(shown), err)
	}
	for i, e := range shown {
		want := view.Square(set.X[i], 16).Buf.(kernel.Bytes)
		for _, p := range append(e.Question, e.Answer...) {
			if !slices.Equal(p.Shape, tensor.Shape{16, 16, 3}) || !bytes.Equal(p.Buf.(kernel.Bytes), want) {
				t.Errorf("a picture of exhibit %d is not of sample %d", i, i)
			}
		}
		if e.Name != set.Names[i] || e.Right != Right {
			t.Errorf("exhibit %d is %s of %s", i, e.Right, e.Name)
		}
	}
	task, _ = spec.Build(simCLRTrial.setup(rng.New(1)), nil)
	v = task.Views(rng.New(3), b)
	px := v[0].Shape[1:].Size()
	all := v[0].Buf.(kernel.Host)
	if slices.Equal(all[:px], all[3*px:4*px]) {
		t.Error("a view and its twin are the same")
	}
}
