package data

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// lookedAt is how many rows tell what the columns of a table are.
const lookedAt = 1000

// A wideTable is a table of readings while it is read: a column is a channel, a row is a time.
type wideTable struct {
	*seriesReader
	header   []string
	channels []int // columns
	decimal  []bool
	label    int // columns; -1 if there is none
	time     int
	format   timeFormat
	parts    []*parting // columns of text that may say which series a row is of

	x     []float32
	times []int64
	class []uint16
	every int // rows that are averaged to one
	begun int // of these, rows read
	sum   []float64
	count []float64
	read  int // rows
}

// A parting is a column of text whose values may part a table into series.
type parting struct {
	column int
	names  []string
	of     []uint16
}

// table reads a table with a header.
func (r *seriesReader) table(in *bufio.Reader, comma rune) error {
	t := newTable(in, comma)
	header, err := t.next()
	if err != nil {
		return t.refuses(r.file, err)
	}
	w := &wideTable{seriesReader: r, header: slices.Clone(header), label: -1, time: -1, every: 1}
	for i := range w.header {
		if w.header[i] = strings.TrimSpace(w.header[i]); w.header[i] == "" {
			w.header[i] = fmt.Sprintf("column %d", i+1)
		}
	}
	var first [][]string
	var at []int
	for ended := false; !ended; {
		row, err := t.next()
		switch {
		case err == io.EOF:
			ended = true
		case err != nil && t.goesOn(err):
			r.refuse(t.row, "bad-row", "a quote where none may be: the row is left out")
			continue
		case err != nil:
			return t.refuses(r.file, err)
		case len(row) != len(header):
			r.refuse(t.row, "bad-row", fmt.Sprintf("%d fields where the header has %d: the row is left out", len(row), len(header)))
			continue
		case first != nil || w.channels == nil:
			first, at = append(first, slices.Clone(row)), append(at, t.row)
		default:
			w.take(row, t.row)
			continue
		}
		if !ended && len(first) < lookedAt {
			continue
		}
		if w.channels == nil {
			if err := w.look(first, comma); err != nil {
				return err
			}
		}
		for i, row := range first {
			w.take(row, at[i])
		}
		first = nil
	}
	w.flush()
	return w.done()
}

// look tells by some rows what the columns are.
func (w *wideTable) look(rows [][]string, comma rune) error {
	column := func(c int) []string {
		all := make([]string, len(rows))
		for i, row := range rows {
			all[i] = row[c]
		}
		return all
	}
	named := func(c int) bool {
		name := strings.ToLower(w.header[c])
		return strings.Contains(name, "time") || strings.Contains(name, "date") || strings.Contains(name, "stamp")
	}
	var out []string
	for _, byName := range []bool{true, false} { // a column that is called so is rather taken than one before it
		for c := range w.header {
			if w.time < 0 && named(c) == byName {
				if f, ok := timesOf(w.header[c], column(c)); ok && (f.layout != "" || byName || c == 0) {
					w.time, w.format = c, f
				}
			}
		}
	}
	for c, name := range w.header {
		values := column(c)
		switch {
		case c == w.time:
		case w.label < 0 && strings.EqualFold(name, "label"):
			w.label = c
		case c == 0 && counts(name, values):
		case share(values, comma) < 0.9:
			if len(w.parts) < 4 {
				w.parts = append(w.parts, &parting{column: c})
			}
			out = append(out, name)
		default:
			w.channels = append(w.channels, c)
			w.decimal = append(w.decimal, comma == ';' || decimalComma(values))
		}
	}
	switch n := len(w.channels); {
	case n == 0:
		return Rejected{w.file, "no-numbers", "no column of numbers: it has " + some(w.header)}
	case n > maxChannels:
		return Rejected{w.file, "too-large", fmt.Sprintf("%s columns of numbers; there may be %s", thousands(int64(n)), thousands(maxChannels))}
	}
	if len(out) > 0 {
		w.note("columns that are no numbers are left out: %s", some(out))
	}
	if w.time >= 0 && w.format.unsure {
		w.note("column %s: days and months could be the other way round; they are read as month/day/year", w.header[w.time])
	}
	w.sum, w.count = make([]float64, len(w.channels)), make([]float64, len(w.channels))
	return nil
}

// share is how much of the values that are there are numbers.
func share(values []string, comma rune) float64 {
	there, numbers := 0.0, 0.0
	for _, v := range values {
		x, ok := number(v, true)
		if ok && x != x {
			continue
		}
		there++
		if ok || grouped.MatchString(strings.TrimSpace(v)) {
			numbers++
		}
	}
	if there == 0 {
		return 1 // all are missing
	}
	return numbers / there
}

