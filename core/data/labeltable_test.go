package data

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

// matchedOf is what a table at path says of samples of these names.
func matchedOf(t *testing.T, path, table string, samples ...string) (MatchedLabels, bool) {
	t.Helper()
	set := &Set{Of: Images, Names: samples}
	l, ok := Labels(plainFile(path, table), set)
	return l.Match(set), ok
}

func TestATableFindsTheFilesThatItNames(t *testing.T) {
	flat := []string{"1.jpg", "2.jpg", "3.jpg"}
	want := map[string]string{"1.jpg": "cat", "2.jpg": "dog", "3.jpg": "cat"}
	for name, c := range map[string]struct {
		table   string
		samples []string
		want    map[string]string
	}{
		"file, label":         {"file,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n", flat, want},
		"filename, class":     {"Filename;Class\n1.jpg;cat\n2.jpg;dog\n3.jpg;cat\n", flat, want},
		"image, label, tabs":  {"image\tlabel\n1.jpg\tcat\n2.jpg\tdog\n3.jpg\tcat\n", flat, want},
		"path, category":      {"path,size,category\n./1.jpg,9,cat\nimages/2.jpg,8,dog\n/home/me/3.jpg,7,cat\n", flat, want},
		"a byte order mark":   {"\ufefffile,label\r\n1.jpg,cat\r\n2.jpg,dog\r\n3.jpg,cat\r\n", flat, want},
		"UTF-16":              {utf16("file,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n"), flat, want},
		"lone returns":        {"file,label\r1.jpg,cat\r2.jpg,dog\r3.jpg,cat\r", flat, want},
		"without endings":     {"id,breed\n1,cat\n2,dog\n3,cat\n", flat, want},
		"with other endings":  {"file,label\n1.png,cat\n2.png,dog\n3.png,cat\n", flat, want},
		"in other case":       {"file,label\nA.JPG,cat\nB.JPG,dog\n", []string{"a.jpg", "b.jpg"}, map[string]string{"a.jpg": "cat", "b.jpg": "dog"}},
		"without a header":    {"1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n", flat, want},
		"an unknown title":    {"Bild,Art\n1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n", flat, want},
		"Windows' paths":      {"file,label\nC:\\me\\a\\1.jpg,cat\nC:\\me\\b\\1.jpg,dog\n", []string{"x/a/1.jpg", "x/b/1.jpg"}, map[string]string{"x/a/1.jpg": "cat", "x/b/1.jpg": "dog"}},
		"one name in folders": {"file,label\ntrain/1.jpg,cat\ntest/1.jpg,dog\n", []string{"d/train/1.jpg", "d/test/1.jpg"}, map[string]string{"d/train/1.jpg": "cat", "d/test/1.jpg": "dog"}},
		"only one folder":     {"file,label\ntrain/1.jpg,cat\ntest/1.jpg,dog\n", []string{"d/test/1.jpg", "d/test/2.jpg", "d/more/3.jpg"}, map[string]string{"d/test/1.jpg": "dog"}},
		"several labels":      {"file,label\n1.jpg,cat\n1.jpg,old\n1.jpg,cat\n2.jpg,dog\n", flat, map[string]string{"1.jpg": "cat|old", "2.jpg": "dog"}},
		"decomposed names":    {"file,label\nU\u0308.jpg,Ku\u0308he\n", []string{"\u00dc.jpg"}, map[string]string{"\u00dc.jpg": "K\u00fche"}},
		"parts of films":      {"video,class\na.mp4,run\nb.mp4,walk\n", []string{"a.mp4, frame 0001", "a.mp4, frame 0017", "b.mp4"}, map[string]string{"a.mp4, frame 0001": "run", "a.mp4, frame 0017": "run", "b.mp4": "walk"}},
		"paragraphs":          {"file,label\na.txt,good\n", []string{"a.txt, paragraph 1", "a.txt, paragraph 2"}, map[string]string{"a.txt, paragraph 1": "good", "a.txt, paragraph 2": "good"}},
		"a class of each row": {"file,label\n1.jpg,0\n2.jpg,1\n3.jpg,2\n", flat, map[string]string{"1.jpg": "0", "2.jpg": "1", "3.jpg": "2"}},
	} {
		o, ok := matchedOf(t, "labels.csv", c.table, c.samples...)
		if !ok || !maps.Equal(o.Labels, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, o.Labels, ok, c.want)
		}
	}
}

func TestTablesThatNameNoFilesAreNoLabels(t *testing.T) {
	for name, table := range map[string]string{
		"readings":       "time,x\n2024-01-01,1\n2024-01-02,2\n",
		"numbers":        "count,label\n1,a\n2,b\n3,a\n",
		"other files":    "file,label\nx.jpg,a\ny.jpg,b\n",
		"captions":       "file,caption\n1.jpg,one\n2.jpg,two\n3.jpg,three\n",
		"sizes":          "file,width,height\n1.jpg,10,10\n2.jpg,10,10\n3.jpg,20,10\n",
		"nothing":        "",
		"many ids":       "id,label\n" + strings.Join(many(100, "%d,a"), "\n"),
		"another folder": "file,label\ntrain/1.jpg,a\ntrain/2.jpg,b\n",
	} {
		if o, ok := matchedOf(t, "t.csv", table, "d/test/1.jpg", "d/test/2.jpg", "d/3.jpg"); ok && len(o.Labels) > 0 {
			t.Errorf("%s: %v", name, o.Labels)
		}
	}
}

func TestMatchedLabelsAreCountedAndWhatDoesNotFitIsNamed(t *testing.T) {
	o, _ := matchedOf(t, "labels.csv", "file,label\n1.jpg,cat\n2.jpg,dog\ngone.jpg,cat\nlost.jpg,dog\n", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "7.jpg")
	want := "labels for 2 of 7 pictures (columns file and label); 2 rows name no picture here: gone.jpg, lost.jpg; 5 pictures have no label in it: 3.jpg, 4.jpg, 5.jpg and 2 more"
	if got := o.Counts("picture"); got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	o, _ = matchedOf(t, "labels.csv", "file,label\n1.jpg,cat\n1.jpg,cat\n", "a/1.jpg", "b/1.jpg")
	if len(o.Labels) != 0 || !slices.Equal(o.NoSample, []string{"1.jpg", "1.jpg"}) {
		t.Errorf("a name that two files have: %v, %v", o.Labels, o.NoSample)
	}
	if o, _ = matchedOf(t, "a/labels.csv", "file,label\n1.jpg,cat\n", "a/1.jpg", "b/1.jpg"); !maps.Equal(o.Labels, map[string]string{"a/1.jpg": "cat"}) {
		t.Errorf("the file beside the table: %v", o.Labels)
	}
}

func TestATableMayComeAfterTheSamplesItNames(t *testing.T) {
	here := &Set{Of: Images, Names: []string{"1.jpg", "2.jpg"}}
	c := Choose(Input{Files: called("labels.csv=file,label\n1.jpg,cat\n2.jpg,dog\n"), Here: here})
	if c.Kind != Images || len(c.Files) != 0 || len(c.Tables) != 1 || len(c.Rejected) != 0 {
		t.Errorf("%+v", c)
	}
	if o := c.Tables[0].Match(here); len(o.Labels) != 2 {
		t.Errorf("%v", o.Labels)
	}
}

// utf16 is text as spreadsheets export it.
func utf16(s string) string {
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}
