package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
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
	W, H        int    // pixels as stored, of a GIF with its first frame; 0 when only a decoder can know
	Orientation int    // as in EXIF: 1 is upright, 5 to 8 lie on their side
	Frames      int    // of a GIF or WebP: more than one if it moves
	Area        int    // pixels of all frames of a GIF together
	RoomW       int    // pixels that hold every frame of a GIF in its place; a later one may go beyond W
	RoomH       int
	Rare        string // what is unusual about a JPEG, if not every decoder reads it
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

// sniff determines the format by the first bytes, and whether the last are there.
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
			n = len(raw) - at // a header may still be recognized from what is there
		}
		body := raw[at : at+n]
		switch {
		case name == "IHDR" && n >= 8:
			p.W, p.H = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
		case name == "eXIf" && len(raw) >= at+n+4 && crc32.ChecksumIEEE(raw[at-4:at+n]) == binary.BigEndian.Uint32(raw[at+n:]):
			p.Orientation = orientation(body)
		case name == "IEND":
			return true
		}
		at += n + 4
	}
	return false
}

// jpeg walks segments to the first scan, and looks for the end marker only behind it: a
// thumbnail in the header has its own.
func (p *Picture) jpeg(raw []byte) bool {
	held := false // by the first EXIF: a second is somebody's leftover
	for s := range segments(raw) {
		switch {
		case s.marker == 0xda:
			return bytes.Contains(raw[s.at:], []byte{0xff, 0xd9})
		case frameHeader(s.marker) && len(s.body) >= 6:
			p.H, p.W = int(binary.BigEndian.Uint16(s.body[1:])), int(binary.BigEndian.Uint16(s.body[3:]))
			p.Rare = rareCoding(s.marker)
		case s.marker == 0xe1 && !held && bytes.HasPrefix(s.body, []byte("Exif\x00\x00")):
			p.Orientation, held = orientation(s.body[6:]), true
		}
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
			p.frame(raw[at+1:])
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

// frame takes in a GIF's frame by its place and size. The screen grows to hold the first, as in browsers.
func (p *Picture) frame(place []byte) {
	at := func(i int) int { return int(binary.LittleEndian.Uint16(place[2*i:])) }
	p.Frames++
	p.Area += at(2) * at(3)
	p.RoomW, p.RoomH = max(p.W, p.RoomW, at(0)+at(2)), max(p.H, p.RoomH, at(1)+at(3))
	if p.Frames == 1 {
		p.W, p.H = p.RoomW, p.RoomH
	}
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
	h, ok := bmpHeader(raw)
	if !ok {
		return false
	}
	p.W, p.H = h.w, h.h
	if p.W > maxSide || p.H > maxSide {
		return true // refused anyway
	}
	if h.compression != bmpRGB && h.compression != bmpFields {
		return true // how long they are only their decoder knows
	}
	return len(raw) >= h.pixels+h.row()*p.H // the length in the header is often wrong
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
