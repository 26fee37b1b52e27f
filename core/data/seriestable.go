package data

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"autodidact/core/table"
)

// A wideTable is a table of readings while it is read: a column is a channel, a row is a time.
type wideTable struct {
	*seriesReader
	*survey
	parts []*parting // columns that may say which series a row is of

	x     []float32
	times []int64 // microseconds
	class []uint16
	every int // rows that are averaged to one
	begun int // of these, rows read
	sum   []float64
	count []float64
	rows  int // read
}

// table reads the rows of a table that was surveyed.
func (r *seriesReader) table(t *table.Table, s *survey) error {
	n := len(s.plan.channels)
	w := &wideTable{seriesReader: r, survey: s, every: 1, sum: make([]float64, n), count: make([]float64, n)}
	for _, c := range s.plan.parts {
		w.parts = append(w.parts, &parting{column: c, words: slices.Contains(s.plan.words, c)})
	}
	for _, note := range s.plan.notes {
		r.note("%s", note)
	}
	if s.plan.reading.note != "" {
		r.note("column %s: %s", s.name(s.plan.time), s.plan.reading.note)
	}
	for left := t.Units; ; left-- {
		row, err := t.Next()
		if bad, one := err.(table.RowError); one {
			r.refuse(bad.Row, "bad-row", bad.Reason+": the row is left out")
			continue
		}
		switch {
		case err == io.EOF:
			w.flush()
			return w.done()
		case err != nil:
			return err
		case left <= 0:
			w.take(row, t.Row)
		}
	}
}

// take reads a row.
func (w *wideTable) take(row []string, at int) {
	if !slices.ContainsFunc(row, func(v string) bool { return strings.TrimSpace(v) != "" }) {
		return // as blank as a blank line
	}
	p := &w.plan
	if p.time >= 0 {
		when, ok := p.when(row)
		if !ok {
			w.refuse(at, "not-a-time", fmt.Sprintf("column %s: %q is no time like the others: the row is left out", w.name(p.time), brief(p.written(row))))
			return
		}
		if w.begun == 0 {
			w.times = append(w.times, when)
		}
	}
	w.rows++
	w.begun++
	w.readings(row, at)
	if p.label >= 0 {
		w.labelled(strings.TrimSpace(row[p.label]))
	}
	for _, p := range w.parts {
		p.take(strings.TrimSpace(row[p.column]), w.begun == 1)
	}
	w.parts = slices.DeleteFunc(w.parts, func(p *parting) bool { return p.names == nil })
	if w.begun == w.every {
		w.flush()
	}
}

// readings adds those of a row to the rows that are averaged to one.
func (w *wideTable) readings(row []string, at int) {
	for k, c := range w.plan.channels {
		v, ok := w.plan.styles[k].read(row[c])
		switch {
		case !ok:
			why := "is not a number"
			if n, some := scanNumber(row[c]); some {
				why = fmt.Sprintf("has the unit %q where others have %q", n.unit, w.plan.styles[k].unit)
			}
			w.refuse(at, "not-a-number", fmt.Sprintf("column %s: %q %s: this reading counts as missing", w.name(c), brief(row[c]), why))
		case v == v:
			w.sum[k] += float64(v)
			w.count[k]++
		}
	}
}

// labelled takes the label of a row; of rows that are averaged, the last one's counts.
func (w *wideTable) labelled(label string) {
	class := w.seriesReader.class(label)
	if w.begun == 1 {
		w.class = append(w.class, class)
	}
	w.class[len(w.class)-1] = class
}

// done makes recordings of what was read.
func (w *wideTable) done() error {
	if w.rows < leastRows {
		return Rejected{w.file, "too-few", fmt.Sprintf("only %s of readings: too short to learn from", plural(w.rows, "row"))}
	}
	if w.every > 1 {
		w.note("%s rows are more than fit: each %d are averaged to one", table.Thousands(int64(w.rows)), w.every)
	}
	p, by := w.parted(), -1
	if p != nil {
		by = p.column
		w.drop(by)
	}
	if out := w.leftOut(by); len(out) > 0 {
		w.note("columns that are no numbers are left out: %s", upTo(10, out))
	}
	names := w.names()
	if err := w.empties(names); err != nil {
		return err
	}
	order := make([]int, len(w.x)/len(names))
	for i := range order {
		order[i] = i
	}
	if p == nil {
		return w.recording(w.file, names, order)
	}
	w.note("column %s says which series a row is of: there are %d", w.name(p.column), len(p.names))
	for at, name := range p.names {
		some := slices.DeleteFunc(slices.Clone(order), func(row int) bool { return int(p.of[row]) != at })
		if len(some) < leastRows {
			w.note("%s has only %s and is left out", name, plural(len(some), "row"))
			continue
		}
		if err := w.recording(w.file+", "+name, names, some); err != nil {
			return err
		}
	}
	return nil
}

// names are those of the channels, each its own.
func (w *wideTable) names() []string {
	names := make([]string, len(w.plan.channels))
	for k, c := range w.plan.channels {
		names[k] = w.name(c)
		for n := 2; slices.Contains(names[:k], names[k]); n++ {
			names[k] = fmt.Sprintf("%s (%d)", w.name(c), n)
		}
	}
	return names
}

