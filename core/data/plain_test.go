package data

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"autodidact/core/data/conformance"
)

// FuzzPlain holds the rewriting of bytes to its promises: it does not panic, neither does what
// decodes them afterwards, and what is plain already stays as it is.
func FuzzPlain(f *testing.F) {
	cases, err := conformance.Cases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add(c.Raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Inspect("x", raw)
		if err != nil || p.W*p.H > 1<<20 {
			return
		}
		plain := Plain(raw, p.Format)
		if again := Plain(plain, p.Format); !bytes.Equal(again, plain) {
			t.Errorf("plain bytes became others, %d of %d", len(again), len(plain))
		}
		if q, _ := sniff(plain); q.W != p.W || q.H != p.H || q.Orientation != 1 {
			t.Errorf("%+v became %+v", p, q)
		}
		DecodePicture(t.Context(), "x", raw, 16)
	})
}

func TestAnUnusualPictureIsNamedAndNotCalledDamaged(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"jpeg-arithmetic.jpg":   "unsupported: a JPEG with arithmetic coding; convert it to PNG",
		"jpeg-lossless.jpg":     "unsupported: a JPEG with lossless coding; convert it to PNG",
		"jpeg-12-bit.jpg":       "unsupported: a JPEG with other than 8 bits a sample; convert it to PNG",
		"jpeg-sample-3x1.jpg":   "unsupported: a JPEG with chroma sampled in an unusual ratio; convert it to PNG",
		"bmp-jpeg-inside.bmp":   "unsupported: a BMP with a JPEG or PNG inside; convert it to PNG",
		"gif-no-colours.gif":    "unreadable: damaged GIF: gif: no color table",
		"jpeg-scan-damaged.jpg": "unreadable: damaged JPEG: ",
	}
	for _, c := range cases {
		reason, ok := want[c.File]
		if !ok {
			continue
		}
		_, err := DecodePicture(t.Context(), c.File, c.Raw, 16)
		var r Rejected
		if !errors.As(err, &r) || !strings.HasPrefix(r.Reason, reason) {
			t.Errorf("%s: %v, want %q", c.File, err, reason)
		}
		delete(want, c.File)
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}
