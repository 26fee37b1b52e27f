package data

import (
	"encoding/base64"
	"errors"
	"image/color"
	"testing"
)

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
