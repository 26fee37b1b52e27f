package data

import (
	"errors"
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
