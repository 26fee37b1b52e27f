package data

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"autodidact/core/table"
	"autodidact/core/tensor"
)

// A PictureDecoder turns the bytes of a picture file into RGB bytes [height, width, 3],
// framed as Fit says, upright, transparency on white. A picture it refuses is an
// error of type Rejected. It may be called several times at once.
type PictureDecoder func(ctx context.Context, name string, raw []byte, side int) (*Decoded, error)

// A Decoded is what is kept of a picture or a film, and the size it had.
type Decoded struct {
	*tensor.Tensor
	Whole Size // upright, before anything was cut off or shrunk

	origin uint64 // of the bytes that were decoded
}

// Size is pixels.
type Size struct{ W, H int }

// atOnce bounds the pictures in flight: reading waits for a disk or a browser, and
// a decoded picture is large.
const atOnce = 4

// ReadImages decodes every picture of files, in order of path, small enough that
// its short side is at most side. What cannot be used is rejected by name and the
// rest goes on. The error is that of ctx. progress, which may be nil, is never called at once with itself.
func ReadImages(ctx context.Context, files []File, side int, decode PictureDecoder, progress func(done, total int)) (*Set, []Rejected, error) {
	files = tidy(files)
	pictures, failures := make([]*Decoded, len(files)), make([]error, len(files))
	var (
		next    atomic.Int64
		mu      sync.Mutex // guards done and progress
		done    int
		workers sync.WaitGroup
	)
	r := reader{side: side, decode: decode}
	for range min(atOnce, len(files)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				pictures[i], failures[i] = r.read(ctx, files[i])
				mu.Lock()
				done++
				if progress != nil {
					progress(done, len(files))
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("data: reading pictures: %w", err)
	}

	var read Set
	var rejected []Rejected
	for i, f := range files {
		if err := failures[i]; err != nil {
			rejected = append(rejected, asRejected(f.Path, err))
			continue
		}
		read.Names = append(read.Names, f.Path)
		read.X, read.Sizes = append(read.X, pictures[i].Tensor), append(read.Sizes, pictures[i].Whole)
		read.origins = append(read.origins, pictures[i].origin)
	}
	set := &Set{Of: Images}
	set.Add(&read)
	return set, rejected, nil
}

// tidy returns files in order of cleaned path.
func tidy(files []File) []File {
	tidied := slices.Clone(files)
	for i := range tidied {
		tidied[i].Path = clean(tidied[i].Path)
	}
	slices.SortStableFunc(tidied, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return tidied
}

type reader struct {
	side   int
	decode PictureDecoder
	large  sync.Mutex // held while a large picture is decoded: one at a time
}

// read is one picture, from file to pixels. A decoder that panics on it has refused it.
func (r *reader) read(ctx context.Context, f File) (x *Decoded, err error) {
	defer func() {
		if e := recover(); e != nil {
			x, err = nil, Rejected{f.Path, "unreadable", fmt.Sprintf("unreadable: its decoder failed: %v", e)}
		}
	}()
	raw, err := readAll(f)
	if err != nil {
		return nil, err
	}
	p, err := Inspect(f.Path, raw)
	if err != nil {
		return nil, err
	}
	if p.W*p.H > maxPixels/atOnce {
		r.large.Lock()
		defer r.large.Unlock()
	}
	if x, err = r.decode(ctx, f.Path, raw, r.side); err == nil {
		x.origin = crc64.Checksum(raw, crcTable)
	}
	return x, err
}

// readAll reads a file, whatever size it claims, to no more than a byte over the limit.
func readAll(f File) ([]byte, error) {
	if f.Size > maxFile {
		return nil, Rejected{f.Path, "too-large", fmt.Sprintf("too large: %d MB", f.Size>>20)}
	}
	body, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var b bytes.Buffer
	b.Grow(int(max(f.Size, 0)) + bytes.MinRead)
	_, err = b.ReadFrom(io.LimitReader(body, maxFile+1))
	return b.Bytes(), err
}

func asRejected(name string, err error) Rejected {
	var r Rejected
	if errors.As(err, &r) {
		r.Name = cmp.Or(r.Name, name)
		return r
	}
	var text table.Error
	if errors.As(err, &text) {
		return Rejected{name, text.Code, text.Reason}
	}
	return Rejected{name, "unreadable", fmt.Sprintf("unreadable: %v", err)}
}

// A Frame is the part of a picture that is kept, and the size it is kept at.
type Frame struct{ X, Y, W, H, ToW, ToH int }

// Fit frames a picture of w by h pixels: its middle if it is longer than two to
// one, with the short side scaled to side but never up.
func Fit(w, h, side int) Frame {
	f := Frame{W: min(w, 2*h), H: min(h, 2*w)}
	f.X, f.Y = (w-f.W)/2, (h-f.H)/2
	short := min(f.W, f.H)
	to := max(min(short, side), 1)
	f.ToW, f.ToH = (f.W*to+short/2)/short, (f.H*to+short/2)/short
	return f
}
