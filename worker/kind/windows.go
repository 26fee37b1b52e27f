package kind

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/report"
)

// A Window is what an encoder makes of rows of a series: of a window, or of a whole series.
type Window struct {
	Rows      []float32 // normalised readings [rows, channels], NaN where missing
	Mean, Std []float32 // what normalising took out, in scaled units, [channels]
	Pooled    []float32 // features, [lanes, width]: mean over positions
	Max       []float32 // their maximum
	Last      []float32 // and at the last

	moments []moment // of each feature over positions
}

// A moment is the means of a feature and of its square; in float64, or a feature that hardly moves would seem to.
type moment struct{ first, second float64 }

// Features is what distinguishes windows whose label is that of their last row: the mean of features and the last of them, and how
// high and how lively each channel is.
func (w Window) Features() []float32 { return slices.Concat(w.Pooled, w.Last, w.Mean, w.Std) }

// WholeFeatures is what distinguishes whole series, and windows that are something as a whole: the maximum of each feature, as in
// TS2Vec (arXiv:2106.10466), and its standard deviation over time; level and spread as in Features. It is as long.
func (w Window) WholeFeatures() []float32 {
	deviation := make([]float32, len(w.moments))
	for k, m := range w.moments {
		deviation[k] = float32(math.Sqrt(max(0, m.second-m.first*m.first)))
	}
	return slices.Concat(w.Max, deviation, w.Mean, w.Std)
}

// Embed gives of each sample what distinguishes it, [2·lanes·width + 2·channels]; in all at most maxWidth numbers.
func (series) Embed(ctx context.Context, e Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	seen, err := e.read(ctx, set.Recordings, e.samples(set, at), false, each)
	if err != nil {
		return probe.Features{}, err
	}
	rows := make([][]float32, len(seen))
	for i, s := range seen {
		if rows[i] = s.WholeFeatures(); e.Channels.LastRow && !set.Recordings.Whole(set.Windows[at[i]].Of) {
			rows[i] = s.Features()
		}
	}
	return Narrowed(rows).On(e.Backend), nil
}

// samples are the rows of samples of set: of windows, which may be cut otherwise, the last Size; of whole series all.
func (e Embedder) samples(set *data.Set, at []int) []data.Window {
	out := make([]data.Window, len(at))
	for k, i := range at {
		if out[k] = set.Windows[i]; !set.Recordings.Whole(out[k].Of) {
			out[k].From, out[k].Rows = out[k].From+out[k].Rows-e.Size, e.Size
		}
	}
	return out
}

// rowsOnePass is how many rows of all windows go through an encoder together.
const rowsOnePass = 1 << 14

// longestRead is how many rows an encoder that reads any number of them reads together, if its windows have no more.
const longestRead = 2048

// Windows looks at windows of any number of rows, each normalised as a whole. One that is longer than the encoder reads together is
// read in stretches of Size, the last of which ends with it; their features are averaged, of the maxima the greatest is taken and
// of the last ones the last. One that is shorter than the encoder reads has readings missing before it, which are not pooled.
func (e Embedder) Windows(ctx context.Context, of *data.Recordings, windows []data.Window, each func(done, total int)) ([]Window, error) {
	return e.read(ctx, of, windows, true, each)
}

// read is Windows; without keep their rows are forgotten.
func (e Embedder) read(ctx context.Context, of *data.Recordings, windows []data.Window, keep bool, each func(done, total int)) ([]Window, error) {
	enc, ok := e.Encoder.(encoder.SeriesEncoder)
	if !ok || e.Channels == nil {
		return nil, report.Mismatch("this encoder does not read series")
	}
	if err := e.Channels.fit(of); err != nil {
		return nil, err
	}
	out := make([]Window, len(windows))
	var left []stretch
	for i, w := range windows {
		left = append(left, e.stretches(enc, i, w.Rows)...)
	}
	slices.SortStableFunc(left, func(a, b stretch) int { return cmp.Compare(a.rows, b.rows) })
	for total := len(left); len(left) > 0; {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("looking stopped at window %d: %w", total-len(left), err)
		}
		some := onePass(left, len(of.Channels))
		left = left[len(some):]
		for _, s := range some {
			if w := &out[s.of]; w.Rows == nil {
				*w = e.normalised(of, windows[s.of])
			}
		}
		if err := e.see(ctx, enc, out, some); err != nil {
			return nil, err
		}
		for _, s := range some {
			if !keep && (len(left) == 0 || left[0].of != s.of) {
				out[s.of].Rows = nil
			}
		}
		if each != nil {
			each(total-len(left), total)
		}
	}
	return out, nil
}

