package data

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"
	"testing"
)

// called are empty files of these names, but tables and texts with something in them.
func called(names ...string) (files []File) {
	for _, name := range names {
		name, body, _ := strings.Cut(name, "=")
		files = append(files, plainFile(name, body))
	}
	return files
}

// many are names with numbers from 1 to n.
func many(n int, format string) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf(format, i+1))
	}
	return names
}

func paths(files []File) []string { return names(files) }

func said(rejected []Rejected) (all []string) {
	for _, r := range rejected {
		all = append(all, r.Name+": "+r.Code+": "+r.Reason)
	}
	return all
}

func TestFilesOfSystemsAreLeftOutAndCountedOnce(t *testing.T) {
	junk := called(".DS_Store", "cat/._1.png", "cat/Thumbs.db", "cat/desktop.ini", ".git/HEAD", ".git/objects/aa/bb", ".ipynb_checkpoints/1.png", ".thumbs/1.png",
		"dog/@eaDir/2.png/SYNOPHOTO_THUMB_M.jpg", "__MACOSX/cat/._1.png", "$RECYCLE.BIN/S-1-5/$R1.png", "System Volume Information/IndexerVolumeGuid", "lost+found/#1.png",
		".Trash-1000/files/1.png", "__pycache__/load.pyc", "node_modules/a/b.png", "cat/~$list.xlsx", "cat/.~lock.list.ods#", "#recycle/1.png", "Icon\r")
	good := called("cat/1.png", "dog/2.png", "lost/3.png", "system/4.png", "recycle/5.png", "trash/6.png", "a.b/7.png", "$5/8.png", "@home/9.png", "thumbs/10.png", "git/11.png")
	for _, kind := range []Kind{"", Images, Video, Text, Series} {
		c := Choose(Input{Files: append(slices.Clone(junk), good...), Kind: kind, Inside: true})
		if kind == "" || kind == Images {
			if got := paths(c.Files); len(got) != len(good) {
				t.Errorf("kept %q", got)
			}
		}
		want := "hidden and system files: system: 20 left out, as #recycle/1.png and node_modules/a/b.png"
		if got := said(c.Rejected); len(got) == 0 || got[0] != want {
			t.Errorf("%s: said %q, want %q", kind, got, want)
		}
	}
	c := Choose(Input{Files: called("a.png", ".DS_Store")})
	if got := said(c.Rejected); !slices.Equal(got, []string{"hidden and system files: system: 1 left out: .DS_Store"}) {
		t.Errorf("said %q", got)
	}
}

func TestOnlyHiddenNamesBelowWhatWasGivenCount(t *testing.T) {
	for _, c := range []struct {
		files  []File
		inside bool
		kept   []string
	}{
		{called(".hidden.png"), false, []string{".hidden.png"}},
		{called(".data/pics/1.png", ".data/pics/.DS_Store"), false, []string{".data/pics/1.png"}},
		{called(".a/1.png", ".b/.c/2.png"), false, []string{".a/1.png"}},
		{called("mine/1.png", ".hidden/2.png"), false, []string{"mine/1.png"}},
		{called("mine/.thumbs/1.png", "mine/2.png"), false, []string{"mine/2.png"}},
		{called(".thumbs/1.png"), true, nil},
	} {
		if got := paths(Choose(Input{Files: c.files, Inside: c.inside}).Files); !slices.Equal(got, c.kept) {
			t.Errorf("%q: kept %q, want %q", paths(c.files), got, c.kept)
		}
	}
}

