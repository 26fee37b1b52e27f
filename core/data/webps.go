package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"io"

	"golang.org/x/image/webp"
)

// decodeWebP reads a WebP, or the first frame of one that moves, in its place on a clear screen.
func decodeWebP(r io.Reader) (image.Image, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	screen, frame, moves := firstFrame(raw)
	if !moves {
		return decodeStill(raw)
	}
	if frame == nil {
		return nil, errors.New("its first frame is cut short")
	}
	if !frame.place().In(screen) {
		return nil, errors.New("its first frame goes beyond its screen")
	}
	m, err := decodeStill(frame.still())
	if err != nil {
		return nil, err
	}
	whole := image.NewNRGBA(screen)
	draw.Draw(whole, m.Bounds().Add(frame.at), m, image.Point{}, draw.Src)
	return whole, nil
}

// A webpFrame is one frame of a WebP that moves: where it lies, its size less one, and its chunks.
type webpFrame struct {
	at     image.Point
	size   []byte // 24 bits each of width and height
	chunks []byte
}

func (f *webpFrame) place() image.Rectangle {
	return image.Rect(0, 0, 1+int24(f.size), 1+int24(f.size[3:])).Add(f.at)
}

// firstFrame finds it, and the size of the screen; frame is nil if the file ends before it.
func firstFrame(raw []byte) (screen image.Rectangle, frame *webpFrame, moves bool) {
	for name, body := range riffChunks(raw, 12) {
		switch {
		case name == "VP8X" && len(body) >= 10:
			screen = image.Rect(0, 0, 1+int24(body[4:]), 1+int24(body[7:]))
			moves = body[0]&2 != 0
		case name == "ANMF" && len(body) >= 16:
			at := image.Pt(2*int24(body), 2*int24(body[3:]))
			return screen, &webpFrame{at, body[6:12], body[16:]}, moves
		}
	}
	return screen, nil, moves
}

// riffChunks walks [name 4, length 4, data] from some byte on; the last may be cut short.
func riffChunks(raw []byte, at int) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for at := at; at+8 <= len(raw); {
			name, n := string(raw[at:at+4]), int(binary.LittleEndian.Uint32(raw[at+4:]))
			at += 8
			if !yield(name, raw[at:min(at+n, len(raw))]) {
				return
			}
			at += n + n&1
		}
	}
}

func int24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// still is a WebP file of the frame alone.
func (f *webpFrame) still() []byte {
	var out bytes.Buffer
	out.WriteString("RIFF\x00\x00\x00\x00WEBP")
	alpha := byte(0)
	for name := range riffChunks(f.chunks, 0) {
		if name == "ALPH" {
			alpha = 0x10
		}
	}
	out.WriteString("VP8X\x0a\x00\x00\x00")
	out.Write([]byte{alpha, 0, 0, 0})
	out.Write(f.size)
	out.Write(f.chunks)
	raw := out.Bytes()
	binary.LittleEndian.PutUint32(raw[4:], uint32(len(raw)-8))
	return raw
}

// decodeStill decodes a WebP that does not move. Of a lossy one the package hands out what is
// stored, as if it were JPEG's.
func decodeStill(raw []byte) (image.Image, error) {
	m, err := webp.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return lossy(m, nil, 0), nil
	case *image.NYCbCrA:
		return lossy(&m.YCbCr, m.A, m.AStride), nil
	}
	return m, nil
}

// lossy gives VP8's colours as libwebp does. VP8 keeps luma in 16 to 235 and chroma in 16 to 240
// (RFC 6386, 9.2), and chroma for two by two pixels.
func lossy(m *image.YCbCr, alpha []byte, alphaStride int) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	u, v := widened(m.Cb, m.CStride, w, h, 2, 2, 8, 8), widened(m.Cr, m.CStride, w, h, 2, 2, 8, 8)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		row := out.Pix[y*out.Stride:]
		for x := range w {
			vp8Colour(row[4*x:4*x+4:4*x+4], int(m.Y[y*m.YStride+x]), int(u[y*w+x]), int(v[y*w+x]))
			if alpha != nil {
				row[4*x+3] = alpha[y*alphaStride+x]
			}
		}
	}
	return out
}

// vp8Colour is ITU-R BT.601 from studio range in fixed point, 14 bits behind the point, then 6: as RGBA.
func vp8Colour(rgba []byte, y, u, v int) {
	y = y * 19077 >> 8
	rgba[0] = clip(y + v*26149>>8 - 14234)
	rgba[1] = clip(y - u*6419>>8 - v*13320>>8 + 8708)
	rgba[2] = clip(y + u*33050>>8 - 17685)
	rgba[3] = 255
}

func clip(n int) byte { return byte(min(max(n>>6, 0), 255)) }
