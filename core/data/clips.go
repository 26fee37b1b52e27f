package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"math"
	"path"
	"slices"
	"strings"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Clips says how a film becomes samples. The zero value takes the usual rate and length.
type Clips struct {
	Side   int     // pixels on a frame's short side, at most
	Rate   float64 // frames a second; 0 means 8. Folders of frames are taken as they are
	Length int     // frames of a sample; 0 means 16. A longer film becomes several samples
}

func (c Clips) resolve() (Clips, error) {
	c.Rate, c.Length = cmp.Or(c.Rate, 8), cmp.Or(c.Length, 16)
	if !(c.Rate >= 0.01 && c.Rate <= 60) {
		return c, fmt.Errorf("data: %g frames a second; there must be 0.01 to 60", c.Rate)
	}
	if c.Length < 2 || c.Length > 256 {
		return c, fmt.Errorf("data: a clip of %d frames; there must be 2 to 256", c.Length)
	}
	return c, nil
}

// What a film may be.
const (
	maxFrames  = 7200    // taken of one film: a quarter of an hour at the usual rate
	maxDecoded = 250e9   // pixels to be decoded for them: 20 minutes of 4K at 25 frames a second
	maxArea    = 250e6   // pixels of a GIF, which is held whole while it is decoded
	maxClips   = 1 << 30 // bytes of all samples together
)

// A ClipDecoder turns a film, which is not a folder of frames, into bytes [frames, height,
// width, 3] at c.Rate, framed as Fit says. One it refuses is an error of type Rejected. notes say
// what of the film was not used, and why. part is called with the fraction done.
type ClipDecoder func(ctx context.Context, f File, c Clips, part func(share float64)) (x *Decoded, notes []string, err error)

// CheckFilm is an error of type Rejected for a film that has too little in it, or so much that
// decoding it would take all day: seconds long, w by h pixels, with fps frames a second.
func CheckFilm(name string, w, h int, seconds, fps float64, c Clips) error {
	if err := CheckSize(name, w, h); err != nil {
		return err
	}
	switch {
	case !(seconds > 0):
		return Rejected{name, "one-frame", "no length: it lasts 0 seconds"}
	case seconds*c.Rate > maxFrames:
		return Rejected{name, "too-large", fmt.Sprintf("too long: %.0f minutes; at %g frames a second there may be %.0f", seconds/60, c.Rate, maxFrames/c.Rate/60)}
	case seconds*fps*float64(w)*float64(h) > maxDecoded:
		return Rejected{name, "too-large", fmt.Sprintf("too large: %.0f minutes of %dx%d pixels", seconds/60, w, h)}
	}
	return nil
}

// FrameTimes are the seconds at which a film is looked at: at c.Rate, each in the middle of its interval.
func FrameTimes(seconds float64, c Clips) []float64 {
	times := make([]float64, max(int(math.Round(seconds*c.Rate)), 1))
	for i := range times {
		times[i] = min((float64(i)+0.5)/c.Rate, seconds)
	}
	return times
}

// ReadClips decodes every film of files and cuts it into samples [frames, height, width, 3].
// Pictures that lie in one folder are the frames of one film, in order of their names, numbers
// by value; a GIF, a WebP or AVIF that moves and a video file are a film each. What cannot be used is rejected by name and
// the rest goes on; of what is not used of a film that is, there are notices. The error is that of ctx, or of c. progress, which may be nil, is called with hundredths of a film.
func ReadClips(ctx context.Context, files []File, c Clips, picture PictureDecoder, film ClipDecoder, progress func(done, total int)) (*Set, []Rejected, error) {
	c, err := c.resolve()
	if err != nil {
		return nil, nil, err
	}
	var (
		films    = gather(tidy(files))
		read     Set
		rejected []Rejected
		held     int
	)
	r := reader{side: c.Side, decode: picture}
	for i, f := range films {
		part := func(share float64) {
			if progress != nil {
				progress(100*i+int(100*min(max(share, 0), 1)), 100*len(films))
			}
		}
		var x *Decoded
		var notes []string
		var err error
		switch {
		case held > maxClips:
			err = Rejected{f.name, "too-large", fmt.Sprintf("no room: the clips before it take %d MB", maxClips>>20)}
		case f.frames != nil:
			x, err = r.frames(ctx, f, part)
		default:
			x, notes, err = decodeFilm(ctx, f.file, c, film, part)
		}
		if e := ctx.Err(); e != nil {
			return nil, nil, fmt.Errorf("data: reading clips: %w", e)
		}
		if err == nil && x.Shape[0] < 2 {
			err = Rejected{f.name, "one-frame", "only one frame"}
		}
		if err != nil {
			rejected = append(rejected, asRejected(f.name, err))
			continue
		}
		held += x.Shape.Size()
		if left := read.cut(f.name, x, c); left > 0 {
			notes = append(notes, fmt.Sprintf("its last %d of %d frames are left out: a clip has %d, and fewer than %d make none", left, x.Shape[0], c.Length, c.least()))
		}
		for _, note := range notes {
			rejected = append(rejected, Rejected{f.name, Notice, note})
		}
		part(1)
	}
	set := &Set{Of: Video}
	set.Add(&read)
	return set, rejected, nil
}