func TestTheKindOfMixedFoldersIsThatOfTheirSamples(t *testing.T) {
	readings := "time,temperature\n2024-01-01,20\n2024-01-02,21\n"
	reviews := "id,text\n1,words of a kind\n2,more words\n"
	labels := "file,label\n" + strings.Join(many(40, "%d.jpg,cat"), "\n")
	cat := func(parts ...[]string) []string { return slices.Concat(parts...) }
	for name, c := range map[string]struct {
		want  Kind
		files []string
		kept  int
		says  string // of what is left out; any of it
	}{
		"pictures and 60 sidecars":           {Images, cat(many(40, "p/%d.jpg"), many(40, "p/%d.txt=a cat"), many(20, "p/%d.json={}")), 40, "p/1.txt: not-an-image: not a picture: a text of the same name as a picture or film, such as a caption"},
		"pictures and captions of *.jpg.txt": {Images, cat(many(3, "%d.jpg"), many(3, "%d.jpg.txt=a cat"), []string{"classes.txt=a", "train.txt=b"}), 3, "not a picture: a text"},
		"YOLO":                               {Images, cat(many(5, "images/%d.jpg"), many(5, "labels/%d.txt=0 1 1 1 1"), []string{"data.yaml=a", "classes.txt=a"}), 5, "data.yaml: not-an-image: not a picture: a YAML file"},
		"Pascal VOC":                         {Images, cat(many(5, "JPEGImages/%d.jpg"), many(5, "Annotations/%d.xml=<a/>"), many(4, "ImageSets/set%d.txt=1")), 5, ""},
		"pictures and their labels":          {Images, cat(many(40, "%d.jpg"), []string{"labels.csv=" + labels}), 40, ""},
		"a picture and its labels":           {Images, []string{"1.jpg", "labels.csv=" + labels}, 1, ""},
		"readings and a README":              {Series, []string{"a.csv=" + readings, "README.md=about"}, 1, "README.md: not-a-table: not a table: notes about the others"},
		"readings, plots and a license":      {Series, cat([]string{"a.csv=" + readings, "LICENSE=MIT"}, many(3, "plot%d.png")), 1, "mixed files: notice: 3 pictures and 1 table: read as series"},
		"reviews and a cover":                {Text, []string{"reviews.csv=" + reviews, "cover.png"}, 1, "cover.png: not-text: not a text: a picture"},
		"reviews and a README":               {Text, []string{"reviews.csv=" + reviews, "README.md=about", "LICENSE.txt=MIT"}, 1, "README.md: not-text: not a text: notes about the others"},
		"lines of JSON and a README":         {Text, []string{"reviews.jsonl={}", "README.md=about"}, 1, ""},
		"texts and a picture":                {Text, cat(many(20, "a/%d.txt=words"), []string{"figure.png"}), 20, "mixed files: notice: 1 picture and 20 texts: read as texts; the others are left out"},
		"texts and their labels":             {Text, cat(many(40, "%d.txt=words"), []string{"labels.csv=" + strings.ReplaceAll(labels, ".jpg", ".txt")}), 40, ""},
		"texts with a README each":           {Text, []string{"a/README.md=about", "b/README.md=about"}, 2, ""},
		"only a README":                      {Text, []string{"README.md=about"}, 1, ""},
		"texts and documents":                {Text, []string{"a.txt=words", "b.pdf=%PDF", "c.docx=PK"}, 1, "b.pdf: not-text: not a text: a document"},
		"films and posters":                  {Video, cat(many(4, "%d.mp4"), many(4, "%d.jpg")), 4, "1.jpg: not-a-clip: not a clip: a picture of the same name as a film"},
		"films, subtitles and a cover":       {Video, cat(many(4, "%d.mkv"), many(4, "%d.srt=1"), []string{"cover.jpg"}), 4, "cover.jpg: not-a-clip: not a clip: a picture beside films"},
		"films and a table of classes":       {Video, cat(many(4, "%d.mp4"), []string{"train.csv=video,class\n1.mp4,run\n2.mp4,walk\n"}), 4, ""},
		"films in MPEG-TS":                   {Video, []string{"a.ts=G@\x00\x10", "b.ts=G@\x00\x10"}, 2, ""},
		"series in sktime's .ts":             {Series, []string{"a_TRAIN.ts=@problemName a\n", "a_TEST.ts=# about\n@problemName a\n"}, 2, ""},
		"UCR's three forms":                  {Series, []string{"C_TRAIN.ts=@problemName C\n", "C_TEST.ts=@problemName C\n", "C_TRAIN.txt=1 2", "C_TEST.txt=1 2", "C.txt=about", "C_TRAIN.arff=@r"}, 2, "C_TEST.txt: not-a-table: not a table: a text of the same name as a table"},
		"programs named .ts":                 {Images, []string{"a.png", "b.png", "main.ts=import x", "lib.ts=export x"}, 2, "lib.ts: not-an-image: not a picture: a program"},
		"pictures without an ending":         {Images, []string{"a=\x89PNG\r\n\x1a\nxxxxxxxxxx", "b=\xff\xd8\xffxxxxxxxxxxx", "notes.txt=words"}, 2, "notes.txt: not-an-image: not a picture: a text"},
		"more texts than pictures":           {Text, cat(many(30, "%d.png"), many(31, "t%d.txt=words")), 31, "mixed files: notice: 30 pictures and 31 texts: read as texts"},
		"as many":                            {Images, cat(many(30, "%d.png"), many(30, "t%d.txt=words")), 30, "mixed files: notice: 30 pictures and 30 texts: read as pictures"},
		"sounds":                             {Images, []string{"a.wav", "b.wav", "c.png"}, 1, "a.wav: not-an-image: not a picture: a sound"},
		"a table with frames in folders":     {Images, cat(many(9, "a/%d.png"), many(9, "b/%d.png"), []string{"classes.csv=clip,label\na,run\nb,walk\n"}), 18, ""},
		"nothing":                            {Images, nil, 0, ""},
		"many pictures and an odd table":     {Images, cat(many(9, "%d.png"), []string{"sizes.csv=a,b\nx,2\n"}), 9, "sizes.csv: not-an-image: not a picture: a table, of which no column names these files"},
		"captions in a table":                {Images, cat(many(9, "%d.png"), []string{"c.csv=image,caption\n1.png,one\n2.png,two\n3.png,three\n"}), 9, "c.csv: not-an-image: not a picture: a table about these files without a column of labels: it has image, caption"},
	} {
		got := Choose(Input{Files: called(c.files...)})
		if got.Kind != c.want || len(got.Files) != c.kept {
			t.Errorf("%s: %s of %q, want %s of %d", name, got.Kind, paths(got.Files), c.want, c.kept)
		}
		if !strings.Contains(strings.Join(said(got.Rejected), "\n"), c.says) {
			t.Errorf("%s: said %q, want %q", name, said(got.Rejected), c.says)
		}
		if n := len(got.Files) + len(got.Tables) + len(got.Rejected) - strings.Count(strings.Join(said(got.Rejected), "\n"), ": notice: "); n != len(c.files) {
			t.Errorf("%s: %d of %d files are accounted for", name, n, len(c.files))
		}
	}
}

