package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// longRow is the bytes that a row may have.
const longRow = 1 << 20

// A RowError says why one row cannot be read; the next may be asked for.
type RowError struct {
	Row    int // as a spreadsheet counts
	Reason string
}

func (e RowError) Error() string { return fmt.Sprintf("row %d: %s", e.Row, e.Reason) }

// A Table gives the rows below a header.
type Table struct {
	Dialect
	Row int // the last one read, as a spreadsheet counts

	in   *rowGuard
	csv  *csv.Reader
	line int // where the next one begins, if no blank line comes before it
	fit  []string
}

// Open finds the header of a table in a text that Text opened. tabs says that its name promises tabs between fields.
// Without a header, Header is nil and rows have any number of fields.
func Open(text *bufio.Reader, tabs bool) (*Table, error) {
	head, err := text.Peek(text.Size())
	if err != nil && err != io.EOF && len(head) == 0 {
		return nil, err
	}
	t := &Table{Dialect: Sniff(head, tabs, err == io.EOF), line: 1}
	text.Discard(t.skip) // it was there
	t.in = &rowGuard{in: text}
	t.csv = csv.NewReader(t.in)
	t.csv.Comma, t.csv.ReuseRecord, t.csv.FieldsPerRecord = t.Comma, true, -1
	t.Row = t.lines
	if t.Header == nil {
		return t, nil
	}
	if _, err := t.read(); err != nil { // the header itself, strictly
		return nil, t.refuses(err)
	}
	for i, name := range t.Header {
		t.Header[i] = norm.NFC.String(strings.TrimSpace(name))
	}
	return t, nil
}

// Next reads a row, with a field for each name of the header. Blank lines are none, but a spreadsheet counts them.
// The error is io.EOF behind the last, a RowError, an Error, or that of the text. The row is valid until the next call.
func (t *Table) Next() ([]string, error) {
	row, err := t.read()
	switch {
	case err == io.EOF:
		return nil, err
	case err != nil && t.goesOn(err):
		return nil, RowError{t.Row, "a quote where none may be: put the field in quotes, and double those in it"}
	case err != nil:
		return nil, t.refuses(err)
	case t.Header == nil || len(row) == len(t.Header):
		return row, nil
	}
	return t.fitted(row)
}

// fitted makes a row as long as the header, where only blank fields are too many or only columns without a name are missing.
func (t *Table) fitted(row []string) ([]string, error) {
	n := len(t.Header)
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	notBlank := func(s string) bool { return !blank(s) }
	if len(row) > n && !slices.ContainsFunc(row[n:], notBlank) {
		return row[:n], nil
	}
	if len(row) < n && !slices.ContainsFunc(t.Header[len(row):], notBlank) {
		t.fit = append(append(t.fit[:0], row...), make([]string, n-len(row))...)
		return t.fit, nil
	}
	fields := fmt.Sprintf("%d fields", len(row))
	if len(row) == 1 {
		fields = "1 field"
	}
	return nil, RowError{t.Row, fmt.Sprintf("%s where the header has %d", fields, n)}
}

// read reads a row of any length.
func (t *Table) read() ([]string, error) {
	fields, err := t.csv.Read()
	if err == io.EOF {
		return nil, err
	}
	begins, ends := t.line, t.line
	if err == nil {
		begins, _ = t.csv.FieldPos(0)
		ends = t.lineOf(fields)
	} else if e, ok := errors.AsType[*csv.ParseError](err); ok {
		begins, ends = e.StartLine, e.Line
		if len(fields) > 0 {
			e.StartLine = t.lineOf(fields) // where the field begins that is wrong
		}
	}
	t.Row += 1 + begins - t.line
	t.line = ends + 1
	t.in.row = t.csv.InputOffset()
	return fields, err
}

// lineOf is the line that a row has come to with fields.
func (t *Table) lineOf(fields []string) int {
	last := len(fields) - 1
	line, _ := t.csv.FieldPos(last)
	return line + strings.Count(fields[last], "\n")
}

// goesOn says whether an error is that of one row: a quote that is wrong in its own line.
func (t *Table) goesOn(err error) bool {
	e, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return false
	}
	atEnd := t.in.ended && t.csv.InputOffset() == t.in.read
	return errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote) && e.Line == e.StartLine && !atEnd
}

// refuses says what is wrong with a whole table.
func (t *Table) refuses(err error) error {
	if errors.Is(err, errLongRow) {
		return Error{"bad-csv", fmt.Sprintf("the row that begins in line %s is longer than %d MB: a quote in it may not be closed", Thousands(int64(t.lines+t.line-1)), longRow>>20)}
	}
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return Error{"bad-csv", fmt.Sprintf("the quote that opens in line %s is not closed where its field ends", Thousands(int64(t.lines+e.StartLine)))}
	}
	return err
}

// Column is that of a name, in any case; -1 if there is none.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.Header, func(h string) bool { return strings.EqualFold(h, name) })
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
