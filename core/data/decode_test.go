package data

import (
	"image"
	"image/color"
	"slices"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

func near(a, b byte) bool { return max(a, b)-min(a, b) <= 6 }

func pixel(x *Decoded, row, col int) [3]byte {
	b := x.Buf.(kernel.Bytes)
	return [3]byte(b[3*(row*x.Shape[1]+col):])
}

func wantPixel(t *testing.T, x *Decoded, row, col int, want [3]byte) {
	t.Helper()
	got := pixel(x, row, col)
	if !near(got[0], want[0]) || !near(got[1], want[1]) || !near(got[2], want[2]) {
		t.Errorf("pixel %d,%d is %v, want %v", row, col, got, want)
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
				if x.Whole != (Size{24, 16}) {
					t.Errorf("it was %v, want 24x16", x.Whole)
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
		if x.Whole != (Size{w, h}) {
			t.Errorf("orientation %d: %v before it was kept as %dx%d", o, x.Whole, w, h)
		}
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
