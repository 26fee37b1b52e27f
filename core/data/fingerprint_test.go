package data

import (
	"context"
	"image/color"
	"testing"

	"autodidact/core/tensor"
)

func TestTheOriginOfSamplesIsThatOfTheirFiles(t *testing.T) {
	read := func(decode PictureDecoder, files ...File) *Set {
		t.Helper()
		set, rejected, err := ReadImages(t.Context(), files, 64, decode, nil)
		if err != nil || len(rejected) > 0 {
			t.Fatal(err, rejected)
		}
		return set
	}
	a, b := asPNG(plain(8, 8, color.Black)), asPNG(plain(9, 8, color.White))
	was := read(DecodePicture, file("cat/1.png", a), file("dog/2.png", b))
	below := read(DecodePicture, file("pets/cat/1.png", a), file("pets/dog/2.png", b))
	if was.Origin() != below.Origin() || was.Fingerprint() == below.Fingerprint() {
		t.Error("a folder above all files makes others of them")
	}
	grey := func(ctx context.Context, name string, raw []byte, side int) (*Decoded, error) {
		x, err := DecodePicture(ctx, name, raw, side)
		x.Tensor = tensor.Bytes(make([]byte, x.Shape.Size()), x.Shape...)
		return x, err
	}
	if other := read(grey, file("cat/1.png", a), file("dog/2.png", b)); was.Origin() != other.Origin() || was.Fingerprint() == other.Fingerprint() {
		t.Error("pixels that were decoded otherwise make other files of them")
	}
	for name, other := range map[string]*Set{
		"another file":    read(DecodePicture, file("cat/1.png", a), file("dog/2.png", a)),
		"one file less":   read(DecodePicture, file("cat/1.png", a)),
		"other labels":    read(DecodePicture, file("dog/1.png", a), file("cat/2.png", b)),
		"in other places": read(DecodePicture, file("cat/1.png", b), file("dog/2.png", a)),
	} {
		if was.Origin() == other.Origin() {
			t.Errorf("%s has the same origin", name)
		}
	}
	part := was.Subset(func(i int) bool { return i == 0 })
	if part.Origin() != read(DecodePicture, file("cat/1.png", a)).Origin() {
		t.Error("a part has another origin than its files")
	}
	grown := read(DecodePicture, file("dog/2.png", b))
	grown.Add(read(DecodePicture, file("cat/1.png", a)))
	if grown.Origin() != was.Origin() {
		t.Error("files that were added one after the other have another origin")
	}
}

func TestSharedFolderIsThatOfAllPaths(t *testing.T) {
	for want, names := range map[string][]string{
		"":     {"a/x", "b/x"},
		"a/":   {"a/x", "a/b/x"},
		"a/b/": {"a/b/x"},
		"ä/":   {"ä/bx", "ä/by"},
	} {
		if got := sharedFolder(names); got != want {
			t.Errorf("%v: %q, not %q", names, got, want)
		}
	}
	if sharedFolder(nil) != "" || sharedFolder([]string{"x", "y"}) != "" {
		t.Error("of no folder there is one")
	}
}
