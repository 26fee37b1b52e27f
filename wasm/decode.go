//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall/js"

	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/wasm/promise"
)

// decodePicture is the data.PictureDecoder that lets the browser decode, off this
// thread, and shrink: Go sees only the pixels it keeps. It takes whatever the browser
// knows, so AVIF and HEIC too where it does. Transparency goes on white, orientation
// is followed and colours become sRGB, the last two because that is the default.
func decodePicture(ctx context.Context, name string, raw []byte, side int) (*data.Decoded, error) {
	p, err := data.Inspect(name, raw)
	if err != nil {
		return nil, err
	}
	from := blobOf(raw, p.Format)
	// Where the size is known beforehand the picture can be shrunk as it is decoded.
	// AVIF and HEIC may be turned by a property of their own; a PNG or WebP with an
	// orientation is turned by some browsers only.
	w, h := p.W, p.H
	if p.Orientation >= 5 {
		w, h = h, w
	}
	known := p.Format == "jpeg"
	if p.Format == "png" || p.Format == "gif" || p.Format == "webp" || p.Format == "bmp" {
		known = p.Orientation == 1
	}
	if !known {
		whole, err := bitmap(ctx, from, nil)
		if err != nil {
			return nil, refused(ctx, name, p, err)
		}
		defer whole.Call("close")
		from, w, h = whole, whole.Get("width").Int(), whole.Get("height").Int()
		if err := data.CheckSize(name, w, h); err != nil {
			return nil, err
		}
	}
	f := data.Fit(w, h, side)
	// The whole picture is shrunk, its middle is cut out when it is drawn.
	toW, toH := scaled(w, f.W, f.ToW), scaled(h, f.H, f.ToH)
	small, err := bitmap(ctx, from, map[string]any{"resizeWidth": toW, "resizeHeight": toH, "resizeQuality": "high"})
	if err != nil {
		return nil, refused(ctx, name, p, err)
	}
	defer small.Call("close")
	rgb := easel.pixels(small, (toW-f.ToW)/2, (toH-f.ToH)/2, f.ToW, f.ToH)
	return &data.Decoded{Tensor: tensor.Bytes(rgb, f.ToH, f.ToW, 3), Whole: data.Size{W: w, H: h}}, nil
}

// scaled is n at the scale that takes from to to.
func scaled(n, from, to int) int { return max((n*to+from/2)/from, to) }

// blobOf wraps raw for the browser, which tells every format but SVG by its bytes.
func blobOf(raw []byte, format string) js.Value {
	array := js.Global().Get("Uint8Array").New(len(raw))
	js.CopyBytesToJS(array, raw)
	options := map[string]any{}
	if format == "svg" {
		options["type"] = "image/svg+xml"
	}
	return js.Global().Get("Blob").New([]any{array}, options)
}

// bitmap decodes a Blob, or scales an ImageBitmap. One that arrives after ctx has
// ended is left to the browser's garbage collector.
func bitmap(ctx context.Context, from js.Value, options map[string]any) (js.Value, error) {
	return promise.Await(ctx, js.Global().Call("createImageBitmap", from, options))
}

// refused says why the browser gave no pixels. Whether the file is whole has been
// looked at before, in the formats that data knows.
func refused(ctx context.Context, name string, p data.Picture, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case p.Format == "":
		return data.Rejected{Name: name, Code: "not-an-image", Reason: "not an image"}
	case p.W == 0: // known by its first bytes only: perhaps not to this browser
		return data.Rejected{Name: name, Code: "not-an-image", Reason: fmt.Sprintf("not an image this browser can decode: %s", strings.ToUpper(p.Format))}
	}
	return data.Rejected{Name: name, Code: "unreadable", Reason: fmt.Sprintf("unreadable: the browser cannot decode this %s: %v", strings.ToUpper(p.Format), err)}
}

// easel is the one canvas that bitmaps are drawn on to read their pixels.
var easel canvas

type canvas struct {
	mu      sync.Mutex
	el, ctx js.Value
	rgba    []byte
	side    int // it grows to the largest picture
}

// pixels draws the w by h pixels of an ImageBitmap that begin at x, y on white,
// and returns them as RGB.
func (c *canvas) pixels(from js.Value, x, y, w, h int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.side < max(w, h) {
		c.side = max(w, h)
		c.el = js.Global().Get("OffscreenCanvas").New(c.side, c.side)
		c.ctx = c.el.Call("getContext", "2d", map[string]any{"willReadFrequently": true})
		c.ctx.Set("fillStyle", "#fff")
	}
	c.ctx.Call("fillRect", 0, 0, w, h)
	c.ctx.Call("drawImage", from, -x, -y)
	c.rgba = append(c.rgba[:0], make([]byte, 4*w*h)...)
	js.CopyBytesToGo(c.rgba, c.ctx.Call("getImageData", 0, 0, w, h).Get("data"))
	rgb := make([]byte, 0, 3*w*h)
	for at := 0; at < len(c.rgba); at += 4 {
		rgb = append(rgb, c.rgba[at:at+3]...)
	}
	return rgb
}
