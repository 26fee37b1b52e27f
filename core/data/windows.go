package data

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"autodidact/core/table"
	"autodidact/core/tensor"
)

// A Window is consecutive rows of a recording. It may begin before the first: there, readings are missing.
type Window struct {
	Of   int `json:"of"`
	From int `json:"from"`
	Rows int `json:"rows"`
}

var nan = float32(math.NaN())

// Into copies the readings of a window to x [Rows, channels], with NaN where there are none.
func (r *Recordings) Into(x []float32, w Window) {
	c, of := len(r.Channels), r.Of[w.Of].X
	for row := range w.Rows {
		to, at := x[row*c:][:c], w.From+row
		if at >= 0 && at*c < len(of) {
			copy(to, of[at*c:])
			continue
		}
		for i := range to {
			to[i] = nan
		}
	}
}

// mostWindows is how many windows a map and a probe look at, at most.
const mostWindows = 2000

// Cut makes the samples of a set of series. One that is whole is one sample, however long. Others become windows of long rows, each
// called by its recording and its time, and labelled as its last row is; a recording as short as a window is one sample.
// Windows of a long one overlap where rows have labels to distinguish, and else only if there would be few.
func (s *Set) Cut(long int) {
	r := s.Recordings
	s.Names, s.Labels, s.Windows, s.long = nil, nil, nil, long
	rows, labelled := 0, false
	for i := range r.Of {
		if !r.Whole(i) {
			rows += r.Rows(i)
			labelled = labelled || len(r.Of[i].Labels) > 1
		}
	}
	step := max(long/2, 1)
	if labelled || rows/step < mostWindows/4 {
		step = max(1, min(step, rows/mostWindows))
	}
	step = max(step, rows/mostWindows)
	for i := range r.Of {
		switch n := r.Rows(i); {
		case r.Whole(i):
			s.window(Window{i, 0, n}, r.Of[i].Name)
		case n <= long:
			s.window(Window{i, n - long, long}, r.Of[i].Name)
		default:
			for until := long; until <= n; until += step {
				s.window(Window{i, until - long, long}, r.Of[i].Name+", "+r.When(i, until-long)+" to "+r.When(i, until-1))
			}
		}
	}
}

// Long is what Cut was given last: the rows of windows, but not of whole series. It is 0 if nothing was cut.
func (s *Set) Long() int { return s.long }

func (s *Set) window(w Window, name string) {
	s.Names, s.Windows = append(s.Names, name), append(s.Windows, w)
	s.Labels = append(s.Labels, s.Recordings.Label(w.Of, w.From+w.Rows-1))
}

// When is the time of a row, for a person: as a date where the clock is known.
func (r *Recordings) When(i, row int) string {
	c := r.Of[i].Clock
	if !c.Known() {
		return fmt.Sprintf("row %s", table.Thousands(int64(row+1)))
	}
	if c.Elapsed {
		return fmt.Sprintf("%s s", strconv.FormatFloat(float64(c.At(row))/1000, 'f', -1, 64))
	}
	t := time.UnixMilli(c.At(row)).UTC()
	switch {
	case c.Uneven == nil && c.Step%86_400_000 == 0 && c.Start%86_400_000 == 0:
		return t.Format("2006-01-02")
	case c.Uneven == nil && c.Step%60_000 == 0 && c.Start%60_000 == 0:
		return t.Format("2006-01-02 15:04")
	case c.Uneven == nil && c.Step%1000 == 0:
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04:05.000")
}

// SplitByTime parts the samples of a set of series: windows that end before the first border in time and those that begin behind
// it, so that no reading is in both; and whole series that do not test and those that do.
func (s *Set) SplitByTime() (before, behind []int) {
	r := s.Recordings
	for i, w := range s.Windows {
		trainEnd, _ := r.TimeSplit(w.Of, w.Rows)
		switch {
		case r.Whole(w.Of) && r.Of[w.Of].part == partTest:
			behind = append(behind, i)
		case r.Whole(w.Of), w.From+w.Rows <= trainEnd:
			before = append(before, i)
		case w.From >= trainEnd || trainEnd == 0:
			behind = append(behind, i)
		}
	}
	return before, behind
}

// Pieces is the Source of what to learn from, or to validate by: scaled pieces of the rows before the first border in time, or
// between the borders, [rows, channels], longer than a window and what follows it so that views can begin anywhere. A whole series is
// one piece, of its own length.
type Pieces struct {
	of     *Recordings
	scale  Scale
	pieces []Window
}

// heldOutPieces is how many pieces there are of the validation part of a recording at least, if it is longer than one: these overlap.
const heldOutPieces = 8

// Pieces cuts the training part, for windows of long rows with ahead rows to forecast; with heldOut, the validation part: what tests is
// nobody's. Of whole series those of that part.
func (r *Recordings) Pieces(long, ahead int, s Scale, heldOut bool) *Pieces {
	l := &Pieces{of: r, scale: s}
	need, holdsOut, wanted := long+ahead, r.holdsOut(), partTraining
	if heldOut {
		wanted = partValidation
	}
	for i := range r.Of {
		if r.Whole(i) {
			if r.wholePart(i, holdsOut) == wanted {
				l.pieces = append(l.pieces, Window{i, 0, r.Rows(i)})
			}
			continue
		}
		trainEnd, validationEnd := r.TimeSplit(i, long)
		begin, end, step := 0, trainEnd, long
		if heldOut {
			begin, end = trainEnd, validationEnd
			step = max(1, min(long, (end-begin-need)/heldOutPieces))
		}
		for from := begin; from < end; from += step {
			rows := min(need+long, end-from)
			if from > begin && rows < need { // the piece before has it
				break
			}
			l.pieces = append(l.pieces, Window{i, from, rows})
		}
	}
	return l
}

func (l *Pieces) Kind() Kind { return Series }
func (l *Pieces) Len() int   { return len(l.pieces) }

// At is piece i; it cannot fail.
func (l *Pieces) At(i int) (Sample, error) {
	w := l.pieces[i]
	x := make([]float32, w.Rows*len(l.of.Channels))
	l.of.Into(x, w)
	l.scale.Apply(x)
	name := l.of.Of[w.Of].Name
	if !l.of.Whole(w.Of) {
		name += ", " + l.of.When(w.Of, w.From)
	}
	return Sample{name, tensor.Float32s(x, w.Rows, len(l.of.Channels))}, nil
}