// cut adds a film, bytes [frames, h, w, 3], as samples of c.Length frames. A rest of less than half
// of that is left: so many frames.
func (s *Set) cut(name string, film *Decoded, c Clips) (left int) {
	x, frames := film.Tensor, film.Shape[0]
	size := x.Shape.Size() / frames
	for at := 0; at < frames; at += c.Length {
		n := min(c.Length, frames-at)
		if at > 0 && n < c.least() {
			return n
		}
		piece := name
		if frames > c.Length+c.Length/2 {
			piece = fmt.Sprintf("%s, frame %04d", name, at+1)
		}
		s.Names, s.Sizes, s.origins = append(s.Names, piece), append(s.Sizes, film.Whole), append(s.origins, film.origin)
		s.X = append(s.X, tensor.Bytes(x.Buf.(kernel.Bytes)[at*size:][:n*size], n, x.Shape[1], x.Shape[2], 3))
	}
	return 0
}

// least is how many frames at the end of a film are a sample still.
func (c Clips) least() int { return max(c.Length/2, 2) }

// frames reads a folder of frames. Each must be as large as the first.
func (r *reader) frames(ctx context.Context, f film, part func(float64)) (*Decoded, error) {
	if len(f.frames) > maxFrames {
		return nil, Rejected{f.name, "too-large", fmt.Sprintf("too long: %d frames; there may be %d", len(f.frames), maxFrames)}
	}
	var first *Decoded
	var all []byte
	origin := crc64.New(crcTable)
	for i, frame := range f.frames {
		x, err := r.read(ctx, frame)
		if err != nil {
			bad := asRejected(frame.Path, err)
			return nil, Rejected{f.name, bad.Code, fmt.Sprintf("its frame %s is %s", path.Base(frame.Path), bad.Reason)}
		}
		if first == nil {
			first = x
		}
		if !slices.Equal(x.Shape, first.Shape) {
			return nil, Rejected{f.name, "unreadable", fmt.Sprintf("its frame %s has another shape than the first", path.Base(frame.Path))}
		}
		all = append(all, x.Buf.(kernel.Bytes)...)
		fmt.Fprintln(origin, x.origin)
		part(float64(i+1) / float64(len(f.frames)))
	}
	return &Decoded{tensor.Bytes(all, len(f.frames), first.Shape[0], first.Shape[1], 3), first.Whole, origin.Sum64()}, nil
}

// decodeFilm calls a decoder; one that panics on a film has refused it.
func decodeFilm(ctx context.Context, f File, c Clips, decode ClipDecoder, part func(float64)) (x *Decoded, notes []string, err error) {
	defer func() {
		if e := recover(); e != nil {
			x, notes, err = nil, nil, Rejected{f.Path, "unreadable", fmt.Sprintf("unreadable: its decoder failed: %v", e)}
		}
	}()
	if x, notes, err = decode(ctx, f, c, part); err == nil {
		head, _ := Head(f) // which was read before
		x.origin = crc64.Checksum(fmt.Appendf(head, "%d bytes, %g frames a second", f.Size, c.Rate), crcTable)
	}
	return x, notes, err
}

// DecodeClip is the ClipDecoder of programs outside a browser: it reads GIFs.
func DecodeClip(ctx context.Context, f File, c Clips, part func(float64)) (*Decoded, []string, error) {
	head, err := Head(f)
	if err != nil {
		return nil, nil, err
	}
	base := path.Base(f.Path)
	switch p, _ := sniff(head); {
	case p.Format == "gif":
		return DecodeGIF(ctx, f, c)
	case p.Format == "webp":
		return nil, nil, notNatively(f.Path, ": a WebP that moves", fmt.Sprintf("magick %s %s.gif", base, strings.TrimSuffix(base, path.Ext(base))))
	case p.Format == "avif":
		return nil, nil, notNatively(f.Path, ": an AVIF that moves", framesWith(base, c))
	case isFilm(f.Path):
		return nil, nil, notNatively(f.Path, "", framesWith(base, c))
	}
	return nil, nil, NotAClip(f.Path)
}

func framesWith(base string, c Clips) string {
	return fmt.Sprintf("ffmpeg -i %s -vf fps=%g FOLDER/%%05d.png", base, c.Rate)
}

// notNatively refuses a film that only a browser can decode, and says how to convert it.
func notNatively(name, what, command string) error {
	return Rejected{name, "not-a-clip", fmt.Sprintf("not a clip this program can read outside a browser%s; turn it into a GIF or a folder of frames, as with %s, or use the page", what, command)}
}

// NotAClip refuses a file that is no film at all.
func NotAClip(name string) error { return Rejected{name, "not-a-clip", "not a clip"} }

// Head is the first bytes of a file, enough to recognize its format.
func Head(f File) ([]byte, error) {
	body, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	head := make([]byte, 64)
	n, err := io.ReadFull(body, head)
	if n == 0 {
		return nil, Rejected{f.Path, "empty", "empty"}
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}