// drop takes the readings of a column out: it only says which series a row is of.
func (w *wideTable) drop(column int) {
	at, n := slices.Index(w.plan.channels, column), len(w.plan.channels)
	if at < 0 || n == 1 {
		return
	}
	kept := w.x[:0]
	for i, v := range w.x {
		if i%n != at {
			kept = append(kept, v)
		}
	}
	w.x = kept
	w.plan.channels = slices.Delete(w.plan.channels, at, at+1)
}

// empties reports channels without readings; a table of none but those is refused.
func (w *wideTable) empties(names []string) error {
	var missing, constant []string
	for k, name := range names {
		n, low, high := 0, nan, nan
		for i := k; i < len(w.x); i += len(names) {
			if v := w.x[i]; v == v {
				n++
				if !(v >= low) {
					low = v
				}
				if !(v <= high) {
					high = v
				}
			}
		}
		switch {
		case n == 0:
			missing = append(missing, name)
		case low == high:
			constant = append(constant, name)
		}
	}
	if len(missing) == len(names) {
		return Rejected{w.file, "all-missing", "all readings are missing"}
	}
	if len(missing) > 0 {
		w.note("all readings are missing in %s", some(missing))
	}
	if len(constant) > 0 {
		w.note("always the same: %s", some(constant))
	}
	return nil
}

// recording adds some rows as a series, in the order of their times.
func (w *wideTable) recording(name string, channels []string, rows []int) error {
	r := Recording{Name: name}
	var gaps []int
	if w.times != nil {
		rows = w.ordered(rows, len(channels))
		times := make([]int64, len(rows))
		for i, row := range rows {
			times[i] = w.times[row]
		}
		r.Clock, gaps = clock(times)
		r.Clock.Elapsed = w.plan.reading.since0
		if r.Clock.Uneven != nil && !monthly(times) {
			usual, longest := steps(times)
			w.note("steps are not even: most are %s, the longest is %s; readings are taken one after the other", lasts(usual), lasts(longest))
		}
	}
	c, filled, between := len(channels), 0, []bool{}
	for i, row := range rows {
		r.X = append(r.X, w.x[row*c:][:c]...)
		if w.class != nil {
			r.Labels, between = append(r.Labels, w.class[row]), append(between, false)
		}
		for range gapAfter(gaps, i) {
			filled++
			for range c {
				r.X = append(r.X, nan)
			}
			if w.class != nil {
				r.Labels, between = append(r.Labels, 0), append(between, true)
			}
		}
	}
	if filled > 0 {
		w.note("%s rows are not there between others %s apart: they count as missing", table.Thousands(int64(filled)), lasts(1000*r.Clock.Step))
	}
	r.Labels = oneLabel(r.Labels, func(row int) bool { return !between[row] })
	return w.seriesReader.take(channels, r)
}

// ordered puts rows in the order of their times, each with a time of its own.
func (w *wideTable) ordered(rows []int, channels int) []int {
	same := func(a, b int) bool {
		return slices.EqualFunc(w.x[a*channels:][:channels], w.x[b*channels:][:channels], func(x, y float32) bool { return x == y || x != x && y != y })
	}
	if moved := spread(w.times, rows, same); moved > 0 {
		w.note("times are written more coarsely than rows come: %s with the time of another spread evenly until the next time", plural(moved, "row"))
	}
	if !slices.IsSortedFunc(rows, func(a, b int) int { return cmp.Compare(w.times[a], w.times[b]) }) {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(w.times[a], w.times[b]) })
		w.note("rows are not in the order of their times: they were sorted")
	}
	all := len(rows)
	rows = slices.CompactFunc(rows, func(a, b int) bool { return w.times[a] == w.times[b] })
	if twice := all - len(rows); twice > 0 {
		w.note("%s with the time of another, as %s: the first of each is kept", plural(twice, "row"), twiceAt(w.times))
	}
	return rows
}

func gapAfter(gaps []int, i int) int {
	if gaps == nil {
		return 0
	}
	return gaps[i]
}

// twiceAt is a time that two rows have.
func twiceAt(times []int64) string {
	seen := map[int64]int{}
	for _, t := range times {
		if seen[t]++; seen[t] > 1 {
			return time.UnixMicro(t).UTC().Format("2006-01-02 15:04:05")
		}
	}
	return ""
}

// monthly says whether times are months or years apart: steps as even as a calendar's.
func monthly(times []int64) bool {
	for i := 1; i < len(times); i++ {
		if d := (times[i] - times[i-1]) / day; !(d >= 28 && d <= 31 || d >= 89 && d <= 92 || d >= 365 && d <= 366) {
			return false
		}
	}
	return true
}

// steps are the usual one between times, and the longest.
func steps(times []int64) (usual, longest int64) {
	all := make([]int64, 0, len(times))
	for i := 1; i < len(times); i++ {
		all = append(all, times[i]-times[i-1])
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)-1]
}

// lasts is a length of time for a person.
func lasts(us int64) string {
	for _, u := range []struct {
		us   int64
		name string
	}{{day, "day"}, {3600 * second, "hour"}, {60 * second, "minute"}, {second, "second"}, {1000, "millisecond"}} {
		if us >= u.us {
			n := strings.TrimSuffix(fmt.Sprintf("%.1f", float64(us)/float64(u.us)), ".0")
			if n == "1" {
				return "1 " + u.name
			}
			return n + " " + u.name + "s"
		}
	}
	return fmt.Sprintf("%d microseconds", us)
}
