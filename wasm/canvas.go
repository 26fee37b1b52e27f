//go:build js && wasm

package main

import (
	"bytes"
	"image"
	"sync"
	"syscall/js"

	"autodidact/core/data"
)

// easel is the one canvas that bitmaps are drawn on to read their pixels.
var easel = &canvas{}

type canvas struct {
	mu      sync.Mutex
	el, ctx js.Value
	side    int // it grows to the largest picture

	tried, altered, noted bool // whether it gives back what was drawn
}

// image draws an ImageBitmap of w by h pixels on white, and returns what is seen.
func (c *canvas) image(from js.Value, w, h int) *image.RGBA {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.grow(max(w, h))
	c.ctx.Call("fillRect", 0, 0, w, h)
	c.ctx.Call("drawImage", from, 0, 0, w, h) // where the browser knows no resizeWidth it is larger
	return &image.RGBA{Pix: c.read(w, h), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
}

func (c *canvas) grow(side int) {
	if c.side >= side {
		return
	}
	c.side = side
	c.el = js.Global().Get("OffscreenCanvas").New(c.side, c.side)
	c.ctx = c.el.Call("getContext", "2d", map[string]any{"willReadFrequently": true})
	c.ctx.Set("fillStyle", "#fff")
}

// read is RGBA of the first w by h pixels.
func (c *canvas) read(w, h int) []byte {
	rgba := make([]byte, 4*w*h)
	js.CopyBytesToGo(rgba, c.ctx.Call("getImageData", 0, 0, w, h).Get("data"))
	return rgba
}

// alters says whether this browser changes what is read back, as some do against fingerprinting,
// or lets nothing be read at all. It is tried once, with a pattern.
func (c *canvas) alters() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.tried {
		c.tried = true
		c.altered = !c.givesBack()
	}
	return c.altered
}

const patternSide = 64

// givesBack puts a pattern of many colours on the canvas and looks whether it comes back.
func (c *canvas) givesBack() (same bool) {
	defer func() {
		if recover() != nil { // a canvas, or reading it, is refused
			same = false
		}
	}()
	drawn := make([]byte, 4*patternSide*patternSide)
	for i := range drawn {
		if drawn[i] = byte(i * i >> 3); i%4 == 3 {
			drawn[i] = 255
		}
	}
	clamped := js.Global().Get("Uint8ClampedArray").New(len(drawn))
	js.CopyBytesToJS(clamped, drawn)
	c.grow(patternSide)
	c.ctx.Call("putImageData", js.Global().Get("ImageData").New(clamped, patternSide, patternSide), 0, 0)
	return bytes.Equal(drawn, c.read(patternSide, patternSide))
}

const alteredBy = "this browser alters what pages read back from a canvas, as a protection against fingerprinting"

// notes is what a person should know of this browser's canvas, once.
func (c *canvas) notes() []data.Rejected {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.altered || c.noted {
		return nil
	}
	c.noted = true
	return []data.Rejected{{Name: "This browser", Code: data.Notice, Reason: alteredBy +
		": pictures are decoded without it, which takes longer, and AVIF, HEIC, SVG and films cannot be read; allow this site to read canvas data, or use another browser, for both"}}
}

// alteredFile refuses a file that only the browser can decode.
func alteredFile(name string) error {
	return data.Rejected{Name: name, Code: "unsupported", Reason: "unsupported: " + alteredBy + "; allow this site to read canvas data, or convert the file (a picture to PNG, a film to GIF)"}
}
