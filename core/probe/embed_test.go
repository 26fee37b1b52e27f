package probe

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
)

// scaler is an encoder that triples each of two positions [batch, 2, 3], and refuses to train.
type scaler struct{ t *testing.T }

func (s scaler) Width() int { return 3 }
func (s scaler) Encode(x autograd.Var) autograd.Var {
	if x.Tape().Training {
		s.t.Error("the encoder was told to train")
	}
	return x.Scale(3)
}

func embedding(t *testing.T, n int) Embedding {
	return Embedding{Backend: cpu.New(), Encoder: scaler{t}, N: n, Batch: 3,
		Input: func(i int) (*tensor.Tensor, error) {
			v := float32(i)
			return tensor.Float32s([]float32{v, 0, 1, v, 2, 3}, 2, 3), nil
		}}
}

func TestEmbeddingPoolsEverySampleInOrder(t *testing.T) {
	e := embedding(t, 7) // two whole batches and a rest
	var seen []int
	e.Each = func(done, total int) { seen = append(seen, done, total) }
	f, err := e.Run(t.Context())
	if err != nil || f.N != 7 || f.Width != 3 {
		t.Fatalf("%d x %d, %v", f.N, f.Width, err)
	}
	for i := range 7 {
		if want := []float32{3 * float32(i), 3, 6}; !slices.Equal(f.Row(i), want) {
			t.Errorf("sample %d: %v, want %v", i, f.Row(i), want)
		}
	}
	if !slices.Equal(seen, []int{3, 7, 6, 7, 7, 7}) {
		t.Errorf("progress %v", seen)
	}
}

func TestEmbeddingNamesTheSampleThatFails(t *testing.T) {
	e := embedding(t, 7)
	bad := errors.New("no such picture")
	input := e.Input
	e.Input = func(i int) (*tensor.Tensor, error) {
		if i == 4 {
			return nil, bad
		}
		return input(i)
	}
	if _, err := e.Run(t.Context()); !errors.Is(err, bad) || !strings.Contains(err.Error(), "sample 4") {
		t.Errorf("got %v", err)
	}
}

func TestEmbeddingStopsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := embedding(t, 7)
	e.Each = func(done, _ int) { cancel() }
	if _, err := e.Run(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "sample 3") {
		t.Errorf("got %v", err)
	}
}
