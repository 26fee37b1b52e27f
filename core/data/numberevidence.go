package data

import (
	"slices"
	"strings"

	"autodidact/core/table"
)

// mostUnits is how many units of a column are counted.
const mostUnits = 16

// numberEvidence is what all values of a column show of how it writes numbers.
type numberEvidence struct {
	there      int       // values that are not missing
	marks      [7]int    // by what they mean
	units      []string  // of them
	of         []int     // how many have each
	large      int       // values that would have a thousands mark, if the column had any
	zeros      int       // without a unit
	example    [7]string // of each meaning
	grouped    [7]string // of each, one with a thousands mark
	counts     bool      // each value is one more than that before
	last       float64
	words      []string // values that are no numbers, the first few
	recognized int      // how many are one of them
}

// add takes in a value. It reports whether it is a number, or missing.
func (e *numberEvidence) add(v string) {
	if table.IsMissing(v) {
		e.counts = false
		return
	}
	e.there++
	n, ok := bareNumber(v)
	if !ok {
		n, ok = scanNumber(v)
	}
	if !ok {
		e.counts = false
		e.word(strings.TrimSpace(v))
		return
	}
	e.marks[n.marks]++
	if e.example[n.marks] == "" {
		e.example[n.marks] = strings.Clone(strings.TrimSpace(v))
	}
	if n.large {
		e.large++
	}
	if e.grouped[n.marks] == "" && n.grouped() {
		e.grouped[n.marks] = strings.Clone(strings.TrimSpace(v))
	}
	if e.counts = (e.there == 1 || e.counts) && n.marks == noMarks && n.unit == ""; e.counts {
		x, _ := n.value(numberStyle{})
		e.counts = e.there == 1 || x == e.last+1
		e.last = x
	}
	if n.unit == "" && strings.Trim(n.digits, "0.,' ") == "" {
		e.zeros++
		return
	}
	at := slices.Index(e.units, n.unit)
	if at < 0 && len(e.units) < mostUnits {
		at = len(e.units)
		e.units, e.of = append(e.units, strings.Clone(n.unit)), append(e.of, 0)
	}
	if at >= 0 {
		e.of[at]++
	}
}

// mostWords is how many words a column may have for a reading that is missing.
const mostWords = 3

func (e *numberEvidence) word(v string) {
	known := slices.Contains(e.words, v)
	if !known && len(e.words) <= mostWords {
		e.words, known = append(e.words, strings.Clone(v)), true
	}
	if known {
		e.recognized++
	}
}

// whole says whether all values are integers, bare of a unit.
func (e *numberEvidence) whole() bool {
	unit, _ := e.unit()
	return e.there > 0 && e.marks[noMarks] == e.there && unit == "" && len(e.units) <= 1
}

// odd is a value that is unlike the others.
func (e *numberEvidence) odd() string {
	if len(e.words) > 0 {
		return e.words[0]
	}
	for i, unit := range e.units {
		if main, _ := e.unit(); unit != main {
			return "a number with the unit " + e.units[i]
		}
	}
	return ""
}

// missing are words that stand for readings that are missing: a few, the same again and again among numbers.
func (e *numberEvidence) missing() []string {
	_, n := e.unit()
	hasDigit := func(w string) bool { return strings.ContainsAny(w, "0123456789") }
	if 10*n < 3*e.there || len(e.words) > mostWords || e.recognized < 2*len(e.words) || n+e.recognized < e.there || slices.ContainsFunc(e.words, hasDigit) {
		return nil
	}
	return e.words
}

// unit is what stands behind most of the numbers.
func (e *numberEvidence) unit() (unit string, numbers int) {
	for i, n := range e.of {
		if n > numbers {
			unit, numbers = e.units[i], n
		}
	}
	return unit, numbers + e.zeros
}

// share is the proportion of the values present that are numbers of one unit; a column in which all are missing has 1.
func (e *numberEvidence) share() float64 {
	_, n := e.unit()
	if e.there == 0 || e.missing() != nil {
		return 1
	}
	return float64(n) / float64(e.there)
}

// decimals says how often a comma and a point can only be a decimal mark.
func (e *numberEvidence) decimals() (comma, point int) {
	return e.marks[commaDecimal] + e.marks[pointGroups], e.marks[pointDecimal] + e.marks[commaGroups]
}

// style decides for a column by all of its values and, where they do not show it, by those of the other columns, of which
// comma and point count the decimal marks. guessed is the kind of value that was not certain.
func (e *numberEvidence) style(comma, point int, separator rune) (s numberStyle, guessed marks) {
	s.unit, _ = e.unit()
	s.missing = e.missing()
	c, p := e.decimals()
	switch {
	case c != p:
		s.commaGroups, s.pointGroups = p > c, c > p
		return s, noMarks
	case e.large > 0: // numbers that large have no thousands mark here
		return s, noMarks
	case e.marks[commaUnsure] > 0:
		s.commaGroups = point > comma || point == comma && separator == ','
		return s, commaUnsure
	case e.marks[pointUnsure] > 0 && comma > 0 && point == 0 && separator != ',':
		s.pointGroups = true
		return s, pointUnsure
	}
	return s, noMarks
}

// groups is a value with a thousands mark for certain, "" if there is none.
func (e *numberEvidence) groups() string {
	for _, m := range []marks{pointGroups, commaGroups, pointDecimal, commaDecimal, noMarks} {
		if v := e.grouped[m]; v != "" {
			return v
		}
	}
	return ""
}
