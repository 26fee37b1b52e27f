package table

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"unicode"
)

// A Dialect is how a table is written.
type Dialect struct {
	Comma  rune
	Header []string // the names of its columns; nil when its first row is numbers already
	Before []string // the lines before the header, which are not part of the table
	Units  int      // rows right below the header that name units, not readings

	skip  int // bytes before the header
	lines int // of them, lines that a spreadsheet shows
}

const (
	lookedAt  = 200 // records that a dialect is judged by
	mostAbove = 60  // records that may stand before the header
)

// Sniff judges how a table is written by its first bytes. tabs says that its name promises tabs between fields; whole, that
// head is all of it.
func Sniff(head []byte, tabs, whole bool) Dialect {
	if end := bytes.LastIndexByte(head, '\n'); !whole && end >= 0 {
		head = head[:end+1]
	}
	d, start := separatorLine(head)
	d.skip = start
	if d.Comma == 0 {
		d.Comma = separator(head[start:], tabs)
	}
	d.header(records(head[start:], d.Comma), head)
	return d
}

// separatorLine reads a first line such as sep=; which spreadsheets honour, and returns its size in bytes.
func separatorLine(head []byte) (d Dialect, size int) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	value, ok := strings.CutPrefix(strings.ToLower(strings.Trim(string(line), "\r\" ")), "sep=")
	if !ok {
		return d, 0
	}
	for _, comma := range value {
		if strings.ContainsRune(",;\t|:", comma) {
			d.Comma = comma
		}
	}
	return d, min(len(line)+1, len(head))
}

