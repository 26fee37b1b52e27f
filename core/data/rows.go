package data

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	"autodidact/core/table"
)

// longRow is the bytes that a line of JSON may have.
const longRow = 1 << 20

// table reads rows with a header. They are numbered as a spreadsheet shows them.
func (r *textReader) table(name string, in *bufio.Reader, tabs bool) error {
	t, err := table.Open(in, tabs)
	if err != nil {
		return err
	}
	text, label := t.Column("text"), t.Column("label")
	if text < 0 {
		return Rejected{name, "no-text-column", "no column named text: it has " + some(t.Header)}
	}
	if n := len(t.Before); n > 0 {
		r.rejected = append(r.rejected, Rejected{name, Notice, fmt.Sprintf("%s before the header: not part of the table, as “%s”", plural(n, "line"), brief(t.Before[0]))})
	}
	for {
		row, err := t.Next()
		at := fmt.Sprintf("%s, row %d", name, t.Row)
		is := ""
		if bad, one := err.(table.RowError); one {
			r.refuse(at, "bad-row", bad.Reason)
			continue
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case label >= 0:
			is = strings.TrimSpace(row[label])
		}
		if err := r.row(name, at, strings.TrimSpace(row[text]), is); err != nil {
			return err
		}
	}
}

// row adds the text of a row or a line, if there is any.
func (r *textReader) row(file, at, text, label string) error {
	if text == "" {
		r.refuse(at, "bad-row", "its text is empty")
		return nil
	}
	return r.take(file, at, text, label)
}

// some names columns, not more than fit a sentence.
func some(header []string) string {
	short := make([]string, len(header))
	for i, h := range header {
		short[i] = brief(h)
	}
	return upTo(10, short)
}

// hasText says whether a table's header names a column text, if it can be read: one that is empty or is no UTF-8 may have
// anything.
func hasText(f File) (has, known bool) {
	body, err := f.Open()
	if err != nil {
		return false, false
	}
	defer body.Close()
	text, err := table.Text(context.Background(), io.LimitReader(body, 64<<10), nil)
	if err != nil {
		return false, false
	}
	t, err := table.Open(text, strings.EqualFold(path.Ext(f.Path), ".tsv"))
	return err == nil && t.Column("text") >= 0, err == nil
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
			} else if err := r.row(name, at, text, label); err != nil {
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

// parseRow reads a line of JSON, or returns what is wrong with it.
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
