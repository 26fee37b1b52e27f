package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// What a picture may be. Beyond the upper limits a decoder could take all memory
// there is, so they are checked on the header alone.
const (
	maxFile   = 64 << 20 // bytes
	maxSide   = 16384    // pixels
	maxPixels = 100e6
	minSide   = 8 // pixels: below this there is nothing to crop
)

// A Picture is what the bytes of a picture say before anything is decoded.
type Picture struct {
	Format      string // "png", "jpeg", "gif", "webp", "bmp", "avif", "heic", "svg"; "" when not recognised
	W, H        int    // pixels as stored; 0 when only a decoder can tell
	Orientation int    // as in EXIF: 1 is upright, 5 to 8 lie on their side
	Frames      int    // of a GIF or WebP: more than one if it moves
	Area        int    // pixels of all frames of a GIF together
}

// Inspect reads headers and walks a file's blocks to its end; it decodes no pixel.
// A picture that must not reach a decoder is an error of type Rejected. What it
// does not recognise is no error: the decoder at hand may know better.
func Inspect(name string, raw []byte) (Picture, error) {
	if len(raw) == 0 {
		return Picture{}, Rejected{name, "empty", "empty"}
	}
	if len(raw) > maxFile {
		return Picture{}, Rejected{name, "too-large", fmt.Sprintf("too large: more than %d MB", maxFile>>20)}
	}
	p, whole := sniff(raw)
	if p.Format == "" {
		return p, nil
	}
	err := CheckSize(name, p.W, p.H)
	var r Rejected
	switch {
	case errors.As(err, &r) && r.Code == "too-large":
		return p, err
	case !whole:
		return p, Rejected{name, "truncated", "truncated: the file ends in the middle of the picture"}
	case p.W == 0 && p.H == 0 && (p.Format == "svg" || p.Format == "avif" || p.Format == "heic"):
		return p, nil
	}
	return p, err
}

// CheckSize is an error of type Rejected for a picture too large or too small.
func CheckSize(name string, w, h int) error {
	switch {
	case w > maxSide || h > maxSide || w*h > maxPixels:
		return Rejected{name, "too-large", fmt.Sprintf("too large: %dx%d pixels", w, h)}
	case w < minSide || h < minSide:
		return Rejected{name, "too-small", fmt.Sprintf("too small: %dx%d pixels", w, h)}
	}
	return nil
}

// sniff tells the format by its first bytes, and whether its last are there.
func sniff(raw []byte) (p Picture, whole bool) {
	is := func(at int, magic string) bool {
		return len(raw) >= at+len(magic) && string(raw[at:at+len(magic)]) == magic
	}
	p.Orientation = 1
	switch {
	case is(0, "\x89PNG\r\n\x1a\n"):
		p.Format, whole = "png", p.png(raw)
	case is(0, "\xff\xd8\xff"):
		p.Format, whole = "jpeg", p.jpeg(raw)
	case is(0, "GIF87a"), is(0, "GIF89a"):
		p.Format, whole = "gif", p.gif(raw)
	case is(0, "RIFF") && is(8, "WEBP"):
		p.Format, whole = "webp", p.webp(raw)
	case is(0, "BM") && len(raw) >= 14 && binary.LittleEndian.Uint32(raw[6:]) == 0: // four reserved bytes
		p.Format, whole = "bmp", p.bmp(raw)
	case is(4, "ftypavif"), is(4, "ftypavis"):
		p.Format, whole = "avif", p.boxes(raw)
	case is(4, "ftypheic"), is(4, "ftypheix"), is(4, "ftypmif1"), is(4, "ftypmsf1"):
		p.Format, whole = "heic", p.boxes(raw)
	default:
		head := bytes.TrimLeft(bytes.TrimPrefix(raw[:min(len(raw), 4096)], []byte("\ufeff")), " \t\r\n")
		if bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("<svg")) {
			p.Format, whole = "svg", bytes.Contains(raw, []byte("</svg>"))
		}
	}
	return p, whole
}

// png walks chunks [length 4, name 4, data, crc 4] to IEND.
func (p *Picture) png(raw []byte) bool {
	for at := 8; at+12 <= len(raw); {
		n, name := int(binary.BigEndian.Uint32(raw[at:])), string(raw[at+4:at+8])
		at += 8
		if n > len(raw)-at-4 {
			n = len(raw) - at // a header may still be told from what is there
		}
		body := raw[at : at+n]
		switch {
		case name == "IHDR" && n >= 8:
			p.W, p.H = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
		case name == "eXIf":
			p.Orientation = orientation(body)
		case name == "IEND":
			return true
		}
		at += n + 4
	}
	return false
}

