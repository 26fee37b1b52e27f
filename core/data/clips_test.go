package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"slices"
	"strings"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// asFilm encodes frames, plain and each of one grey, shown for delays in hundredths of a second.
func asFilm(w, h int, delay int, greys ...byte) []byte {
	g := &gif.GIF{}
	for _, v := range greys {
		m := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Gray{v}, color.White})
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, delay)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// movingWebP has the header of a WebP of frames that follow each other, and no pixels.
func movingWebP(w, h byte, frames int) []byte {
	body := []byte("WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00" + string([]byte{w - 1, 0, 0, h - 1, 0, 0}))
	for range frames {
		body = append(body, "ANMF\x10\x00\x00\x00................"...)
	}
	return append([]byte{'R', 'I', 'F', 'F', byte(len(body)), 0, 0, 0}, body...)
}

// greys is the first pixel of each frame of a clip.
func greys(x *tensor.Tensor) (all []byte) {
	for f := range x.Shape[0] {
		all = append(all, Still(x, f).Buf.(kernel.Bytes)[0])
	}
	return all
}

func alike(got, want []byte) bool {
	return slices.EqualFunc(got, want, func(a, b byte) bool { return max(a, b)-min(a, b) <= 2 })
}

func TestAGIFIsCutAtTheRateAndLengthAskedFor(t *testing.T) {
	raw := asFilm(20, 16, 25, 0, 40, 80, 120, 160, 200, 240) // 4 frames a second, 1.75 s
	for _, c := range []struct {
		clips Clips
		want  map[string][]byte
		said  []Rejected
	}{
		{Clips{Side: 8, Rate: 4, Length: 16}, map[string][]byte{"a/x.gif": {0, 40, 80, 120, 160, 200, 240}}, nil},
		{Clips{Side: 8, Rate: 8, Length: 16}, map[string][]byte{"a/x.gif": {0, 0, 40, 40, 80, 80, 120, 120, 160, 160, 200, 200, 240, 240}}, nil},
		{Clips{Side: 8, Rate: 2, Length: 16}, map[string][]byte{"a/x.gif": {40, 120, 200, 240}}, nil},
		{Clips{Side: 8, Rate: 4, Length: 3}, map[string][]byte{"a/x.gif, frame 0001": {0, 40, 80}, "a/x.gif, frame 0004": {120, 160, 200}},
			[]Rejected{{"a/x.gif", Notice, "its last 1 of 7 frames are left out: a clip has 3, and fewer than 2 make none"}}},
		{Clips{Side: 8, Rate: 4, Length: 4}, map[string][]byte{"a/x.gif, frame 0001": {0, 40, 80, 120}, "a/x.gif, frame 0005": {160, 200, 240}}, nil},
	} {
		set, rejected, err := ReadClips(t.Context(), []File{file("a/x.gif", raw)}, c.clips, DecodePicture, DecodeClip, nil)
		if err != nil || !slices.Equal(rejected, c.said) || set.Len() != len(c.want) {
			t.Fatalf("%+v: %v, %v, %v", c.clips, set.Names, rejected, err)
		}
		for i, name := range set.Names {
			if got := greys(set.X[i]); !alike(got, c.want[name]) || set.X[i].Shape[1] != 8 || set.X[i].Shape[2] != 10 {
				t.Errorf("%+v: %s is %v of %v, want %v", c.clips, name, got, set.X[i].Shape, c.want[name])
			}
		}
	}
}

// A frame of a GIF may cover a part of the screen only, and say what becomes of it afterwards.
func TestFramesOfAGIFAreDrawnOnEachOther(t *testing.T) {
	whole, dot := image.Rect(0, 0, 16, 16), image.Rect(0, 0, 4, 4)
	fill := func(r image.Rectangle, index uint8) *image.Paletted {
		m := image.NewPaletted(r, palette.WebSafe)
		for i := range m.Pix {
			m.Pix[i] = index
		}
		return m
	}
	blue, red := uint8(color.Palette(palette.WebSafe).Index(color.RGBA{0, 0, 255, 255})), uint8(color.Palette(palette.WebSafe).Index(color.RGBA{255, 0, 0, 255}))
	for disposal, after := range map[byte][3]byte{gif.DisposalNone: {255, 0, 0}, gif.DisposalPrevious: {0, 0, 255}, gif.DisposalBackground: {255, 255, 255}} {
		g := &gif.GIF{Image: []*image.Paletted{fill(whole, blue), fill(dot, red), fill(image.Rect(12, 12, 16, 16), red)},
			Delay: []int{10, 10, 10}, Disposal: []byte{gif.DisposalNone, disposal, gif.DisposalNone}}
		var b bytes.Buffer
		if err := gif.EncodeAll(&b, g); err != nil {
			t.Fatal(err)
		}
		x, _, err := DecodeGIF(t.Context(), file("x.gif", b.Bytes()), Clips{Side: 16, Rate: 10})
		if err != nil || x.Shape[0] != 3 || x.Whole != (Size{16, 16}) {
			t.Fatal(x, err)
		}
		at := func(f, p int) [3]byte { return [3]byte(Still(x.Tensor, f).Buf.(kernel.Bytes)[3*p:]) }
		if at(0, 0) != [3]byte{0, 0, 255} || at(1, 0) != [3]byte{255, 0, 0} || at(1, 255) != [3]byte{0, 0, 255} || at(2, 0) != after || at(2, 255) != [3]byte{255, 0, 0} {
			t.Errorf("disposal %d: corners %v %v, %v %v, %v %v", disposal, at(0, 0), at(0, 255), at(1, 0), at(1, 255), at(2, 0), at(2, 255))
		}
	}
}

