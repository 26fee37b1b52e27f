package data

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// packed is a zip of entries, each a name, a tab and what is in it, in this order.
func packed(t *testing.T, change func(h *zip.FileHeader), entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		name, body, _ := strings.Cut(e, "\t")
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if change != nil {
			change(h)
		}
		w, err := z.CreateHeader(h)
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

func TestAZipIsReadLikeTheFolderThatWasPacked(t *testing.T) {
	pic := string(asPNG(plain(16, 16, color.White)))
	tree := packed(t, nil, "pets/cat/1.png\t"+pic, "pets/dog/2.png\t"+pic, "__MACOSX/pets/cat/._1.png\tx", "pets/.DS_Store\tx", "pets/dog/", "pets/inner.zip\tPK", "pets/old.rar\tRar")
	flat := packed(t, nil, "1.png\t"+pic, "2.png\t"+pic)
	two := packed(t, nil, "cat/1.png\t"+pic, "dog/2.png\t"+pic)
	for name, c := range map[string]struct {
		files   []File
		inside  bool
		samples []string
		classes int
	}{
		"dropped":              {[]File{file("x.zip", tree)}, false, []string{"pets/cat/1.png", "pets/dog/2.png"}, 2},
		"given by path":        {[]File{file("x.zip", tree)}, true, []string{"cat/1.png", "dog/2.png"}, 2},
		"several at the top":   {[]File{file("x.ZIP", two)}, false, []string{"x/cat/1.png", "x/dog/2.png"}, 2},
		"several, by path":     {[]File{file("x.zip", two)}, true, []string{"cat/1.png", "dog/2.png"}, 2},
		"a zip for each class": {[]File{file("cats.zip", flat), file("dogs.zip", flat)}, false, []string{"cats/1.png", "cats/2.png", "dogs/1.png", "dogs/2.png"}, 2},
		"among others":         {[]File{file("mine/cats.zip", flat), file("mine/dogs/1.png", []byte(pic)), file("mine/broken.zip", tree[:200])}, false, []string{"mine/cats/1.png", "mine/cats/2.png", "mine/dogs/1.png"}, 2},
		"names of one folder":  {[]File{file("a/pets.zip", flat), file("a/pets/1.png", []byte(pic))}, false, []string{"a/pets/1 (2).png", "a/pets/1.png", "a/pets/2.png"}, 0},
	} {
		chosen := Choose(Input{Files: c.files, Inside: c.inside})
		set, rejected, err := ReadImages(t.Context(), chosen.Files, 16, DecodePicture, nil)
		if err != nil || len(rejected) > 0 || !slices.Equal(set.Names, c.samples) || len(set.Classes()) != c.classes {
			t.Errorf("%s: %q with classes %v, %v, %v; want %q", name, set.Names, set.Classes(), said(rejected), err, c.samples)
		}
	}
	want := []string{"hidden and system files: system: 2 left out, as x.zip/__MACOSX/pets/cat/._1.png and x.zip/pets/.DS_Store",
		"pets/inner.zip: archive: an archive inside a zip is not opened: unpack it", "pets/old.rar: archive: an archive inside a zip is not opened: unpack it"}
	if got := said(Choose(Input{Files: []File{file("x.zip", tree)}}).Rejected); !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestWhatIsWrongWithAnArchiveIsSaidAndTheRestGoesOn(t *testing.T) {
	pic := string(asPNG(plain(16, 16, color.White)))
	good := packed(t, nil, "a/1.png\t"+pic, "b/2.png\t"+pic)
	damaged := bytes.Clone(good)
	damaged[60] ^= 0xff
	bomb := packed(t, nil, "a\tx")
	binary.LittleEndian.PutUint32(bomb[bytes.LastIndex(bomb, []byte("PK\x01\x02"))+24:], 3<<30)
	encrypted := bytes.Clone(packed(t, nil, "a/1.png\t"+pic))
	encrypted[bytes.LastIndex(encrypted, []byte("PK\x01\x02"))+8] |= 1
	other := bytes.Clone(packed(t, nil, "a/1.png\t"+pic))
	other[bytes.LastIndex(other, []byte("PK\x01\x02"))+10] = 9
	link := packed(t, func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }, "a/1.png\t/etc/passwd")
	for want, f := range map[string]File{
		"x.zip: broken-zip: not a zip, or one that is cut off or damaged": file("x.zip", good[:len(good)/2]),
		"y.zip: broken-zip: not a zip, or one that is cut off or damaged": file("y.zip", []byte("Rar!\x1a\a")),
		"x.zip: empty: empty":                                             file("x.zip", nil),
		"z.zip: empty: empty: there is no file in it":                     file("z.zip", packed(t, nil, "a/")),
		"x.zip: too-large: too large: unpacks to more than 2,048 MB":      file("x.zip", bomb),
		"a/1.png: encrypted: encrypted: unpack the zip with its password": file("x.zip", encrypted),
		"a/1.png: unsupported: packed with Deflate64, which cannot be unpacked here: unpack the zip, or make one with Deflate": file("x.zip", other),
		"a/1.png: unreadable: unreadable: not a regular file":                                                                  file("x.zip", link),
		"x/a/1.png: unreadable: unreadable: damaged in its zip":                                                                file("x.zip", damaged),
		"x.tar.gz: archive: an archive that is not opened here: unpack it, or make a zip":                                      file("x.tar.gz", []byte("\x1f\x8b")),
		"x.7z: archive: an archive that is not opened here: unpack it, or make a zip":                                          file("x.7z", []byte("7z")),
		"gone.zip: unreadable: unreadable: file does not exist":                                                                {"gone.zip", 5, func() (io.ReadCloser, error) { return nil, os.ErrNotExist }},
	} {
		chosen := Choose(Input{Files: []File{f, file("other.png", []byte(pic))}, Kind: Images})
		set, rejected, err := ReadImages(t.Context(), chosen.Files, 16, DecodePicture, nil)
		if err != nil || !slices.Contains(set.Names, "other.png") {
			t.Errorf("%s: %v, %v", f.Path, set, err)
		}
		if got := said(append(chosen.Rejected, rejected...)); !slices.Contains(got, want) {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

func TestNamesInAZipAreReadAsTheyWereMeant(t *testing.T) {
	sjis := func(s string) string { out, _ := japanese.ShiftJIS.NewEncoder().String(s); return out }
	dos := func(s string) string { out, _ := charmap.CodePage437.NewEncoder().String(s); return out }
	extra := func(name string) []byte { // Info-ZIP's Unicode path
		return append(binary.LittleEndian.AppendUint16([]byte{0x75, 0x70}, uint16(5+len(name))), append([]byte{1, 0, 0, 0, 0}, name...)...)
	}
	old := func(h *zip.FileHeader) { h.NonUTF8 = true }
	for want, c := range map[string]struct {
		raw  []byte
		note string
	}{
		"Übung/猫.png":    {packed(t, nil, "Übung/猫.png\tx"), ""},
		"Übung/é.png":    {packed(t, old, "U\u0308bung/e\u0301.png\tx"), ""}, // macOS sets no flag
		"写真/ねこ.png":      {packed(t, old, sjis("写真/ねこ.png")+"\tx"), "1 name in it does not say how it is written and was read as Shift-JIS"},
		"Übung/é.jpg":    {packed(t, old, dos("Übung/é.jpg")+"\tx"), "read as CP437"},
		"château.png":    {packed(t, old, dos("château.png")+"\tx"), "read as CP437"},
		"猫/犬.png":        {packed(t, func(h *zip.FileHeader) { h.NonUTF8, h.Extra = true, extra("猫/犬.png") }, "?/?.png\tx"), ""},
		"etc/passwd.png": {packed(t, nil, `..\..\/etc/passwd.png`+"\tx", `folder\`), ""},
	} {
		a, err := openZip(file("x.zip", c.raw))
		if err != nil || len(a.files) != 1 || a.files[0].Path != want {
			t.Fatalf("%q, %v, want %s", paths(a.files), err, want)
		}
		if got := strings.Join(said(a.notes), ""); (c.note == "") != (got == "") || !strings.Contains(got, c.note) {
			t.Errorf("%s: said %q, want %q", want, got, c.note)
		}
	}
	if a, _ := openZip(file("x.zip", packed(t, nil, "a.png\t1", "a.png\t2"))); len(a.files) != 2 {
		t.Errorf("two of one name: %q", paths(a.files))
	}
}

func TestAZipOnADiskIsReadInPlaces(t *testing.T) {
	dir := t.TempDir()
	noise := make([]byte, 4<<20)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	pic := string(asPNG(plain(16, 16, color.White)))
	if err := os.WriteFile(filepath.Join(dir, "x.zip"), packed(t, nil, "big.bin\t"+string(noise), "a.png\t"+pic), 0o644); err != nil {
		t.Fatal(err)
	}
	counted := &counting{}
	f := FromFile(os.DirFS(dir), "x.zip")[0]
	open := f.Open
	f.Open = func() (io.ReadCloser, error) {
		body, err := open()
		counted.File = body.(*os.File)
		return counted, err
	}
	c := Choose(Input{Files: []File{f}, Kind: Images})
	raw, err := readAll(c.Files[slices.IndexFunc(c.Files, func(f File) bool { return f.Path == "x/a.png" })])
	if err != nil || string(raw) != pic {
		t.Fatal(len(raw), err)
	}
	if counted.n > 128<<10 {
		t.Errorf("%d bytes were read for a picture of %d", counted.n, len(pic))
	}
}

// counting counts the bytes that are read of a file.
type counting struct {
	*os.File
	n int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	c.n += len(p)
	return c.File.ReadAt(p, at)
}

func TestATablePackedWithGzipIsATable(t *testing.T) {
	pack := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, s)
		z.Close()
		return b.Bytes()
	}
	rows := "time,x\n" + strings.Repeat("1,2\n", 20)
	c := Choose(Input{Files: []File{file("a.csv.gz", pack(rows))}})
	if c.Kind != Series || len(c.Files) != 1 || c.Files[0].Path != "a.csv" {
		t.Fatalf("%s of %q", c.Kind, paths(c.Files))
	}
	if raw, err := readAll(c.Files[0]); err != nil || string(raw) != rows {
		t.Errorf("%q, %v", raw, err)
	}
	for reason, raw := range map[string][]byte{"not packed with gzip": []byte("time,x\n1,2\n"), "damaged or cut off": pack(rows)[:30]} {
		_, rejected, _ := ReadTexts(t.Context(), Choose(Input{Files: []File{file("a.txt.gz", raw)}, Kind: Text}).Files, nil)
		if len(rejected) != 1 || rejected[0].Name != "a.txt" || !strings.Contains(rejected[0].Reason, reason) {
			t.Errorf("%q, want %s", said(rejected), reason)
		}
	}
	big := &unzipping{name: "a.csv", left: 10}
	big.Reader, _ = gzip.NewReader(bytes.NewReader(pack(rows)))
	if _, err := io.ReadAll(big); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a bomb: %v", err)
	}
}
