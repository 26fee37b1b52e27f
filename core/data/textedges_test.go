package data

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"autodidact/core/table"
)

// heap is what is held when everything that can be is collected.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestTextsMayBeReadAtOnce(t *testing.T) {
	var texts Texts
	for i := range 9000 {
		texts.Append(strings.Repeat(fmt.Sprint(i, " "), 20))
	}
	var readers sync.WaitGroup
	for k := range 4 {
		readers.Go(func() {
			for i := k; i < texts.Len(); i += 997 {
				if want := strings.Repeat(fmt.Sprint(i, " "), 20); texts.At(i) != want {
					t.Errorf("text %d is %q", i, texts.At(i))
				}
			}
		})
	}
	readers.Wait()
}

func TestManyTextsOfOneNameAreNamedInNoTime(t *testing.T) {
	more := &Set{Of: Text, Texts: &Texts{}}
	for range 400_000 {
		more.Names = append(more.Names, "x.csv, row 2")
		more.Texts.Append("ab")
	}
	set, start := &Set{Of: Text}, time.Now()
	set.Add(more)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	slices.Sort(set.Names)
	if n := len(slices.Compact(set.Names)); n != 400_000 {
		t.Errorf("%d names", n)
	}
}

func TestAddingToASetLeavesTheOtherAsItWas(t *testing.T) {
	one := &Set{Of: Text, Names: []string{"a/1.txt"}, Texts: &Texts{}}
	one.Texts.Append("one")
	two := &Set{Of: Text, Names: []string{"b/2.txt, paragraph 1", "b/r.csv, row 2"}, Labels: []string{"", "kept"}, Texts: &Texts{}}
	two.Texts.Append("two")
	two.Texts.Append("three")
	set := &Set{Of: Text}
	set.Add(&Set{Of: Text})
	set.Add(one)
	if !slices.Equal(set.Labels, []string{""}) {
		t.Errorf("one folder labels %q", set.Labels)
	}
	set.Add(two)
	if !slices.Equal(set.Labels, []string{"a", "b", "kept"}) {
		t.Errorf("two folders label %q", set.Labels)
	}
	if one.Texts.Len() != 1 || set.Texts.Len() != 3 || set.Texts.At(2) != "three" {
		t.Errorf("%d texts of 1, %d of 3", one.Texts.Len(), set.Texts.Len())
	}
}

// A label is a part of the string that its row was; kept so, it would keep the row.
func TestLabelsDoNotHoldTheirRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("text,label\n")
	for b.Len() < 20<<20 {
		fmt.Fprintf(&b, "%s,a\n", strings.Repeat("the same words again and again ", 100))
	}
	f, before := textFile("x.csv", b.String()), heap()
	set, _, err := ReadTexts(t.Context(), []File{f}, nil)
	if err != nil || set.Classes()["a"] != set.Len() || set.Len() < 6000 {
		t.Fatalf("%d texts, %v, %v", set.Len(), set.Classes(), err)
	}
	if held := heap() - before; held > 6<<20 {
		t.Errorf("%d MB are held", held>>20)
	}
	runtime.KeepAlive(set)
	runtime.KeepAlive(f)
}

func TestCharactersMayBeCutByARead(t *testing.T) {
	const text = "国会议员讨论了法律。\r\n\r\nแมวนอนหลับ 😀 อยู่บนเก้าอี้"
	for name, says := range map[string]string{text: "", text + "\xe5\x9b": "truncated", text + "\xe9 a": "not-utf8"} {
		f := File{"a.txt", int64(len(name)), func() (io.ReadCloser, error) {
			return io.NopCloser(iotest.OneByteReader(strings.NewReader(name))), nil
		}}
		set, rejected, err := ReadTexts(t.Context(), []File{f}, nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case says == "" && (set.Len() != 2 || len(rejected) > 0 || set.Texts.At(1) != "แมวนอนหลับ 😀 อยู่บนเก้าอี้"):
			t.Errorf("%q, %v", set.Names, rejected)
		case says != "" && (set.Len() != 0 || len(rejected) != 1 || rejected[0].Code != says):
			t.Errorf("%q, %v, want %s", set.Names, rejected, says)
		}
	}
}

func TestRowsHaveTheNumbersOfASpreadsheet(t *testing.T) {
	texts, _, refused := readAllTexts(t, textFile("a.csv",
		"text\n\"two\nlines\"\n\nrow four\n\nbare \" quote\nrow seven\n\"closed\" too early\nrow nine\n,,\n"))
	for name, text := range map[string]string{"row 2": "two\nlines", "row 4": "row four", "row 7": "row seven", "row 9": "row nine"} {
		if texts["a.csv, "+name] != text {
			t.Errorf("%s is %q; there are %q", name, texts["a.csv, "+name], texts)
		}
	}
	for _, name := range []string{"row 6", "row 8", "row 10"} {
		if !strings.HasPrefix(refused["a.csv, "+name], "bad-row") {
			t.Errorf("%s: refused are %q", name, refused)
		}
	}
}