// counts says whether a first column only counts the rows.
func counts(name string, values []string) bool {
	switch strings.ToLower(name) {
	case "index", "unnamed: 0", "column 1", "row", "no", "no.", "nr", "nr.", "#", "id":
	default:
		return false
	}
	numbers, all := parsed(values)
	for i := 1; i < len(numbers); i++ {
		if numbers[i] != numbers[0]+float64(i) {
			return false
		}
	}
	return all && len(numbers) == len(values)
}

// take reads a row.
func (w *wideTable) take(row []string, at int) {
	var when int64
	if w.time >= 0 {
		var ok bool
		if when, ok = w.format.at(row[w.time]); !ok {
			w.refuse(at, "not-a-time", fmt.Sprintf("column %s: %q is no time like the others: the row is left out", w.header[w.time], brief(row[w.time])))
			return
		}
	}
	w.read++
	for k, c := range w.channels {
		v, ok := number(row[c], w.decimal[k])
		if !ok {
			why := "is not a number"
			if grouped.MatchString(strings.TrimSpace(row[c])) {
				why = "may have a decimal comma or thousands"
			}
			w.refuse(at, "not-a-number", fmt.Sprintf("column %s: %q %s: this reading counts as missing", w.header[c], brief(row[c]), why))
			continue
		}
		if v == v {
			w.sum[k] += float64(v)
			w.count[k]++
		}
	}
	if w.begun == 0 {
		if w.time >= 0 {
			w.times = append(w.times, when)
		}
	}
	w.begun++
	if w.label >= 0 {
		label := strings.TrimSpace(row[w.label])
		class := uint16(0)
		if len(w.all.Classes) <= maxClasses || slices.Contains(w.all.Classes, label) {
			class = w.all.class(label)
		}
		if w.begun == 1 {
			w.class = append(w.class, class)
		}
		w.class[len(w.class)-1] = class // of rows that are averaged, the last one's
	}
	for _, p := range w.parts {
		p.take(strings.TrimSpace(row[p.column]), w.begun == 1)
	}
	w.parts = slices.DeleteFunc(w.parts, func(p *parting) bool { return p.names == nil })
	if w.begun == w.every {
		w.flush()
	}
}

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

// flush ends the rows that are averaged to one. When too many readings are held, each two rows become one.
func (w *wideTable) flush() {
	if w.begun == 0 {
		return
	}
	for k := range w.sum {
		v := nan
		if w.count[k] > 0 {
			v = float32(w.sum[k] / w.count[k])
		}
		w.x = append(w.x, v)
		w.sum[k], w.count[k] = 0, 0
	}
	w.begun = 0
	if len(w.x) >= w.most {
		w.halve()
	}
}

func (w *wideTable) halve() {
	c := len(w.channels)
	rows := len(w.x) / c / 2
	for row := range rows {
		for k := range c {
			a, b := w.x[2*row*c+k], w.x[(2*row+1)*c+k]
			switch {
			case a != a:
				a = b
			case b == b:
				a = a/2 + b/2
			}
			w.x[row*c+k] = a
		}
	}
	w.x = w.x[:rows*c]
	thin := func(from int, n int, move func(to, from int)) {
		for row := range n {
			move(row, 2*row+from)
		}
	}
	if w.times != nil {
		thin(0, rows, func(to, from int) { w.times[to] = w.times[from] })
		w.times = w.times[:rows]
	}
	if w.class != nil {
		thin(1, rows, func(to, from int) { w.class[to] = w.class[from] })
		w.class = w.class[:rows]
	}
	for _, p := range w.parts {
		thin(0, rows, func(to, from int) { p.of[to] = p.of[from] })
		p.of = p.of[:rows]
	}
	w.every *= 2
}

