package data

import (
	"context"
	"errors"
	"image"
	"image/color"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"autodidact/core/tensor"
)

func TestEveryUnusableFileIsRejectedByNameAndReason(t *testing.T) {
	pic := asPNG(plain(40, 40, color.NRGBA{200, 100, 50, 255}))
	photo := asJPEG(plain(40, 40, color.NRGBA{200, 100, 50, 255}))
	damaged := slices.Clone(pic)
	damaged[45] ^= 0xff // in the pixels, so the checksum no longer fits
	cases := map[string]struct {
		raw          []byte
		code, reason string
	}{
		"empty.png":   {nil, "empty", "empty"},
		"half.png":    {pic[:len(pic)/2], "truncated", "truncated"},
		"no-end.png":  {pic[:len(pic)-12], "truncated", "truncated"},
		"half.jpg":    {photo[:len(photo)/2], "truncated", "truncated"},
		"no-end.jpg":  {photo[:len(photo)-2], "truncated", "truncated"},
		"half.webp":   {sample(t, "lossy.webp")[:60], "truncated", "truncated"},
		"half.gif":    {asGIF(paletted(image.Rect(0, 0, 24, 16), color.Black))[:40], "truncated", "truncated"},
		"half.bmp":    {asBMP(plain(40, 40, color.Black))[:500], "truncated", "truncated"},
		"notes.png":   {[]byte("These are notes, not a picture."), "not-an-image", "not an image"},
		"huge.png":    {huge(), "too-large", "too large: 30000x30000 pixels"},
		"dot.png":     {asPNG(plain(1, 1, color.Black)), "too-small", "too small: 1x1 pixels"},
		"damaged.png": {damaged, "unreadable", "unreadable: damaged PNG"},
		"moving.webp": {sample(t, "moving.webp"), "", ""},
		"drawing.svg": {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), "not-an-image", "not an image this program can read: SVG"},
		"cat/ok.png":  {pic, "", ""},
		"dog/ok.png":  {pic, "", ""},
	}
	var files []File
	for name, c := range cases {
		files = append(files, file(name, c.raw))
	}
	files = append(files, File{"gone.png", 10, func() (io.ReadCloser, error) { return nil, fs.ErrPermission }})
	cases["gone.png"] = struct {
		raw          []byte
		code, reason string
	}{nil, "unreadable", "unreadable: permission denied"}

	var decoded atomic.Int32
	decode := func(ctx context.Context, name string, raw []byte, side int) (*Decoded, error) {
		if name == "huge.png" {
			t.Error("a picture too large was given to the decoder")
		}
		decoded.Add(1)
		return DecodePicture(ctx, name, raw, side)
	}
	last := 0
	set, rejected, err := ReadImages(t.Context(), files, 32, decode, func(done, total int) {
		if done != last+1 || total != len(files) {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"cat/ok.png", "dog/ok.png", "moving.webp"}; !slices.Equal(set.Names, want) || !slices.Equal(set.Labels, []string{"cat", "dog", ""}) {
		t.Errorf("accepted %v with labels %v, want %v", set.Names, set.Labels, want)
	}
	if last != len(files) {
		t.Errorf("progress ended at %d", last)
	}
	if !slices.IsSortedFunc(rejected, func(a, b Rejected) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("rejected files are not in order of path")
	}
	for _, r := range rejected {
		c := cases[r.Name]
		if r.Code != c.code || !strings.HasPrefix(r.Reason, c.reason) {
			t.Errorf("%s: %s %q, want %s %q", r.Name, r.Code, r.Reason, c.code, c.reason)
		}
		delete(cases, r.Name)
	}
	for name, c := range cases {
		if c.code != "" {
			t.Errorf("%s was not rejected", name)
		}
	}
}

func TestFitKeepsShapeNeverEnlargesAndCropsTheVeryLong(t *testing.T) {
	for _, c := range []struct {
		w, h, side int
		want       Frame
	}{
		{640, 480, 64, Frame{0, 0, 640, 480, 85, 64}},
		{480, 640, 64, Frame{0, 0, 480, 640, 64, 85}},
		{20, 30, 64, Frame{0, 0, 20, 30, 20, 30}},
		{1000, 100, 50, Frame{400, 0, 200, 100, 100, 50}},
		{100, 1000, 50, Frame{0, 400, 100, 200, 50, 100}},
	} {
		if got := Fit(c.w, c.h, c.side); got != c.want {
			t.Errorf("Fit(%d, %d, %d) = %+v, want %+v", c.w, c.h, c.side, got, c.want)
		}
	}
}

func TestADecoderThatPanicsRejectsOnlyItsPicture(t *testing.T) {
	good := asPNG(plain(16, 16, color.White))
	decode := func(ctx context.Context, name string, raw []byte, side int) (*Decoded, error) {
		if name == "b.png" {
			panic("boom")
		}
		return DecodePicture(ctx, name, raw, side)
	}
	set, rejected, err := ReadImages(t.Context(), []File{file("c.png", good), file("b.png", good), file("a.png", good)}, 16, decode, nil)
	if err != nil || !slices.Equal(set.Names, []string{"a.png", "c.png"}) {
		t.Errorf("got %v, %v", set, err)
	}
	if len(rejected) != 1 || rejected[0].Code != "unreadable" || !strings.Contains(rejected[0].Reason, "boom") {
		t.Errorf("rejected %v", rejected)
	}
	if slices.ContainsFunc(set.Labels, func(l string) bool { return l != "" }) {
		t.Errorf("pictures outside folders got labels %q", set.Labels)
	}
}

func TestReadingStopsWhenItIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var files []File
	for i := range 50 {
		files = append(files, file(string(rune('a'+i))+".png", asPNG(plain(16, 16, color.White))))
	}
	_, _, err := ReadImages(ctx, files, 16, DecodePicture, func(done, _ int) {
		if done == 3 {
			cancel()
		}
		if done > 3+atOnce {
			t.Errorf("went on to file %d", done)
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestAddedPicturesKeepUniqueSortedNamesAndAreLabelledAnew(t *testing.T) {
	x := tensor.Bytes(make([]byte, 3), 1, 1, 3)
	s := &Set{Of: Images}
	s.Add(&Set{Names: []string{"cat/1.png", "cat/2.png"}, X: []*tensor.Tensor{x, x}})
	if !slices.Equal(s.Labels, []string{"", ""}) {
		t.Errorf("one folder says nothing, but labels are %q", s.Labels)
	}
	s.Add(&Set{Names: []string{"dog/1.png", "cat/1.png"}, X: []*tensor.Tensor{x, x}, Sizes: []Size{{40, 30}, {30, 40}}})
	if want := []string{"cat/1 (2).png", "cat/1.png", "cat/2.png", "dog/1.png"}; !slices.Equal(s.Names, want) {
		t.Errorf("names %q, want %q", s.Names, want)
	}
	if want := []string{"cat", "cat", "cat", "dog"}; !slices.Equal(s.Labels, want) {
		t.Errorf("labels %q, want %q", s.Labels, want)
	}
	if want := []Size{{30, 40}, {1, 1}, {1, 1}, {40, 30}}; !slices.Equal(s.Sizes, want) {
		t.Errorf("sizes %v, want %v", s.Sizes, want)
	}
	if part := s.Subset(func(i int) bool { return i%3 == 0 }); !slices.Equal(part.Sizes, []Size{{30, 40}, {40, 30}}) {
		t.Errorf("sizes of a part %v", part.Sizes)
	}
}
