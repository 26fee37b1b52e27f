package data

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"autodidact/core/tensor"
)

// codecs is what DecodePicture reads. The header is asked of the codec too: should its
// parser disagree with Inspect, the limits still hold.
var codecs = map[string]struct {
	header func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	"png":  {png.DecodeConfig, png.Decode},
	"jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"gif":  {gif.DecodeConfig, gif.Decode},
	"webp": {webp.DecodeConfig, decodeWebP},
	"bmp":  {bmp.DecodeConfig, bmp.Decode},
}

// DecodePicture is the PictureDecoder of programs outside a browser.
func DecodePicture(ctx context.Context, name string, raw []byte, side int) (*Decoded, error) {
	p, err := Inspect(name, raw)
	if err != nil {
		return nil, err
	}
	codec, ok := codecs[p.Format]
	if !ok {
		reason := "not an image"
		if p.Format != "" {
			reason = fmt.Sprintf("not an image this program can read: %s; a browser can", strings.ToUpper(p.Format))
		}
		return nil, Rejected{name, "not-an-image", reason}
	}
	c, err := codec.header(bytes.NewReader(raw))
	if err != nil {
		return nil, damaged(name, p, err)
	}
	if err := CheckSize(name, c.Width, c.Height); err != nil {
		return nil, err
	}
	m, err := codec.decode(bytes.NewReader(raw))
	if err != nil {
		return nil, damaged(name, p, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	screen := m.Bounds()
	if p.Format == "gif" { // whose first frame may cover only a part of it
		screen = image.Rect(0, 0, c.Width, c.Height)
	}
	rgb, w, h := shrink(m, screen, side)
	rgb, w, h = upright(rgb, w, h, p.Orientation)
	return &Decoded{tensor.Bytes(rgb, h, w, 3), standing(screen.Dx(), screen.Dy(), p.Orientation)}, nil
}

func damaged(name string, p Picture, err error) error {
	return Rejected{name, "unreadable", fmt.Sprintf("unreadable: damaged %s: %v", strings.ToUpper(p.Format), err)}
}

// shrink draws what Fit keeps of screen on white; the cubic kernel widens with the
// scale, so that detail too fine for the result is averaged, not sampled.
func shrink(m image.Image, screen image.Rectangle, side int) (rgb []byte, w, h int) {
	f := Fit(screen.Dx(), screen.Dy(), side)
	if screen != m.Bounds() {
		whole := image.NewNRGBA(screen)
		draw.Draw(whole, m.Bounds(), m, m.Bounds().Min, draw.Src)
		m = whole
	}
	out := image.NewRGBA(image.Rect(0, 0, f.ToW, f.ToH))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	from := image.Rect(f.X, f.Y, f.X+f.W, f.Y+f.H).Add(screen.Min)
	if f.W == f.ToW {
		draw.Draw(out, out.Bounds(), m, from.Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(out, out.Bounds(), m, from, draw.Over, nil)
	}
	rgb = make([]byte, 0, 3*f.ToW*f.ToH)
	for at := 0; at < len(out.Pix); at += 4 {
		rgb = append(rgb, out.Pix[at:at+3]...)
	}
	return rgb, f.ToW, f.ToH
}

// decodeWebP widens the colours of a lossy WebP: VP8 keeps luma in 16 to 235 and chroma
// in 16 to 240 (RFC 6386, 9.2), but the package hands them out as if they were JPEG's.
func decodeWebP(r io.Reader) (image.Image, error) {
	m, err := webp.Decode(r)
	var lossy *image.YCbCr
	switch m := m.(type) {
	case *image.YCbCr:
		lossy = m
	case *image.NYCbCrA:
		lossy = &m.YCbCr
	default:
		return m, err
	}
	for i, y := range lossy.Y {
		lossy.Y[i] = byte(min(max((int(y)-16)*255/219, 0), 255))
	}
	for _, plane := range [][]byte{lossy.Cb, lossy.Cr} {
		for i, c := range plane {
			plane[i] = byte(min(max(128+(int(c)-128)*255/224, 0), 255))
		}
	}
	return m, err
}
