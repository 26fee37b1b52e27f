package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
)

// How the pixels of a BMP are written.
const (
	bmpRGB = iota
	bmpRLE8
	bmpRLE4
	bmpFields // as bmpRGB, with masks that say which bits are which colour
	bmpJPEG
	bmpPNG
	bmpAlphaFields = 6
)

// A bmpHead is the two headers of a BMP.
type bmpHead struct {
	w, h        int // pixels
	topDown     bool
	bits        int // of a pixel
	compression int
	pixels      int       // where they begin
	masks       [4]uint32 // of red, green, blue and alpha; alpha's is 0 where there is none
	palette     int       // where it begins
	entry       int       // bytes of a colour in it
	colours     int
}

// row is the bytes of a row, which are padded to four.
func (h bmpHead) row() int { return (h.w*h.bits + 31) / 32 * 4 }

// bmpHeader reads the headers at the beginning of raw; it is not ok if they are cut short.
func bmpHeader(raw []byte) (h bmpHead, ok bool) {
	if len(raw) < 26 {
		return h, false
	}
	le := binary.LittleEndian
	size := int(le.Uint32(raw[14:]))
	h.pixels, h.palette = int(le.Uint32(raw[10:])), 14+size
	if size == 12 { // of OS/2, and of Windows 2
		h.w, h.h, h.bits = int(le.Uint16(raw[18:])), int(le.Uint16(raw[20:])), int(le.Uint16(raw[24:]))
		h.entry, h.colours = 3, 1<<min(h.bits, 8)
		h.masks = plainMasks(h.bits)
		return h, true
	}
	if size < 40 || size > 1<<16 || len(raw) < 14+size {
		return h, len(raw) >= 14+40 && size <= 1<<16
	}
	h.w, h.h = max(int(int32(le.Uint32(raw[18:]))), 0), int(int32(le.Uint32(raw[22:])))
	if h.topDown = h.h < 0; h.topDown {
		h.h = -h.h
	}
	h.bits, h.compression = int(le.Uint16(raw[28:])), int(le.Uint32(raw[30:]))
	h.entry, h.colours = 4, int(le.Uint32(raw[46:]))
	if most := 1 << min(h.bits, 8); h.colours == 0 || h.colours > most {
		h.colours = most
	}
	h.readMasks(raw, size)
	return h, true
}

// plainMasks is what the bits of a pixel are where no masks say so.
func plainMasks(bits int) [4]uint32 {
	if bits == 16 {
		return [4]uint32{0x7c00, 0x3e0, 0x1f}
	}
	return [4]uint32{0xff0000, 0xff00, 0xff}
}

// readMasks finds the masks: within a header of at least 52 bytes, or behind one of 40.
func (h *bmpHead) readMasks(raw []byte, size int) {
	h.masks = plainMasks(h.bits)
	n := 0
	switch {
	case size >= 56:
		n = 4
	case size >= 52:
		n = 3
	case h.compression == bmpFields:
		n, h.palette = 3, h.palette+12
	case h.compression == bmpAlphaFields:
		n, h.palette = 4, h.palette+16
	}
	if h.compression == bmpAlphaFields {
		h.compression = bmpFields
	}
	if len(raw) < 54+4*n {
		return
	}
	for i := range n {
		if h.compression == bmpFields || i == 3 {
			h.masks[i] = binary.LittleEndian.Uint32(raw[54+4*i:])
		}
	}
}

// decodeBMP reads every BMP but those that are a JPEG or PNG for a printer.
func decodeBMP(r io.Reader) (image.Image, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	h, err := checkedBMP(raw)
	if err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, h.w, h.h))
	data := raw[h.pixels:]
	switch {
	case h.compression == bmpRLE8 || h.compression == bmpRLE4:
		err = h.runs(m, data, h.colourTable(raw))
	case h.bits <= 8:
		h.indexed(m, data, h.colourTable(raw))
	default:
		h.masked(m, data)
	}
	return m, err
}

func bmpConfig(r io.Reader) (image.Config, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return image.Config{}, err
	}
	h, err := checkedBMP(raw)
	return image.Config{ColorModel: color.NRGBAModel, Width: h.w, Height: h.h}, err
}

// An unsupportedError says what a file is that is whole, but beyond this decoder.
type unsupportedError string

func (e unsupportedError) Error() string { return string(e) }