// done makes recordings of what was read.
func (w *wideTable) done() error {
	c := len(w.channels)
	if c == 0 {
		return Rejected{w.file, "empty", "empty: there is no row of readings in it"}
	}
	rows := len(w.x) / c
	if w.read < leastRows {
		return Rejected{w.file, "too-few", fmt.Sprintf("only %d rows of readings: too short to learn from", w.read)}
	}
	if w.every > 1 {
		w.note("%s rows are more than fit: each %d are averaged to one", thousands(int64(w.read)), w.every)
	}
	names := make([]string, c)
	for k, col := range w.channels {
		names[k] = w.header[col]
	}
	for k := range names {
		for n := 2; slices.Contains(names[:k], names[k]); n++ {
			names[k] = fmt.Sprintf("%s (%d)", w.header[w.channels[k]], n)
		}
	}
	if err := w.empties(names); err != nil {
		return err
	}
	order := make([]int, rows)
	for i := range order {
		order[i] = i
	}
	if p := w.parted(); p != nil {
		for at, name := range p.names {
			some := slices.DeleteFunc(slices.Clone(order), func(row int) bool { return int(p.of[row]) != at })
			if len(some) < leastRows {
				w.note("%s has only %d rows and is left out", name, len(some))
				continue
			}
			if err := w.recording(w.file+", "+name, names, some); err != nil {
				return err
			}
		}
		return nil
	}
	return w.recording(w.file, names, order)
}

// empties tells of channels that say nothing; a table of none but those is refused.
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

// parted is the column that says which series a row is of: time begins again somewhere, but not among rows of
// which it says the same.
func (w *wideTable) parted() *parting {
	if w.times == nil || increasing(w.times) {
		return nil
	}
	for _, p := range w.parts {
		last := make([]int64, len(p.names))
		seen := make([]bool, len(p.names))
		fits := len(p.names) > 1 && len(p.of) >= leastRows*len(p.names)
		for row, at := range p.of {
			if seen[at] && w.times[row] <= last[at] {
				fits = false
				break
			}
			seen[at], last[at] = true, w.times[row]
		}
		if fits {
			return p
		}
	}
	return nil
}

func increasing(times []int64) bool {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	return true
}

// recording adds some rows as a series, in the order of their times.
func (w *wideTable) recording(name string, channels []string, rows []int) error {
	r := Recording{Name: name}
	var gaps []int
	if w.times != nil {
		if !slices.IsSortedFunc(rows, func(a, b int) int { return cmp.Compare(w.times[a], w.times[b]) }) {
			slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(w.times[a], w.times[b]) })
			w.note("rows are not in the order of their times: they were sorted")
		}
		all := len(rows)
		rows = slices.CompactFunc(rows, func(a, b int) bool { return w.times[a] == w.times[b] })
		if twice := all - len(rows); twice > 0 {
			w.note("%s rows have the time of another, as %s: the first of each is kept", thousands(int64(twice)), w.format.example(w.times, rows))
		}
		times := make([]int64, len(rows))
		for i, row := range rows {
			times[i] = w.times[row]
		}
		if r.Clock, gaps = clock(times); r.Clock.Uneven != nil && !monthly(times) {
			usual, longest := steps(times)
			w.note("steps are not even: most are %s, the longest is %s; readings are taken one after the other", lasts(usual), lasts(longest))
		}
	}
	c, filled := len(channels), 0
	for i, row := range rows {
		r.X = append(r.X, w.x[row*c:][:c]...)
		if w.class != nil {
			r.Labels = append(r.Labels, w.class[row])
		}
		for range gapAfter(gaps, i) {
			filled++
			for range c {
				r.X = append(r.X, nan)
			}
			if w.class != nil {
				r.Labels = append(r.Labels, 0)
			}
		}
	}
	if filled > 0 {
		w.note("%s rows are not there between others %s apart: they count as missing", thousands(int64(filled)), lasts(r.Clock.Step))
	}
	return w.seriesReader.take(channels, r)
}

func gapAfter(gaps []int, i int) int {
	if gaps == nil {
		return 0
	}
	return gaps[i]
}

// example is a time that two rows have: any that is kept.
func (f timeFormat) example(times []int64, kept []int) string {
	seen := map[int64]int{}
	for _, t := range times {
		if seen[t]++; seen[t] > 1 {
			return time.UnixMilli(t).UTC().Format("2006-01-02 15:04:05")
		}
	}
	return ""
}

// monthly says whether times are months or years apart: steps as even as a calendar's.
func monthly(times []int64) bool {
	const day = 86_400_000
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
func lasts(ms int64) string {
	for _, u := range []struct {
		ms   int64
		name string
	}{{86_400_000, "day"}, {3_600_000, "hour"}, {60_000, "minute"}, {1000, "second"}} {
		if ms >= u.ms {
			n := strings.TrimSuffix(fmt.Sprintf("%.1f", float64(ms)/float64(u.ms)), ".0")
			if n == "1" {
				return "1 " + u.name
			}
			return n + " " + u.name + "s"
		}
	}
	return fmt.Sprintf("%d milliseconds", ms)
}
