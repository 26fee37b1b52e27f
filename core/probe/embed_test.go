package probe

import (
	"context"
	"errors"
	"math"
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
		s.t.Error("the encoder was set to train")
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

func TestEmbeddingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := embedding(t, 7)
	e.Each = func(done, _ int) { cancel() }
	if _, err := e.Run(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "sample 3") {
		t.Errorf("got %v", err)
	}
}

// asIs is an encoder of pictures [batch, side*side, 2] that are maps already.
type asIs struct{}

func (asIs) Width() int                         { return 2 }
func (asIs) Encode(x autograd.Var) autograd.Var { return x }

func TestEachQuadrantIsAveragedByItself(t *testing.T) {
	for _, side := range []int{2, 3, 4, 5} {
		maps := make([]float32, 3*side*side*2)
		for i := range maps {
			maps[i] = float32(i*i%17) - 8
		}
		e := Embedding{Backend: cpu.New(), Encoder: asIs{}, N: 3, Batch: 2, Side: 2,
			Input: func(i int) (*tensor.Tensor, error) {
				return tensor.Float32s(maps[i*side*side*2:][:side*side*2], side*side, 2), nil
			}}
		f, err := e.Run(t.Context())
		if err != nil || f.Width != 8 || f.Cells != 4 {
			t.Fatalf("%d wide in %d cells, %v", f.Width, f.Cells, err)
		}
		for i := range 3 {
			// Twice the resolution, so that quadrants of an odd side end between two pixels.
			want := make([]float64, 8)
			for y := range 2 * side {
				for x := range 2 * side {
					for c := range 2 {
						v := maps[((i*side+y/2)*side+x/2)*2+c]
						want[(y/side*2+x/side)*2+c] += float64(v) / float64(side*side)
					}
				}
			}
			for j, v := range f.Row(i) {
				if math.Abs(float64(v)-want[j]) > 1e-5 {
					t.Errorf("side %d, picture %d: cell %d channel %d is %g, want %g", side, i, j/2, j%2, v, want[j])
				}
			}
		}
		p, whole := f.Pooled(), Embedding{Backend: e.Backend, Encoder: e.Encoder, N: 3, Batch: 2, Input: e.Input}
		w, err := whole.Run(t.Context())
		if err != nil || p.Width != 2 {
			t.Fatalf("%d wide, %v", p.Width, err)
		}
		for i, v := range w.Data {
			if math.Abs(float64(v-p.Data[i])) > 1e-5 {
				t.Errorf("side %d: pooled cells are %v, and everything pooled %v", side, p.Data, w.Data)
				break
			}
		}
	}
}
