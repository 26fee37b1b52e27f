package data

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/gif"

	"autodidact/core/tensor"
)

// DecodeGIF is a ClipDecoder for GIFs, the same natively and in a browser.
func DecodeGIF(ctx context.Context, f File, c Clips) (*Decoded, []string, error) {
	raw, err := readAll(f)
	if err != nil {
		return nil, nil, err
	}
	raw, notes := mendGIF(raw)
	p, err := Inspect(f.Path, raw)
	if err != nil {
		return nil, nil, err
	}
	if p.Format != "gif" {
		return nil, nil, NotAClip(f.Path)
	}
	if p.Area > maxArea {
		return nil, nil, Rejected{f.Path, "too-large", fmt.Sprintf("too large: %d frames of %dx%d pixels", p.Frames, p.W, p.H)}
	}
	g, err := gif.DecodeAll(bytes.NewReader(onScreen(raw, p.RoomW, p.RoomH)))
	if err != nil {
		return nil, nil, damaged(f.Path, p, err)
	}
	if len(g.Image) < 2 {
		return nil, nil, Rejected{f.Path, "one-frame", "only one frame"}
	}
	ends, seconds := shownUntil(g.Delay)
	if err := CheckFilm(f.Path, p.W, p.H, seconds, float64(len(g.Image))/seconds, c); err != nil {
		return nil, nil, err
	}
	times := FrameTimes(seconds, c)
	screen := image.Rect(0, 0, p.W, p.H)
	canvas := image.NewNRGBA(screen)
	var film []byte
	var w, h, taken int
	for i, m := range g.Image {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		var before []byte
		if g.Disposal[i] == gif.DisposalPrevious {
			before = bytes.Clone(canvas.Pix)
		}
		draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Over)
		var rgb []byte
		for ; taken < len(times) && (times[taken] < ends[i] || i == len(g.Image)-1); taken++ {
			if rgb == nil {
				rgb, w, h = shrink(canvas, screen, c.Side)
			}
			film = append(film, rgb...)
		}
		switch g.Disposal[i] {
		case gif.DisposalPrevious:
			copy(canvas.Pix, before)
		case gif.DisposalBackground:
			draw.Draw(canvas, m.Bounds(), image.Transparent, image.Point{}, draw.Src)
		}
	}
	return &Decoded{Tensor: tensor.Bytes(film, taken, h, w, 3), Whole: Size{p.W, p.H}}, notes, nil
}

// mendGIF ends a GIF that is cut short after its last whole frame, if it has two.
func mendGIF(raw []byte) (whole []byte, notes []string) {
	end, frames, ended := gifFrames(raw)
	if ended || frames < 2 {
		return raw, nil
	}
	return append(bytes.Clone(raw[:end]), 0x3b), []string{fmt.Sprintf("it is cut short: the %d frames before that are used", frames)}
}

// gifFrames walks the blocks of a GIF: where its last whole frame ends, how many there are, and whether its end is there.
func gifFrames(raw []byte) (end, frames int, ended bool) {
	if len(raw) < 13 || string(raw[:4]) != "GIF8" {
		return 0, 0, true // Inspect says what it is
	}
	at := 13 + paletteSize(raw[10])
	for at < len(raw) {
		frame := raw[at] == 0x2c
		switch {
		case raw[at] == 0x3b:
			return end, frames, true
		case frame && at+10 <= len(raw):
			at += 11 + paletteSize(raw[at+9])
		case raw[at] == 0x21:
			at += 2
		default:
			return end, frames, false
		}
		for at < len(raw) && raw[at] != 0 {
			at += 1 + int(raw[at])
		}
		if at++; frame && at <= len(raw) {
			end, frames = at, frames+1
		}
	}
	return end, frames, false
}

// paletteSize is the bytes of the palette that the flags of a screen or a frame announce.
func paletteSize(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// shownUntil turns delays, in hundredths of a second, into the second at which each frame goes. Delays of
// none or one hundredth are ten, as every browser has it.
func shownUntil(delays []int) (ends []float64, all float64) {
	for _, d := range delays {
		if d <= 1 {
			d = 10
		}
		all += float64(d) / 100
		ends = append(ends, all)
	}
	return ends, all
}
