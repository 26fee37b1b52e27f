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
func DecodeGIF(ctx context.Context, f File, c Clips) (*Decoded, error) {
	raw, err := readAll(f)
	if err != nil {
		return nil, err
	}
	p, err := Inspect(f.Path, raw)
	if err != nil {
		return nil, err
	}
	if p.Format != "gif" {
		return nil, NotAClip(f.Path)
	}
	if p.Area > maxArea {
		return nil, Rejected{f.Path, "too-large", fmt.Sprintf("too large: %d frames of %dx%d pixels", p.Frames, p.W, p.H)}
	}
	g, err := gif.DecodeAll(bytes.NewReader(onScreen(raw, p.RoomW, p.RoomH)))
	if err != nil {
		return nil, damaged(f.Path, p, err)
	}
	if len(g.Image) < 2 {
		return nil, Rejected{f.Path, "one-frame", "only one frame"}
	}
	ends, seconds := shownUntil(g.Delay)
	if err := CheckFilm(f.Path, p.W, p.H, seconds, float64(len(g.Image))/seconds, c); err != nil {
		return nil, err
	}
	times := FrameTimes(seconds, c)
	screen := image.Rect(0, 0, p.W, p.H)
	canvas := image.NewNRGBA(screen)
	var film []byte
	var w, h, taken int
	for i, m := range g.Image {
		if err := ctx.Err(); err != nil {
			return nil, err
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
	return &Decoded{tensor.Bytes(film, taken, h, w, 3), Size{p.W, p.H}}, nil
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
