package data

import (
	"encoding/binary"
	"iter"
)

// A segment is a marker of a JPEG that has a length, and what it marks.
type segment struct {
	marker byte
	at     int // of the marker's first byte
	body   []byte
	whole  bool // false if the file ends before it does; body is then empty
}

// segments walks a JPEG's [0xff, marker, length 2, data] up to and with the first scan's.
func segments(raw []byte) iter.Seq[segment] {
	return func(yield func(segment) bool) {
		for at := 2; at+4 <= len(raw); {
			marker := raw[at+1]
			switch {
			case raw[at] != 0xff || marker == 0xff: // padding
				at++
				continue
			case marker <= 1 || marker >= 0xd0 && marker <= 0xd7: // stands alone
				at += 2
				continue
			}
			s := segment{marker: marker, at: at}
			end := at + 2 + int(binary.BigEndian.Uint16(raw[at+2:]))
			if s.whole = end >= at+4 && end <= len(raw); s.whole {
				s.body = raw[at+4 : end]
			}
			if !yield(s) || !s.whole || marker == 0xda {
				return
			}
			at = end
		}
	}
}

// frameHeader knows the markers that begin a frame: they say size, components and coding.
func frameHeader(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// rareCoding names how a JPEG is coded by its frame's marker, if not in the way that all decoders read.
func rareCoding(marker byte) string {
	switch {
	case marker <= 0xc2:
		return ""
	case marker == 0xc3 || marker == 0xcb:
		return "lossless coding"
	case marker == 0xc9 || marker == 0xca:
		return "arithmetic coding"
	}
	return "hierarchical coding"
}

// rare says in words what image/jpeg does not read.
var rare = map[string]string{
	"luma/chroma subsampling ratio": "chroma sampled in an unusual ratio",
	"precision":                     "other than 8 bits a sample",
	"number of components":          "other than 1, 3 or 4 components",
}
