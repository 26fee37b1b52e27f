package forecast

import (
	"context"
	"fmt"
	"math"
	"slices"

	"autodidact/core/anomaly"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// A Detector scores readings: how far they are from the forecast, how unlike all that was learned from the window is
// that ends in them, and how long readings have been missing; each by how rare that is among the rows that were learned from.
// Thresholds are calibrated on the rows between the borders of the data, from which nothing learned.
type Detector struct {
	Clean []float64 // scores of those rows, in ascending order

	f      *Forecaster
	spread [][]float64 // by channel and lead: what forecasts are usually off by
	white  probe.Whitening
	looked probe.Features // windows that were learned from
	bank   probe.Features // the same, whitened
	from   []origin       // where each of them ends
	mixed  *anomaly.Mixed
	z      []float64 // clean scores of the moving z-score, the baseline, ascending

	elsewhere bool // it learned from none of the recordings it scores
}

// The kinds of a score.
const (
	kindForecast = iota // off by how many usual errors, the channel where that is most
	kindLook            // distance to the nearest windows
	kindMissing         // rows in a row that a channel has been missing
	kindChanged         // channels that never moved in what was learned from, and are not where they were
	kinds
)

// Kinds are their names.
var Kinds = [kinds]string{"forecast", "look", "missing", "changed"}

// DetectorHorizon is how many rows a Detector's forecaster forecasts, where nobody asks for more: of very long series it scores that
// many by one look.
const DetectorHorizon = 24

const (
	maxScored   = 20_000 // windows: of longer series several rows share one
	bankWindows = 1000
	bankVotes   = 5 // nearest windows whose distances are averaged
)

// Scores is the scores of rows of one recording.
type Scores struct {
	Of, From int         // the first row that is scored
	Kinds    [][]float64 // [kinds][rows]
	Score    []float64   // how unusual, as -log10 of the share of clean rows that score as high
	Z        []float64   // the baseline's
}

// FitDetector learns what is usual in recordings.
func FitDetector(ctx context.Context, f *Forecaster, of *data.Recordings, each func(done, total int)) (*Detector, error) {
	w := &Detector{f: f}
	w.learn(of)
	usual, err := w.stretches(ctx, of, 0, each)
	if err != nil {
		return nil, err
	}
	w.mixed = anomaly.FitMixed(usual.Kinds)
	clean, err := w.stretches(ctx, of, 1, each)
	if err != nil {
		return nil, err
	}
	if len(clean.Z) < 10 {
		return nil, fmt.Errorf("%w: %d rows are too few to know what is usual", data.ErrTooFew, len(clean.Z))
	}
	for t := range clean.Z {
		w.Clean = append(w.Clean, w.mixed.Score(clean.at(t)))
	}
	w.z = clean.Z
	slices.Sort(w.Clean)
	slices.Sort(w.z)
	return w, nil
}

// maxUsual is how many rows of one recording show what is usual, and usualPieces in how many pieces they lie.
const (
	maxUsual    = 4000
	usualPieces = 8
)

// stretches scores rows of a part of each recording, of many some pieces of it, one after the other.
func (w *Detector) stretches(ctx context.Context, of *data.Recordings, part int, each func(done, total int)) (Scores, error) {
	all := Scores{Kinds: make([][]float64, kinds)}
	for i := range of.Of {
		from, until := stretch(of, i, w.f.embedder.Size, part)
		from = max(from, min(w.f.embedder.Size, of.Rows(i)/2))
		pieces := 1
		if until-from > maxUsual {
			pieces = usualPieces
		}
		for p := range pieces {
			begin, end := from+p*(until-from)/pieces, from+(p+1)*(until-from)/pieces
			end = min(end, begin+maxUsual/pieces)
			if begin >= end {
				continue
			}
			s, err := w.kinds(ctx, of, i, begin, end, each)
			if err != nil {
				return all, err
			}
			for k := range all.Kinds {
				all.Kinds[k] = append(all.Kinds[k], s.Kinds[k]...)
			}
			all.Z = append(all.Z, s.Z...)
		}
	}
	return all, nil
}

// at is the scores of each kind of one row.
func (s Scores) at(t int) []float64 {
	row := make([]float64, len(s.Kinds))
	for k := range row {
		row[k] = s.Kinds[k][t]
	}
	return row
}

// kindOf is which kind of a row's scores is the most unusual; that a constant channel changed, if one did: the rest follows from it.
func (w *Detector) kindOf(row []float64) string {
	if row[kindChanged] > 0 {
		return Kinds[kindChanged]
	}
	best, most := 0, -1.0
	for k, v := range row {
		one := slices.Repeat([]float64{math.NaN()}, kinds)
		one[k] = v
		if s := w.mixed.Score(one); s > most {
			best, most = k, s
		}
	}
	return Kinds[best]
}

// learn takes the spread of forecast errors, and windows to compare with, from what was learned from.
func (w *Detector) learn(of *data.Recordings) {
	at, seen := w.f.learned, w.f.seen
	for c := range of.Channels {
		whole := w.f.channel(of, c)
		off := make([][]float64, w.f.Horizon)
		for k, o := range at {
			said := w.f.predict(seen[k], whole(o.of)[:o.row], c)
			for h, is := range w.f.future(of, o, c) {
				if is == is {
					off[h] = append(off[h], math.Abs(is-said[h]))
				}
			}
		}
		spread := make([]float64, w.f.Horizon)
		for h := range off {
			for _, v := range off[h] {
				spread[h] += v / float64(len(off[h]))
			}
			spread[h] = max(spread[h], 0.01) // a channel forecast exactly is not to be alarmed by its last digit
		}
		w.spread = append(w.spread, spread)
	}
	rows := make([][]float32, 0, bankWindows)
	n := min(len(at), bankWindows)
	for k := range n {
		i := k * len(at) / n
		rows, w.from = append(rows, w.looks(seen[i])), append(w.from, at[i])
	}
	w.looked = kind.Narrowed(rows).On(w.f.embedder.Backend)
	w.white = probe.FitWhitening(w.looked)
	w.bank = w.white.Apply(w.looked)
}

// looks is the features by which unusual windows are found: those that distinguish windows, and how lively each channel is at the end of it.
func (w *Detector) looks(s kind.Window) []float32 {
	c, tail := len(s.Mean), max(w.f.embedder.Size/8, 4)
	row := s.Features()
	for ch := range c {
		var n, sum, squares float64
		for i := (w.f.embedder.Size-tail)*c + ch; i < len(s.Rows); i += c {
			if v := float64(s.Rows[i]); v == v {
				n++
				sum += v
				squares += v * v
			}
		}
		n = max(n, 1)
		row = append(row, float32(sum/n), float32(math.Log(math.Sqrt(max(squares/n-sum*sum/n/n, 0))+0.02)))
	}
	return row
}

// first is the first row of a recording that is scored: the first behind a window, and of a very long one the first of the latest.
func (w *Detector) first(of *data.Recordings, i int) int {
	n := of.Rows(i)
	return max(min(w.f.embedder.Size, n/2), n-maxScored*w.f.Horizon)
}

// Unscored notes when a recording is so long that more of it is not scored than what is before the first window.
func (w *Detector) Unscored(of *data.Recordings, i int) []data.Rejected {
	from := w.first(of, i)
	if from <= w.f.embedder.Size {
		return nil
	}
	return []data.Rejected{report.Notice(of.Of[i].Name, "rows 1 to %d are not scored: of so long a recording the latest %d are", from, of.Rows(i)-from)}
}

// Score scores a recording from the first row that can be.
func (w *Detector) Score(ctx context.Context, of *data.Recordings, i int, each func(done, total int)) (Scores, error) {
	n, from := of.Rows(i), w.first(of, i)
	s, err := w.kinds(ctx, of, i, from, n, each)
	if err != nil {
		return s, err
	}
	s.Score = make([]float64, n-from)
	for t := range s.Score {
		s.Score[t] = w.mixed.Score(s.at(t))
	}
	return s, nil
}

// kinds scores rows of a recording in each way.
func (w *Detector) kinds(ctx context.Context, of *data.Recordings, i, from, until int, each func(done, total int)) (Scores, error) {
	s := Scores{Of: i, From: from, Kinds: make([][]float64, kinds)}
	step := min(max(1, (until-from)/maxScored), w.f.Horizon)
	var at []origin
	for row := from; row < until+step; row += step {
		at = append(at, origin{i, min(row, until)})
	}
	seen, err := w.f.windows(ctx, of, at, each)
	if err != nil {
		return s, err
	}
	for k := range s.Kinds {
		s.Kinds[k] = make([]float64, until-from)
	}
	whole := make([][]float64, len(of.Channels))
	for c := range whole {
		whole[c] = w.f.channel(of, c)(i)
	}
	looks := w.distances(seen[1:], at[1:])
	for k, o := range at[:len(at)-1] {
		off := w.errors(whole, o, seen[k], at[k+1].row-o.row)
		for h := range off {
			s.Kinds[kindForecast][o.row-from+h], s.Kinds[kindLook][o.row-from+h] = off[h], looks[k]
		}
	}
	for c := range of.Channels {
		if w.f.out[c] == neverRead { // there is nothing to miss
			continue
		}
		gap := 0
		x := whole[c][:until]
		for row := range until {
			if x[row] == x[row] {
				gap = 0
			} else {
				gap++
			}
			if row >= from {
				m := &s.Kinds[kindMissing][row-from]
				*m = max(*m, float64(gap))
				s.Kinds[kindChanged][row-from] += w.changed(c, x[row])
			}
		}
		z := anomaly.MovingZ(x, w.f.embedder.Size)[from:]
		if s.Z == nil {
			s.Z = make([]float64, len(z))
		}
		for t, v := range z {
			if v == v {
				s.Z[t] = max(s.Z[t], v)
			}
		}
	}
	return s, nil
}

// changed is 1 if a scaled reading is of a channel that never moved, and does.
func (w *Detector) changed(c int, v float64) float64 {
	if w.f.out[c] == neverMoved && v == v && v != 0 {
		return 1
	}
	return 0
}

// errors is, of whole channels of a recording, how far the first rows from an origin on are from what was forecast, in usual errors, in the channel where
// that is most; NaN where nothing was read. Channels that never moved, or were never read, have no usual errors.
func (w *Detector) errors(whole [][]float64, o origin, s kind.Window, rows int) []float64 {
	out := make([]float64, rows)
	for h := range out {
		out[h] = math.NaN()
	}
	for c := range whole {
		if w.f.out[c] == neverMoved || w.f.out[c] == neverRead {
			continue
		}
		said := w.f.predict(s, whole[c][:o.row], c)
		for h := range out {
			if e := math.Abs(whole[c][o.row+h]-said[h]) / w.spread[c][h]; e == e && !(e <= out[h]) {
				out[h] = e
			}
		}
	}
	return out
}

// distances is how far windows, each of which ends before a place in at, are from the nearest that were learned from, those
// left out that share a reading with it.
func (w *Detector) distances(seen []kind.Window, at []origin) []float64 {
	rows := make([][]float32, len(seen))
	for k, s := range seen {
		rows[k] = w.looks(s)
	}
	out := make([]float64, len(seen))
	nearest := make([]float64, 0, bankVotes+1)
	w.bank.Squares(w.white.Apply(kind.Narrowed(rows).On(w.f.embedder.Backend)), func(i int, squares []float64) {
		nearest = nearest[:0]
		for k, d := range squares {
			if from := w.from[k]; from.of == at[i].of && max(from.row-at[i].row, at[i].row-from.row) < w.f.embedder.Size {
				continue
			}
			if len(nearest) == bankVotes && d >= nearest[bankVotes-1] {
				continue
			}
			to, _ := slices.BinarySearch(nearest, d)
			if nearest = slices.Insert(nearest, to, d); len(nearest) > bankVotes {
				nearest = nearest[:bankVotes]
			}
		}
		for _, d := range nearest {
			out[i] += math.Sqrt(d) / float64(len(nearest))
		}
	})
	return out
}

// Threshold is the score that a share of clean rows would reach, and that of the baseline.
func (w *Detector) Threshold(rate float64) (ours, z anomaly.Threshold) {
	return anomaly.Calibrate(w.Clean, rate), anomaly.Calibrate(w.z, rate)
}
