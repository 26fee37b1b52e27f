package table

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// read opens a table and reads its rows, with the number of each before it; what is wrong with one stands in its place.
func read(t *testing.T, content string) (*Table, [][]string) {
	t.Helper()
	text, err := Text(t.Context(), strings.NewReader(content), nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := Open(text, false)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for {
		row, err := table.Next()
		var bad RowError
		switch {
		case err == io.EOF:
			return table, rows
		case errors.As(err, &bad):
			row = []string{bad.Error()}
		case err != nil:
			t.Fatal(err)
		}
		rows = append(rows, slices.Clone(row))
	}
}

func TestTheHeaderIsFoundWhereverItStands(t *testing.T) {
	for name, c := range map[string]struct {
		content, header string // with bars between
		comma           rune
		row             int // of the last
		before, units   int
	}{
		"plain":             {"a,b\n1,2\n", "a|b", ',', 2, 0, 0},
		"sep=":              {"sep=;\na;b\n1;2\n", "a|b", ';', 2, 0, 0},
		"a longer line":     {"x,y,z,u\na,b\n1,2\n3,4\n", "a|b", ',', 4, 1, 0},
		"a shorter line":    {"Kiel\n\na,b\n1,2\n3,4\n", "a|b", ',', 5, 1, 0},
		"comments":          {"# x, y\n// z\na,b\n1,2\n", "a|b", ',', 4, 2, 0},
		"names in comments": {"#a,b\n1,2\n3,4\n", "a|b", ',', 3, 0, 0},
		"no header":         {"1,2\n3,4\n", "", ',', 2, 0, 0},
		"units":             {"t,p\ns,hPa\n1,2\n3,4\n5,6\n", "t|p", ',', 5, 0, 1},
		"missing below":     {"t,p\nNA,NA\n1,2\n3,4\n", "t|p", ',', 4, 0, 0},
		"commas in values":  {"a;b\n1,5;2,5\n1,5;2,5\n", "a|b", ';', 3, 0, 0},
		"one column":        {"text\nhello\nyou\n", "text", ',', 3, 0, 0},
		"texts with commas": {"text;label\nhello, you, there;x\nwho, me;y\n", "text|label", ';', 3, 0, 0},
		"names with digits": {"T1,T2\n1,2\n", "T1|T2", ',', 2, 0, 0},
		"composed names":    {"U\u0308,b\n1,2\n", "Ü|b", ',', 2, 0, 0},
	} {
		table, _ := read(t, c.content)
		if got := strings.Join(table.Header, "|"); got != c.header || table.Comma != c.comma || table.Row != c.row || len(table.Before) != c.before || table.Units != c.units {
			t.Errorf("%s: header %q, comma %q, last row %d, %d lines before, %d of units; want %+v", name, got, table.Comma, table.Row, len(table.Before), table.Units, c)
		}
	}
}

func TestRowsAreAsLongAsTheHeader(t *testing.T) {
	_, rows := read(t, "a,b\n1,2,\n1,2,3\n1\n3,\"4\"\"\"\n5,6\"\n")
	want := []string{"1|2", "row 3: 3 fields where the header has 2", "row 4: 1 field where the header has 2", `3|4"`, "row 6: a quote where none may be: put the field in quotes, and double those in it"}
	for i, row := range rows {
		if strings.Join(row, "|") != want[i] {
			t.Errorf("row %q, want %q", row, want[i])
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows", len(rows))
	}
	if _, rows := read(t, "a,b,,\n1,2\n1,2,,\n"); len(rows) != 2 || len(rows[0]) != 4 {
		t.Errorf("columns without a name: %q", rows)
	}
}

func TestTextsOfAnyWriterAreTheSame(t *testing.T) {
	const want = "naïve\n國\n"
	little, big := "", ""
	for _, c := range want {
		little += string([]byte{byte(c), byte(c >> 8)})
		big += string([]byte{byte(c >> 8), byte(c)})
	}
	for name, content := range map[string]string{"UTF-8": want, "with a mark": "\ufeff" + want, "CR": strings.ReplaceAll(want, "\n", "\r"), "UTF-16": "\xff\xfe" + little, "UTF-16, high byte first": "\xfe\xff" + big,
		"UTF-16 without a mark": little, "and high byte first": big} {
		for _, in := range []io.Reader{strings.NewReader(content), iotest.OneByteReader(strings.NewReader(content))} {
			text, err := Text(t.Context(), in, nil)
			if err != nil {
				t.Fatal(name, err)
			}
			if got, err := io.ReadAll(text); string(got) != want && name != "UTF-16 without a mark" && name != "and high byte first" || err != nil {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

func TestWhatIsNoTextSaysWhy(t *testing.T) {
	for content, want := range map[string]Error{
		"":            {"empty", "empty"},
		"ab\x00":      {"not-text", "not text: byte 3 is 0"},
		"a\ncaf\xe9.": {"not-utf8", "not UTF-8: byte 6 (line 2) is 0xE9: save it as UTF-8"},
		"caf\xc3":     {"truncated", "truncated: it ends in the middle of a character"},
	} {
		text, err := Text(t.Context(), strings.NewReader(content), nil)
		if err == nil {
			_, err = io.ReadAll(text)
		}
		if err != want {
			t.Errorf("%q: %v, want %v", content, err, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	text, err := Text(ctx, strings.NewReader("a"), nil)
	if err == nil {
		_, err = io.ReadAll(text)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzTable(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "sep=;\na;b\n", "# x\na\tb\n1\t2\n", "\xff\xfea\x00;\x00b\x00", "\"a\nb\",c\r1,2\r", ",,\n,,1\n", "a|b\nx|y\n|"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, content string, tabs bool) {
		text, err := Text(context.Background(), strings.NewReader(content), nil)
		if err != nil {
			return
		}
		table, err := Open(text, tabs)
		if err != nil {
			return
		}
		for last := 0; ; last = table.Row {
			row, err := table.Next()
			if _, one := err.(RowError); err != nil && !one {
				return
			}
			if table.Row <= last || err == nil && table.Header != nil && len(row) != len(table.Header) {
				t.Fatalf("row %d after %d: %q under %q", table.Row, last, row, table.Header)
			}
		}
	})
}

func TestASentenceWithATimeInItIsNoHeader(t *testing.T) {
	var b strings.Builder
	b.WriteString("text,label\nThe sea is calm.,sea\n\"An old, dilapidated house.\",town\nIt was high time.,town\n")
	for range 30 {
		b.WriteString("Nothing happened.,sea\n")
	}
	table, _ := read(t, b.String())
	if !slices.Equal(table.Header, []string{"text", "label"}) {
		t.Errorf("header %q", table.Header)
	}
}
