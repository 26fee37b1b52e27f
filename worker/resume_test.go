package worker

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

// Queues, teachers and whatever else a task carries from step to step are in its checkpoint.
func TestEveryTaskKilledAndResumedGoesOnBitForBit(t *testing.T) {
	for _, spec := range pretext.Catalog {
		t.Run(spec.Name, func(t *testing.T) {
			c := Config{Task: spec.Name, Kind: spec.Kinds[0], Size: 16, Batch: 4, Steps: 8, Seed: 3}
			set := resumable(spec.Kinds[0])
			run := func(r *Run, until int) (losses []float32) {
				for p, err := range r.Steps(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					if losses = append(losses, p.Loss); r.Done == until {
						break
					}
				}
				return losses
			}
			whole, err := NewRun(c, set, cpu.New())
			if err != nil {
				t.Fatal(err)
			}
			all := run(whole, 8)

			half, _ := NewRun(c, set, cpu.New())
			first := run(half, 3)
			saved, err := half.State(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			raw := checkpoint.NewMemory()
			if _, err := raw.Save(t.Context(), "run", saved); err != nil { // through bytes
				t.Fatal(err)
			}
			back, err := raw.Load(t.Context(), "run")
			if err != nil {
				t.Fatal(err)
			}
			again, err := OpenRun(back, set, cpu.New())
			if err != nil {
				t.Fatal(err)
			}
			if got := append(first, run(again, 8)...); !slices.Equal(got, all) {
				t.Errorf("curve\n%v\nwithout a break\n%v", got, all)
			}
			x, y := weightsOf(t, whole), weightsOf(t, again)
			for name := range x {
				if !slices.Equal(x[name], y[name]) {
					t.Errorf("%s is another after the break", name)
				}
			}
		})
	}
}

// resumable is eight samples of noise.
func resumable(kind data.Kind) *data.Set {
	set, r := &data.Set{Of: kind}, rng.New(5)
	if kind == data.Text {
		set.Texts = &data.Texts{}
		words := []string{"rain", "fell", "on", "the", "roof", "all", "night", "and", "nobody", "slept"}
		for i := range 40 {
			text := ""
			for range 12 {
				text += words[r.IntN(len(words))] + " "
			}
			set.Names, set.Labels = append(set.Names, fmt.Sprintf("%d.txt", i)), append(set.Labels, "")
			set.Texts.Append(text)
		}
		return set
	}
	if kind == data.Series {
		set.Recordings = waves(r, 2, 400)
		set.Cut(16)
		return set
	}
	shape := tensor.Shape{24, 24, 3}
	if kind == data.Video {
		shape = tensor.Shape{8, 24, 24, 3}
	}
	for i := range 8 {
		noise := make([]byte, shape.Size())
		for k := range noise {
			noise[k] = byte(r.IntN(256))
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("%d.png", i)), append(set.Labels, "")
		set.X = append(set.X, tensor.Bytes(noise, shape...))
	}
	return set
}

// waves are recordings of two channels, waves of 12 and of 31 rows with noise, of which one reading of forty is missing.
func waves(r *rng.Rand, n, rows int) *data.Recordings {
	of := &data.Recordings{Channels: []string{"quick", "slow"}}
	for i := range n {
		x, phase := make([]float32, 2*rows), 10*r.Float64()
		for k := range x {
			x[k] = float32(10*math.Sin(2*math.Pi*(float64(k/2)+phase)/[]float64{12, 31}[k%2])+r.NormFloat64()) + 50
			if r.IntN(40) == 0 {
				x[k] = float32(math.NaN())
			}
		}
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprintf("waves-%d.csv", i), X: x})
	}
	return of
}

func weightsOf(t *testing.T, r *Run) map[string][]float32 {
	all := map[string][]float32{}
	for name, p := range nn.Params(r.Task) {
		x, err := r.host(t.Context(), p.Value)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = x.Buf.(kernel.Host)
	}
	return all
}

// What the untrained encoder makes of the data is what the data's own statistics make of it.
func TestTheUntrainedEncoderKnowsTheStatisticsOfTheData(t *testing.T) {
	set := resumable(data.Images)
	c, err := Config{Size: 16, Encoder: "resnet6"}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	b := cpu.New()
	l, err := Random(t.Context(), c, set, b)
	if err != nil {
		t.Fatal(err)
	}
	// In training a BatchNorm uses the batch's own statistics: with all of the data in a batch, those of the data.
	views := make([]*tensor.Tensor, set.Len())
	for i := range views {
		views[i] = view.Center(set.X[i], 16)
	}
	encode := func(training bool) []float32 {
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		tape.Training = training
		h, err := tape.Download(t.Context(), l.Encoder.Encode(tape.Input(tensor.Stack(views...))).Value())
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	known := encode(false)
	for i, want := range encode(true) {
		if math.Abs(float64(known[i]-want)) > 0.02*max(1, float64(want)) { // running variances divide by n-1
			t.Fatalf("feature %d is %g by the running statistics, %g by the data's own", i, known[i], want)
		}
	}
}
