package pretext

import (
	"autodidact/core/kernel"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/train"
)

type slice struct {
	kind data.Kind
	xs   []*tensor.Tensor
}

func (s slice) Kind() data.Kind               { return s.kind }
func (s slice) Len() int                      { return len(s.xs) }
func (s slice) At(i int) (data.Sample, error) { return data.Sample{X: s.xs[i]}, nil }

func images(r *rng.Rand, n int) (s slice) {
	s.kind = data.Images
	for range n {
		px := make([]float32, 64)
		for i := range px {
			px[i] = float32(r.NormFloat64())
		}
		s.xs = append(s.xs, tensor.Float32s(px, 1, 8, 8))
	}
	return s
}

func texts(r *rng.Rand, n int) (s slice) {
	s.kind = data.Text
	for range n {
		w := make([]int32, 12)
		at := r.IntN(12)
		for i := range w {
			w[i] = int32(1 + (at+i)%12)
		}
		s.xs = append(s.xs, tensor.Int32s(w, 12))
	}
	return s
}

func TestLearns(t *testing.T) {
	r := rng.New(1)
	for _, c := range []struct {
		task string
		src  data.Source
		set  Setup
	}{
		{"simclr", images(r, 32), Setup{nn.NewPatchEncoder(r, 64, 32), 0, r}},
		{"maskedlm", texts(r, 64), Setup{nn.NewTokenEncoder(r, 13, 12, 32), 13, r}},
	} {
		t.Run(c.task, func(t *testing.T) {
			spec, err := Find(c.task)
			if err != nil {
				t.Fatal(err)
			}
			task, err := spec.Build(c.set, nil)
			if err != nil {
				t.Fatal(err)
			}
			loop := train.Loop{Backend: cpu.New(), Learner: task, Rand: r,
				Batches: data.Epochs(c.src, 16, 0, r), Optim: optim.NewAdamW(0.01),
				Rate: optim.Cosine(3e-3, 10, 400), Until: 400}
			var first, last float32
			for p, err := range loop.Steps(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				if p.Step == 0 {
					first = p.Loss
				}
				last = p.Loss
			}
			t.Logf("loss %.3f -> %.3f", first, last)
			if last > 0.6*first {
				t.Errorf("loss went from %.3f to only %.3f", first, last)
			}
			var names []string
			for n, p := range nn.Params(task) {
				names = append(names, fmt.Sprint(n, p.Value.Shape))
			}
			t.Log(strings.Join(names, " "))
		})
	}
}

func TestShapeErrorIsAnError(t *testing.T) {
	r := rng.New(1)
	task := newSimCLR(Setup{nn.NewPatchEncoder(r, 65, 32), 0, r}, SimCLROptions{Temperature: 1, Width: 8})
	loop := train.Loop{Backend: cpu.New(), Learner: task, Rand: r, Batches: data.Epochs(images(r, 4), 4, 0, r),
		Optim: optim.NewAdamW(0), Rate: optim.Cosine(1, 1, 1), Until: 3}
	for _, err := range loop.Steps(t.Context()) {
		t.Log(err)
		if err == nil {
			t.Error("want a shape error")
		}
	}
}

func TestFollowAndTooFew(t *testing.T) {
	r := rng.New(1)
	slow, fast := nn.NewMLP(r, 2, 2, 2), nn.NewMLP(r, 2, 2, 2)
	a := tensor.NewArena(cpu.New())
	for range 2000 {
		nn.Follow(a, slow, fast, 0.99)
	}
	s, f := slow.In.Weight.Value.Buf.(kernel.Host), fast.In.Weight.Value.Buf.(kernel.Host)
	for i := range s {
		if d := s[i] - f[i]; d > 1e-3 || d < -1e-3 {
			t.Errorf("slow %v, fast %v", s, f)
		}
	}
	for _, err := range data.Epochs(images(r, 3), 4, 0, r) {
		if !errors.Is(err, data.ErrTooFew) {
			t.Errorf("got %v, want ErrTooFew", err)
		}
	}
	n := 0
	var from2 string
	for b := range data.Epochs(images(rng.New(5), 8), 4, 0, rng.New(9)) {
		if n == 2 {
			from2 = fmt.Sprint(b.Samples[0].X.Buf)
			break
		}
		n++
	}
	for b := range data.Epochs(images(rng.New(5), 8), 4, 2, rng.New(9)) {
		if fmt.Sprint(b.Samples[0].X.Buf) != from2 {
			t.Error("a resumed run sees other batches")
		}
		break
	}
}
