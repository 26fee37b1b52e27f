package data

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Plain is the picture in raw without what one decoder follows and another does not: how it is
// held, which Upright sees to, and what colours it was meant for. Every decoder is given these
// bytes, so all of them read the same pixels. A format without such parts is returned as it is.
func Plain(raw []byte, format string) []byte {
	switch format {
	case "png":
		return plainPNG(raw)
	case "jpeg":
		return plainJPEG(raw)
	case "webp":
		return plainWebP(raw)
	}
	return raw
}

// plainPNG leaves out ancillary chunks, whose names begin with a small letter, but transparency.
func plainPNG(raw []byte) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(raw)))
	out.Write(raw[:8])
	for at := 8; at+12 <= len(raw); {
		n := int(binary.BigEndian.Uint32(raw[at:])) + 12
		if n > len(raw)-at {
			break
		}
		name := string(raw[at+4 : at+8])
		if name[0]&0x20 == 0 || name == "tRNS" {
			out.Write(raw[at : at+n])
		}
		at += n
		if name == "IEND" {
			break
		}
	}
	return out.Bytes()
}

// plainJPEG makes comments of application segments, but of JFIF's and Adobe's, which say how the
// components are to be understood. Four components without Adobe's word are CMYK as Adobe writes it.
func plainJPEG(raw []byte) []byte {
	out := bytes.Clone(raw)
	components, adobe := 0, false
	for s := range segments(raw) {
		switch {
		case s.marker == 0xee && bytes.HasPrefix(s.body, []byte("Adobe")):
			adobe = true
		case s.marker > 0xe0 && s.marker <= 0xef:
			out[s.at+1] = 0xfe
		case frameHeader(s.marker) && len(s.body) >= 6:
			components = int(s.body[5])
		}
	}
	if components == 4 && !adobe {
		out = slices.Insert(out, 2, []byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00")...)
	}
	return out
}

// plainWebP gives chunks of what is said about the picture names that say nothing.
func plainWebP(raw []byte) []byte {
	out := bytes.Clone(raw)
	for at := 12; at+8 <= len(out); {
		name, n := out[at:at+4], int(binary.LittleEndian.Uint32(out[at+4:]))
		switch string(name) {
		case "VP8X":
			if at+8 < len(out) {
				out[at+8] &^= 0x2c // it has a profile, EXIF, XMP
			}
		case "ICCP", "EXIF", "XMP ":
			copy(name, "none")
		}
		at += 8 + n + n&1
	}
	return out
}
