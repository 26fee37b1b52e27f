package run

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
)

// company is how many samples a question is asked among, at least: a twin is easily
// found among three.
const company = 32

// Show asks the task's question about n samples, always the same ones in the same way,
// so that answers can be compared as the encoder learns. It changes nothing in the run.
func (r *Run) Show(ctx context.Context, n int) (shown []pretext.Example, err error) {
	task, ok := r.Task.(pretext.Previewer)
	if !ok {
		return nil, errNoPreview(r.Config.Task)
	}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *tensor.ShapeError:
			err = fmt.Errorf("preview: %w", e)
		default:
			panic(e)
		}
	}()
	among := min(max(n, company), r.from.Len())
	for b, err := range data.Epochs(r.from, among, 0, rng.New(r.Config.Seed)) {
		if err != nil {
			return nil, err
		}
		t := autograd.NewTape(r.backend, r.rand.For("show", 0))
		defer t.Free()
		t.Training = false
		shown, err = task.Preview(ctx, t, b, r.Task.Views(rng.New(r.Config.Seed).For("views", 0), b))
		return shown[:min(n, len(shown))], err
	}
	return nil, data.ErrTooFew
}
