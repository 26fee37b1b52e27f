package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func textFile(name, content string) File {
	return File{name, int64(len(content)), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// readAllTexts gives texts by name, labels by name, and reasons by name.
func readAllTexts(t *testing.T, files ...File) (texts, labels, refused map[string]string) {
	t.Helper()
	set, rejected, err := ReadTexts(t.Context(), files, nil)
	if err != nil {
		t.Fatal(err)
	}
	texts, labels, refused = map[string]string{}, map[string]string{}, map[string]string{}
	for i, text := range set.Texts.All() {
		texts[set.Names[i]], labels[set.Names[i]] = text, set.Labels[i]
	}
	for _, r := range rejected {
		refused[r.Name] = r.Code + ": " + r.Reason
	}
	return texts, labels, refused
}

func TestDocumentsAreParagraphsRowsAndLines(t *testing.T) {
	texts, labels, refused := readAllTexts(t,
		textFile("notes/one.txt", "\ufeffOnly this,\r\nin two lines.\r\n"),
		textFile("notes/two.txt", "First one.\n\n\nSecond one\ngoes on.\n\n---\n\nThird.\n"),
		textFile("essays/three.md", "---\ntitle: no text\n---\n# A heading\n\n```\ncode stays\n```\n"),
		textFile("reviews.csv", "id,Text,LABEL\n1,\"Good, \"\"very\"\" good\nindeed\",yes\n2,Bad,no\n"),
		textFile("more.tsv", "text\tlabel\nTabs here\tyes\n"),
		textFile("lines.jsonl", `{"text":"A line","label":3}`+"\n\n"+`{"text":"Another","label":true}`+"\n"),
		textFile("中文.txt", "国会议员讨论了法律。\n\nแมวนอนหลับอยู่บนเก้าอี้"),
	)
	want := map[string]string{
		"notes/one.txt": "Only this,\nin two lines.", "notes/two.txt, paragraph 1": "First one.", "notes/two.txt, paragraph 2": "Second one\ngoes on.",
		"notes/two.txt, paragraph 3": "Third.", "essays/three.md, paragraph 1": "# A heading", "essays/three.md, paragraph 2": "code stays",
		"reviews.csv, row 2": "Good, \"very\" good\nindeed", "more.tsv, row 2": "Tabs here",
		"lines.jsonl, line 1": "A line", "lines.jsonl, line 3": "Another",
		"中文.txt, paragraph 1": "国会议员讨论了法律。", "中文.txt, paragraph 2": "แมวนอนหลับอยู่บนเก้าอี้",
	}
	for name, text := range want {
		if got := strings.ReplaceAll(texts[name], "\r\n", "\n"); got != text {
			t.Errorf("%s is %q, want %q; there are %q", name, got, text, slices.Sorted(maps.Keys(texts)))
		}
	}
	if len(refused) != 1 || refused["notes/two.txt"] != "notice: 1 paragraph without a letter or a number left out, as “---”" {
		t.Errorf("refused %v", refused)
	}
	for name, label := range map[string]string{"notes/one.txt": "notes", "essays/three.md, paragraph 1": "essays", "reviews.csv, row 2": "yes",
		"lines.jsonl, line 1": "3", "lines.jsonl, line 3": "true", "中文.txt, paragraph 1": ""} {
		if labels[name] != label {
			t.Errorf("%s is labelled %q, want %q", name, labels[name], label)
		}
	}
}

func TestTextsThatCannotBeUsedSayWhy(t *testing.T) {
	good := "text,label\n"
	for name, c := range map[string]struct{ content, says string }{
		"empty.txt":     {"", "empty: empty"},
		"blank.txt":     {" \n\n \t\n", "empty: "},
		"program.txt":   {"MZ\x90", "not-utf8: not UTF-8: byte 3 (line 1) is 0x90"},
		"zero.txt":      {"ab\x00c", "not-text: not text: byte 3 is 0"},
		"latin.txt":     {"one\ntwo caf\xe9 au lait", "not-utf8: not UTF-8: byte 12 (line 2) is 0xE9"},
		"utf16.txt":     {"\xff\xfea\x00\x00\x00", "not-text: not text: byte 2 is 0"},
		"half.txt":      {"a caf\xc3", "truncated: "},
		"quote.csv":     {good + "fine words,a\n\"never closed,b\nmore,c\n", "bad-csv: the quote that opens in line 3"},
		"columns.csv":   {"name,age,city\nAnn,3,Rome\n", "no-text-column: no column named text: it has name, age, city"},
		"report.docx":   {"PK", "not-text: not a text file: .docx"},
		"late.txt":      {strings.Repeat("fine words here\n\n", 9000) + "\xff", "not-utf8: not UTF-8: byte "},
		"long.csv":      {good + strings.Repeat("x", 2<<20) + ",a\n", "bad-csv: the row that begins in line 2"},
		"nothing.jsonl": {"\n\n", "empty: "},
	} {
		texts, _, refused := readAllTexts(t, textFile(name, c.content))
		if len(texts) > 0 || !strings.HasPrefix(refused[name], c.says) {
			t.Errorf("%s: %d texts, refused %q, want %q", name, len(texts), refused, c.says)
		}
	}
}

func TestRowsThatCannotBeUsedAreNamedAndTheRestGoesOn(t *testing.T) {
	var many strings.Builder
	many.WriteString("text,label\n")
	for i := range 300 {
		fmt.Fprintf(&many, "fine words %d,a\nonly words\n", i)
	}
	texts, _, refused := readAllTexts(t,
		textFile("rows.csv", "text,label\nfine words,a\none field\nmore words,b\n"),
		textFile("lines.jsonl", `{"text":"fine"}`+"\nnot json\n"+`{"title":"x"}`+"\n"+`{"text":7}`+"\n"),
		textFile("many.csv", many.String()))
	if texts["rows.csv, row 4"] != "more words" || texts["lines.jsonl, line 1"] != "fine" || len(texts) != 2+1+300 {
		t.Errorf("%d texts", len(texts))
	}
	for name, says := range map[string]string{"rows.csv, row 3": "bad-row: 1 field where the header has 2", "lines.jsonl, line 2": "bad-row: not a JSON object",
		"lines.jsonl, line 3": "bad-row: no field named text", "lines.jsonl, line 4": "bad-row: its text is no string", "many.csv": "bad-row: and 280 more rows"} {
		if !strings.HasPrefix(refused[name], says) {
			t.Errorf("%s: refused %q, want %q", name, refused[name], says)
		}
	}
	if len(refused) != 4+20+1 {
		t.Errorf("%d are refused", len(refused))
	}
}

// endless is a line that does not end, and is not held anywhere.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range n {
		p[i] = "words and words and words "[(e.left-i)%26]
	}
	e.left -= n
	return n, nil
}

