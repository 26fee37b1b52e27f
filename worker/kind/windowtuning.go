package kind

import (
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/report"
)

func (series) FineTuning(e Embedder, set *data.Set) (FineTuning, error) {
	enc, ok := e.Encoder.(encoder.SeriesEncoder)
	if !ok || e.Channels == nil {
		return nil, report.Mismatch("this encoder does not read series")
	}
	w := windowTuning{Embedder: e, enc: enc, whole: !e.Channels.LastRow || !slices.ContainsFunc(set.Windows, func(x data.Window) bool { return !set.Recordings.Whole(x.Of) })}
	w.parted = !w.allTogether(w.samples(set, probe.All(set.Len())))
	return w, e.Channels.fit(set.Recordings)
}

// windowTuning gives windows and whole series to an encoder that learns labels. Those of a batch are made equally long by missing
// readings before them, which are not pooled.
type windowTuning struct {
	Embedder
	enc    encoder.SeriesEncoder
	whole  bool // what samples are they are as a whole
	parted bool // samples are read in stretches: some of what it learns from are too long to be read together
}

// allTogether says whether the encoder reads each of some samples together.
func (w windowTuning) allTogether(some []data.Window) bool {
	return !slices.ContainsFunc(some, func(s data.Window) bool { return !w.together(w.enc, s.Rows) })
}

func (w windowTuning) lanes() int { return len(w.Channels.Names) / w.enc.Channels() }
func (w windowTuning) Width() int { return 2*w.lanes()*w.enc.Width() + 2*len(w.Channels.Names) }

// mostTuned is how many stretches of a sample are read at most while an encoder learns from it: memory grows with all of them.
func (w windowTuning) mostTuned() int { return max(2, longestRead/w.Size) }

// spread are the stretches that a sample is read in, evenly spread where they are too many.
func (w windowTuning) spread(rows int, parted bool) []stretch {
	if !parted {
		return w.stretches(w.enc, 0, rows)
	}
	all := w.inStretches(0, rows)
	some := make([]stretch, min(len(all), w.mostTuned()))
	for k := range some {
		some[k] = all[k*(len(all)-1)/max(len(some)-1, 1)]
	}
	return some
}

// Notices say of which samples of set not all is read.
func (w windowTuning) Notices(set *data.Set) []data.Rejected {
	var names []string
	for i, s := range w.samples(set, probe.All(set.Len())) {
		if !w.together(w.enc, s.Rows) && len(w.inStretches(0, s.Rows)) > w.mostTuned() {
			names = append(names, set.Names[i])
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{report.Notice("fine-tuning", "%d of %d series are too long to be read as a whole while the encoder learns: of each it reads %d stretches of %d rows, evenly spread (%s)",
		len(names), set.Len(), w.mostTuned(), w.Size, report.List(names, report.MostExamples))}
}

// Views are samples as the encoder reads them, [n·lanes·stretches, long, 2·together]; what normalising took out of each, [n, 2·channels];
// and how much each position counts in the mean, [n·lanes, stretches·positions, 1]. A sample of fewer stretches than others begins with
// empty ones.
func (w windowTuning) Views(set *data.Set, at []int, _ *rng.Rand) data.Views {
	c, g, k := len(w.Channels.Names), w.enc.Channels(), w.lanes()
	samples, of := w.samples(set, at), make([][]stretch, len(at))
	parted := w.parted || !w.allTogether(samples)
	long, most := 0, 0
	for i, s := range samples {
		of[i] = w.spread(s.Rows, parted)
		long, most = max(long, of[i][0].rows), max(most, len(of[i]))
	}
	positions, one := long/w.enc.Patch(), make([]float32, long*2*c)
	x, levels, weight := make([]float32, len(at)*most*len(one)), make([]float32, 0, len(at)*2*c), make([]float32, len(at)*k*most*positions)
	for i, s := range samples {
		seen := w.normalised(set.Recordings, s)
		levels = append(append(levels, seen.Mean...), seen.Std...)
		for n, part := range of[i] {
			counts := part.rows/w.enc.Patch() - part.before(part.rows/w.enc.Patch())
			seen.marked(one, stretch{from: part.from + part.rows - long, rows: long}, c, g)
			for lane := range k {
				row := (i*k+lane)*most + most - len(of[i]) + n
				copy(x[row*long*2*g:], one[lane*long*2*g:][:long*2*g])
				for p := positions - counts; p < positions; p++ {
					weight[row*positions+p] = 1 / float32(len(of[i])*counts)
				}
			}
		}
	}
	return data.Views{tensor.Float32s(x, len(at)*k*most, long, 2*g), tensor.Float32s(levels, len(at), 2*c), tensor.Float32s(weight, len(at)*k, most*positions, 1)}
}

// Features are what Embed gives: the maximum over positions and the deviation, or of windows with the label of their last row the mean
// and the last; and then how high and how lively each channel is.
func (w windowTuning) Features(t *autograd.Tape, v data.Views, _ float32) autograd.Var {
	h := w.enc.Encode(t.Input(v[0]))
	n, width := v[1].Shape[0], h.Dim(2)
	rows, positions := v[2].Shape[0], v[2].Shape[1]
	h = h.Reshape(rows, positions, width)
	wide := func(x autograd.Var) autograd.Var { return x.Reshape(n, rows/n*width).Transpose(1, 0) }
	flat := h.Reshape(rows*positions, width)
	one, other := h.Mul(t.Input(v[2])).Sum(1), autograd.Gather(flat, t.Input(ends(rows, positions)))
	if w.whole {
		one, other = nn.MaxPool(autograd.Gather(flat, t.Input(counted(v[2]))).Reshape(rows, positions, width)), deviation(h, one, t.Input(v[2]))
	}
	return autograd.Concat(wide(one), wide(other), t.Input(v[1]).Transpose(1, 0)).Transpose(1, 0)
}

// deviation is the standard deviation of h [rows, positions, width], whose mean it is given, with so much weight on each position.
func deviation(h, mean, weight autograd.Var) autograd.Var {
	off := h.Sub(mean.Reshape(h.Dim(0), 1, h.Dim(2)))
	return off.Mul(off).Mul(weight).Sum(1).Shift(1e-10).Sqrt() // the slope of a root is steep at 0
}

// counted are the numbers of the positions of rows [rows, positions, 1], with the last of its row in place of one without weight.
func counted(weight *tensor.Tensor) *tensor.Tensor {
	rows, positions := weight.Shape[0], weight.Shape[1]
	at := make([]int32, rows*positions)
	for i, v := range weight.Buf.(kernel.Host) {
		if at[i] = int32(i); v == 0 {
			at[i] = int32((i/positions+1)*positions - 1)
		}
	}
	return tensor.Int32s(at, len(at))
}

// ends are the numbers of the last positions of rows.
func ends(rows, positions int) *tensor.Tensor {
	at := make([]int32, rows)
	for i := range at {
		at[i] = int32((i+1)*positions - 1)
	}
	return tensor.Int32s(at, rows)
}
