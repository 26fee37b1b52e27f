package kind

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/report"
)

// A Window is what an encoder makes of one window of a series.
type Window struct {
	Rows      []float32 // normalised readings [rows, channels], NaN where missing
	Mean, Std []float32 // what normalising took out, in scaled units, [channels]
	Pooled    []float32 // features, [lanes, width]: mean over positions
	Last      []float32 // and at the last
}

// Features is what distinguishes windows: features, and how high and how lively each channel is.
func (w Window) Features() []float32 {
	row := append(append([]float32(nil), w.Pooled...), w.Last...)
	row = append(row, w.Mean...)
	return append(row, w.Std...)
}

// Embed gives of each window, for each channel, the mean of its features and the last of them, and what normalising took
// out: the channel's mean and spread. In all at most maxWidth numbers.
func (series) Embed(ctx context.Context, e Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	windows := make([]data.Window, len(at))
	for k, i := range at {
		w := set.Windows[i]
		windows[k] = data.Window{Of: w.Of, From: w.From + w.Rows - e.Size, Rows: e.Size}
	}
	seen, err := e.Windows(ctx, set.Recordings, windows, each)
	if err != nil {
		return probe.Features{}, err
	}
	rows := make([][]float32, len(seen))
	for i, s := range seen {
		rows[i] = s.Features()
	}
	return Narrowed(rows).On(e.Backend), nil
}

// maxWidth is the width of features beyond which they are projected: whitening costs its third power.
const maxWidth = 512

// Narrowed is rows as features; wider ones by a random projection, always the same.
func Narrowed(rows [][]float32) probe.Features {
	f := probe.Features{N: len(rows)}
	if len(rows) == 0 {
		return f
	}
	wide := len(rows[0])
	f.Width = min(wide, maxWidth)
	f.Data = make([]float32, f.N*f.Width)
	if wide <= maxWidth {
		for i, row := range rows {
			copy(f.Row(i), row)
		}
		return f
	}
	r, words := rng.New(0).For("projection", wide), (f.Width+63)/64
	signs := make([]uint64, wide*words)
	for i := range signs {
		signs[i] = r.Uint64()
	}
	for i, row := range rows {
		to := f.Row(i)
		for k, v := range row {
			for c := range to {
				if signs[k*words+c/64]>>(c%64)&1 == 1 {
					to[c] += v
				} else {
					to[c] -= v
				}
			}
		}
	}
	return f
}

// rowsOnePass is how many rows of all windows go through an encoder together.
const rowsOnePass = 1 << 14

// Windows looks at windows of Size rows.
func (e Embedder) Windows(ctx context.Context, of *data.Recordings, windows []data.Window, each func(done, total int)) ([]Window, error) {
	enc, ok := e.Encoder.(encoder.SeriesEncoder)
	if !ok || e.Channels == nil {
		return nil, report.Mismatch("this encoder does not read series")
	}
	if err := e.Channels.fit(of); err != nil {
		return nil, err
	}
	c := len(of.Channels)
	batch := max(1, rowsOnePass/(e.Size*c))
	out := make([]Window, len(windows))
	for from := 0; from < len(windows); from += batch {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("looking stopped at window %d: %w", from, err)
		}
		some := out[from:min(from+batch, len(windows))]
		for i := range some {
			rows := make([]float32, e.Size*c)
			of.Into(rows, windows[from+i])
			some[i] = e.normalised(rows)
		}
		if err := e.see(ctx, enc, some); err != nil {
			return nil, err
		}
		if each != nil {
			each(from+len(some), len(windows))
		}
	}
	return out, nil
}

// normalised is a window of readings as they were read, not yet looked at.
func (e Embedder) normalised(rows []float32) Window {
	e.Channels.Scale.Apply(rows)
	w := Window{Rows: rows}
	w.Mean, w.Std = view.Normalise(rows, len(e.Channels.Names), e.Size)
	return w
}

// see fills in the features of windows.
func (e Embedder) see(ctx context.Context, enc encoder.SeriesEncoder, some []Window) error {
	c, g := len(e.Channels.Names), enc.Channels()
	lanes := c / g
	one := e.Size * 2 * c
	x := make([]float32, len(some)*one)
	for i, s := range some {
		view.Marked(x[i*one:][:one], s.Rows, c, g)
	}
	t := autograd.NewTape(e.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	h := enc.Encode(t.Input(tensor.Float32s(x, len(some)*lanes, e.Size, 2*g)))
	n, positions, w := h.Dim(0), h.Dim(1), h.Dim(2)
	pooled, err := t.Download(ctx, h.Mean(1).Value())
	if err != nil {
		return err
	}
	last, err := t.Download(ctx, autograd.Gather(h.Reshape(n*positions, w), t.Input(ends(n, positions))).Value())
	if err != nil {
		return err
	}
	for i := range some {
		some[i].Pooled, some[i].Last = pooled[i*lanes*w:][:lanes*w], last[i*lanes*w:][:lanes*w]
	}
	return nil
}

func (series) FineTuning(e Embedder, set *data.Set) (FineTuning, error) {
	enc, ok := e.Encoder.(encoder.SeriesEncoder)
	if !ok || e.Channels == nil {
		return nil, report.Mismatch("this encoder does not read series")
	}
	return windowTuning{e, enc}, e.Channels.fit(set.Recordings)
}

type windowTuning struct {
	Embedder
	enc encoder.SeriesEncoder
}

func (w windowTuning) lanes() int { return len(w.Channels.Names) / w.enc.Channels() }
func (w windowTuning) Width() int { return 2*w.lanes()*w.enc.Width() + 2*len(w.Channels.Names) }

// Views are windows as the encoder reads them, and what normalising took out of each, [n, 2·channels].
func (w windowTuning) Views(set *data.Set, at []int, _ *rng.Rand) data.Views {
	c, g, long := len(w.Channels.Names), w.enc.Channels(), w.Size
	x, levels := make([]float32, len(at)*long*2*c), make([]float32, 0, len(at)*2*c)
	for k, i := range at {
		of, rows := set.Windows[i], make([]float32, long*c)
		set.Recordings.Into(rows, data.Window{Of: of.Of, From: of.From + of.Rows - long, Rows: long})
		s := w.normalised(rows)
		view.Marked(x[k*long*2*c:][:long*2*c], s.Rows, c, g)
		levels = append(append(levels, s.Mean...), s.Std...)
	}
	return data.Views{tensor.Float32s(x, len(at)*w.lanes(), long, 2*g), tensor.Float32s(levels, len(at), 2*c)}
}

// Features are, of each channel, the mean over positions and the last, and then how high and how lively each is.
func (w windowTuning) Features(t *autograd.Tape, v data.Views, _ float32) autograd.Var {
	h := w.enc.Encode(t.Input(v[0]))
	rows, positions, width := h.Dim(0), h.Dim(1), h.Dim(2)
	n := rows / w.lanes()
	last := autograd.Gather(h.Reshape(rows*positions, width), t.Input(ends(rows, positions)))
	wide := func(x autograd.Var) autograd.Var { return x.Reshape(n, w.lanes()*width).Transpose(1, 0) }
	return autograd.Concat(wide(h.Mean(1)), wide(last), t.Input(v[1]).Transpose(1, 0)).Transpose(1, 0)
}

// ends are the numbers of the last positions of rows.
func ends(rows, positions int) *tensor.Tensor {
	at := make([]int32, rows)
	for i := range at {
		at[i] = int32((i+1)*positions - 1)
	}
	return tensor.Int32s(at, rows)
}
