//go:build js && wasm

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall/js"

	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/wasm/promise"
)

// decodeClip is the data.ClipDecoder that lets the browser decode: ui/src/clips.ts opens the
// film and gives its frames one at a time, already small. GIFs are decoded as they are natively.
func decodeClip(ctx context.Context, f data.File, c data.Clips, part func(float64)) (*data.Decoded, error) {
	head, err := data.Head(f)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("GIF8")) {
		return data.DecodeGIF(ctx, f, c)
	}
	if easel.alters() {
		return nil, alteredFile(f.Path)
	}
	blob, err := blobIn(f)
	if err != nil {
		return nil, err
	}
	film, err := promise.Await(ctx, js.Global().Call("autodidactFilm", blob))
	if err != nil {
		return nil, unreadable(ctx, f, err)
	}
	if code := film.Get("code"); code.Type() == js.TypeString {
		return nil, data.Rejected{Name: f.Path, Code: code.String(), Reason: film.Get("reason").String()}
	}
	defer film.Call("close")
	w, h, seconds := film.Get("width").Int(), film.Get("height").Int(), film.Get("seconds").Float()
	if err := data.CheckFilm(f.Path, w, h, seconds, film.Get("fps").Float(), c); err != nil {
		return nil, err
	}
	fit := data.Fit(w, h, c.Side)
	// The whole frame is shrunk, its middle is cut out.
	toW, toH := scaled(w, fit.W, fit.ToW), scaled(h, fit.H, fit.ToH)
	times := data.FrameTimes(seconds, c)
	when := js.Global().Get("Array").New()
	for _, t := range times {
		when.Call("push", t)
	}
	film.Call("seek", when, toW, toH)
	rgba := make([]byte, 4*fit.ToW*fit.ToH)
	var rgb []byte
	for i := range times {
		frame, err := promise.Await(ctx, film.Call("next", (toW-fit.ToW)/2, (toH-fit.ToH)/2, fit.ToW, fit.ToH))
		if err != nil {
			return nil, unreadable(ctx, f, err)
		}
		js.CopyBytesToGo(rgba, frame)
		for at := 0; at < len(rgba); at += 4 {
			rgb = append(rgb, rgba[at:at+3]...)
		}
		part(float64(i+1) / float64(len(times)))
	}
	return &data.Decoded{Tensor: tensor.Bytes(rgb, len(times), fit.ToH, fit.ToW, 3), Whole: data.Size{W: w, H: h}}, nil
}

func unreadable(ctx context.Context, f data.File, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	why := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "EncodingError: "), "Error: ")
	return data.Rejected{Name: f.Path, Code: "unreadable", Reason: fmt.Sprintf("unreadable: the browser cannot decode this film: %s", why)}
}

// blobIn is a file as the browser has it; one that comes from a zip is made into one.
func blobIn(f data.File) (js.Value, error) {
	body, err := f.Open()
	if err != nil {
		return js.Value{}, err
	}
	defer body.Close()
	if b, ok := body.(*blobReader); ok {
		return b.blob, nil
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return js.Value{}, err
	}
	return blobOf(raw, ""), nil
}

// A blobReader reads a File of the browser piece by piece: a film may be larger than memory.
type blobReader struct {
	blob     js.Value
	at, size int64
}

var errGone = errors.New("the file could not be read: it was changed, moved or deleted")

const mostAtOnce = 16 << 20

func (r *blobReader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.size-r.at, mostAtOnce)
	buffer, err := promise.Await(context.Background(), r.blob.Call("slice", r.at, r.at+n).Call("arrayBuffer"))
	if err != nil {
		return 0, fmt.Errorf("%w (%v)", errGone, err)
	}
	r.at += n
	return js.CopyBytesToGo(p[:n], js.Global().Get("Uint8Array").New(buffer)), nil
}

func (*blobReader) Close() error { return nil }