func TestTheLineOfAQuoteThatIsNotClosedIsNamed(t *testing.T) {
	for content, line := range map[string]string{
		"text,label\nfine,a\n\"open,a":                          "3",
		"text,label\n\"fine\nwords\",\"open\nto the end\n":      "3",
		"text,label\n\"open,a\nfine,b\nmore \"words\" here,c\n": "2",
	} {
		texts, _, refused := readAllTexts(t, textFile("a.csv", content))
		if len(texts) > 0 || !strings.HasPrefix(refused["a.csv"], "bad-csv: the quote that opens in line "+line+" ") {
			t.Errorf("%q: %d texts, refused %q, want line %s", content, len(texts), refused, line)
		}
	}
}

func TestLinesOfJSONThatAreTooLongOrNoTextAreRefused(t *testing.T) {
	texts, _, refused := readAllTexts(t, textFile("a.jsonl", `{"text":"nul \u0000 here"}`+"\n"+
		`{"text":"`+strings.Repeat("x", 2<<20)+`"}`+"\n"+`{"text":"words","label":[1]}`+"\n"+`{"text":"words","label":1000000}`))
	if len(texts) != 1 || texts["a.jsonl, line 4"] != "words" {
		t.Errorf("texts are %d", len(texts))
	}
	for line, says := range map[string]string{"1": "bad-row: not text", "2": "too-large: longer than 1 MB", "3": "bad-row: its label"} {
		if !strings.HasPrefix(refused["a.jsonl, line "+line], says) {
			t.Errorf("line %s: %q", line, refused["a.jsonl, line "+line])
		}
	}
}

func TestLongParagraphsAreCutWhereTheyMayBe(t *testing.T) {
	for what, text := range map[string]string{
		"lines":      strings.Repeat("one sentence a line\n", 3000),
		"sentences":  strings.Repeat("One sentence. ", 4000),
		"chinese":    strings.Repeat("国会议员讨论了法律。", 3000),
		"characters": strings.Repeat("国", 20000),
	} {
		set, _, err := ReadTexts(t.Context(), []File{textFile("a.txt", text)}, nil)
		if err != nil || set.Len() < 6 {
			t.Errorf("%s: %d texts, %v", what, set.Len(), err)
		}
		letters := func(s string) string { return strings.Join(strings.Fields(s), "") }
		joined := ""
		for i, piece := range set.Texts.All() {
			if joined += piece; len(piece) > longDocument {
				t.Errorf("%s: text %d has %d bytes", what, i, len(piece))
			}
			if what != "characters" && !strings.HasSuffix(piece, "line") && !strings.HasSuffix(piece, ".") && !strings.HasSuffix(piece, "。") {
				t.Errorf("%s: text %d ends in %q", what, i, piece[len(piece)-9:])
			}
		}
		if letters(joined) != letters(text) {
			t.Errorf("%s: something is lost", what)
		}
	}
}

func TestWhatIsBeyondALimitIsTooLarge(t *testing.T) {
	full := textReader{set: &Set{Of: Text, Texts: &Texts{total: maxAllText}}}
	full.all(t.Context(), textFile("a.txt", "two words"), func(int64) {})
	set, rejected, err := ReadTexts(t.Context(), []File{{Path: "b.txt", Size: table.MaxText + 1}}, nil)
	if err != nil || set.Len() > 0 {
		t.Errorf("%q, %v", set.Names, err)
	}
	many := textReader{set: &Set{Of: Text, Texts: &Texts{}, Names: make([]string, maxDocuments), Labels: make([]string, maxDocuments)}}
	many.all(t.Context(), textFile("c.txt", "two words"), func(int64) {})
	for _, r := range slices.Concat(full.rejected, rejected, many.rejected) {
		if r.Code != "too-large" || len(r.Name) != len("a.txt") {
			t.Errorf("refused %+v", r)
		}
	}
	if len(full.rejected)+len(rejected)+len(many.rejected) != 3 {
		t.Error("something was let through")
	}
}

func TestProgressOfTextsOnlyGrowsAndEnds(t *testing.T) {
	last, all := 0, 0
	files := []File{textFile("a.txt", strings.Repeat("words\n\n", 100_000)), textFile("b.txt", "\xff"), textFile("b.txt", "two words")}
	set, rejected, err := ReadTexts(t.Context(), files, func(done, total int) {
		if done < last {
			t.Errorf("%d after %d", done, last)
		}
		last, all = done, total
	})
	if err != nil || last != all || all != 700_010 {
		t.Errorf("progress ended at %d of %d, %v", last, all, err)
	}
	if set.Len() != 100_001 || set.Names[100_000] != "b (2).txt" || len(rejected) != 1 || rejected[0].Name != "b.txt" {
		t.Errorf("%d texts, refused %v", set.Len(), rejected)
	}
}
