package data

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"testing"

	"autodidact/core/data/conformance"
	"autodidact/core/kernel"
)

// TestEveryPictureOfTheConformanceSetHasItsPixels is the native half; the tests of package wasm
// give the same files to a browser.
func TestEveryPictureOfTheConformanceSetHasItsPixels(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		x, err := DecodePicture(t.Context(), c.File, c.Raw, 64)
		if code := c.Refused["native"] + c.Refused["both"]; code != "" {
			var r Rejected
			if !errors.As(err, &r) || r.Code != code {
				t.Errorf("%s: %v, want refused as %s", c.File, err, code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.File, err)
			continue
		}
		if off := c.Off(x.Shape[0], x.Shape[1], x.Buf.(kernel.Bytes)); off != "" {
			t.Errorf("%s: %s", c.File, off)
		}
	}
}

// TestAFilmWhoseFramesGoBeyondItsScreenIsCutToIt: the screen grows by the first frame, as in
// browsers, and later ones are seen as far as it goes.
func TestAFilmWhoseFramesGoBeyondItsScreenIsCutToIt(t *testing.T) {
	frames := []*image.Paletted{paletted(image.Rect(0, 0, 30, 20), color.Black), paletted(image.Rect(20, 10, 60, 50), color.NRGBA{200, 0, 0, 255})}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: []int{10, 10}, Config: image.Config{Width: 60, Height: 50}}); err != nil {
		t.Fatal(err)
	}
	raw := onScreen(b.Bytes(), 24, 16)
	x, err := DecodeGIF(t.Context(), file("x.gif", raw), Clips{Side: 32, Rate: 10})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x.Shape, []int{2, 20, 30, 3}) {
		t.Fatalf("shape %v", x.Shape)
	}
	wantPixel(t, &Decoded{Tensor: Still(x.Tensor, 1)}, 5, 5, [3]byte{})
	wantPixel(t, &Decoded{Tensor: Still(x.Tensor, 1)}, 15, 25, [3]byte{200, 0, 0})
}
