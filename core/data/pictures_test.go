package data

import (
	"bytes"
	"embed"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"testing"

	"golang.org/x/image/bmp"
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