func (e *endless) Close() error { return nil }

func TestALineOf100MegabytesIsReadInBoundedMemory(t *testing.T) {
	if testing.Short() || runtime.GOOS == "js" {
		t.Skip("it takes seconds")
	}
	const size = 100 << 20
	var most uint64
	set, rejected, err := ReadTexts(t.Context(), []File{{"long.txt", size, func() (io.ReadCloser, error) { return &endless{size}, nil }}}, func(done, total int) {
		if done%(8<<20) < 300<<10 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	})
	if err != nil || len(rejected) > 0 || set.Texts.Bytes() < size*9/10 {
		t.Fatalf("%d bytes in %d texts, %v, %v", set.Texts.Bytes(), set.Len(), rejected, err)
	}
	if most > size/3 || most == 0 {
		t.Errorf("%d MB were held for %d MB of text", most>>20, size>>20)
	}
}

func TestReadingTextsStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := ReadTexts(ctx, []File{textFile("a.txt", "fine words")}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestKindOfKnowsTextsTablesAndPictures(t *testing.T) {
	for _, c := range []struct {
		want  Kind
		files []File
	}{
		{Text, []File{textFile("a.txt", "words"), textFile("b.md", "words"), textFile("c.png", "")}},
		{Text, []File{textFile("a.csv", "id,text\n1,words\n")}},
		{Text, []File{textFile("a.tsv", "\ufeff\"text\"\tlabel\nwords\ta\n")}},
		{Series, []File{textFile("a.csv", "time,temperature\n1,20\n")}},
		{Text, []File{textFile("a.csv", "time,temperature\n1,20\n"), textFile("b.txt", "words")}},
		{Images, []File{textFile("a.png", ""), textFile("b.png", ""), textFile("readme.txt", "words")}},
	} {
		if got := KindOf(c.files); got != c.want {
			t.Errorf("%s and %d others are %s, want %s", c.files[0].Path, len(c.files)-1, got, c.want)
		}
	}
}

func TestSetsOfTextsAddUpInOrderWithNamesOfTheirOwn(t *testing.T) {
	read := func(content string) *Set {
		set, _, err := ReadTexts(t.Context(), []File{textFile("z.txt", content)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	set := &Set{Of: Text}
	set.Add(read("the first"))
	before := set.Fingerprint()
	set.Add(read("the second"))
	if !slices.Equal(set.Names, []string{"z.txt", "z (2).txt"}) || set.Len() != 2 {
		t.Errorf("names %q", set.Names)
	}
	s, err := set.At(1)
	if err != nil || set.Texts.At(1) != "the second" || s.Name != "z (2).txt" || set.Fingerprint() == before {
		t.Errorf("sample %v, %v", s, err)
	}
}

func FuzzTexts(f *testing.F) {
	for i, seed := range []string{"a\n\nb", "text,label\n\"a\",b\n", "{\"text\":\"x\"}\n", "---\nx\n---\ny", "\xff\xfe", "```\n"} {
		f.Add([]byte(seed), uint8(i))
	}
	f.Fuzz(func(t *testing.T, raw []byte, kind uint8) {
		name := "a" + []string{".txt", ".csv", ".jsonl", ".md", ".tsv"}[kind%5]
		set, rejected, err := ReadTexts(t.Context(), []File{{name, int64(len(raw)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range set.Texts.All() {
			if !utf8.ValidString(text) || text == "" || set.Names[i] == "" {
				t.Errorf("text %q named %q", text, set.Names[i])
			}
		}
		for _, r := range rejected {
			if r.Name == "" || r.Code == "" || r.Reason == "" {
				t.Errorf("refused %+v", r)
			}
		}
	})
}
