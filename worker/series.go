package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

// Readings is what an encoder of series knows of them: its channels, and what is usual in each.
type Readings struct {
	Channels []string   `json:"channels"`
	Scale    data.Scale `json:"scale"`

	Missing []data.Missing `json:"missing,omitempty"` // values that mean that nothing was read
}

// readingsOf is the readings that a saved state came with; nil if it has none, or is nil.
func readingsOf(s *checkpoint.State) (*Readings, error) {
	if s == nil || s.Meta[metaReadings] == "" {
		return nil, nil
	}
	r := &Readings{}
	if err := json.Unmarshal([]byte(s.Meta[metaReadings]), r); err != nil || len(r.Channels) == 0 || len(r.Channels) != len(r.Scale.Mean) || len(r.Channels) != len(r.Scale.Std) {
		return nil, &checkpoint.FormatError{Reason: "the channels in the checkpoint cannot be read"}
	}
	return r, nil
}

// readings is what is known of the series of set, when windows of long rows are learned from.
func readings(set *data.Set, long int) *Readings {
	return &Readings{set.Recordings.Channels, set.Recordings.Scale(long), set.Missing()}
}

// fits says what keeps recordings from being read as r was learned.
func (r *Readings) fits(of *data.Recordings) error {
	if fmt.Sprint(r.Channels) != fmt.Sprint(of.Channels) {
		return &MisfitError{fmt.Sprintf("the encoder learned from channels %v; these are %v", r.Channels, of.Channels)}
	}
	return nil
}

// aheadOf is how many rows after a window a task asks about.
func aheadOf(task pretext.Task) int {
	if t, ok := task.(interface{ Ahead() int }); ok {
		return t.Ahead()
	}
	return 0
}

// embedSeries gives of each window, for each channel, the mean of its features and the last of them, and what
// normalising took out: the channel's mean and spread. In all at most mostWide numbers.
func (l Looker) embedSeries(ctx context.Context, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	if at == nil {
		at = make([]int, set.Len())
		for i := range at {
			at[i] = i
		}
	}
	windows := make([]data.Window, len(at))
	for k, i := range at {
		w := set.Windows[i]
		windows[k] = data.Window{Of: w.Of, From: w.From + w.Rows - l.Size, Rows: l.Size}
	}
	seen, err := l.watch(ctx, set.Recordings, windows, each)
	if err != nil {
		return probe.Features{}, err
	}
	rows := make([][]float32, len(seen))
	for i, s := range seen {
		rows[i] = s.all()
	}
	return narrowed(rows).On(l.Backend), nil
}

// mostWide is the width of features beyond which they are projected: whitening costs its third power.
const mostWide = 512

// narrowed is rows as features; wider ones by a random projection, always the same.
func narrowed(rows [][]float32) probe.Features {
	f := probe.Features{N: len(rows)}
	if len(rows) == 0 {
		return f
	}
	wide := len(rows[0])
	f.Width = min(wide, mostWide)
	f.Data = make([]float32, f.N*f.Width)
	if wide <= mostWide {
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

// A sight is what an encoder makes of one window.
type sight struct {
	window    []float32 // normalised readings [rows, channels], NaN where missing
	mean, std []float32 // what normalising took out, in scaled units, [channels]
	pooled    []float32 // features, [lanes, width]: mean over positions
	last      []float32 // and at the last
}

// all is what tells windows apart: features, and how high and how lively each channel is.
func (s sight) all() []float32 {
	row := append(append([]float32(nil), s.pooled...), s.last...)
	row = append(row, s.mean...)
	return append(row, s.std...)
}

// watchedTogether is how many rows of all windows go through an encoder together.
const watchedTogether = 1 << 14

// watch looks at windows of Size rows.
func (l Looker) watch(ctx context.Context, of *data.Recordings, windows []data.Window, each func(done, total int)) ([]sight, error) {
	enc, ok := l.Encoder.(encoder.SeriesEncoder)
	if !ok || l.Readings == nil {
		return nil, &MisfitError{"this encoder does not read series"}
	}
	if err := l.Readings.fits(of); err != nil {
		return nil, err
	}
	c := len(of.Channels)
	batch := max(1, watchedTogether/(l.Size*c))
	out := make([]sight, len(windows))
	for from := 0; from < len(windows); from += batch {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("looking stopped at window %d: %w", from, err)
		}
		some := out[from:min(from+batch, len(windows))]
		for i := range some {
			rows := make([]float32, l.Size*c)
			of.Into(rows, windows[from+i])
			some[i] = l.normal(rows)
		}
		if err := l.see(ctx, enc, some); err != nil {
			return nil, err
		}
		if each != nil {
			each(from+len(some), len(windows))
		}
	}
	return out, nil
}

// normal is a window of readings as they were read, not yet looked at.
func (l Looker) normal(rows []float32) sight {
	l.Readings.Scale.Apply(rows)
	s := sight{window: rows}
	s.mean, s.std = view.Normalise(rows, len(l.Readings.Channels), l.Size)
	return s
}

// see fills in the features of windows.
func (l Looker) see(ctx context.Context, enc encoder.SeriesEncoder, some []sight) error {
	c, g := len(l.Readings.Channels), enc.Channels()
	lanes := c / g
	one := l.Size * 2 * c
	x := make([]float32, len(some)*one)
	for i, s := range some {
		view.Marked(x[i*one:][:one], s.window, c, g)
	}
	t := autograd.NewTape(l.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	h := enc.Encode(t.Input(tensor.Float32s(x, len(some)*lanes, l.Size, 2*g)))
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
		some[i].pooled, some[i].last = pooled[i*lanes*w:][:lanes*w], last[i*lanes*w:][:lanes*w]
	}
	return nil
}

type seriesReader struct {
	look Looker
	enc  encoder.SeriesEncoder
}

func (r seriesReader) lanes() int { return len(r.look.Readings.Channels) / r.enc.Channels() }
func (r seriesReader) width() int { return 2*r.lanes()*r.enc.Width() + 2*len(r.look.Readings.Channels) }

// views are windows as the encoder reads them, and what normalising took out of each, [n, 2·channels].
func (r seriesReader) views(set *data.Set, at []int, _ *rng.Rand) data.Views {
	c, g, long := len(r.look.Readings.Channels), r.enc.Channels(), r.look.Size
	x, levels := make([]float32, len(at)*long*2*c), make([]float32, 0, len(at)*2*c)
	for k, i := range at {
		w, rows := set.Windows[i], make([]float32, long*c)
		set.Recordings.Into(rows, data.Window{Of: w.Of, From: w.From + w.Rows - long, Rows: long})
		s := r.look.normal(rows)
		view.Marked(x[k*long*2*c:][:long*2*c], s.window, c, g)
		levels = append(append(levels, s.mean...), s.std...)
	}
	return data.Views{tensor.Float32s(x, len(at)*r.lanes(), long, 2*g), tensor.Float32s(levels, len(at), 2*c)}
}

// features are, of each channel, the mean over positions and the last, and then how high and how lively each is.
func (r seriesReader) features(t *autograd.Tape, v data.Views, _ float32) autograd.Var {
	h := r.enc.Encode(t.Input(v[0]))
	rows, positions, w := h.Dim(0), h.Dim(1), h.Dim(2)
	n := rows / r.lanes()
	last := autograd.Gather(h.Reshape(rows*positions, w), t.Input(ends(rows, positions)))
	wide := func(x autograd.Var) autograd.Var { return x.Reshape(n, r.lanes()*w).Transpose(1, 0) }
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
