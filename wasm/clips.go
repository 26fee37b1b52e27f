//go:build js && wasm

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall/js"

	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/wasm/promise"
)

// decodeClip is the data.ClipDecoder that lets the browser decode: ui/src/worker/clips.ts opens the
// film and gives its frames one at a time, already small. GIFs are decoded as they are natively.
func decodeClip(ctx context.Context, f data.File, c data.Clips, part func(float64)) (*data.Decoded, []string, error) {
	head, err := data.Head(f)
	if err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(head, []byte("GIF8")) {
		return data.DecodeGIF(ctx, f, c)
	}
	if easel.alters() {
		return nil, nil, alteredFile(f.Path)
	}
	film, err := openFilm(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	defer film.Call("close")
	w, h, seconds := film.Get("width").Int(), film.Get("height").Int(), film.Get("seconds").Float()
	if err := data.CheckFilm(f.Path, w, h, seconds, film.Get("fps").Float(), c); err != nil {
		return nil, nil, err
	}
	fit := data.Fit(w, h, c.Side)
	rgb, n, err := framesOf(ctx, film, data.FrameTimes(seconds, c), w, h, fit, part)
	if err != nil {
		return nil, nil, unreadable(ctx, f, err)
	}
	var notes []string
	for i := range film.Get("notes").Length() {
		notes = append(notes, film.Get("notes").Index(i).String())
	}
	if n == 0 {
		return nil, nil, unreadable(ctx, f, errors.New(strings.Join(append(notes, "no frame of it can be decoded"), "; ")))
	}
	return &data.Decoded{Tensor: tensor.Bytes(rgb, n, fit.ToH, fit.ToW, 3), Whole: data.Size{W: w, H: h}}, notes, nil
}

// openFilm is a film of ui/src/worker/clips.ts. One that it refuses is an error of type Rejected.
func openFilm(ctx context.Context, f data.File) (js.Value, error) {
	blob, err := blobIn(f)
	if err != nil {
		return js.Value{}, err
	}
	film, err := promise.Await(ctx, js.Global().Call("autodidactFilm", blob))
	if err != nil {
		return js.Value{}, unreadable(ctx, f, err)
	}
	if code := film.Get("code"); code.Type() == js.TypeString {
		return js.Value{}, data.Rejected{Name: f.Path, Code: code.String(), Reason: film.Get("reason").String()}
	}
	return film, nil
}

// framesOf is the part that fit keeps of the frames a film of w by h pixels shows at times, as RGB; n of
// them, which are fewer where the film ends early.
func framesOf(ctx context.Context, film js.Value, times []float64, w, h int, fit data.Frame, part func(float64)) (rgb []byte, n int, err error) {
	// The whole frame is shrunk, its middle is cut out.
	toW, toH := scaled(w, fit.W, fit.ToW), scaled(h, fit.H, fit.ToH)
	when := js.Global().Get("Array").New()
	for _, t := range times {
		when.Call("push", t)
	}
	film.Call("seek", when, toW, toH)
	rgba := make([]byte, 4*fit.ToW*fit.ToH)
	for ; ; n++ {
		frame, err := promise.Await(ctx, film.Call("next", (toW-fit.ToW)/2, (toH-fit.ToH)/2, fit.ToW, fit.ToH))
		if err != nil {
			return nil, 0, err
		}
		if frame.IsNull() {
			return rgb, n, nil
		}
		js.CopyBytesToGo(rgba, frame)
		for at := 0; at < len(rgba); at += 4 {
			rgb = append(rgb, rgba[at:at+3]...)
		}
		part(float64(n+1) / float64(len(times)))
	}
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
	if f.Size > mostFromZip {
		return js.Value{}, data.Rejected{Name: f.Path, Code: "too-large", Reason: fmt.Sprintf("too large: %d MB inside a zip: unpack it", f.Size>>20)}
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return js.Value{}, err
	}
	return blobOf(raw, ""), nil
}

// A blobReader reads a File of the browser piece by piece: a film or a zip may be larger than memory.
type blobReader struct {
	blob     js.Value
	at, size int64

	mu    sync.Mutex // guards pages
	pages []page     // that ReadAt came by last, the latest last
}

// A page is the bytes of a file from at on.
type page struct {
	at  int64
	raw []byte
}

var errGone = errors.New("the file could not be read: it was changed, moved or deleted")

const (
	mostAtOnce  = 16 << 20
	mostFromZip = 256 << 20 // bytes of a film, which is held whole if it comes from a zip
	pageSize    = 256 << 10 // bytes that ReadAt asks the browser for: it takes as long as for a few
	mostPages   = 8         // as many entries of a zip are read at once, and their directory
)

func (r *blobReader) Read(p []byte) (int, error) {
	n, err := r.slice(p[:min(len(p), mostAtOnce)], r.at)
	r.at += int64(n)
	return n, err
}

// slice reads what there is from at on, as much as p has room for.
func (r *blobReader) slice(p []byte, at int64) (int, error) {
	if at >= r.size {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.size-at)
	buffer, err := promise.Await(context.Background(), r.blob.Call("slice", at, at+n).Call("arrayBuffer"))
	if err != nil {
		return 0, fmt.Errorf("%w (%v)", errGone, err)
	}
	return js.CopyBytesToGo(p[:n], js.Global().Get("Uint8Array").New(buffer)), nil
}

// ReadAt reads by pages: a zip is read in many small pieces.
func (r *blobReader) ReadAt(p []byte, off int64) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		raw, err := r.page(off + int64(n))
		if err != nil {
			return n, err
		}
		n += copy(p[n:], raw)
	}
	return n, nil
}

// page is the bytes from off to the end of the page it lies in.
func (r *blobReader) page(off int64) ([]byte, error) {
	at := off / pageSize * pageSize
	i := slices.IndexFunc(r.pages, func(p page) bool { return p.at == at })
	if i < 0 {
		raw := make([]byte, pageSize)
		n, err := r.slice(raw, at)
		if err != nil {
			return nil, err
		}
		r.pages = append(r.pages[max(0, len(r.pages)-mostPages+1):], page{at, raw[:n]})
		i = len(r.pages) - 1
	}
	p := r.pages[i]
	r.pages = append(slices.Delete(r.pages, i, i+1), p)
	if off-at >= int64(len(p.raw)) {
		return nil, io.EOF
	}
	return p.raw[off-at:], nil
}

func (*blobReader) Close() error { return nil }
