package data

import (
	"bytes"
	"context"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/image/bmp"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// testdata holds what Go cannot write: a CMYK and a progressive JPEG, WebPs. Each
// is 24 by 16 pixels of one colour.
//
//go:embed testdata
var testdata embed.FS

func sample(t testing.TB, name string) []byte {
	raw, err := testdata.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func file(path string, raw []byte) File {
	return File{path, int64(len(raw)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
}

// plain is a picture of one colour.
func plain(w, h int, c color.Color) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	return m
}

func asPNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asJPEG(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asGIF(frames ...*image.Paletted) []byte {
	var b bytes.Buffer
	g := gif.GIF{Image: frames, Delay: make([]int, len(frames)), Config: image.Config{Width: 24, Height: 16}}
	if err := gif.EncodeAll(&b, &g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asBMP(m image.Image) []byte {
	var b bytes.Buffer
	if err := bmp.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func paletted(r image.Rectangle, c color.Color) *image.Paletted {
	m := image.NewPaletted(r, color.Palette{color.White, c})
	for i := range m.Pix {
		m.Pix[i] = 1
	}
	return m
}

// huge is a PNG that claims 30,000 by 30,000 pixels in a few bytes.
func huge() []byte {
	raw := asPNG(plain(16, 16, color.Black))
	binary.BigEndian.PutUint32(raw[16:], 30000)
	binary.BigEndian.PutUint32(raw[20:], 30000)
	return raw
}

// held is m as a camera held in some way saves it.
func held(m image.Image, orientation byte) []byte {
	raw := asJPEG(m)
	tiff := "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(orientation)) + "\x00\x00\x00\x00\x00\x00"
	body := "Exif\x00\x00" + tiff
	app1 := append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
	return slices.Concat(raw[:2], app1, raw[2:])
}

func near(a, b byte) bool { return max(a, b)-min(a, b) <= 6 }

func pixel(x *tensor.Tensor, row, col int) [3]byte {
	b := x.Buf.(kernel.Bytes)
	return [3]byte(b[3*(row*x.Shape[1]+col):])
}

func wantPixel(t *testing.T, x *tensor.Tensor, row, col int, want [3]byte) {
	t.Helper()
	got := pixel(x, row, col)
	if !near(got[0], want[0]) || !near(got[1], want[1]) || !near(got[2], want[2]) {
		t.Errorf("pixel %d,%d is %v, want %v", row, col, got, want)
	}
}

func TestEveryUnusableFileIsRejectedByNameAndReason(t *testing.T) {
	pic := asPNG(plain(40, 40, color.NRGBA{200, 100, 50, 255}))
	photo := asJPEG(plain(40, 40, color.NRGBA{200, 100, 50, 255}))
	damaged := slices.Clone(pic)
	damaged[45] ^= 0xff // in the pixels, so the checksum no longer fits
	cases := map[string]struct {
		raw          []byte
		code, reason string
	}{
		"empty.png":        {nil, "empty", "empty"},
		"half.png":         {pic[:len(pic)/2], "truncated", "truncated"},
		"no-end.png":       {pic[:len(pic)-12], "truncated", "truncated"},
		"half.jpg":         {photo[:len(photo)/2], "truncated", "truncated"},
		"no-end.jpg":       {photo[:len(photo)-2], "truncated", "truncated"},
		"half.webp":        {sample(t, "lossy.webp")[:60], "truncated", "truncated"},
		"half.gif":         {asGIF(paletted(image.Rect(0, 0, 24, 16), color.Black))[:40], "truncated", "truncated"},
		"half.bmp":         {asBMP(plain(40, 40, color.Black))[:500], "truncated", "truncated"},
		"notes.png":        {[]byte("These are notes, not a picture."), "not-an-image", "not an image"},
		"huge.png":         {huge(), "too-large", "too large: 30000x30000 pixels"},
		"dot.png":          {asPNG(plain(1, 1, color.Black)), "too-small", "too small: 1x1 pixels"},
		"damaged.png":      {damaged, "unreadable", "unreadable: damaged PNG"},
		"moving.webp":      {sample(t, "moving.webp"), "unreadable", "unreadable: damaged WEBP"},
		"drawing.svg":      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), "not-an-image", "not an image this program can read: SVG"},
		"cat/ok.png":       {pic, "", ""},
		"dog/ok.png":       {pic, "", ""},
		"cat/.DS_Store":    {[]byte("x"), "", ""},
		"__MACOSX/._a.png": {[]byte("x"), "", ""},
		"dog/Thumbs.db":    {[]byte("x"), "", ""},
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
	decode := func(ctx context.Context, name string, raw []byte, side int) (*tensor.Tensor, error) {
		if name == "huge.png" {
			t.Error("a picture too large was given to the decoder")
		}
		decoded.Add(1)
		return DecodePicture(ctx, name, raw, side)
	}
	last := 0
	set, rejected, err := ReadImages(t.Context(), files, 32, decode, func(done, total int) {
		if done != last+1 || total != len(files)-3 {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"cat/ok.png", "dog/ok.png"}; !slices.Equal(set.Names, want) || !slices.Equal(set.Labels, []string{"cat", "dog"}) {
		t.Errorf("accepted %v with labels %v, want %v", set.Names, set.Labels, want)
	}
	if last != len(files)-3 {
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

func TestEveryKindOfPictureIsDecodedToItsColours(t *testing.T) {
	red := color.NRGBA{220, 40, 60, 255}
	deep := image.NewNRGBA64(image.Rect(0, 0, 24, 16))
	gray, gray16 := image.NewGray(deep.Rect), image.NewGray16(deep.Rect)
	for i := range 24 * 16 {
		deep.Set(i%24, i/24, color.NRGBA64{220 * 257, 40 * 257, 60 * 257, 65535})
		gray.Set(i%24, i/24, color.Gray{90})
		gray16.Set(i%24, i/24, color.Gray16{90 * 257})
	}
	for name, c := range map[string]struct {
		raw  []byte
		want [3]byte
	}{
		"png":             {asPNG(plain(24, 16, red)), [3]byte{220, 40, 60}},
		"16-bit png":      {asPNG(deep), [3]byte{220, 40, 60}},
		"gray png":        {asPNG(gray), [3]byte{90, 90, 90}},
		"16-bit gray png": {asPNG(gray16), [3]byte{90, 90, 90}},
		"palette png":     {asPNG(paletted(image.Rect(0, 0, 24, 16), red)), [3]byte{220, 40, 60}},
		"alpha png":       {asPNG(plain(24, 16, color.NRGBA{220, 40, 60, 128})), [3]byte{237, 147, 157}}, // half of it white
		"clear png":       {asPNG(plain(24, 16, color.NRGBA{})), [3]byte{255, 255, 255}},
		"jpeg":            {asJPEG(plain(24, 16, red)), [3]byte{220, 40, 60}},
		"gray jpeg":       {asJPEG(gray), [3]byte{90, 90, 90}},
		"progressive":     {sample(t, "progressive.jpg"), [3]byte{10, 20, 200}},
		"cmyk jpeg":       {sample(t, "cmyk.jpg"), [3]byte{255, 127, 0}},
		"lossy webp":      {sample(t, "lossy.webp"), [3]byte{220, 40, 60}},
		"alpha webp":      {sample(t, "alpha.webp"), [3]byte{255, 255, 255}},
		"gif":             {asGIF(paletted(image.Rect(0, 0, 24, 16), red), paletted(image.Rect(0, 0, 24, 16), color.Black)), [3]byte{220, 40, 60}},
		"bmp":             {asBMP(plain(24, 16, red)), [3]byte{220, 40, 60}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, side := range []int{32, 8} { // as it is, and shrunk
				x, err := DecodePicture(t.Context(), name, c.raw, side)
				if err != nil {
					t.Fatal(err)
				}
				want := tensor.Shape{16, 24, 3}
				if side == 8 {
					want = tensor.Shape{8, 12, 3}
				}
				if !slices.Equal(x.Shape, want) {
					t.Fatalf("shape %v, want %v", x.Shape, want)
				}
				wantPixel(t, x, 3, 3, c.want)
			}
		})
	}
}

func TestAGIFFrameSmallerThanItsScreenKeepsItsPlace(t *testing.T) {
	raw := asGIF(paletted(image.Rect(12, 8, 24, 16), color.NRGBA{200, 0, 0, 255}))
	x, err := DecodePicture(t.Context(), "part.gif", raw, 32)
	if err != nil {
		t.Fatal(err)
	}
	wantPixel(t, x, 2, 2, [3]byte{255, 255, 255})
	wantPixel(t, x, 12, 18, [3]byte{200, 0, 0})
}

func TestAPhotographIsTurnedUprightHoweverTheCameraWasHeld(t *testing.T) {
	// The stored picture has one white corner, at the top left; where it must end
	// up, as row and column of a 2x2 grid, is the EXIF standard's table.
	m := plain(32, 16, color.Black)
	for i := range 64 {
		m.Set(i%8, i/8, color.White)
	}
	for o, corner := range map[byte][2]int{1: {0, 0}, 2: {0, 1}, 3: {1, 1}, 4: {1, 0}, 5: {0, 0}, 6: {0, 1}, 7: {1, 1}, 8: {1, 0}} {
		x, err := DecodePicture(t.Context(), "held.jpg", held(m, o), 64)
		if err != nil {
			t.Fatal(err)
		}
		h, w := x.Shape[0], x.Shape[1]
		if lying := o >= 5; lying != (h > w) {
			t.Errorf("orientation %d: %dx%d", o, w, h)
		}
		for i := range 4 {
			row, col := i/2, i%2
			white := pixel(x, 4+row*(h-8), 4+col*(w-8))[0] > 128
			if want := [2]int{row, col} == corner; white != want {
				t.Errorf("orientation %d: corner %d,%d white is %v", o, row, col, white)
			}
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

func TestShrinkingAveragesDetailInsteadOfSamplingIt(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for i := range 256 * 256 { // stripes one pixel wide: gray from afar
		c := color.NRGBA{0, 0, 0, 255}
		if i%2 == 0 {
			c = color.NRGBA{255, 255, 255, 255}
		}
		m.Set(i%256, i/256, c)
	}
	x, err := DecodePicture(t.Context(), "stripes.png", asPNG(m), 24)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2; i < 22; i++ {
		wantPixel(t, x, 10, i, [3]byte{127, 127, 127})
	}
}

func TestADecoderThatPanicsRejectsOnlyItsPicture(t *testing.T) {
	good := asPNG(plain(16, 16, color.White))
	decode := func(ctx context.Context, name string, raw []byte, side int) (*tensor.Tensor, error) {
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
	s.Add(&Set{Names: []string{"dog/1.png", "cat/1.png"}, X: []*tensor.Tensor{x, x}})
	if want := []string{"cat/1 (2).png", "cat/1.png", "cat/2.png", "dog/1.png"}; !slices.Equal(s.Names, want) {
		t.Errorf("names %q, want %q", s.Names, want)
	}
	if want := []string{"cat", "cat", "cat", "dog"}; !slices.Equal(s.Labels, want) {
		t.Errorf("labels %q, want %q", s.Labels, want)
	}
}

func FuzzInspect(f *testing.F) {
	m := plain(24, 16, color.White)
	for _, raw := range [][]byte{nil, []byte("BM"), huge(), asPNG(m), asJPEG(m), held(m, 6), asBMP(m),
		asGIF(paletted(m.Rect, color.Black)), sample(f, "lossy.webp"), sample(f, "alpha.webp"), sample(f, "moving.webp"), tinyAVIF()} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Inspect("fuzz", raw)
		if err != nil && !errors.As(err, &Rejected{}) {
			t.Errorf("error is not a Rejected: %v", err)
		}
		if err == nil && (p.W < 0 || p.H < 0 || p.W > maxSide || p.H > maxSide || p.W*p.H > maxPixels) {
			t.Errorf("let through %+v", p)
		}
		if p.Format != "" && (p.Orientation < 1 || p.Orientation > 8) {
			t.Errorf("orientation %d", p.Orientation)
		}
	})
}

// tinyAVIF is the head of one: enough for its format and size, not its pixels.
func tinyAVIF() []byte {
	raw, _ := base64.StdEncoding.DecodeString("AAAAFGZ0eXBhdmlmAAAAAGF2aWYAAAAUaXNwZQAAAAAAAnUwAAJ1MA==")
	return raw
}

func TestAnAVIFTooLargeIsRefusedOnItsHeader(t *testing.T) {
	_, err := Inspect("big.avif", tinyAVIF())
	var r Rejected
	if !errors.As(err, &r) || r.Code != "too-large" {
		t.Errorf("err = %v", err)
	}
}
