package probe

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Embedding is a pass of an encoder over samples, without learning.
type Embedding struct {
	Backend kernel.Backend
	Encoder nn.Encoder                          // placed on Backend
	Input   func(i int) (*tensor.Tensor, error) // what the encoder sees of sample i, a host tensor; all of one shape
	N       int                                 // samples
	Batch   int                                 // samples that go through together; memory grows with it
	Each    func(done, total int)               // called after every batch, if set: to show progress, or to let others run
}

// Run returns the pooled features of all samples, [N, encoder's width].
func (e Embedding) Run(ctx context.Context) (Features, error) {
	f := Features{N: e.N, Width: e.Encoder.Width(), backend: e.Backend}
	f.Data = make([]float32, 0, f.N*f.Width)
	for from := 0; from < e.N; from += e.Batch {
		if err := ctx.Err(); err != nil {
			return Features{}, fmt.Errorf("probe: embedding stopped at sample %d: %w", from, err)
		}
		until := min(from+e.Batch, e.N)
		rows, err := e.batch(ctx, from, until)
		if err != nil {
			return Features{}, err
		}
		f.Data = append(f.Data, rows...)
		if e.Each != nil {
			e.Each(until, e.N)
		}
	}
	return f, nil
}

func (e Embedding) batch(ctx context.Context, from, until int) ([]float32, error) {
	xs := make([]*tensor.Tensor, 0, until-from)
	for i := from; i < until; i++ {
		x, err := e.Input(i)
		if err != nil {
			return nil, fmt.Errorf("probe: sample %d: %w", i, err)
		}
		xs = append(xs, x)
	}
	tape := autograd.NewTape(e.Backend, rng.New(0))
	tape.Training = false
	defer tape.Free()
	h := nn.Pool(e.Encoder.Encode(tape.Input(tensor.Stack(xs...))))
	rows, err := tape.Download(ctx, h.Value())
	if err != nil {
		return nil, fmt.Errorf("probe: features of samples %d to %d: %w", from, until-1, err)
	}
	return rows, nil
}
