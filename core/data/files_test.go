package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image/color"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAFolderListsEveryFileAndWhatCannotBeReadSaysWhy(t *testing.T) {
	pic := asPNG(plain(16, 16, color.White))
	tree := fstest.MapFS{
		"b/2.png":   {Data: pic},
		"a/1.png":   {Data: pic},
		"a/pipe":    {Mode: fs.ModeNamedPipe},
		"readme.md": {Data: []byte("hello")},
	}
	files, err := FromFS(tree)
	if err != nil {
		t.Fatal(err)
	}
	set, rejected, err := ReadImages(t.Context(), files, 16, DecodePicture, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Names, []string{"a/1.png", "b/2.png"}) {
		t.Errorf("names %v", set.Names)
	}
	want := []Rejected{{"a/pipe", "unreadable", "unreadable: not a regular file"}, {"readme.md", "not-an-image", "not an image"}}
	if !slices.Equal(rejected, want) {
		t.Errorf("rejected %v, want %v", rejected, want)
	}
}

func TestAMissingFolderIsAnError(t *testing.T) {
	sub, err := fs.Sub(fstest.MapFS{}, "nowhere")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FromFS(sub); err == nil {
		t.Error("no error")
	}
}

func zipped(t *testing.T, entries map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range entries {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, body)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAZipIsListedWithHarmlessNames(t *testing.T) {
	raw := zipped(t, map[string]string{"../../etc/a.png": "1", `c:\b.png`: "22", "/abs.png": "333", "dir/": ""})
	files, err := Zip(raw)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, f := range files {
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if err != nil || int64(len(b)) != f.Size {
			t.Errorf("%s: %d bytes of %d, %v", f.Path, len(b), f.Size, err)
		}
		got[f.Path] = f.Size
	}
	if len(got) != 3 || got["etc/a.png"] != 1 || got["c:/b.png"] != 2 || got["abs.png"] != 3 {
		t.Errorf("listed %v", got)
	}
}

func TestAZipEntryLargerThanItDeclaresFails(t *testing.T) {
	raw := zipped(t, map[string]string{"a": strings.Repeat("0", 5000)})
	// The central directory, which readers believe, has a smaller size.
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(raw[at+24:], 10)
	files, err := Zip(raw)
	if err != nil {
		t.Fatal(err)
	}
	body, err := files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); err == nil || len(b) > 10 {
		t.Errorf("read %d bytes, err %v", len(b), err)
	}
}

func TestAZipBombIsRefusedOnItsDeclaredSize(t *testing.T) {
	raw := zipped(t, map[string]string{"a": "x"})
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(raw[at+24:], 3<<30)
	if _, err := Zip(raw); err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
		t.Errorf("err = %v", err)
	}
	if _, err := Zip([]byte("not a zip")); err == nil {
		t.Error("no error for something else")
	}
}
