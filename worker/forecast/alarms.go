package forecast

import (
	"autodidact/core/anomaly"
	"autodidact/core/data"
)

// Changes are the rows of a recording at which the levels of its channels change, a window apart at least.
func (w *Detector) Changes(of *data.Recordings, s Scores) []Change {
	step := max(1, len(s.Score)/2000)
	var x [][]float64
	for at := 0; at < len(s.Score); at += step {
		row := make([]float64, len(of.Channels))
		for c := range row {
			n := 0.0
			for t := at; t < min(at+step, len(s.Score)); t++ {
				if v := w.f.reading(of, s.Of, s.From+t, c); v == v {
					n++
					row[c] += v
				}
			}
			row[c] /= max(n, 1)
		}
		x = append(x, row)
	}
	var rows []Change
	for _, at := range anomaly.ChangePoints(x, max(w.f.embedder.Size/step, 2), 0) {
		row := s.From + at*step
		rows = append(rows, Change{row, of.When(s.Of, row)})
	}
	return rows
}

// An Alarm is rows that are unusual together.
type Alarm struct {
	From    int     `json:"from"`  // row
	Until   int     `json:"until"` // the row after the last
	Peak    int     `json:"peak"`
	When    string  `json:"when"` // the time of the peak
	Score   float64 `json:"score"`
	Kind    string  `json:"kind"`    // what of the peak is most unusual: one of Kinds
	Learned bool    `json:"learned"` // the encoder learned from these rows
}

// Alarms are where scores of a recording pass a threshold; those half a window apart are one.
func (w *Detector) Alarms(of *data.Recordings, s Scores, at float64) []Alarm {
	learn, _ := of.TimeSplit(s.Of, w.f.embedder.Size)
	var out []Alarm
	for _, a := range anomaly.Alarms(s.Score, at, max(w.f.embedder.Size/8, 1)) {
		out = append(out, Alarm{s.From + a.From, s.From + a.Until, s.From + a.Peak, of.When(s.Of, s.From+a.Peak), a.Score, w.kindOf(s.at(a.Peak)), !w.elsewhere && s.From+a.Until <= learn})
	}
	return out
}

// CleanZ are the scores of clean rows by the baseline, the moving z-score, in ascending order.
func (w *Detector) CleanZ() []float64 { return w.z }

// AlarmRate is the fraction of rows from one on whose score passes a threshold.
func AlarmRate(score []float64, from int, at float64) (rate float64) {
	if from >= len(score) {
		return 0
	}
	for _, v := range score[from:] {
		if v > at {
			rate += 1 / float64(len(score)-from)
		}
	}
	return rate
}

// Change is a row at which levels change.
type Change struct {
	Row  int    `json:"row"`
	When string `json:"when"`
}
