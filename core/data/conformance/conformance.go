// Package conformance holds small pictures of every sort and the pixels that each must be read
// as. Tests give them to every decoder there is; make.py wrote them.
package conformance

import (
	"bytes"
	"compress/zlib"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

//go:embed files expected.json
var embedded embed.FS

// A Case is a picture file, and what a decoder that keeps its size must make of it.
type Case struct {
	File          string
	Raw           []byte
	Width, Height int    // pixels
	RGB           []byte // [Height, Width, 3]
	Tolerance     int    // by which each value may be off: 0 where the file keeps its pixels

	// Refused is the code a decoder must refuse it with, by route: "native", "browser" or "both".
	Refused map[string]string
}

// Cases is all of them, in order of make.py.
func Cases() ([]Case, error) {
	list, err := embedded.ReadFile("expected.json")
	if err != nil {
		return nil, err
	}
	var cases []Case
	if err := json.Unmarshal(list, &cases); err != nil {
		return nil, fmt.Errorf("conformance: expected.json: %w", err)
	}
	for i := range cases {
		if err := cases[i].load(); err != nil {
			return nil, fmt.Errorf("conformance: %s: %w", cases[i].File, err)
		}
	}
	return cases, nil
}

// load reads the file, and unpacks its pixels.
func (c *Case) load() (err error) {
	if c.Raw, err = embedded.ReadFile("files/" + c.File); err != nil || c.RGB == nil {
		if err == nil && c.Refused["both"] == "" {
			err = errors.New("nothing is expected of it")
		}
		return err
	}
	r, err := zlib.NewReader(bytes.NewReader(c.RGB))
	if err != nil {
		return err
	}
	c.RGB, err = io.ReadAll(r)
	return err
}

// Off says how shape and rgb differ from what is expected; it is empty if they do not.
func (c Case) Off(h, w int, rgb []byte) string {
	if h != c.Height || w != c.Width {
		return fmt.Sprintf("%dx%d pixels, want %dx%d", w, h, c.Width, c.Height)
	}
	for i, v := range rgb {
		if d := int(v) - int(c.RGB[i]); d > c.Tolerance || -d > c.Tolerance {
			at := i / 3
			return fmt.Sprintf("pixel %d,%d is %v, want %v within %d", at%w, at/w, rgb[3*at:][:3], c.RGB[3*at:][:3], c.Tolerance)
		}
	}
	return ""
}
