package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Recordings are series of readings, all of the same channels.
type Recordings struct {
	Channels []string
	Classes  []string // every label there is; the first is "", for none
	Of       []Recording
}

// A Recording is readings in the order they were taken: a file, a part of a table, or a line of a
// collection of series.
type Recording struct {
	Name   string
	X      []float32 // [readings, channels]; NaN is a missing one
	Clock  Clock
	Labels []uint16 // which of Classes: one for each row of readings, or a single one for all; none if there are none
	Line   bool     // it is a line of a collection of series
	Tests  bool     // the collection it comes from says that it is to test with

	file     string // that it was read from
	byFolder bool   // its label is the name of that file's folder
	whole    bool   // it is one sample as it is; Settle decides that
	part     part   // of the data, if it is whole
}

// Rows is how many times it was read.
func (r *Recordings) Rows(i int) int { return len(r.Of[i].X) / max(len(r.Channels), 1) }

// Label is that of a row, "" if it has none.
func (r *Recordings) Label(i, row int) string {
	of := r.Of[i].Labels
	switch len(of) {
	case 0:
		return ""
	case 1:
		row = 0
	}
	return r.Classes[of[row]]
}

// join is the recordings of r, which may be nil, and those of more, which has the same channels. A name
// that is taken gets a number.
func (r *Recordings) join(more *Recordings) *Recordings {
	if r == nil {
		return more
	}
	all := &Recordings{r.Channels, slices.Clone(r.Classes), slices.Clone(r.Of)}
	taken := map[string]int{}
	for _, x := range all.Of {
		taken[x.Name] = 1
	}
	for _, x := range more.Of {
		labels := make([]uint16, len(x.Labels))
		for i, l := range x.Labels {
			labels[i] = all.class(more.Classes[l])
		}
		x.Name, x.Labels = unused(x.Name, taken), labels
		all.Of = append(all.Of, x)
	}
	all.Settle()
	return all
}

// print adds everything that a run depends on to a checksum.
func (r *Recordings) print(h io.Writer, called func(name string) string) {
	fmt.Fprintf(h, "%q\n", r.Channels)
	block := make([]byte, 0, 1<<16)
	for i, of := range r.Of {
		fmt.Fprintf(h, "%q %d %v\n", called(of.Name), r.Rows(i), of.Tests)
		if of.whole {
			fmt.Fprintf(h, "whole %d\n", of.part)
		}
		for at := 0; at < len(of.X); at += cap(block) / 4 {
			block = block[:0]
			for _, v := range of.X[at:min(at+cap(block)/4, len(of.X))] {
				block = binary.LittleEndian.AppendUint32(block, math.Float32bits(v))
			}
			h.Write(block)
		}
	}
}

// class is the number of a label, which it learns if it is new. It is kept in Unicode's composed form.
func (r *Recordings) class(label string) uint16 {
	label = norm.NFC.String(label)
	if len(r.Classes) == 0 {
		r.Classes = []string{""}
	}
	at := slices.Index(r.Classes, label)
	if at < 0 {
		at = len(r.Classes)
		r.Classes = append(r.Classes, label)
	}
	return uint16(at)
}

// LabelsChangeWithin says whether most windows of so many rows have rows of several labels.
func (r *Recordings) LabelsChangeWithin(rows int) bool {
	changes, all := 0, 0
	for _, of := range r.Of {
		for i := 1; i < len(of.Labels); i++ {
			if of.Labels[i] != of.Labels[i-1] {
				changes++
			}
		}
		if len(of.Labels) > 1 {
			all += len(of.Labels)
		}
	}
	return 2*changes*rows > all
}

// A Clock is when rows were read, in milliseconds since 1970. Most tick evenly.
type Clock struct {
	Start, Step int64   // 0, 0 if nobody knows
	Uneven      []int64 // of every row, where steps are not all the same
	Elapsed     bool    // since a beginning that nobody names, not since 1970
}

// Known reports whether times are known at all.
func (c Clock) Known() bool { return c.Step > 0 || c.Uneven != nil }

// At is the time of a row; behind the last one the last step goes on.
func (c Clock) At(row int) int64 {
	if n := len(c.Uneven); n > 0 {
		if beyond := row - n + 1; beyond > 0 && n > 1 {
			return c.Uneven[n-1] + int64(beyond)*(c.Uneven[n-1]-c.Uneven[n-2])
		}
		return c.Uneven[min(max(row, 0), n-1)]
	}
	return c.Start + int64(row)*c.Step
}

// TimeSplit cuts recording i by time, seven tenths, one and two: rows before trainEnd are learned from,
// those before validationEnd choose settings and calibrate, the rest tests. A whole series belongs to one part. So does a recording
// too short to hold some windows of long rows in each part, where there are ten or more: of ten such seven, one and two.
func (r *Recordings) TimeSplit(i, long int) (trainEnd, validationEnd int) {
	n := r.Rows(i)
	p := partTraining
	switch {
	case r.Whole(i):
		p = r.Of[i].part
	case n >= 8*long || len(r.Of) < 10:
		return n * 7 / 10, n * 8 / 10
	case i%10 >= 8:
		p = partTest
	case i%10 == 7:
		p = partValidation
	}
	switch p {
	case partTest:
		return 0, 0
	case partValidation:
		return 0, n
	}
	return n, n
}

// A Scale makes the readings of each channel comparable: mean 0, standard deviation 1.
type Scale struct {
	Mean []float32 `json:"mean"`
	Std  []float32 `json:"std"`
}

// Scale is that of the rows that tasks learn from. A channel that is always the same there, or has no reading, keeps its unit.
func (r *Recordings) Scale(long int) Scale {
	c := len(r.Channels)
	n, sum, squares := make([]float64, c), make([]float64, c), make([]float64, c)
	low, high := slices.Repeat([]float64{math.Inf(1)}, c), slices.Repeat([]float64{math.Inf(-1)}, c)
	holdsOut := r.holdsOut()
	each := func(f func(ch int, v float64)) {
		for i := range r.Of {
			learned, _ := r.TimeSplit(i, long)
			if r.Whole(i) && r.wholePart(i, holdsOut) == partTraining {
				learned = r.Rows(i)
			}
			for k, v := range r.Of[i].X[:learned*c] {
				if v == v {
					f(k%c, float64(v))
				}
			}
		}
	}
	each(func(ch int, v float64) {
		n[ch], sum[ch] = n[ch]+1, sum[ch]+v
		low[ch], high[ch] = min(low[ch], v), max(high[ch], v)
	})
	each(func(ch int, v float64) { d := v - sum[ch]/n[ch]; squares[ch] += d * d })
	s := Scale{make([]float32, c), make([]float32, c)}
	for ch := range c {
		s.Std[ch] = 1
		switch {
		case n[ch] == 0:
		case low[ch] == high[ch]:
			s.Mean[ch] = float32(low[ch])
		default:
			s.Mean[ch], s.Std[ch] = float32(sum[ch]/n[ch]), max(float32(math.Sqrt(squares[ch]/n[ch])), 1e-30)
		}
	}
	return s
}

// Apply scales rows in place.
func (s Scale) Apply(rows []float32) {
	for k := range rows {
		ch := k % len(s.Mean)
		rows[k] = (rows[k] - s.Mean[ch]) / s.Std[ch]
	}
}

// Undo is the way back, of one reading.
func (s Scale) Undo(ch int, v float32) float32 { return v*s.Std[ch] + s.Mean[ch] }
