package data

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
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
	depth := 0 // of a palette's numbers
	for at := 8; at+12 <= len(raw); {
		n := int(binary.BigEndian.Uint32(raw[at:])) + 12
		if n > len(raw)-at {
			break
		}
		chunk, name := raw[at:at+n], string(raw[at+4:at+8])
		switch {
		case name == "IHDR" && n >= 12+13 && chunk[8+9] == 3:
			depth = int(chunk[8+8])
		case name == "PLTE":
			chunk = fullPalette(chunk, depth)
		}
		if name[0]&0x20 == 0 || name == "tRNS" {
			out.Write(chunk)
		}
		at += n
		if name == "IEND" {
			break
		}
	}
	return out.Bytes()
}

// fullPalette gives a palette of fewer colours than numbers have its last one over and over, as some
// browsers do and others do not.
func fullPalette(chunk []byte, depth int) []byte {
	n := len(chunk) - 12
	if n < 3 || n%3 != 0 || n >= 3<<depth || depth > 8 {
		return chunk
	}
	out := binary.BigEndian.AppendUint32(nil, 3<<depth)
	out = append(out, chunk[4:8+n]...)
	for len(out) < 8+3<<depth {
		out = append(out, chunk[8+n-3:8+n]...)
	}
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// What a JPEG without one of these leaves to its decoder: with JFIF three components are YCbCr,
// whatever they are called, and with Adobe's 0 four are CMYK as Adobe writes it, without ink at 255.
const (
	jfif      = "\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
	adobeCMYK = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
)

// plainJPEG makes comments of application segments, but of JFIF's and Adobe's, which say how the
// components are to be understood, and adds one of those where decoders would guess.
func plainJPEG(raw []byte) []byte {
	out := bytes.Clone(raw)
	components, adobe := 0, -1 // Adobe's transform: 0 for none, 1 for YCbCr, 2 for YCCK
	for s := range segments(raw) {
		switch {
		case s.marker == 0xee && bytes.HasPrefix(s.body, []byte("Adobe")) && len(s.body) >= 12:
			adobe = int(s.body[11])
		case s.marker > 0xe0 && s.marker <= 0xef:
			out[s.at+1] = 0xfe
		case frameHeader(s.marker) && len(s.body) >= 6:
			components = int(s.body[5])
		}
	}
	switch {
	case components == 4 && adobe < 0:
		out = slices.Insert(out, 2, []byte(adobeCMYK)...)
	case components == 3 && adobe > 0 && !bytes.Contains(raw[:min(len(raw), 11)], []byte("JFIF")):
		out = slices.Insert(out, 2, []byte(jfif)...)
	}
	return out
}

// plainWebP gives chunks of what is said about the picture names that say nothing, and says
// whether it is transparent by whether it is.
func plainWebP(raw []byte) []byte {
	out := bytes.Clone(raw)
	flags, clear := -1, false
	for at := 12; at+8 <= len(out); {
		name, n := out[at:at+4], int(binary.LittleEndian.Uint32(out[at+4:]))
		at += 8
		switch body := out[at:min(at+n, len(out))]; string(name) {
		case "VP8X":
			if len(body) > 0 && flags < 0 {
				flags = at
			}
		case "ALPH":
			clear = true
		case "VP8L":
			clear = clear || len(body) >= 5 && body[4]&0x10 != 0
		case "ICCP", "EXIF", "XMP ":
			copy(name, "none")
		}
		at += n + n&1
	}
	if flags >= 0 {
		out[flags] &^= 0x2c // it has a profile, EXIF, XMP
		if moves := out[flags]&2 != 0; !moves {
			out[flags] &^= 0x10
			if clear {
				out[flags] |= 0x10
			}
		}
	}
	return out
}
