package data

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"autodidact/core/table"
)

// A survey is what all rows of a table show of how it is written.
type survey struct {
	header  []string
	before  []string // lines above the header
	units   [][]string
	comma   rune
	columns []columnEvidence
	plan    tablePlan
}

type columnEvidence struct {
	numbers numberEvidence
	times   timeEvidence
}

// A tablePlan says which column is what, and how each is read.
type tablePlan struct {
	channels []int
	styles   []numberStyle // of them
	label    int           // columns; -1 where there is none
	time     int
	clock    int   // the time of day, where it has a column of its own
	hours    bool  // of which it has only the hour
	calendar []int // or columns of year, month, day and perhaps hour, minute and second
	reading  timeReading
	parts    []int // columns that may say which series a row is of
	words    []int // columns that are no numbers
	notes    []string
}

// surveyed reads all rows of a table.
func surveyed(t *table.Table) (*survey, error) {
	s := &survey{header: t.Header, before: t.Before, comma: t.Comma, columns: make([]columnEvidence, len(t.Header))}
	for c := range s.columns {
		s.columns[c].times.name, s.columns[c].times.called = s.header[c], saysTimes(s.header[c])
	}
	for n := 0; ; n++ {
		row, err := t.Next()
		if _, one := err.(table.RowError); one {
			continue // it is named when the rows are read
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if n < t.Units {
			s.units = append(s.units, slices.Clone(row))
			continue
		}
		for c, v := range row {
			s.columns[c].numbers.add(v)
			s.columns[c].times.add(v)
		}
	}
	return s, s.decide()
}

// agree settles what one table leaves open, the order of day and month, by others that have a column of the same name.
func agree(all []*survey) {
	sure := map[string]order{}
	for _, s := range all {
		if s != nil && s.plan.time >= 0 && s.plan.reading.dates && !s.plan.reading.unsure {
			sure[s.header[s.plan.time]] = s.plan.reading.format.order
		}
	}
	for _, s := range all {
		if s == nil || !s.plan.reading.unsure {
			continue
		}
		if o, known := sure[s.header[s.plan.time]]; known && o != yearFirst {
			s.plan.reading.format.order = o
			s.plan.reading.note = fmt.Sprintf("its dates are read as %s, as those of other files are", o)
		}
	}
}

// decide makes the plan.
func (s *survey) decide() error {
	p := &s.plan
	p.label, p.time, p.clock = -1, -1, -1
	s.findTime()
	comma, point := 0, 0
	for c := range s.columns {
		if e := &s.columns[c].numbers; !p.isTime(c) && e.share() >= 0.9 {
			a, b := e.decimals()
			comma, point = comma+a, point+b
		}
	}
	var whole []int
	for c, name := range s.header {
		e := &s.columns[c].numbers
		switch {
		case p.isTime(c), name == "" && e.there == 0:
		case p.label < 0 && strings.EqualFold(name, "label"):
			p.label = c
		case e.counts && isCounter(name) && (c == 0 || name != ""):
			p.notes = append(p.notes, fmt.Sprintf("%s only counts the rows: it is left out", s.name(c)))
		case e.share() < 0.9:
			p.parts = append(p.parts, c)
			p.words = append(p.words, c)
		default:
			style, guessed := e.style(comma, point, s.comma)
			p.channels, p.styles = append(p.channels, c), append(p.styles, style)
			s.guess(c, style, guessed)
			if e.whole() {
				whole = append(whole, c)
			}
		}
	}
	s.noteWriting()
	s.partBy(whole)
	switch n := len(p.channels); {
	case n == 0:
		return Rejected{"", "no-numbers", "no column of numbers: it has " + some(s.header)}
	case n > maxChannels:
		return Rejected{"", "too-large", fmt.Sprintf("%s columns of numbers; there may be %s", table.Thousands(int64(n)), table.Thousands(maxChannels))}
	}
	return nil
}

// name is that of a column, which may have none.
func (s *survey) name(c int) string {
	if s.header[c] == "" {
		return fmt.Sprintf("column %d", c+1)
	}
	return s.header[c]
}

func (p *tablePlan) isTime(c int) bool {
	return c == p.time || c == p.clock || slices.Contains(p.calendar, c)
}

// isCounter says whether a first column that counts may be there only for that.
func isCounter(name string) bool {
	switch strings.ToLower(name) {
	case "", "index", "unnamed: 0", "row", "no", "no.", "nr", "nr.", "#", "id", "record", "rn":
		return true
	}
	return false
}

// mostParts is how many columns are tried for saying which series a row is of.
const mostParts = 8

// partBy completes the columns that may say which series a row is of, by those of integers. Where each row is later than the one before there is one series.
func (s *survey) partBy(whole []int) {
	p := &s.plan
	if p.time < 0 || !s.restarts() {
		p.parts = nil
		return
	}
	p.parts = append(p.parts, whole...)
	p.parts = p.parts[:min(len(p.parts), mostParts)]
}

// restarts says whether times may not be each later than the one before.
func (s *survey) restarts() bool {
	p := &s.plan
	if p.calendar != nil || p.clock >= 0 {
		return true
	}
	e := &s.columns[p.time].times
	if p.reading.dates {
		return e.orders[p.reading.format.order].restarts()
	}
	return e.numbers.falls > 0 || e.numbers.repeats > 0
}

// findTime finds the columns that say when a row was read.
func (s *survey) findTime() {
	p := &s.plan
	if s.findCalendar() {
		return
	}
	called := func(c int) bool { return table.IsTimeName(s.header[c]) }
	for _, want := range []func(c int, r timeReading) bool{
		func(c int, r timeReading) bool { return called(c) && r.dates }, // a column that is called so is rather taken than one before it
		func(c int, r timeReading) bool { return called(c) },
		func(c int, r timeReading) bool { return r.dates },
		func(c int, r timeReading) bool { return c == 0 },
	} {
		for c := range s.columns {
			if r, ok := s.columns[c].times.read(); ok && p.time < 0 && want(c, r) {
				p.time, p.reading = c, r
			}
		}
	}
	if p.time >= 0 && p.reading.dates && !p.reading.clock {
		p.clock = s.findClock()
	}
}

// findClock finds a column of times of day, to go with one of dates.
func (s *survey) findClock() int {
	for c := range s.columns {
		e := &s.columns[c]
		if c == s.plan.time || e.times.there == 0 {
			continue
		}
		n, name := &e.times.numbers, strings.ToLower(s.header[c])
		hours := isHour(name)
		named := hours || table.IsTimeName(name) || name == "clock"
		if written := e.times.dates == 0 && 10*e.times.clocks >= 9*e.times.there; written && (named || e.numbers.share() < 0.9) {
			return c
		}
		if named && n.clocks == e.times.there && (n.length >= 3 || hours) {
			s.plan.hours = n.length < 3
			return c
		}
	}
	return -1
}

// saysTimes says whether a column's name is that of times, or of a part of them.
func saysTimes(name string) bool {
	low := strings.ToLower(name)
	return low == "t" || table.IsTimeName(name) || isHour(low) || low == "clock" ||
		slices.ContainsFunc(calendarColumns, func(names []string) bool { return slices.Contains(names, low) })
}

// isHour says whether a column in small letters is called as one of hours.
func isHour(name string) bool {
	return strings.HasPrefix(name, "hour") || name == "hr" || name == "stunde" || name == "hora" || name == "heure"
}

// calendarColumns are the names of columns that say a time together, from the year on.
var calendarColumns = [][]string{{"year", "yyyy", "yr"}, {"month", "mm", "mon"}, {"day", "dd"}, {"hour", "hr", "hh"}, {"minute", "min"}, {"second", "sec"}}

// findCalendar finds a year, a month and a day in columns of their own, and perhaps the hour, minute and second.
func (s *survey) findCalendar() bool {
	var found []int
	for _, names := range calendarColumns {
		at := slices.IndexFunc(s.header, func(h string) bool { return slices.Contains(names, strings.ToLower(h)) })
		if at < 0 {
			break
		}
		if n := &s.columns[at].times.numbers; n.n == 0 || n.whole < n.n || n.n*10 < s.columns[at].numbers.there*9 {
			break
		}
		found = append(found, at)
	}
	if len(found) < 3 {
		return false
	}
	s.plan.calendar, s.plan.time = found, found[0]
	s.plan.reading = timeReading{dates: true, clock: true, note: "times are read from these columns together: " + some(pick(s.header, found))}
	return true
}

func pick(names []string, at []int) (some []string) {
	for _, c := range at {
		some = append(some, names[c])
	}
	return some
}

// when is the time of a row, in microseconds since 1970.
func (p *tablePlan) when(row []string) (us int64, ok bool) {
	if p.calendar != nil {
		return p.together(row)
	}
	us, ok = p.reading.format.at(row[p.time])
	if ok && p.clock >= 0 {
		var of int64
		of, ok = onDay(row[p.clock], p.hours)
		us += of
	}
	return us, ok
}

// written is what a row has for its time.
func (p *tablePlan) written(row []string) string {
	if p.calendar != nil {
		return strings.Join(pick(row, p.calendar), " ")
	}
	if p.clock >= 0 {
		return row[p.time] + " " + row[p.clock]
	}
	return row[p.time]
}

// together reads a time from columns of year, month, day and so on.
func (p *tablePlan) together(row []string) (us int64, ok bool) {
	of := [6]int{}
	for i, c := range p.calendar {
		x, ok := plainNumber(row[c])
		if !ok {
			return 0, false
		}
		of[i] = int(x)
	}
	if of[3] > 24 || of[4] > 59 || of[5] > 60 {
		return 0, false
	}
	s := stamp{date: [3]int(of[:3]), digits: [3]int{4, 2, 2}, dated: true, clock: (int64(of[3])*3600 + int64(of[4])*60 + int64(of[5])) * second}
	return s.at(yearFirst)
}

// guess notes what is not written in a column but was concluded.
func (s *survey) guess(c int, style numberStyle, guessed marks) {
	e := &s.columns[c].numbers
	if style.unit != "" {
		s.plan.notes = append(s.plan.notes, fmt.Sprintf("column %s: “%s” behind its numbers is read as their unit", s.name(c), style.unit))
	}
	if len(style.missing) > 0 {
		s.plan.notes = append(s.plan.notes, fmt.Sprintf("column %s: “%s” stands in %s and counts as missing", s.name(c), strings.Join(style.missing, "”, “"), plural(e.recognized, "row")))
	}
	n, _ := scanNumber(e.example[guessed])
	x, _ := n.value(style)
	switch guessed {
	case commaUnsure:
		what := "a decimal mark"
		if style.commaGroups {
			what = "a thousands mark"
		}
		s.plan.notes = append(s.plan.notes, fmt.Sprintf("column %s: the comma could be a decimal or a thousands mark; it is read as %s: %s is %s", s.name(c), what, e.example[guessed], plainly(x)))
	case pointUnsure:
		s.plan.notes = append(s.plan.notes, fmt.Sprintf("column %s: the point is read as a thousands mark, for other columns have decimal commas: %s is %s", s.name(c), e.example[guessed], plainly(x)))
	}
}

// plainly writes a number without an exponent.
func plainly(x float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", x), "0"), ".")
}

// leftOut are the columns that are no numbers, but for one that says which series a row is of, each with a value.
func (s *survey) leftOut(but int) (out []string) {
	for _, c := range s.plan.words {
		if c != but {
			out = append(out, fmt.Sprintf("%s (as “%s”)", brief(s.name(c)), brief(s.columns[c].numbers.odd())))
		}
	}
	return out
}

// noteWriting notes how the table is written.
func (s *survey) noteWriting() {
	p := &s.plan
	note := func(format string, about ...any) { p.notes = append(p.notes, fmt.Sprintf(format, about...)) }
	if n := len(s.before); n > 0 {
		note("%s before the header: not part of the table, as “%s”", plural(n, "line"), brief(s.before[0]))
	}
	for _, row := range s.units {
		note("the row “%s” below the header has no readings; it is taken to name units", brief(strings.Trim(strings.Join(row, ", "), ", ")))
	}
	var commas, groups []string
	for _, c := range p.channels {
		e := &s.columns[c].numbers
		if comma, _ := e.decimals(); comma > 0 {
			commas = append(commas, s.name(c))
		}
		if example := e.groups(); example != "" {
			groups = append(groups, fmt.Sprintf("%s (as %s)", s.name(c), example))
		}
	}
	if len(commas) > 0 {
		note("decimal commas are read in %s", some(commas))
	}
	if len(groups) > 0 {
		note("thousands marks are read in %s", some(groups))
	}
	if p.clock >= 0 {
		note("times are read from these columns together: %s, %s", s.name(p.time), s.name(p.clock))
	}
}

func plural(n int, what string) string { return pluralVerb(n, what, several(what)) }

// several is a word's plural; series have one.
func several(what string) string { return strings.TrimSuffix(what, "s") + "s" }
