package data

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"autodidact/core/table"
)

// A numberStyle is how a column writes numbers, where one alone does not show it: whether 1,234 and 1.234 have a decimal
// mark or a thousands mark in them, and which unit stands behind each.
type numberStyle struct {
	commaGroups bool // 1,234 is one thousand two hundred and thirty-four
	pointGroups bool // so is 1.234
	unit        string
	missing     []string // what stands where there is no reading, besides the usual
}

// read reads a reading: NaN for one that is missing, which tables write in many ways.
func (s numberStyle) read(v string) (x float32, ok bool) {
	if isBare(v) && s.unit == "" && !s.pointGroups {
		x, err := strconv.ParseFloat(v, 32)
		return float32(x), err == nil && !math.IsInf(x, 0)
	}
	if table.IsMissing(v) || s.missing != nil && slices.Contains(s.missing, strings.TrimSpace(v)) {
		return nan, true
	}
	n, ok := scanNumber(v)
	if !ok {
		return 0, false
	}
	y, ok := n.value(s)
	if !ok || n.unit != s.unit && y != 0 {
		return 0, false
	}
	return float32(y), true
}

// Reading reads a number of a table whose fields have a separator between them, as far as it shows by itself how it is written;
// NaN is one that is missing.
func Reading(v string, separator rune) (x float32, ok bool) {
	return numberStyle{commaGroups: separator == ','}.read(strings.TrimSpace(v))
}

// isBare says whether v has only digits, a sign before and a point among them.
func isBare(v string) bool {
	points := 0
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9', i == 0 && c == '-' && len(v) > 1:
		case c == '.' && i > 0 && i < len(v)-1:
			points++
		default:
			return false
		}
	}
	return len(v) > 0 && points <= 1
}

// bareNumber takes a bare number apart.
func bareNumber(v string) (n writtenNumber, ok bool) {
	if !isBare(v) {
		return n, false
	}
	n.digits = v
	if n.negative = v[0] == '-'; n.negative {
		n.digits = v[1:]
	}
	before := strings.IndexByte(n.digits, '.')
	if before >= 0 {
		n.marks = single(n.digits, ".", pointUnsure, pointDecimal)
	}
	n.large = before > 3 || before < 0 && len(n.digits) > 3
	return n, true
}

// plainNumber reads a number as programs write it.
func plainNumber(v string) (float64, bool) {
	v = strings.TrimSpace(v)
	if strings.ContainsAny(v, "xXpP_nN") { // Go's own ways to write numbers
		return 0, false
	}
	x, err := strconv.ParseFloat(v, 64)
	return x, err == nil
}

// What the marks in a number can mean.
type marks uint8

const (
	noMarks      marks = iota
	pointDecimal       // 3.5, 1,100.5: the point can be nothing else
	commaDecimal       // 3,5, 1.234,56
	pointGroups        // 1.234.567
	commaGroups        // 1,234,567
	pointUnsure        // 1.234
	commaUnsure        // 1,234
)

// A written number: its digits with the marks among them, and what stands around them.
type writtenNumber struct {
	negative bool
	digits   string
	exponent string
	unit     string
	marks    marks
	large    bool // at least four digits before the decimal mark, and no mark among them
}

var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "−", "-", "’", "'")

const currencies = "$€£¥"

// scanNumber takes a number apart.
func scanNumber(s string) (n writtenNumber, ok bool) {
	s = strings.TrimSpace(s)
	if strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0 {
		s = strings.TrimSpace(spaces.Replace(s))
	}
	s = strings.TrimLeft(s, currencies+" ")
	if n.negative = strings.HasPrefix(s, "-"); n.negative || strings.HasPrefix(s, "+") {
		s = strings.TrimLeft(s[1:], currencies+" ")
	}
	end := mantissa(s)
	n.digits, s = s[:end], s[end:]
	if len(s) > 1 && (s[0] == 'e' || s[0] == 'E') {
		at := 1
		if s[at] == '+' || s[at] == '-' {
			at++
		}
		if k := at + digits(s[at:]); k > at {
			n.exponent, s = s[:k], s[k:]
		}
	}
	n.unit = strings.TrimSpace(s)
	if n.digits == "" || !isUnit(n.unit) {
		return n, false
	}
	if n.marks, ok = marksOf(n.digits); n.exponent != "" { // nobody groups these
		switch n.marks {
		case pointUnsure:
			n.marks = pointDecimal
		case commaUnsure:
			n.marks = commaDecimal
		}
	}
	before := strings.IndexAny(n.digits, ".,' ")
	n.large = before > 3 || before < 0 && len(n.digits) > 3
	return n, ok
}

