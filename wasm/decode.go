//go:build js && wasm

package main

import (
	"context"
	"fmt"
	"math/bits"
	"path"
	"strings"
	"syscall/js"

	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/wasm/promise"
)

// decodePicture is the data.PictureDecoder that lets the browser decode, off this
// thread, and shrink: Go sees only the pixels it keeps. It takes whatever the browser
// knows, so AVIF and HEIC too where it does. Transparency goes on white and colours stay as they
// are stored. GIF and BMP are decoded by Go, as is everything where the canvas cannot be trusted.
func decodePicture(ctx context.Context, name string, raw []byte, side int) (*data.Decoded, error) {
	p, err := data.Inspect(name, raw)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(path.Ext(name), ".svg") && easel.alters() { // ui/src/trainer/drawings.ts drew it on a canvas, too
		return nil, alteredFile(name)
	}
	switch p.Format {
	case "gif", "bmp":
		return data.DecodePicture(ctx, name, raw, side)
	case "png", "jpeg", "webp":
		if !easel.alters() {
			if x, err := decodeKnown(ctx, raw, p, side); err == nil || ctx.Err() != nil {
				return x, err
			}
		}
		return data.DecodePicture(ctx, name, raw, side) // or its word for why not
	}
	if p.Format != "" && easel.alters() {
		return nil, alteredFile(name)
	}
	return decodeUnknown(ctx, name, raw, p, side)
}

// decodeKnown decodes what data knows how to make plain, so that no browser turns or colours
// it in its own way, and turns it upright afterwards. It is shrunk as it is decoded.
func decodeKnown(ctx context.Context, raw []byte, p data.Picture, side int) (*data.Decoded, error) {
	rgb, f, err := drawn(ctx, blobOf(data.Plain(raw, p.Format), p.Format), p.W, p.H, side)
	if err != nil {
		return nil, err
	}
	rgb, w, h := data.Upright(rgb, f.ToW, f.ToH, p.Orientation)
	return &data.Decoded{Tensor: tensor.Bytes(rgb, h, w, 3), Whole: data.Standing(p.W, p.H, p.Orientation)}, nil
}

// decodeUnknown lets the browser say how large the picture is. AVIF and HEIC may be turned by a
// property of their own, which it follows.
func decodeUnknown(ctx context.Context, name string, raw []byte, p data.Picture, side int) (*data.Decoded, error) {
	whole, err := promise.Await(ctx, js.Global().Call("createImageBitmap", blobOf(raw, p.Format), map[string]any{"colorSpaceConversion": "none"}))
	if err != nil {
		return nil, refused(ctx, name, p, err)
	}
	defer whole.Call("close")
	w, h := whole.Get("width").Int(), whole.Get("height").Int()
	if err := data.CheckSize(name, w, h); err != nil {
		return nil, err
	}
	rgb, f, err := drawn(ctx, whole, w, h, side)
	if err != nil {
		return nil, refused(ctx, name, p, err)
	}
	return &data.Decoded{Tensor: tensor.Bytes(rgb, f.ToH, f.ToW, 3), Whole: data.Size{W: w, H: h}}, nil
}

// drawn is RGB of what data.Fit keeps of a Blob or ImageBitmap of w by h pixels. The browser cuts
// it out and halves it as often as it can be, which is averaging everywhere; to other sizes some
// browsers sample two by two pixels, whatever lies between, so Go does the rest, as it does natively.
func drawn(ctx context.Context, from js.Value, w, h, side int) ([]byte, data.Frame, error) {
	f := data.Fit(w, h, side)
	halvings := max(bits.Len(uint(min(f.W/f.ToW, f.H/f.ToH)))-1, 0)
	options := map[string]any{"colorSpaceConversion": "none"}
	if halvings > 0 {
		options["resizeWidth"], options["resizeHeight"], options["resizeQuality"] = f.W>>halvings, f.H>>halvings, "high"
	}
	kept, err := promise.Await(ctx, js.Global().Call("createImageBitmap", from, f.X, f.Y, f.W, f.H, options))
	if err != nil {
		return nil, f, err
	}
	defer kept.Call("close")
	return data.Scaled(easel.image(kept, f.W>>halvings, f.H>>halvings), f.ToW, f.ToH), f, nil
}

// scaled is n at the scale that takes from to to.
func scaled(n, from, to int) int { return max((n*to+from/2)/from, to) }

// blobOf wraps raw for the browser, which recognises every format but SVG by its bytes.
func blobOf(raw []byte, format string) js.Value {
	array := js.Global().Get("Uint8Array").New(len(raw))
	js.CopyBytesToJS(array, raw)
	options := map[string]any{}
	if format == "svg" {
		options["type"] = "image/svg+xml"
	}
	return js.Global().Get("Blob").New([]any{array}, options)
}

// refused says why the browser gave no pixels, of a format that data does not decode.
func refused(ctx context.Context, name string, p data.Picture, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case p.Format == "":
		return data.Rejected{Name: name, Code: "not-an-image", Reason: "not an image"}
	case p.W == 0: // known by its first bytes only: perhaps not to this browser
		return data.Rejected{Name: name, Code: "not-an-image", Reason: fmt.Sprintf("not an image this browser can decode: %s; convert it to PNG", strings.ToUpper(p.Format))}
	}
	return data.Rejected{Name: name, Code: "unreadable", Reason: fmt.Sprintf("unreadable: the browser cannot decode this %s: %v; convert it to PNG", strings.ToUpper(p.Format), err)}
}
