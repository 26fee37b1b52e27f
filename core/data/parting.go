package data

import (
	"slices"
	"strings"
)

// A parting is a column whose values may part a table into series.
type parting struct {
	column int
	words  bool // it has words, not numbers
	names  []string
	of     []uint16
}

// take takes the value of a row, the first of those that are averaged to one. A column of too many values parts nothing.
func (p *parting) take(name string, begins bool) {
	at := slices.Index(p.names, name)
	if n := len(p.of); at < 0 && n > 0 && len(p.names) > maxClasses {
		p.names, p.of = nil, nil
		return
	}
	if at < 0 {
		at = len(p.names)
		p.names = append(p.names, strings.Clone(name))
	}
	if begins {
		p.of = append(p.of, uint16(at))
	}
}

// parted is the column that says which series a row is of: time begins again somewhere, but not among rows of
// which it says the same. Numbers do so only where most rows have the time of another: otherwise they may be readings.
func (w *wideTable) parted() *parting {
	if w.times == nil || increasing(w.times) {
		return nil
	}
	often := 2*together(w.times) >= len(w.times)
	for _, p := range w.parts {
		if (p.words || often) && !p.zoned() && p.fits(w.times) {
			return p
		}
	}
	return nil
}

// fits says whether each series of p goes on in time from row to row, and is long enough.
func (p *parting) fits(times []int64) bool {
	last := make([]int64, len(p.names))
	seen := make([]bool, len(p.names))
	for row, at := range p.of {
		if seen[at] && times[row] <= last[at] {
			return false
		}
		seen[at], last[at] = true, times[row]
	}
	return len(p.names) > 1 && len(p.of) >= leastRows*len(p.names)
}

// zoned says whether the values of p are time zones: where they change, the clock was put back.
func (p *parting) zoned() bool {
	return !slices.ContainsFunc(p.names, func(name string) bool {
		_, known := zones[strings.ToLower(name)]
		return !known
	})
}

// together is how many rows have the time of another.
func together(times []int64) (n int) {
	sorted := slices.Sorted(slices.Values(times))
	for i, t := range sorted {
		if i > 0 && sorted[i-1] == t || i+1 < len(sorted) && sorted[i+1] == t {
			n++
		}
	}
	return n
}

func increasing(times []int64) bool {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	return true
}