// mantissa is how many bytes at the beginning are digits, and marks before digits.
func mantissa(s string) int {
	at := 0
	for at < len(s) {
		switch c := s[at]; {
		case c >= '0' && c <= '9':
			at++
		case c == '.' && at > 0 && (at+1 == len(s) || s[at+1] == ' ' || s[at+1] == '%'): // 5.
			return at + 1
		case (c == '.' || c == ',') && digits(s[at+1:]) > 0:
			at++
		case (c == ' ' || c == '\'') && at > 0 && digits(s[at+1:]) == 3:
			at++
		default:
			return at
		}
	}
	return at
}

// isUnit says whether what stands behind a number may be its unit: a word or a sign, perhaps squared.
func isUnit(s string) bool {
	if utf8.RuneCountInString(s) > 12 || strings.ContainsAny(s, ",;:'\"_-+") {
		return false
	}
	body := strings.TrimRight(s, "23")
	return len(s)-len(body) <= 1 && !strings.ContainsAny(body, "0123456789") && (body != "" || s == "") && !strings.ContainsAny(body[:min(len(body), 1)], "xXpP.")
}

// marksOf says what the marks among digits mean, as far as they show it.
func marksOf(s string) (marks, bool) {
	if gap := strings.IndexAny(s, " '"); gap >= 0 {
		whole, rest := s, ""
		if at := strings.IndexAny(s, ".,"); at >= 0 {
			whole, rest = s[:at], s[at:]
		}
		if !grouped(whole, s[gap:gap+1]) || strings.ContainsAny(rest[min(len(rest), 1):], "., '") {
			return noMarks, false
		}
		switch {
		case strings.HasPrefix(rest, "."):
			return pointDecimal, true
		case rest != "":
			return commaDecimal, true
		}
		return noMarks, true
	}
	commas, points := strings.Count(s, ","), strings.Count(s, ".")
	switch {
	case commas == 0 && points == 0:
		return noMarks, true
	case commas > 0 && points > 0:
		if strings.LastIndex(s, ",") < strings.Index(s, ".") {
			return pointDecimal, grouped(s[:strings.Index(s, ".")], ",") && points == 1
		}
		return commaDecimal, grouped(s[:strings.Index(s, ",")], ".") && commas == 1
	case commas > 1:
		return commaGroups, grouped(s, ",")
	case points > 1:
		return pointGroups, grouped(s, ".")
	case commas == 1:
		return single(s, ",", commaUnsure, commaDecimal), true
	}
	return single(s, ".", pointUnsure, pointDecimal), true
}

// single is what a mark that stands alone may mean.
func single(s, mark string, unsure, decimal marks) marks {
	before, after, _ := strings.Cut(s, mark)
	if len(after) == 3 && len(before) >= 1 && len(before) <= 3 && before[0] != '0' {
		return unsure
	}
	return decimal
}

// grouped says whether digits come in threes with mark between, or, as in India, in twos before the last three.
func grouped(s, mark string) bool {
	groups := strings.Split(s, mark)
	last := len(groups) - 1
	if len(groups[0]) < 1 || len(groups[0]) > 3 || last > 0 && len(groups[last]) != 3 {
		return false
	}
	threes, twos := true, mark == "," && len(groups[0]) <= 2
	for _, g := range groups[1:max(last, 1)] {
		threes = threes && len(g) == 3
		twos = twos && len(g) == 2
	}
	return threes || twos
}

// grouped says whether it has a thousands mark for certain.
func (n writtenNumber) grouped() bool {
	at := strings.IndexAny(n.digits, ".,' ")
	return at >= 0 && n.marks != pointUnsure && n.marks != commaUnsure && (n.marks == noMarks || n.marks == pointGroups || n.marks == commaGroups || strings.ContainsAny(n.digits[at+1:], ".,"))
}

// value is the number, of which style says what it does not show.
func (n writtenNumber) value(style numberStyle) (float64, bool) {
	m := n.marks
	switch {
	case m == pointUnsure && style.pointGroups:
		m = pointGroups
	case m == commaUnsure && !style.commaGroups:
		m = commaDecimal
	}
	drop := ",' "
	if m == commaDecimal || m == pointGroups {
		drop = ".' "
	}
	s := strings.Map(func(c rune) rune {
		switch {
		case strings.ContainsRune(drop, c):
			return -1
		case c == ',':
			return '.'
		}
		return c
	}, n.digits)
	x, err := strconv.ParseFloat(s+n.exponent, 32)
	if n.negative {
		x = -x
	}
	return x, err == nil && !math.IsInf(x, 0)
}
