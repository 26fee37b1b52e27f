package data

import (
	"archive/zip"
	"bytes"
	"image/color"
	"io"
	"testing"
)

// packed is a zip of files, by name.
func packedFiles(f testing.TB, method uint16, files ...[2]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: file[0], Method: method})
		if err != nil {
			f.Fatal(err)
		}
		io.WriteString(w, file[1])
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// FuzzZip is of zips of samples, whatever they hold.
func FuzzZip(f *testing.F) {
	f.Add(packedFiles(f, zip.Store, [2]string{"cat/a.txt", "a cat"}, [2]string{"dog/b.txt", "a dog"}, [2]string{"__MACOSX/._b.txt", "x"}))
	f.Add(packedFiles(f, zip.Store, [2]string{"m.csv", "time,a\n2024-01-01,3\n2024-01-02,4\n"}, [2]string{"labels.csv", "file,label\nm.csv,x\n"}))
	f.Add(packedFiles(f, zip.Deflate, [2]string{"a.png", string(asPNG(plain(2, 2, color.White)))}, [2]string{"labels.csv", "file,label\na.png,x\n"}))
	f.Add(packedFiles(f, zip.Store, [2]string{"../a.txt", "x"}, [2]string{"/a.txt", "y"}, [2]string{"a\\b.txt", "z"}, [2]string{"in.zip", "PK"}, [2]string{"t.csv.gz", "\x1f\x8b"}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		given := []File{{"x.zip", int64(len(raw)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}}
		chosen := Choose(Input{Files: given, Inside: true})
		for _, r := range chosen.Rejected {
			if r.Name == "" || r.Code == "" || r.Reason == "" {
				t.Fatalf("left out %+v", r)
			}
		}
		for _, file := range chosen.Files {
			if len(file.Path) > 0 && file.Path[0] == '/' || file.Path != clean(file.Path) {
				t.Fatalf("a path %q", file.Path)
			}
			body, err := file.Open()
			if err != nil {
				continue
			}
			io.Copy(io.Discard, io.LimitReader(body, 1<<20))
			body.Close()
		}
		if len(raw) > 1<<14 {
			return
		}
		var err error
		switch chosen.Kind {
		case Text:
			_, _, err = ReadTexts(t.Context(), chosen.Files, nil)
		case Series:
			_, _, err = ReadSeries(t.Context(), chosen.Files, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
