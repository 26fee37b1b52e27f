package pretext

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// nearest shows how views are matched: for each of n samples its two views, and as
// the prediction the view in the batch nearest to the first. z [2n, width] is the unit rows of
// views [2n, size, size, 3]: n first views and then n second views.
func nearest(ctx context.Context, t *autograd.Tape, z autograd.Var, b data.Batch, views *tensor.Tensor) ([]Example, error) {
	rows, err := t.Download(ctx, z.MatMulT(z).Value())
	if err != nil {
		return nil, err
	}
	m, size := views.Shape[0], views.Shape[1]
	all, px := views.Buf.(kernel.Host), views.Shape[1:].Size()
	picture := func(i int) *tensor.Tensor { return view.Picture(all[i*px:][:px], size) }
	examples := make([]Example, m/2)
	for i := range examples {
		best := -1
		for j, cosine := range rows[i*m:][:m] {
			if j != i && (best < 0 || cosine > rows[i*m+best]) {
				best = j
			}
		}
		e := Example{Name: b.Samples[i].Name, Question: []*tensor.Tensor{picture(i), picture(i + m/2)}, Answer: []*tensor.Tensor{picture(best)},
			Words: fmt.Sprintf("nearest of %d, cosine %.2f", m-1, rows[i*m+best]), Right: Wrong}
		if best == i+m/2 {
			e.Right = Right
		}
		examples[i] = e
	}
	return examples, nil
}
