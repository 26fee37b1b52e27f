package data

import (
	"cmp"
	"fmt"
	"slices"

	"autodidact/core/table"
)

// A part of the data is what a series that is one sample as a whole belongs to.
type part uint8

const (
	partTraining part = iota
	partValidation
	partTest
)

// Tables of one label each are samples if there are so many of them, or if none has more rows.
const (
	fewSeries  = 20
	longSeries = 2048
)

// heldOutFrom is how many whole series there must be to learn from for tasks to leave out those that validate.
const heldOutFrom = 50

// Settle decides which recordings are one sample as a whole, and in which part of the data each of those is. Both follow from all
// recordings there are: it is called when some were read or added. Lines of collections are whole. So are tables, or parts of
// tables, if each has one label for all of its rows, and two labels or more are of several series: else they are recordings,
// and so they are where they are few and long.
func (r *Recordings) Settle() {
	r.labelByFolder()
	tables := r.tablesAreLabelled() && !r.fewAndLong()
	for i := range r.Of {
		r.Of[i].whole = r.Of[i].Line || tables
	}
	r.dealOut()
}

// labelByFolder gives recordings without labels of their own the name of their folder, where there are two folders or more.
func (r *Recordings) labelByFolder() {
	files := make([]string, len(r.Of))
	for i := range r.Of {
		of := &r.Of[i]
		if of.byFolder {
			of.Labels, of.byFolder = nil, false
		}
		files[i] = cmp.Or(of.file, "-")
	}
	distinct := map[string]bool{}
	labels := folders(files)
	for _, l := range labels {
		distinct[l] = true
	}
	if len(distinct) > maxClasses {
		return
	}
	for i, l := range labels {
		if of := &r.Of[i]; l != "" && len(of.Labels) == 0 {
			of.Labels, of.byFolder = []uint16{r.class(l)}, true
		}
	}
}

// tablesAreLabelled says whether recordings that are no lines have a label each: none has several, and two labels or more are of two
// series or more. A label that only one series has says which series it is, not what kind of series.
func (r *Recordings) tablesAreLabelled() bool {
	count := map[uint16]int{}
	for _, of := range r.Of {
		switch {
		case of.Line:
		case len(of.Labels) > 1:
			return false
		case len(of.Labels) == 1:
			count[of.Labels[0]]++
		}
	}
	several := 0
	for label, n := range count {
		if label > 0 && n > 1 {
			several++
		}
	}
	return several > 1
}

// fewAndLong says whether there are too few labelled tables, and too long ones, to be samples.
func (r *Recordings) fewAndLong() bool {
	n, longest := r.labelledTables()
	return n < fewSeries && longest > longSeries
}

// labelledTables is how many recordings that are no lines have one label, and how many rows the longest recording that is no line has.
func (r *Recordings) labelledTables() (n, longest int) {
	for i, of := range r.Of {
		if of.Line {
			continue
		}
		if longest = max(longest, r.Rows(i)); len(of.Labels) == 1 {
			n++
		}
	}
	return n, longest
}

// settled are notices of what Settle decided.
func (r *Recordings) settled() (notes []Rejected) {
	if n, longest := r.labelledTables(); r.tablesAreLabelled() && r.fewAndLong() {
		notes = append(notes, Rejected{"labelled series", Notice, fmt.Sprintf("%d of up to %s rows are long recordings: they are cut into windows, each with its series' label", n, table.Thousands(int64(longest)))})
	}
	return notes
}

// dealOut puts each series that is one sample into a part of the data. Those that a collection says are for testing test, and all
// others are learned from; where none is marked, or all are, two of ten of each class test, so that no class of three series or more
// is missing on either side. Of those that are learned from a tenth of all validates.
func (r *Recordings) dealOut() {
	marked := slices.ContainsFunc(r.Of, func(x Recording) bool { return x.whole && x.Tests }) &&
		slices.ContainsFunc(r.Of, func(x Recording) bool { return x.whole && !x.Tests })
	learned, every := 0, 8 // an eighth of eight tenths
	if marked {
		every = 10
	}
	for _, class := range r.byClass() {
		for k, i := range class {
			of := &r.Of[i]
			of.part = partTraining
			if marked && of.Tests || !marked && k%5 == 2 {
				of.part = partTest
				continue
			}
			if learned%every == every/2 {
				of.part = partValidation
			}
			learned++
		}
	}
}

// byClass are the recordings that are whole, by class and in order.
func (r *Recordings) byClass() [][]int {
	of := make([][]int, len(r.Classes)+1)
	for i := range r.Of {
		if r.Whole(i) {
			label := 0
			if len(r.Of[i].Labels) > 0 {
				label = int(r.Of[i].Labels[0])
			}
			of[label] = append(of[label], i)
		}
	}
	return of
}

// Whole says whether recording i is one sample as it is.
func (r *Recordings) Whole(i int) bool { return r.Of[i].whole }

// AllWhole says whether every recording is one sample, and there are some.
func (r *Recordings) AllWhole() bool {
	return len(r.Of) > 0 && !slices.ContainsFunc(r.Of, func(x Recording) bool { return !x.whole })
}

// AllWhole says whether every sample of s is a whole series, and there are some.
func (s *Set) AllWhole() bool { return s.Recordings != nil && s.Recordings.AllWhole() }

// Whole is how many samples of s are whole series.
func (s *Set) Whole() (n int) {
	for _, w := range s.Windows {
		if s.Recordings.Whole(w.Of) {
			n++
		}
	}
	return n
}

// ByFolder says whether the label of recording i is the name of its folder.
func (r *Recordings) ByFolder(i int) bool { return r.Of[i].byFolder }

// holdsOut says whether tasks leave out the whole series that validate: only if there are many, for each is one sample less.
func (r *Recordings) holdsOut() bool {
	n := 0
	for i := range r.Of {
		if r.Whole(i) && r.Of[i].part != partTest {
			n++
		}
	}
	return n >= heldOutFrom
}

// wholePart is the part of whole series i for tasks, which learn from those that validate too where few are there.
func (r *Recordings) wholePart(i int, holdsOut bool) part {
	if p := r.Of[i].part; p != partValidation || holdsOut {
		return p
	}
	return partTraining
}

// Lengths are the rows of all recordings, ascending.
func (r *Recordings) Lengths() []int {
	all := make([]int, len(r.Of))
	for i := range all {
		all[i] = r.Rows(i)
	}
	slices.Sort(all)
	return all
}

// oneLabel is the label of rows that all have the same, alone; nil if that is none. Of rows with several labels it is those.
func oneLabel(labels []uint16, read func(row int) bool) []uint16 {
	first := -1
	for row, l := range labels {
		switch {
		case !read(row):
		case first < 0:
			first = int(l)
		case int(l) != first:
			return labels
		}
	}
	if first <= 0 {
		return nil
	}
	return []uint16{uint16(first)}
}
