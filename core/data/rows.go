package data

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// longRow is the bytes that a row of a table or a line of JSON may have.
const longRow = 1 << 20

// table reads rows with a header. They are numbered as a spreadsheet shows them.
func (r *textReader) table(name string, in *bufio.Reader, comma rune) error {
	t := newTable(in, comma)
	header, err := t.next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return t.refuses(name, err)
	}
	header = slices.Clone(header)
	text, label := column(header, "text"), column(header, "label")
	if text < 0 {
		return Rejected{name, "no-text-column", "no column named text: it has " + some(header)}
	}
	for {
		row, err := t.next()
		at := fmt.Sprintf("%s, row %d", name, t.row)
		is := ""
		switch {
		case err == io.EOF:
			return nil
		case err != nil && t.goesOn(err):
			r.refuse(at, "bad-row", "a quote where none may be: put the field in quotes, and double those in it")
			continue
		case err != nil:
			return t.refuses(name, err)
		case len(row) != len(header):
			r.refuse(at, "bad-row", fmt.Sprintf("%d fields where the header has %d", len(row), len(header)))
			continue
		case label >= 0:
			is = strings.TrimSpace(row[label])
		}
		if err := r.take(name, at, strings.TrimSpace(row[text]), is); err != nil {
			return err
		}
	}
}

// column finds a column by its name.
func column(header []string, name string) int {
	return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

// some names columns, not more than fit a sentence.
func some(header []string) string {
	const most = 10
	more := ""
	if n := len(header) - most; n > 0 {
		header, more = header[:most], fmt.Sprintf(" and %d more", n)
	}
	short := make([]string, len(header))
	for i, h := range header {
		short[i] = strings.ToValidUTF8(h[:min(len(h), 40)], "")
	}
	return strings.Join(short, ", ") + more
}

// A table is a csv.Reader that knows where its rows are.
type table struct {
	*csv.Reader
	in   *rowGuard
	row  int // the last one read, as a spreadsheet counts
	line int // where the next one begins, if no blank line comes before it
}

func newTable(in io.Reader, comma rune) *table {
	t := &table{in: &rowGuard{in: in}, line: 1}
	t.Reader = csv.NewReader(t.in)
	t.Comma, t.ReuseRecord, t.FieldsPerRecord = comma, true, -1
	return t
}

// next reads a row. Blank lines are none, but a spreadsheet counts them.
func (t *table) next() ([]string, error) {
	fields, err := t.Read()
	begins, ends := t.line, t.line
	if err == nil {
		begins, _ = t.FieldPos(0)
		ends = t.lineOf(fields)
	} else if e, ok := errors.AsType[*csv.ParseError](err); ok {
		begins, ends = e.StartLine, e.Line
		if len(fields) > 0 {
			e.StartLine = t.lineOf(fields) // where the field begins that is wrong
		}
	}
	t.row += 1 + begins - t.line
	t.line = ends + 1
	t.in.row = t.InputOffset()
	return fields, err
}

// lineOf is the line that a row has come to with fields.
func (t *table) lineOf(fields []string) int {
	last := len(fields) - 1
	line, _ := t.FieldPos(last)
	return line + strings.Count(fields[last], "\n")
}

// goesOn says whether an error is that of one row: a quote that is wrong in its own line.
func (t *table) goesOn(err error) bool {
	e, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return false
	}
	atEnd := t.in.ended && t.InputOffset() == t.in.read
	return errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote) && e.Line == e.StartLine && !atEnd
}

// refuses says what is wrong with a whole table.
func (t *table) refuses(name string, err error) error {
	if errors.Is(err, errLongRow) {
		return Rejected{name, "bad-csv", fmt.Sprintf("the row that begins in line %s is longer than %d MB: a quote in it may not be closed", thousands(int64(t.line-1)), longRow>>20)}
	}
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return Rejected{name, "bad-csv", fmt.Sprintf("the quote that opens in line %s is not closed where its field ends", thousands(int64(e.StartLine)))}
	}
	return err
}

// rowGuard fails a table that has a row too long to hold, as one has whose quote is not closed.
type rowGuard struct {
	in    io.Reader
	read  int64 // bytes
	row   int64 // where the present row begins
	ended bool
}

var errLongRow = errors.New("row too long")

func (g *rowGuard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.read += int64(n)
	g.ended = err == io.EOF
	if g.read-g.row > longRow+4096 { // a csv.Reader reads that much ahead
		return 0, errLongRow
	}
	return n, err
}

// hasText says whether a table's header names a column text, if it can be read: one that is empty or is no UTF-8 may have
// anything.
func hasText(f File) (has, known bool) {
	body, err := f.Open()
	if err != nil {
		return false, false
	}
	defer body.Close()
	in := bufio.NewReader(io.LimitReader(body, 4<<10))
	if head, _ := in.Peek(3); string(head) == "\ufeff" {
		in.Discard(3)
	}
	comma := ','
	if strings.EqualFold(path.Ext(f.Path), ".tsv") {
		comma = '\t'
	}
	header, err := newTable(in, comma).next()
	return column(header, "text") >= 0, err == nil && utf8.ValidString(strings.Join(header, ""))
}

// lines reads a JSON object a line.
func (r *textReader) lines(name string, in *bufio.Reader) error {
	var line []byte
	for n := 1; ; n++ {
		long, err := readLine(in, &line)
		if err != nil && err != io.EOF {
			return err
		}
		at := fmt.Sprintf("%s, line %d", name, n)
		switch {
		case long:
			r.refuse(at, "too-large", fmt.Sprintf("longer than %d MB", longRow>>20))
		case len(strings.TrimSpace(string(line))) > 0:
			text, label, bad := parseRow(line)
			if bad != "" {
				r.refuse(at, "bad-row", bad)
			} else if err := r.take(name, at, text, label); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readLine reads a line, but keeps none that is too long.
func readLine(in *bufio.Reader, line *[]byte) (long bool, err error) {
	*line = (*line)[:0]
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(*line)+len(part) > longRow; !long {
			*line = append(*line, part...)
		}
		if err != bufio.ErrBufferFull {
			return long, err
		}
	}
}

// parseRow reads a line of JSON, or tells what is wrong with it.
func parseRow(line []byte) (text, label, bad string) {
	var row struct {
		Text, Label json.RawMessage
	}
	if json.Unmarshal(line, &row) != nil {
		return "", "", "not a JSON object"
	}
	switch {
	case row.Text == nil || string(row.Text) == "null":
		return "", "", "no field named text"
	case row.Text[0] != '"':
		return "", "", "its text is no string"
	case row.Label == nil || string(row.Label) == "null":
	case row.Label[0] == '"':
		bad = unquote(row.Label, &label)
	case row.Label[0] == '{' || row.Label[0] == '[':
		return "", "", "its label is neither a string nor a number nor a bool"
	default:
		label = string(row.Label)
	}
	if bad == "" {
		bad = unquote(row.Text, &text)
	}
	return strings.TrimSpace(text), strings.TrimSpace(label), bad
}

func unquote(raw json.RawMessage, to *string) (bad string) {
	if json.Unmarshal(raw, to) != nil {
		return "not a JSON object"
	}
	if strings.ContainsRune(*to, 0) {
		return `not text: it has \u0000 in it`
	}
	return ""
}
