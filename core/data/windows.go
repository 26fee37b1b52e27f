package data

import (
	"fmt"
	"math"
	"time"

	"autodidact/core/tensor"
)

// A Window is consecutive rows of a recording. It may begin before the first: there, readings are missing.
type Window struct{ Of, From, Rows int }

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

// Cut makes the samples of a set of series: windows of long rows, each called by its recording and its time, and
// labelled as its last row is. A recording as short as a window is one sample. Windows of a long one overlap
// where there are labels to tell apart, and else only if there would be few.
func (s *Set) Cut(long int) {
	r := s.Recordings
	s.Names, s.Labels, s.Windows = nil, nil, nil
	rows, labelled := 0, false
	for i := range r.Of {
		rows += r.Rows(i)
		labelled = labelled || len(r.Of[i].Labels) > 1
	}
	step := max(long/2, 1)
	if labelled || rows/step < mostWindows/4 {
		step = max(1, min(step, rows/mostWindows))
	}
	step = max(step, rows/mostWindows)
	for i := range r.Of {
		n := r.Rows(i)
		if n <= long || r.Whole(i) && n < 2*long {
			s.window(Window{i, n - long, long}, r.Of[i].Name)
			continue
		}
		for until := long; until <= n; until += step {
			s.window(Window{i, until - long, long}, r.Of[i].Name+", "+r.When(i, until-long)+" to "+r.When(i, until-1))
		}
	}
}

func (s *Set) window(w Window, name string) {
	s.Names, s.Windows = append(s.Names, name), append(s.Windows, w)
	s.Labels = append(s.Labels, s.Recordings.Label(w.Of, w.From+w.Rows-1))
}

// When is the time of a row, for a person: as a date where the clock is known.
func (r *Recordings) When(i, row int) string {
	c := r.Of[i].Clock
	if !c.Known() {
		return fmt.Sprintf("row %s", thousands(int64(row+1)))
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

// Learned is the Source of what is learned from: pieces of the rows before the border, scaled, twice as long as a
// window and what follows it so that views can begin anywhere, [rows, channels].
type Learned struct {
	of     *Recordings
	scale  Scale
	pieces []Window
}

// Learned cuts what is learned from for windows of long rows with ahead rows to foretell.
func (r *Recordings) Learned(long, ahead int, s Scale) *Learned {
	l := &Learned{of: r, scale: s}
	need := long + ahead
	for i := range r.Of {
		learn, _ := r.Borders(i, long)
		for from := 0; from < learn; from += long {
			rows := min(need+long, learn-from)
			if from > 0 && rows < need { // the piece before has it
				break
			}
			l.pieces = append(l.pieces, Window{i, from, rows})
		}
	}
	return l
}

func (l *Learned) Kind() Kind { return Series }
func (l *Learned) Len() int   { return len(l.pieces) }

// At is piece i; it cannot fail.
func (l *Learned) At(i int) (Sample, error) {
	w := l.pieces[i]
	x := make([]float32, w.Rows*len(l.of.Channels))
	l.of.Into(x, w)
	l.scale.Apply(x)
	return Sample{fmt.Sprintf("%s, %s", l.of.Of[w.Of].Name, l.of.When(w.Of, w.From)), tensor.Float32s(x, w.Rows, len(l.of.Channels))}, nil
}