// jpeg walks marker segments [0xff, marker, length 2, data] to the first scan, and
// looks for the end marker only behind it: a thumbnail in the header has its own.
func (p *Picture) jpeg(raw []byte) bool {
	for at := 2; at+4 <= len(raw); {
		marker := raw[at+1]
		switch {
		case raw[at] != 0xff || marker == 0xff: // padding
			at++
			continue
		case marker <= 1 || marker >= 0xd0 && marker <= 0xd7: // stands alone
			at += 2
			continue
		case marker == 0xda:
			return bytes.Contains(raw[at:], []byte{0xff, 0xd9})
		}
		end := at + 2 + int(binary.BigEndian.Uint16(raw[at+2:]))
		if end < at+4 || end > len(raw) {
			return false
		}
		body := raw[at+4 : end]
		switch {
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc && len(body) >= 5:
			p.H, p.W = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
		case marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			p.Orientation = orientation(body[6:])
		}
		at = end
	}
	return false
}

// gif walks blocks to the trailer.
func (p *Picture) gif(raw []byte) bool {
	if len(raw) < 13 {
		return false
	}
	p.W, p.H = int(binary.LittleEndian.Uint16(raw[6:])), int(binary.LittleEndian.Uint16(raw[8:]))
	palette := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	at := 13 + palette(raw[10])
	for at < len(raw) {
		switch raw[at] {
		case 0x21: // extension: label, then sub-blocks
			at += 2
		case 0x2c: // frame: place and size, palette, code size, then sub-blocks
			if at+10 > len(raw) {
				return false
			}
			p.Frames++
			p.Area += int(binary.LittleEndian.Uint16(raw[at+5:])) * int(binary.LittleEndian.Uint16(raw[at+7:]))
			at += 11 + palette(raw[at+9])
		default:
			return raw[at] == 0x3b
		}
		for at < len(raw) && raw[at] != 0 {
			at += 1 + int(raw[at])
		}
		at++
	}
	return false
}

// webp walks chunks [name 4, length 4, data] of the RIFF.
func (p *Picture) webp(raw []byte) bool {
	whole := len(raw) >= 8+int(binary.LittleEndian.Uint32(raw[4:]))
	for at := 12; at+8 <= len(raw); {
		name, n := string(raw[at:at+4]), int(binary.LittleEndian.Uint32(raw[at+4:]))
		at += 8
		body := raw[at:min(at+n, len(raw))]
		switch {
		case name == "VP8X" && len(body) >= 10: // canvas: 24 bits each, less one
			p.W = 1 + (int(body[4]) | int(body[5])<<8 | int(body[6])<<16)
			p.H = 1 + (int(body[7]) | int(body[8])<<8 | int(body[9])<<16)
		case name == "VP8 " && len(body) >= 10 && p.W == 0: // 14 bits each
			p.W, p.H = int(binary.LittleEndian.Uint16(body[6:]))&0x3fff, int(binary.LittleEndian.Uint16(body[8:]))&0x3fff
		case name == "VP8L" && len(body) >= 5 && p.W == 0: // 14 bits each, less one
			bits := binary.LittleEndian.Uint32(body[1:])
			p.W, p.H = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
		case name == "ANMF":
			p.Frames++
		case name == "EXIF":
			p.Orientation = orientation(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		}
		at += n + n&1
	}
	return whole
}

// bmp reads the two headers; rows are padded to four bytes.
func (p *Picture) bmp(raw []byte) bool {
	if len(raw) < 30 {
		return false
	}
	le := binary.LittleEndian
	p.W, p.H = int(int32(le.Uint32(raw[18:]))), int(int32(le.Uint32(raw[22:])))
	p.H = max(p.H, -p.H) // negative when the top row comes first
	p.W = max(p.W, 0)
	if p.W > maxSide || p.H > maxSide {
		return true // refused anyway
	}
	need := int(le.Uint32(raw[2:])) // as the header says, which some writers leave 0
	if len(raw) >= 34 && le.Uint32(raw[30:]) == 0 {
		row := (p.W*int(le.Uint16(raw[28:])) + 31) / 32 * 4
		need = max(need, int(le.Uint32(raw[10:]))+row*p.H)
	}
	return len(raw) >= need
}

// boxes walks the outer boxes [length 4, name 4, data] of AVIF and HEIC. The size is
// in a property named ispe; the largest is the picture's, others are thumbnails.
func (p *Picture) boxes(raw []byte) bool {
	head := raw[:min(len(raw), 1<<16)]
	for {
		i := bytes.Index(head, []byte("ispe"))
		if i < 0 || i+16 > len(head) {
			break
		}
		w, h := int(binary.BigEndian.Uint32(head[i+8:])), int(binary.BigEndian.Uint32(head[i+12:]))
		p.W, p.H = max(p.W, w), max(p.H, h)
		head = head[i+16:]
	}
	for at := 0; at+8 <= len(raw); {
		n := int(binary.BigEndian.Uint32(raw[at:]))
		switch {
		case n == 0: // to the end
			return true
		case n < 8: // a 64-bit length: beyond our limit if it is needed, so let the decoder say
			return true
		case n >= len(raw)-at:
			return n == len(raw)-at
		}
		at += n
	}
	return false
}