func TestPicturesOfOneFolderAreAFilmInOrderOfTheirNumbers(t *testing.T) {
	var files []File
	for _, n := range []int{10, 2, 1, 9} {
		files = append(files, file(fmt.Sprintf("walk/one/frame%d.png", n), asPNG(plain(24, 16, color.NRGBA{byte(n * 20), 0, 0, 255}))))
	}
	files = append(files,
		file("run/two/0001.png", asPNG(plain(24, 16, color.Black))), file("run/two/0002.png", asPNG(plain(24, 16, color.White))),
		file("run/alone/1.png", asPNG(plain(24, 16, color.White))),
		file("run/uneven/1.png", asPNG(plain(24, 16, color.White))), file("run/uneven/2.png", asPNG(plain(16, 16, color.White))),
		file("run/broken/1.png", asPNG(plain(24, 16, color.White))), file("run/broken/2.png", []byte("what?")),
		file("run/x.gif", asFilm(16, 16, 10, 0, 255)), file("run/still.gif", asFilm(16, 16, 10, 0)),
		file("run/film.mp4", []byte("\x00\x00\x00\x18ftypmp42............")), file("run/moves.webp", movingWebP(16, 16, 2)), file("notes.txt", []byte("notes")),
		file("run/half.gif", asFilm(16, 16, 10, 0, 255)[:70]))
	set, rejected, err := ReadClips(t.Context(), files, Clips{Side: 16}, DecodePicture, DecodeClip, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"run/two", "run/x.gif", "walk/one"}; !slices.Equal(set.Names, want) {
		t.Fatalf("clips %v, want %v", set.Names, want)
	}
	if want := []string{"run", "run", "walk"}; !slices.Equal(set.Labels, want) {
		t.Errorf("labels %v, want %v", set.Labels, want)
	}
	if got := greys(set.X[2]); !alike(got, []byte{20, 40, 180, 200}) {
		t.Errorf("frames in order %v", got)
	}
	reasons := map[string]string{
		"run/alone": "one-frame: only one frame", "run/uneven": "unreadable: its frame 2.png has another shape",
		"run/broken": "not-an-image: its frame 2.png is not an image", "run/still.gif": "one-frame: only one frame",
		"run/film.mp4":   "not-a-clip: not a clip this program can read outside a browser; turn it into a GIF or a folder of frames, as with ffmpeg -i film.mp4 -vf fps=8 FOLDER/%05d.png, or use the page",
		"run/moves.webp": "not-a-clip: not a clip this program can read outside a browser: a WebP that moves; turn it into a GIF or a folder of frames, as with magick moves.webp moves.gif, or use the page", "notes.txt": "not-a-clip: not a clip",
		"run/half.gif": "truncated: truncated",
	}
	for _, r := range rejected {
		if want, ok := reasons[r.Name]; !ok || !strings.HasPrefix(r.Code+": "+r.Reason, want) {
			t.Errorf("%s: %s: %s, want %q", r.Name, r.Code, r.Reason, want)
		}
		delete(reasons, r.Name)
	}
	if len(reasons) > 0 {
		t.Errorf("not rejected: %v", reasons)
	}
}