// checkedBMP is the headers of a BMP whose pixels are all there and can be read.
func checkedBMP(raw []byte) (bmpHead, error) {
	h, ok := bmpHeader(raw)
	switch {
	case !ok || h.pixels < 0 || h.pixels > len(raw):
		return h, errors.New("its header is cut short")
	case h.compression == bmpJPEG || h.compression == bmpPNG:
		return h, unsupportedError("a JPEG or PNG inside")
	case h.compression > bmpFields:
		return h, unsupportedError(fmt.Sprintf("compression %d", h.compression))
	case h.bits != 1 && h.bits != 2 && h.bits != 4 && h.bits != 8 && h.bits != 16 && h.bits != 24 && h.bits != 32,
		h.compression == bmpRLE8 && h.bits != 8, h.compression == bmpRLE4 && h.bits != 4, h.compression == bmpFields && h.bits < 16:
		return h, fmt.Errorf("%d bits a pixel with compression %d", h.bits, h.compression)
	}
	if plain := h.compression == bmpRGB || h.compression == bmpFields; plain && h.row()*h.h > len(raw)-h.pixels {
		return h, errors.New("its pixels are cut short")
	}
	return h, nil
}

// colourTable is 256 colours; those that the file does not give are black.
func (h bmpHead) colourTable(raw []byte) *[256]color.NRGBA {
	table := new([256]color.NRGBA)
	for i := range table {
		table[i].A = 255
		if at := h.palette + h.entry*i; i < h.colours && at+3 <= len(raw) {
			table[i] = color.NRGBA{raw[at+2], raw[at+1], raw[at], 255}
		}
	}
	return table
}

// line is which row of the picture the file's row i is.
func (h bmpHead) line(i int) int {
	if h.topDown {
		return i
	}
	return h.h - 1 - i
}

func (h bmpHead) indexed(m *image.NRGBA, data []byte, table *[256]color.NRGBA) {
	perByte := 8 / h.bits
	for i := range h.h {
		row := data[i*h.row():]
		for x := range h.w {
			shift := 8 - h.bits*(1+x%perByte)
			m.SetNRGBA(x, h.line(i), table[row[x/perByte]>>shift&(1<<h.bits-1)])
		}
	}
}

// masked takes colours out of the bits of each pixel, as its masks say.
func (h bmpHead) masked(m *image.NRGBA, data []byte) {
	size := h.bits / 8
	for i := range h.h {
		row := data[i*h.row():]
		for x := range h.w {
			var v uint32
			for b, part := range row[x*size:][:size] {
				v |= uint32(part) << (8 * b)
			}
			c := color.NRGBA{under(v, h.masks[0]), under(v, h.masks[1]), under(v, h.masks[2]), 255}
			if h.masks[3] != 0 {
				c.A = under(v, h.masks[3])
			}
			m.SetNRGBA(x, h.line(i), c)
		}
	}
}

// under is the bits of v under mask, as a share of 255.
func under(v, mask uint32) byte {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	most := uint64(mask >> shift)
	return byte((uint64(v&mask>>shift)*255 + most/2) / most)
}

// runs follows a BMP's run lengths. Pixels that are passed over are black.
func (h bmpHead) runs(m *image.NRGBA, data []byte, table *[256]color.NRGBA) error {
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	p := pen{m: m, head: h, table: table}
	for at := 0; at+2 <= len(data); {
		n, what := int(data[at]), data[at+1]
		at += 2
		switch {
		case n > 0:
			p.run(n, what)
		case what == 0:
			p.x, p.row = 0, p.row+1
		case what == 1:
			return nil
		case what == 2:
			if at+2 > len(data) {
				return errors.New("its runs are cut short")
			}
			p.x, p.row = p.x+int(data[at]), p.row+int(data[at+1])
			at += 2
		default:
			size := (int(what)*h.bits + 15) / 16 * 2
			if at+size > len(data) {
				return errors.New("its runs are cut short")
			}
			p.pixels(int(what), data[at:])
			at += size
		}
	}
	return errors.New("its runs are cut short")
}

// A pen is where the next pixel of a run goes.
type pen struct {
	m      *image.NRGBA
	head   bmpHead
	table  *[256]color.NRGBA
	x, row int
}

func (p *pen) put(index byte) {
	if p.x < p.head.w && p.row < p.head.h {
		p.m.SetNRGBA(p.x, p.head.line(p.row), p.table[index])
	}
	p.x++
}

// run is n pixels of one colour, or of two in turn where a pixel is four bits.
func (p *pen) run(n int, what byte) {
	for i := range n {
		if p.head.bits == 8 {
			p.put(what)
		} else {
			p.put(what >> (4 - 4*(i%2)) & 15)
		}
	}
}

// pixels is n pixels, each with a colour of its own.
func (p *pen) pixels(n int, from []byte) {
	for i := range n {
		if p.head.bits == 8 {
			p.put(from[i])
		} else {
			p.put(from[i/2] >> (4 - 4*(i%2)) & 15)
		}
	}
}
