package probe

import (
	"context"
	"fmt"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Embedding is a forward pass of an encoder over samples, without training.
type Embedding struct {
	Backend kernel.Backend
	Encoder nn.Encoder                          // placed on Backend
	Input   func(i int) (*tensor.Tensor, error) // what the encoder sees of sample i, a host tensor; all of one shape
	Frames  int                                 // if set, Input gives so many pictures at once, [Frames, ...], whose features are averaged
	N       int                                 // samples
	Batch   int                                 // samples that go through together; memory grows with it
	Side    int                                 // cells on a side of a picture, each averaged by itself; 0 is 1
	Each    func(done, total int)               // called after every batch, if set: to show progress, or to let others run
}

// Run returns the features of all samples, [N, cells, encoder's width], averaged over
// the positions in each cell. The position of something in a picture is informative.
func (e Embedding) Run(ctx context.Context) (Features, error) {
	cells := max(e.Side, 1) * max(e.Side, 1)
	f := Features{N: e.N, Width: cells * e.Encoder.Width(), Cells: cells, backend: e.Backend}
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
	x := tensor.Stack(xs...)
	if e.Frames > 0 {
		x = x.Reshape(append([]int{x.Shape[0] * e.Frames}, x.Shape[2:]...)...)
	}
	h := e.Encoder.Encode(tape.Input(x))
	if e.Side <= 1 {
		h = nn.Pool(h)
	}
	if e.Frames > 0 {
		one := append([]int{len(xs)}, h.Shape()[1:]...)
		h = h.Reshape(len(xs), e.Frames, h.Shape().Size()/len(xs)/e.Frames).Mean(1).Reshape(one...)
	}
	rows, err := tape.Download(ctx, h.Value())
	if err != nil {
		return nil, fmt.Errorf("probe: features of samples %d to %d: %w", from, until-1, err)
	}
	if e.Side > 1 {
		return e.cells(rows, h.Dim(1)), nil
	}
	return rows, nil
}

// CellShares is how much each position of a square map, row by row, counts in the mean of each cell, also row by row:
// [cells·cells, side·side].
func CellShares(side, cells int) []float32 {
	spans, shares := boxes(side, cells), make([]float32, cells*cells*side*side)
	for i, rows := range spans {
		for j, cols := range spans {
			cell := shares[(i*cells+j)*side*side:]
			for y, wy := range rows.share {
				for x, wx := range cols.share {
					cell[(rows.from+y)*side+cols.from+x] = wy * wx
				}
			}
		}
	}
	return shares
}

// cells averages maps [n, positions, width], square ones, over Side x Side cells.
func (e Embedding) cells(maps []float32, positions int) []float32 {
	side, width := int(math.Round(math.Sqrt(float64(positions)))), e.Encoder.Width()
	spans, cell := boxes(side, e.Side), 0
	out := make([]float32, len(maps)/positions*e.Side*e.Side)
	for m := maps; len(m) > 0; m = m[positions*width:] {
		for _, rows := range spans {
			for _, cols := range spans {
				mean := out[cell*width:][:width]
				for y, wy := range rows.share {
					for x, wx := range cols.share {
						for c, v := range m[((rows.from+y)*side+cols.from+x)*width:][:width] {
							mean[c] += wy * wx * v
						}
					}
				}
				cell++
			}
		}
	}
	return out
}
