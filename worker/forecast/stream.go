package forecast

import (
	"context"
	"math"
	"slices"

	"autodidact/core/data"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// A Stream scores readings as they arrive, one row at a time. It keeps the rows of a few windows, and no more.
type Stream struct {
	At float64 // the score from which a reading is an alarm

	rate    float64
	learner *learner // nil if it does not learn
	watch   *Detector
	of      *data.Recordings // the latest rows, as one recording
	seen    *kind.Window     // of the window that ends in the latest row
	gaps    []int            // for how many rows each channel has been missing
	rows    int              // that were fed
}

// StreamScore is what a reading was found to be, and what is expected next.
type StreamScore struct {
	Row      int         `json:"row"`   // counted from 1
	Score    float64     `json:"score"` // 0 while there are too few rows to score
	Kind     string      `json:"kind"`  // what of it is most unusual: one of Kinds
	Alarm    bool        `json:"alarm"`
	Expected []Expected  `json:"expected,omitempty"` // of this row, before it came
	Latest   data.Values `json:"latest"`             // the row itself
	Learned  *float32    `json:"learned,omitempty"`  // the loss, when the encoder learned from it
}

// Expected is the forecast for a channel.
type Expected struct {
	Channel string  `json:"channel"`
	Said    float32 `json:"said"`
	Low     float32 `json:"low"`
	High    float32 `json:"high"`
}

// Stream begins to score rows as they arrive, with alarms for a fraction of clean readings.
func (w *Detector) Stream(rate float64) *Stream {
	ours, _ := w.Threshold(rate)
	known := w.f.embedder.Channels
	return &Stream{At: ours.At, rate: rate, watch: w, gaps: make([]int, len(known.Names)),
		of: &data.Recordings{Channels: known.Names, Of: make([]data.Recording, 1)}}
}

// Coverage is the fraction of readings that bands hold, where nobody says another.
const Coverage = 0.9

// Feed takes a row of readings, one for each channel, NaN where one is missing.
func (f *Stream) Feed(ctx context.Context, row []float32) (StreamScore, error) {
	c, size := len(f.of.Channels), f.watch.f.embedder.Size
	if len(row) != c {
		return StreamScore{}, report.Mismatch("a row of %d readings; there are %d channels: %v", len(row), c, f.of.Channels)
	}
	x := &f.of.Of[0].X
	if len(*x) > 4*size*c { // forget what no window reaches
		*x = append([]float32(nil), (*x)[len(*x)-size*c:]...)
	}
	o := origin{0, len(*x) / c}
	row = slices.Clone(row)
	data.Blank(row, f.of.Channels, f.watch.f.embedder.Channels.Missing)
	for ch, v := range row {
		if math.IsInf(float64(v), 0) {
			v = float32(math.NaN())
		}
		*x = append(*x, v)
		if f.gaps[ch]++; v == v {
			f.gaps[ch] = 0
		}
	}
	f.rows++
	fed := StreamScore{Row: f.rows, Latest: data.Values(append([]float32(nil), row...))}
	before := f.seen
	after, err := f.watch.f.windows(ctx, f.of, []origin{{0, o.row + 1}}, nil)
	if err != nil {
		return fed, err
	}
	f.seen = &after[0]
	if f.rows <= size { // no window yet
		return fed, nil
	}
	whole := make([][]float64, c)
	for ch := range whole {
		whole[ch] = f.watch.f.channel(f.of, ch)(0)
	}
	fed.Expected = f.watch.f.expected(*before, whole, o.row)
	kind := []float64{f.watch.errors(whole, o, *before, 1)[0], f.watch.distances(after, []origin{{-1, 0}})[0], 0, 0}
	for ch, gap := range f.gaps {
		if f.watch.f.out[ch] != neverRead {
			kind[kindMissing] = max(kind[kindMissing], float64(gap))
			kind[kindChanged] += f.watch.changed(ch, whole[ch][o.row])
		}
	}
	fed.Score, fed.Kind = f.watch.mixed.Score(kind), f.watch.kindOf(kind)
	fed.Alarm = fed.Score > f.At
	err = f.learn(ctx, row, &fed)
	return fed, err
}

// learn goes on learning from a row, if it is to. One that raised an alarm counts as missing: it is not to become usual.
func (f *Stream) learn(ctx context.Context, row []float32, fed *StreamScore) (err error) {
	if f.learner == nil {
		return nil
	}
	if fed.Alarm {
		row = slices.Repeat([]float32{float32(math.NaN())}, len(row))
	}
	if fed.Learned, err = f.learner.take(ctx, row); err != nil || !f.learner.due() {
		return err
	}
	if f.watch, err = f.learner.refit(ctx, f.watch); err != nil {
		return err
	}
	ours, _ := f.watch.Threshold(f.rate)
	f.At = ours.At
	return nil
}

// expected is what comes first after a window that ends before a row of whole channels, in their own units.
func (f *Forecaster) expected(s kind.Window, whole [][]float64, row int) []Expected {
	var out []Expected
	scale := f.embedder.Channels.Scale
	for c, name := range f.embedder.Channels.Names {
		said := f.predict(s, whole[c][:row], c)
		half := f.bands[c].Half(0, Coverage)
		if math.IsInf(half, 0) { // too little was learned to say
			half = 0
		}
		out = append(out, Expected{name, scale.Undo(c, float32(said[0])), scale.Undo(c, float32(said[0]-half)), scale.Undo(c, float32(said[0]+half))})
	}
	return out
}

// Is says whether the stream was begun with a rate of alarms, and learns or does not.
func (f *Stream) Is(rate float64, learns bool) bool {
	return f.rate == rate && learns == (f.learner != nil)
}