// separator is what parts the fields: what gives rows equally long, of fields that can be read.
func separator(head []byte, tabs bool) rune {
	best, most := ',', 0.0
	if tabs {
		best = '\t'
	}
	for _, comma := range []rune{',', ';', '\t', '|'} {
		score := evenness(records(head, comma))
		if comma == '\t' && tabs && score > 0 {
			score++
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best
}

// evenness is the share of records that are as long as most are, more where their fields are numbers or times. It is 0 when most have one field.
func evenness(all []record) float64 {
	lengths := map[int]int{}
	usual := 0
	for _, r := range all {
		lengths[len(r.fields)]++
	}
	for n, times := range lengths {
		if times > lengths[usual] || times == lengths[usual] && n > usual {
			usual = n
		}
	}
	if usual < 2 {
		return 0
	}
	cells, readable := 0.0, 0.0
	for _, r := range all {
		if len(r.fields) != usual {
			continue
		}
		for _, f := range r.fields {
			cells++
			if isReading(f) {
				readable++
			}
		}
	}
	return float64(lengths[usual]) / float64(len(all)) * (1 + readable/max(cells, 1))
}

// A record is a row of the beginning of a table, and where it stands.
type record struct {
	fields []string
	start  int // byte
	named  int // fields, without blank ones at the end
}

func (r record) comment() bool {
	first := strings.TrimSpace(r.fields[0])
	return strings.HasPrefix(first, "#") || strings.HasPrefix(first, "//") || strings.HasPrefix(first, "%")
}

// records splits the beginning of a table; rows that are blank are none.
func records(head []byte, comma rune) (all []record) {
	in := csv.NewReader(bytes.NewReader(head))
	in.Comma, in.LazyQuotes, in.FieldsPerRecord = comma, true, -1
	for len(all) < lookedAt {
		start := int(in.InputOffset())
		fields, err := in.Read()
		if err != nil {
			return all
		}
		r := record{fields, start + len(head[start:]) - len(bytes.TrimLeft(head[start:], "\r\n")), len(fields)}
		for r.named > 0 && strings.TrimSpace(fields[r.named-1]) == "" {
			r.named--
		}
		if r.named > 0 {
			all = append(all, r)
		}
	}
	return all
}

// header finds the header among the first records: the first that those below it fit under.
func (d *Dialect) header(all []record, head []byte) {
	at := slices.IndexFunc(all[:min(len(all), mostAbove)], func(r record) bool { return !r.comment() })
	if at < 0 {
		at = 0
	}
	if len(all) == 0 {
		return
	}
	for i := at; i < min(len(all)-1, mostAbove); i++ {
		if heads(all, i) && (i == at || isNames(all[i])) {
			at = i
			break
		}
	}
	at = named(all, at)
	if isData(all[at].fields) {
		if at == 0 || !all[at-1].comment() || !d.commented(all[at-1], len(all[at].fields)) {
			return
		}
		at--
	} else {
		d.Header = slices.Clone(all[at].fields)
		if !heads(all, at) && numbered(all, at) {
			d.Header = slices.Insert(d.Header, 0, "")
		}
	}
	from := d.skip
	d.skip += all[at].start
	for line := range strings.Lines(string(head[from:d.skip])) {
		d.lines++
		if line = strings.TrimSpace(line); line != "" {
			d.Before = append(d.Before, line)
		}
	}
	d.Units = units(all[at+1:])
}

// heads says whether record i may be the header: four fifths of those below have a field for each of its names, and none without.
func heads(all []record, i int) bool {
	if all[i].comment() {
		return false
	}
	fit, n := 0, 0
	for _, r := range all[i+1 : min(len(all), i+21)] {
		if r.comment() {
			continue
		}
		if n++; r.named <= len(all[i].fields) && len(r.fields) >= all[i].named && (len(r.fields) > 1 || all[i].named == 1) {
			fit++
		}
	}
	return n > 0 && 5*fit >= 4*n
}

// numbered says whether the rows below a header have one field more than it, as R writes them: the row's name comes first.
func numbered(all []record, at int) bool {
	below := all[at+1 : min(len(all), at+21)]
	more := func(r record) bool { return r.named == all[at].named+1 && all[at].named == len(all[at].fields) }
	return len(below) > 0 && !slices.ContainsFunc(below, func(r record) bool { return !more(r) })
}

// isNames says whether most fields of a record are no readings.
func isNames(r record) bool {
	n := 0
	for _, f := range r.fields[:r.named] {
		if isReading(f) {
			n++
		}
	}
	return 2*n < r.named
}

// named is the header's place, or that of one below that names a time where this does not: lines before a header may have as many fields.
func named(all []record, at int) int {
	times := func(r record) bool { return slices.ContainsFunc(r.fields, IsTimeName) }
	if times(all[at]) {
		return at
	}
	for i := at + 1; i < min(len(all)-1, mostAbove); i++ {
		if timesBelow(all[i], all[i+1:min(len(all), i+21)]) && !slices.ContainsFunc(all[i].fields, isReading) && all[i].named >= all[at].named && heads(all, i) {
			return i
		}
	}
	return at
}

// timesBelow says whether a field of r names a time, and four fifths of those below are readings: a sentence may have such a word too.
func timesBelow(r record, below []record) bool {
	for c, name := range r.fields {
		n := 0
		for _, b := range below {
			if c < len(b.fields) && isReading(b.fields[c]) {
				n++
			}
		}
		if IsTimeName(name) && n > 0 && 5*n >= 4*len(below) {
			return true
		}
	}
	return false
}

// commented takes the names from a comment, as numpy writes them, if there are as many as fields.
func (d *Dialect) commented(r record, fields int) bool {
	names := slices.Clone(r.fields)
	names[0] = strings.TrimLeft(names[0], "#/% ")
	if len(names) != fields || slices.ContainsFunc(names, isReading) {
		return false
	}
	d.Header = names
	return true
}

// units counts rows below the header that name units: nothing in them is a reading, where those below have readings.
func units(below []record) int {
	for n, r := range below[:min(len(below), 3)] {
		rest := below[n+1 : min(len(below), n+21)]
		if r.comment() || slices.ContainsFunc(r.fields, isReading) || !unitAbove(r, rest) {
			return n
		}
	}
	return 0
}

// unitAbove says whether a field of r stands above readings, and is none itself.
func unitAbove(r record, rest []record) bool {
	for c, f := range r.fields {
		if f = strings.TrimSpace(f); f == "" || IsMissing(f) || len(f) > 24 {
			continue
		}
		n := 0
		for _, below := range rest {
			if c < len(below.fields) && isReading(below.fields[c]) {
				n++
			}
		}
		if n > 0 && 5*n >= 4*len(rest) {
			return true
		}
	}
	return false
}

// isData says whether a record has only readings.
func isData(fields []string) bool {
	some := false
	for _, f := range fields {
		if IsMissing(f) {
			continue
		}
		if !isReading(f) {
			return false
		}
		some = true
	}
	return some
}

// isReading says whether a field looks like a number or a time: digits, and what stands around them.
func isReading(field string) bool {
	digit, digits := false, 0
	for i, c := range strings.TrimSpace(field) {
		switch {
		case c >= '0' && c <= '9':
			digits++
			digit = true
			continue
		case strings.ContainsRune("%eETZ", c):
			if !digit {
				return false
			}
		case i == 0 && !strings.ContainsRune("+-−.,'", c) || !strings.ContainsRune("+-−.,:/ '’\u00a0\u202f", c):
			return false
		}
		digit = digit && (c == ' ' || c == '\u00a0' || c == '\u202f')
	}
	return digits > 0
}

// IsMissing says whether a field is one of the ways in which tables write that there is no reading.
func IsMissing(field string) bool {
	switch strings.ToLower(strings.TrimSpace(field)) {
	case "", "nan", "+nan", "-nan", "nan(ind)", "-nan(ind)", "1.#qnan", "-1.#ind", "na", "n/a", "n.a.", "<na>", "#n/a", "#na", "null", "none", "nil", `\n`,
		"-", "--", "---", "–", "—", "?", ".", "#value!", "#div/0!", "#num!", "#ref!", "#null!", "missing", "unavailable", "unknown":
		return true
	}
	return false
}

// IsTimeName says whether a column's name says that it has times.
func IsTimeName(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	words := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) })
	for _, w := range words {
		switch w {
		case "ts", "epoch", "datum", "zeit", "uhrzeit", "zeitstempel", "fecha", "hora", "heure", "horodatage", "tijd", "data", "dato", "tid", "year", "日期", "时间":
			return w != "data" || len(words) == 1
		}
	}
	return strings.Contains(name, "time") || strings.Contains(name, "date") || strings.Contains(name, "stamp")
}