func TestAPictureThatMovesIsNoPoster(t *testing.T) {
	c := Choose(Input{Files: []File{file("a/film.mp4", nil), file("a/film.mkv", nil), file("a/film.mov", nil), file("a/film.webp", sample(t, "moving.webp")), file("a/b.gif", nil), file("a/c.webp", sample(t, "lossy.webp"))}})
	if got := paths(c.Files); c.Kind != Video || !slices.Equal(got, []string{"a/b.gif", "a/film.mkv", "a/film.mov", "a/film.mp4", "a/film.webp"}) {
		t.Errorf("%s of %q, %q", c.Kind, got, said(c.Rejected))
	}
}

func TestWhoAsksForAKindIsGivenIt(t *testing.T) {
	files := called(slices.Concat(many(9, "%d.png"), many(9, "%d.txt=words"), []string{"a.csv=x,y\n1,2\n", "b.mp4"})...)
	for kind, want := range map[Kind]int{Images: 9, Video: 1, Text: 10, Series: 10} {
		if c := Choose(Input{Files: files, Kind: kind}); len(c.Files) != want || len(c.Files)+len(c.Rejected) != len(files) {
			t.Errorf("%s: %q and %q", kind, paths(c.Files), said(c.Rejected))
		}
	}
}

func TestNamesAreComparedInOneUnicodeForm(t *testing.T) {
	decomposed, composed := "U\u0308bung", "\u00dcbung"
	pic := asPNG(plain(16, 16, color.White))
	opened := ""
	files := []File{file(decomposed+"/1.png", pic), file(composed+"/2.png", pic), file("b/3.png", pic), file(composed+"/1.png", pic)}
	open := files[0].Open
	files[0].Open = func() (io.ReadCloser, error) { opened = decomposed; return open() }
	set, rejected, err := ReadImages(t.Context(), Choose(Input{Files: files}).Files, 16, DecodePicture, nil)
	if err != nil || len(rejected) > 0 {
		t.Fatal(rejected, err)
	}
	if want := []string{"b/3.png", composed + "/1 (2).png", composed + "/1.png", composed + "/2.png"}; !slices.Equal(set.Names, want) || opened == "" {
		t.Errorf("names %q, want %q", set.Names, want)
	}
	if got := set.Classes(); len(got) != 2 || got[composed] != 3 {
		t.Errorf("classes %v", got)
	}

	texts, _, err := ReadTexts(t.Context(), []File{plainFile("a.csv", "text,label\nsome words,"+decomposed+"\nother words,"+composed+"\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if texts.Compose(); len(texts.Classes()) != 1 {
		t.Errorf("classes of texts %v", texts.Classes())
	}
	rows := strings.Repeat("1,"+decomposed+"\n", 9) + strings.Repeat("2,"+composed+"\n", 9)
	series, _, err := ReadSeries(t.Context(), []File{plainFile("a.csv", "x,label\n"+rows)}, nil)
	if err != nil || series.Recordings == nil {
		t.Fatal(series, err)
	}
	if got := series.Recordings.Classes; !slices.Equal(got, []string{"", composed}) {
		t.Errorf("classes of series %q", got)
	}
}