// A stretch is rows of a window that go through an encoder together; it may begin before the first.
type stretch struct {
	of, from, rows int
	share          float32 // of the window's mean
}

// stretches are those that window i, of some rows, is read in: it is one if the encoder reads it together.
func (e Embedder) stretches(enc encoder.SeriesEncoder, i, rows int) []stretch {
	if patch := enc.Patch(); e.together(enc, rows) {
		whole := (rows + patch - 1) / patch * patch
		return []stretch{{i, rows - whole, whole, 1}}
	}
	return e.inStretches(i, rows)
}

// together says whether so many rows are read together, whatever Size is.
func (e Embedder) together(enc encoder.SeriesEncoder, rows int) bool {
	return enc.Length() == 0 && rows <= max(e.Size, longestRead)
}

// inStretches are those of Size rows that window i, of some rows, is read in; the last ends with it.
func (e Embedder) inStretches(i, rows int) []stretch {
	n := max(1, (rows+e.Size-1)/e.Size)
	all := make([]stretch, n)
	for k := range all {
		all[k] = stretch{i, min(k*e.Size, rows-e.Size), e.Size, 1 / float32(n)}
	}
	return all
}

// onePass is the first of stretches, as many as go through an encoder together: all are equally long.
func onePass(all []stretch, channels int) []stretch {
	n, most := 0, max(1, rowsOnePass/(all[0].rows*channels))
	for n < min(most, len(all)) && all[n].rows == all[0].rows {
		n++
	}
	return all[:n]
}

// normalised is a window of readings as they were read, not yet looked at.
func (e Embedder) normalised(of *data.Recordings, w data.Window) Window {
	rows := make([]float32, w.Rows*len(of.Channels))
	of.Into(rows, w)
	e.Channels.Scale.Apply(rows)
	out := Window{Rows: rows}
	out.Mean, out.Std = view.Normalise(rows, len(of.Channels), w.Rows)
	return out
}

// marked lays a stretch of a window out as the encoder reads it.
func (w Window) marked(to []float32, s stretch, channels, together int) {
	rows := w.Rows
	if s.from >= 0 {
		rows = rows[s.from*channels:][:s.rows*channels]
	} else {
		rows = append(slices.Repeat([]float32{float32(math.NaN())}, -s.from*channels), rows[:(s.from+s.rows)*channels]...)
	}
	view.Marked(to, rows, channels, together)
}

// see reads stretches of windows, all equally long, and adds their features.
func (e Embedder) see(ctx context.Context, enc encoder.SeriesEncoder, windows []Window, some []stretch) error {
	c, g, long := len(e.Channels.Names), enc.Channels(), some[0].rows
	lanes, one := c/g, long*2*c
	x := make([]float32, len(some)*one)
	for i, s := range some {
		windows[s.of].marked(x[i*one:][:one], s, c, g)
	}
	t := autograd.NewTape(e.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	h := enc.Encode(t.Input(tensor.Float32s(x, len(some)*lanes, long, 2*g)))
	positions, width := h.Dim(1), h.Dim(2)
	seen, err := t.Download(ctx, h.Value())
	if err != nil {
		return err
	}
	for i, s := range some {
		windows[s.of].pool(s, seen[i*lanes*positions*width:][:lanes*positions*width], lanes, positions, width)
	}
	return nil
}

// pool takes in the features of a stretch, [lanes, positions, width], of those positions that stand for readings.
func (w *Window) pool(s stretch, h []float32, lanes, positions, width int) {
	if w.Pooled == nil {
		w.moments = make([]moment, lanes*width)
		w.Pooled, w.Max = make([]float32, lanes*width), slices.Repeat([]float32{float32(math.Inf(-1))}, lanes*width)
	}
	w.Last = w.Last[:0]
	first := s.before(positions)
	for lane := range lanes {
		most, moments := w.Max[lane*width:][:width], w.moments[lane*width:][:width]
		row := h[(lane*positions+first)*width : (lane+1)*positions*width]
		weight := float64(s.share) / float64(positions-first)
		for at := 0; at < len(row); at += width {
			for k, v := range row[at:][:width] {
				most[k] = max(most[k], v)
				moments[k].first += weight * float64(v)
				moments[k].second += weight * float64(v) * float64(v)
			}
		}
		w.Last = append(w.Last, row[len(row)-width:]...)
	}
	for k, m := range w.moments {
		w.Pooled[k] = float32(m.first)
	}
}

// before is how many of a stretch's positions stand only for rows before the first.
func (s stretch) before(positions int) int { return max(0, -s.from) / (s.rows / positions) }