func TestFilmsTooLongOrTooLargeAreRefusedBeforeTheyAreDecoded(t *testing.T) {
	c := Clips{Side: 64, Rate: 8}
	for want, err := range map[string]error{
		"too long: 60 minutes":       CheckFilm("a.mp4", 640, 480, 3600, 25, c),
		"too large: 14 minutes of 7": CheckFilm("a.mp4", 7680, 4320, 840, 60, c),
		"no length":                  CheckFilm("a.mp4", 640, 480, 0, 25, c),
		"too large: 20000x20":        CheckFilm("a.mp4", 20000, 20, 10, 25, c),
		"too small: 4x20":            CheckFilm("a.mp4", 4, 20, 10, 25, c),
	} {
		var r Rejected
		if !errors.As(err, &r) || !strings.HasPrefix(r.Reason, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := CheckFilm("a.mp4", 3840, 2160, 600, 30, c); err != nil {
		t.Error(err)
	}
	// A GIF of few bytes may claim to be enormous.
	bomb := asFilm(16, 16, 10, 0, 1, 2)
	bomb[6], bomb[7], bomb[8], bomb[9] = 0x00, 0x20, 0x00, 0x30 // 8192 x 12288
	for i := range bomb {
		if bomb[i] == 0x2c && i+9 < len(bomb) && bomb[i+5] == 16 {
			bomb[i+6], bomb[i+8] = 0x20, 0x30
		}
	}
	if _, _, err := DecodeGIF(t.Context(), file("bomb.gif", bomb), c); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a bomb: %v", err)
	}
}

func TestKindsAreRecognizedByNames(t *testing.T) {
	moving, still := asFilm(16, 16, 10, 0, 255), asFilm(16, 16, 10, 0)
	for want, sets := range map[Kind][][]File{
		Video:  {{file("a.mp4", nil), file("b.MOV", nil), file("cover.jpg", nil)}, {file("a.gif", moving), file("b.gif", still)}, {file("x.webm", nil), file("x.gif", still)}},
		Images: {{file("a.png", nil), file("b.gif", moving)}, {file("a.gif", still)}, {}, {file("a.mp4", nil), file("b.jpg", nil), file("c.jpg", nil)}},
	} {
		for _, files := range sets {
			if got := KindOf(files); got != want {
				t.Errorf("%v: %s, want %s", names(files), got, want)
			}
		}
	}
}

func names(files []File) (all []string) {
	for _, f := range files {
		all = append(all, f.Path)
	}
	return all
}

func TestStillsAreEveryFrameOfEveryClip(t *testing.T) {
	set, _, err := ReadClips(t.Context(), []File{file("a/x.gif", asFilm(16, 16, 10, 0, 40, 80)), file("b/y.gif", asFilm(16, 16, 10, 120, 160))}, Clips{Side: 16, Rate: 10}, DecodePicture, DecodeClip, nil)
	if err != nil {
		t.Fatal(err)
	}
	stills := Stills(set)
	var seen []byte
	for _, x := range stills.X {
		seen = append(seen, x.Buf.(kernel.Bytes)[0])
	}
	if !alike(seen, []byte{0, 40, 80, 120, 160}) || stills.Of != Images || stills.Labels[2] != "a" || stills.Labels[3] != "b" || stills.Names[1] != "a/x.gif, 002" {
		t.Errorf("stills %v of %v", seen, stills.Names)
	}
}

func TestAGIFThatIsCutShortIsUsedAsFarAsItGoes(t *testing.T) {
	raw := asFilm(16, 16, 10, 0, 40, 80, 120)
	for _, c := range []struct {
		size int
		want []byte
	}{{len(raw) - 1, []byte{0, 40, 80, 120}}, {len(raw) - 2, []byte{0, 40, 80}}, {len(raw) - 12, []byte{0, 40, 80}}} {
		x, notes, err := DecodeGIF(t.Context(), file("x.gif", raw[:c.size]), Clips{Side: 16, Rate: 10})
		want := fmt.Sprintf("it is cut short: the %d frames before that are used", len(c.want))
		if err != nil || !alike(greys(x.Tensor), c.want) || !slices.Equal(notes, []string{want}) {
			t.Errorf("%d bytes of %d: %v, %v", c.size, len(raw), notes, err)
		}
	}
}

func TestReadingClipsCanBeCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := ReadClips(ctx, []File{file("x.gif", asFilm(16, 16, 10, 0, 40))}, Clips{Side: 16}, DecodePicture, DecodeClip, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzGIF(f *testing.F) {
	f.Add(asFilm(16, 16, 10, 0, 255))
	f.Add(asFilm(16, 16, 0, 0, 128, 255))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, _, err := DecodeGIF(t.Context(), file("x.gif", raw), Clips{Side: 16, Rate: 8})
		if err == nil && (len(x.Shape) != 4 || x.Shape[0] < 1) {
			t.Errorf("shape %v", x.Shape)
		}
	})
}
