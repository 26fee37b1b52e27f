package data

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

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
	"bmp":  {bmpConfig, decodeBMP},
}

// DecodePicture is the PictureDecoder of programs outside a browser.
func DecodePicture(ctx context.Context, name string, raw []byte, side int) (*Decoded, error) {
	p, err := Inspect(name, raw)
	if err != nil {
		return nil, err
	}
	m, err := decoded(name, raw, p)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	screen := m.Bounds()
	if p.Format == "gif" { // whose first frame may cover only a part of it
		screen = image.Rect(0, 0, p.W, p.H)
	}
	rgb, w, h := shrink(m, screen, side)
	rgb, w, h = Upright(rgb, w, h, p.Orientation)
	return &Decoded{Tensor: tensor.Bytes(rgb, h, w, 3), Whole: Standing(screen.Dx(), screen.Dy(), p.Orientation)}, nil
}

// decoded is the picture as it is stored.
func decoded(name string, raw []byte, p Picture) (image.Image, error) {
	codec, ok := codecs[p.Format]
	switch {
	case p.Format == "":
		return nil, Rejected{name, "not-an-image", "not an image"}
	case !ok:
		reason := fmt.Sprintf("not an image this program can read: %s; a browser can", strings.ToUpper(p.Format))
		return nil, Rejected{name, "not-an-image", reason}
	case p.Rare != "":
		return nil, unsupported(name, p, p.Rare)
	}
	raw = Plain(raw, p.Format)
	if p.Format == "gif" {
		raw = onScreen(raw, p.W, p.H)
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
	return m, nil
}

// onScreen is a GIF whose screen is w by h pixels: the package refuses frames that are larger.
func onScreen(raw []byte, w, h int) []byte {
	out := bytes.Clone(raw)
	binary.LittleEndian.PutUint16(out[6:], uint16(w))
	binary.LittleEndian.PutUint16(out[8:], uint16(h))
	return out
}

// unsupported refuses a whole picture of a sort that is not read, for what is unusual about it.
func unsupported(name string, p Picture, what string) error {
	return Rejected{name, "unsupported", fmt.Sprintf("unsupported: a %s with %s; convert it to PNG", strings.ToUpper(p.Format), what)}
}

func damaged(name string, p Picture, err error) error {
	var beyond unsupportedError
	if errors.As(err, &beyond) {
		return unsupported(name, p, string(beyond))
	}
	var jpegs jpeg.UnsupportedError
	if errors.As(err, &jpegs) {
		return unsupported(name, p, cmp.Or(rare[string(jpegs)], string(jpegs)))
	}
	return Rejected{name, "unreadable", fmt.Sprintf("unreadable: damaged %s: %v", strings.ToUpper(p.Format), err)}
}

// shrink draws what Fit keeps of screen on white; the cubic kernel widens with the
// scale, so that detail too fine for the result is averaged, not sampled.
func shrink(m image.Image, screen image.Rectangle, side int) (rgb []byte, w, h int) {
	f := Fit(screen.Dx(), screen.Dy(), side)
	if y, ok := m.(*image.YCbCr); ok && f.W < 2*f.ToW { // otherwise nobody sees it
		m = smooth(y)
	}
	if screen != m.Bounds() {
		whole := image.NewNRGBA(screen)
		draw.Draw(whole, m.Bounds(), m, m.Bounds().Min, draw.Src)
		m = whole
	}
	return scaled(m, image.Rect(f.X, f.Y, f.X+f.W, f.Y+f.H).Add(screen.Min), f.ToW, f.ToH), f.ToW, f.ToH
}

// Scaled is RGB of m at w by h pixels.
func Scaled(m image.Image, w, h int) []byte { return scaled(m, m.Bounds(), w, h) }

// scaled draws what is within from on white.
func scaled(m image.Image, from image.Rectangle, w, h int) []byte {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if from.Dx() == w && from.Dy() == h {
		draw.Draw(out, out.Bounds(), m, from.Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(out, out.Bounds(), m, from, draw.Over, nil)
	}
	rgb := make([]byte, 0, 3*w*h)
	for at := 0; at < len(out.Pix); at += 4 {
		rgb = append(rgb, out.Pix[at:at+3]...)
	}
	return rgb
}
