//go:build js && wasm

package main

import (
	"archive/zip"
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/worker/protocol"
)

//go:embed testdata
var testdata embed.FS

// quarters is a picture whose four quarters differ in colour.
func quarters(w, h int, alpha uint8) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		x, y := i%w, i/w
		m.SetNRGBA(x, y, color.NRGBA{uint8(200 * (2 * x / w)), uint8(180 * (2 * y / h)), 60, alpha})
	}
	return m
}

func encoded(encode func(io.Writer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asPNG(m image.Image) []byte {
	return encoded(func(w io.Writer) error { return png.Encode(w, m) })
}

func asJPEG(m image.Image) []byte {
	return encoded(func(w io.Writer) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 95}) })
}

// held is m as a camera held in some way saves it.
func held(m image.Image, orientation byte) []byte {
	raw := asJPEG(m)
	body := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(orientation)) + "\x00\x00\x00\x00\x00\x00"
	return slices.Concat(raw[:2], []byte{0xff, 0xe1, 0, byte(len(body) + 2)}, []byte(body), raw[2:])
}

// TestTheBrowserSeesWhatTheNativeDecoderSees compares the two decoders on every
// format both know, as it is and shrunk, in shape and in mean colour of each quarter.
func TestTheBrowserSeesWhatTheNativeDecoderSees(t *testing.T) {
	file := func(name string) []byte {
		raw, err := testdata.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	deep, gray := image.NewNRGBA64(image.Rect(0, 0, 96, 64)), image.NewGray16(image.Rect(0, 0, 96, 64))
	flat := image.NewPaletted(deep.Rect, color.Palette{color.White, color.NRGBA{200, 30, 90, 255}, color.Transparent})
	for i := range 96 * 64 {
		deep.Set(i%96, i/96, quarters(96, 64, 255).At(i%96, i/96))
		gray.Set(i%96, i/96, color.Gray16{uint16(i * 10)})
		flat.Pix[i] = uint8(i / 96 / 22)
	}
	pictures := map[string][]byte{
		"png":         asPNG(quarters(96, 64, 255)),
		"alpha png":   asPNG(quarters(96, 64, 100)),
		"16-bit png":  asPNG(deep),
		"gray png":    asPNG(gray),
		"palette png": asPNG(flat),
		"jpeg":        asJPEG(quarters(96, 64, 255)),
		"cmyk jpeg":   file("cmyk.jpg"),
		"lossy webp":  file("lossy.webp"),
		"alpha webp":  file("alpha.webp"),
		"gif":         encoded(func(w io.Writer) error { return gif.Encode(w, quarters(96, 64, 255), nil) }),
		"bmp":         encoded(func(w io.Writer) error { return bmp.Encode(w, quarters(96, 64, 255)) }),
		"long png":    asPNG(quarters(600, 60, 255)),
		"tall png":    asPNG(quarters(60, 601, 255)),
		"tiny png":    asPNG(quarters(9, 8, 255)),
	}
	for o := byte(1); o <= 8; o++ {
		pictures[fmt.Sprint("jpeg held ", o)] = held(quarters(96, 64, 255), o)
	}
	for name, raw := range pictures {
		for _, side := range []int{200, 32} {
			want, err := data.DecodePicture(t.Context(), name, raw, side)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodePicture(t.Context(), name, raw, side)
			if err != nil {
				t.Errorf("%s at %d: %v", name, side, err)
				continue
			}
			if !slices.Equal(got.Shape, want.Shape) {
				t.Errorf("%s at %d: shape %v, natively %v", name, side, got.Shape, want.Shape)
				continue
			}
			if got.Whole != want.Whole {
				t.Errorf("%s at %d: it was %v, natively %v", name, side, got.Whole, want.Whole)
			}
			for q := range 4 {
				if a, b := quarter(got, q), quarter(want, q); far(a, b) {
					t.Errorf("%s at %d: quarter %d is %v, natively %v", name, side, q, a, b)
				}
			}
		}
	}
}

// quarter is the mean colour of one quarter, away from its edges.
func quarter(x *data.Decoded, q int) (mean [3]int) {
	h, w, px := x.Shape[0]/2, x.Shape[1]/2, x.Buf.(kernel.Bytes)
	n := 0
	for y := h / 4; y < h-h/4; y++ {
		for i := w / 4; i < w-w/4; i++ {
			at := 3 * ((y+q/2*h)*x.Shape[1] + i + q%2*w)
			for c := range 3 {
				mean[c] += int(px[at+c])
			}
			n++
		}
	}
	for c := range 3 {
		mean[c] /= n
	}
	return mean
}

func far(a, b [3]int) bool {
	for c := range 3 {
		if d := a[c] - b[c]; d > 6 || d < -6 {
			return true
		}
	}
	return false
}

func TestTheBrowserRefusesWithAReason(t *testing.T) {
	good := asPNG(quarters(40, 40, 255))
	damaged := slices.Clone(good)
	copy(damaged[40:], make([]byte, 20))
	for name, c := range map[string]struct {
		raw    []byte
		reason string
	}{
		"notes.png":   {[]byte("just some words"), "not an image"},
		"half.png":    {good[:len(good)/2], "truncated"},
		"damaged.png": {damaged, "unreadable: damaged PNG"},
		"fake.avif":   {[]byte("\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif"), "not an image this browser can decode: AVIF"},
	} {
		_, err := decodePicture(t.Context(), name, c.raw, 32)
		var r data.Rejected
		if !errors.As(err, &r) || r.Name != name || !strings.HasPrefix(r.Reason, c.reason) {
			t.Errorf("%s: error %v, want %q", name, err, c.reason)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := decodePicture(ctx, "late.png", good, 32); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestPicturesDecodedAtOnceDoNotMix(t *testing.T) {
	var files []data.File
	want := map[string][3]byte{}
	for i := range 60 {
		c := color.NRGBA{uint8(4 * i), uint8(255 - 3*i), uint8(50 + i), 255}
		m := image.NewNRGBA(image.Rect(0, 0, 20+i%7*20, 20+i%5*20))
		for p := range m.Rect.Dx() * m.Rect.Dy() {
			m.SetNRGBA(p%m.Rect.Dx(), p/m.Rect.Dx(), c)
		}
		name, raw := fmt.Sprintf("%02d.png", i), asPNG(m)
		want[name] = [3]byte{c.R, c.G, c.B}
		files = append(files, data.File{Path: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }})
	}
	set, rejected, err := data.ReadImages(t.Context(), files, 32, decodePicture, nil)
	if err != nil || len(rejected) > 0 || set.Len() != len(files) {
		t.Fatalf("%d pictures, rejected %v, %v", set.Len(), rejected, err)
	}
	for i, name := range set.Names {
		px, w := set.X[i].Buf.(kernel.Bytes), want[name]
		for at := 0; at < len(px); at += 3 {
			if far([3]int{int(px[at]), int(px[at+1]), int(px[at+2])}, [3]int{int(w[0]), int(w[1]), int(w[2])}) {
				t.Fatalf("%s has pixel %v, want %v", name, px[at:at+3], w)
			}
		}
	}
}

func BenchmarkDecodeAPhotograph(b *testing.B) {
	raw := asJPEG(quarters(4000, 3000, 255))
	for b.Loop() {
		if _, err := decodePicture(b.Context(), "photo.jpg", raw, 64); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAMiddlingPicture(b *testing.B) {
	raw := asJPEG(quarters(256, 256, 255))
	for b.Loop() {
		if _, err := decodePicture(b.Context(), "photo.jpg", raw, 64); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAZipInABlobIsReadInPlaces(t *testing.T) {
	noise := make([]byte, 3*pageSize+100)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	var raw bytes.Buffer
	z := zip.NewWriter(&raw)
	for _, name := range []string{"a.bin", "b.bin", "c.bin"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(noise)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f := file(protocol.FileInfo{Path: "x.zip", Size: int64(raw.Len())}, blobOf(raw.Bytes(), ""))
	chosen := data.Choose(data.Input{Files: []data.File{f}, Kind: data.Images})
	if len(chosen.Files) != 3 {
		t.Fatalf("%+v", chosen)
	}
	for _, f := range chosen.Files {
		body, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, noise) {
			t.Errorf("%s: %d bytes, %v", f.Path, len(got), err)
		}
	}
	body, _ := f.Open()
	r := body.(*blobReader)
	for _, at := range []int64{0, pageSize - 1, pageSize, 2*pageSize - 7, int64(raw.Len()) - 5} {
		got := make([]byte, 5)
		if n, err := r.ReadAt(got, at); n != 5 || err != nil || !bytes.Equal(got, raw.Bytes()[at:at+5]) {
			t.Errorf("at %d: %d bytes, %v", at, n, err)
		}
	}
	if n, err := r.ReadAt(make([]byte, 5), int64(raw.Len())-3); n != 3 || err != io.EOF {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
	if len(r.pages) > mostPages {
		t.Errorf("%d pages are kept", len(r.pages))
	}
}
