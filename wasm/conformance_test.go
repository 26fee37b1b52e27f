//go:build js && wasm

package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall/js"
	"testing"

	"autodidact/core/data"
	"autodidact/core/data/conformance"
	"autodidact/core/kernel"
)

// TestTheBrowserGivesTheConformanceSetItsPixels is the browser's half; the tests of package data
// give the same files to the native decoders.
func TestTheBrowserGivesTheConformanceSetItsPixels(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		x, err := decodePicture(t.Context(), c.File, c.Raw, 64)
		if code := c.Refused["browser"] + c.Refused["both"]; code != "" {
			var r data.Rejected
			if !errors.As(err, &r) || r.Code != code {
				t.Errorf("%s: %v, want refused as %s", c.File, err, code)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if off := c.Off(x.Shape[0], x.Shape[1], x.Buf.(kernel.Bytes)); off != "" {
			t.Errorf("%s: %s", c.File, off)
		}
	}
}

// patchy is a picture of soft patches, transparent in places, whose mean changes from corner to corner.
func patchy(w, h int, clear bool) *image.NRGBA {
	chance := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		x, y := i%w, i/w
		c := color.NRGBA{uint8(200*x/w + chance.IntN(50)), uint8(200*y/h + chance.IntN(50)), uint8(40 + (x/9+y/7)%2*120), 255}
		if clear && (x/20+y/20)%2 == 0 {
			c = color.NRGBA{0, 0, 0, 0} // black, were it not clear: a fringe of it would be dark
		}
		m.SetNRGBA(x, y, c)
	}
	return m
}

// slope is a picture where half a pixel's shift, once it is shrunk to a quarter, is a difference of three.
func slope(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		x, y := i%w, i/w
		m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8(255 - (x*255/w+y*255/h)/2), 255})
	}
	return m
}

// TestShrunkPicturesAgreeOnBothRoutes holds the page's pictures to the command line's: none is shifted,
// framed otherwise or has other fringes. Averaging in two steps is a little softer than in one, which shows in noise.
func TestShrunkPicturesAgreeOnBothRoutes(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		mean float64
	}{
		"photo.png":   {asPNG(patchy(333, 250, false)), 4},
		"photo.jpg":   {asJPEG(patchy(333, 250, false)), 4},
		"fringes.png": {asPNG(patchy(240, 301, true)), 4},
		"long.png":    {asPNG(patchy(641, 150, false)), 4},
		"held.jpg":    {held(patchy(301, 200, false), 6), 4},
		"slope.png":   {asPNG(slope(256, 256)), 1},
		"slope2.png":  {asPNG(slope(333, 250)), 1},
		"slope3.png":  {asPNG(slope(1001, 200)), 1},
		"slope.jpg":   {asJPEG(slope(411, 299)), 1},
		"barely.png":  {asPNG(patchy(90, 70, false)), 0},
	} {
		want, err := data.DecodePicture(t.Context(), name, c.raw, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePicture(t.Context(), name, c.raw, 64)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Shape, want.Shape) {
			t.Errorf("%s: shape %v, natively %v", name, got.Shape, want.Shape)
			continue
		}
		if mean, most := difference(got.Buf.(kernel.Bytes), want.Buf.(kernel.Bytes)); mean > c.mean {
			t.Errorf("%s: differs by %.2f on average, by %d at most", name, mean, most)
		}
	}
}

// TestNoDarkFringesAroundWhatIsClear: black under no opacity must not be seen when it is shrunk.
func TestNoDarkFringesAroundWhatIsClear(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range 300 * 200 {
		if i%300/7%2 == 0 {
			m.SetNRGBA(i%300, i/300, color.NRGBA{255, 255, 255, 255})
		}
	}
	for route, decode := range map[string]data.PictureDecoder{"page": decodePicture, "command line": data.DecodePicture} {
		x, err := decode(t.Context(), "a.png", asPNG(m), 48)
		if err != nil {
			t.Fatal(err)
		}
		if darkest := slices.Min(x.Buf.(kernel.Bytes)); darkest < 253 {
			t.Errorf("%s: white on nothing has a pixel of %d", route, darkest)
		}
	}
}

func difference(a, b []byte) (mean float64, most int) {
	for i := range a {
		d := max(a[i], b[i]) - min(a[i], b[i])
		mean += float64(d) / float64(len(a))
		most = max(most, int(d))
	}
	return mean, most
}

// altered makes canvases give back other values than were drawn until the test ends, and
// forgets what was known of them.
func altered(t *testing.T, by string) {
	prototype := js.Global().Get("OffscreenCanvasRenderingContext2D").Get("prototype")
	honest := prototype.Get("getImageData")
	prototype.Set("getImageData", js.Global().Call("eval", "(function (honest) { return function (...at) { const image = honest.apply(this, at); "+by+" return image; }; })").Invoke(honest))
	before := easel
	easel = &canvas{}
	t.Cleanup(func() {
		prototype.Set("getImageData", honest)
		easel = before
	})
}

func TestABrowserWhoseCanvasIsAlteredDoesNotSpoilPictures(t *testing.T) {
	if easel.alters() || easel.notes() != nil {
		t.Fatal("this browser's canvas is said to alter pixels")
	}
	for how, by := range map[string]string{
		"a few bits": "for (let i = 0; i < image.data.length; i += 997) image.data[i] ^= 1;",
		"white":      "image.data.fill(255);",
		"refused":    "throw new Error('no');",
	} {
		t.Run(how, func(t *testing.T) {
			altered(t, by)
			raw := asPNG(patchy(60, 50, true))
			want, err := data.DecodePicture(t.Context(), "a.png", raw, 64)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodePicture(t.Context(), "a.png", raw, 64)
			if err != nil || !slices.Equal(got.Buf.(kernel.Bytes), want.Buf.(kernel.Bytes)) {
				t.Errorf("other pixels than the file's: %v", err)
			}
			notes := easel.notes()
			if len(notes) != 1 || notes[0].Code != data.Notice || !strings.Contains(notes[0].Reason, "canvas") {
				t.Errorf("notes %v", notes)
			}
			if again := easel.notes(); again != nil {
				t.Errorf("said twice: %v", again)
			}
			for name, raw := range map[string][]byte{"drawn.svg": raw, "a.avif": []byte("\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif")} {
				_, err = decodePicture(t.Context(), name, raw, 64)
				var r data.Rejected
				if !errors.As(err, &r) || r.Code != "unsupported" {
					t.Errorf("%s: %v, want it refused as unsupported", name, err)
				}
			}
		})
	}
}

// TestAFingerprintIsOfThePixelsThatWereRead: two samples that differ by route do not pass for one.
func TestAFingerprintIsOfThePixelsThatWereRead(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		a, err := decodePicture(t.Context(), c.File, c.Raw, 64)
		b, errToo := data.DecodePicture(t.Context(), c.File, c.Raw, 64)
		if err != nil || errToo != nil {
			continue
		}
		same := slices.Equal(a.Buf.(kernel.Bytes), b.Buf.(kernel.Bytes)) && slices.Equal(a.Shape, b.Shape)
		page, line := data.Set{Of: data.Images}, data.Set{Of: data.Images}
		page.Add(&data.Set{Names: []string{c.File}, X: append(page.X, a.Tensor)})
		line.Add(&data.Set{Names: []string{c.File}, X: append(line.X, b.Tensor)})
		if (page.Fingerprint() == line.Fingerprint()) != same {
			t.Error(fmt.Sprint(c.File, ": the pixels are the same: ", same, ", but the fingerprints say otherwise"))
		}
	}
}
