package data

import "encoding/binary"

// orientation finds how the camera was held in a TIFF block, the body of EXIF: the one
// short under tag 0x0112 of the first directory. It is 1, upright, when in doubt, and for
// a value of another type, as browsers have it.
func orientation(tiff []byte) int {
	var order binary.ByteOrder
	switch {
	case len(tiff) < 8:
		return 1
	case string(tiff[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(tiff[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int(order.Uint32(tiff[4:]))
	if at > len(tiff)-2 {
		return 1
	}
	n := int(order.Uint16(tiff[at:]))
	for at += 2; n > 0 && at+12 <= len(tiff); n, at = n-1, at+12 { // entry: tag 2, type 2, count 4, value 4
		if order.Uint16(tiff[at:]) != 0x0112 {
			continue
		}
		short := order.Uint16(tiff[at+2:]) == 3 && order.Uint32(tiff[at+4:]) == 1
		if o := int(order.Uint16(tiff[at+8:])); short && o >= 1 && o <= 8 {
			return o
		}
		return 1
	}
	return 1
}

// Standing is the size of a picture of w by h pixels when it is turned as its orientation asks.
func Standing(w, h, orientation int) Size {
	if orientation >= 5 {
		return Size{h, w}
	}
	return Size{w, h}
}

// Upright turns rgb [h, w, 3] as its orientation asks, and returns its new size.
func Upright(rgb []byte, w, h, orientation int) ([]byte, int, int) {
	if orientation == 1 {
		return rgb, w, h
	}
	lying := orientation >= 5
	flipX := orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	flipY := orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
	toW, toH := w, h
	if lying {
		toW, toH = h, w
	}
	out := make([]byte, 0, len(rgb))
	for y := range toH {
		for x := range toW {
			u, v := x, y // where this pixel is stored
			if lying {
				u, v = y, x
			}
			if flipX {
				u = w - 1 - u
			}
			if flipY {
				v = h - 1 - v
			}
			out = append(out, rgb[3*(v*w+u):][:3]...)
		}
	}
	return out, toW, toH
}
