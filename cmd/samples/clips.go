package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"io/fs"
	"math"
	"math/rand/v2"
	"path"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/webp"
)

// The clips are drawn here: emoji that move in one of a few ways, which are their labels.
const (
	clipsEach  = 40 // of each motion
	clipFrames = 16
	clipDelay  = 12 // hundredths of a second
)

// A pose is where an emoji is at a moment: its middle and half its size, as shares of the
// picture's side, and how far it is turned.
type pose struct{ x, y, size, turn float64 }

// motions say how an emoji moves while t goes from 0 to 1. way is -1 or 1, a is chance in 0 to 1.
var motions = []struct {
	name string
	at   func(t, way, a float64) pose
}{
	{"approaching", func(t, way, a float64) pose {
		return pose{0.35 + 0.3*a, 0.5, 0.06 + 0.34*t*t, 0.2 * way}
	}},
	{"falling", func(t, way, a float64) pose {
		return pose{0.3 + 0.4*a, -0.1 + 1.0*t*t, 0.16, way * t * a}
	}},
	{"hopping", func(t, way, a float64) pose {
		hop := math.Mod(t*2, 1)
		return pose{0.5 + way*(t-0.5)*0.9, 0.75 - (1.2+0.6*a)*hop*(1-hop), 0.15, 0}
	}},
	{"rising", func(t, way, a float64) pose {
		return pose{0.3 + 0.4*a + 0.08*math.Sin(5*t+6*a), 1.15 - 1.3*t, 0.17, 0.3 * way * math.Sin(5*t+6*a)}
	}},
	{"rolling", func(t, way, a float64) pose {
		return pose{0.5 + way*(t-0.5)*1.1, 0.72, 0.18 + 0.06*a, way * t * 5}
	}},
	{"turning", func(t, way, a float64) pose {
		return pose{0.4 + 0.2*a, 0.5, 0.28, way * t * 4.5}
	}},
}

// clips draws GIFs of every motion, each of another emoji. The same emoji give the same clips.
func clips(set []emoji, assets fs.FS) ([]entry, error) {
	r := rand.New(rand.NewPCG(1, 2))
	order := r.Perm(len(set))
	var all []entry
	for _, motion := range motions {
		for range clipsEach {
			e := set[order[len(all)]]
			figure, err := open(assets, e.asset)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.asset, err)
			}
			way, a := float64(2*r.IntN(2)-1), r.Float64()
			raw, err := film(figure, newSky(r), func(t float64) pose { return motion.at(t, way, a) })
			if err != nil {
				return nil, err
			}
			all = append(all, entry{path.Join(motion.name, strings.TrimSuffix(path.Base(e.path), ".png")+".gif"), raw})
		}
	}
	return all, nil
}

func open(assets fs.FS, asset string) (image.Image, error) {
	f, err := assets.Open(asset)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	large, err := webp.Decode(f)
	if err != nil {
		return nil, err
	}
	half := image.NewNRGBA(image.Rect(0, 0, side, side)) // so that drawing it small does not skip pixels
	draw.CatmullRom.Scale(half, fit(large.Bounds()), large, large.Bounds(), draw.Src, nil)
	return half, nil
}

// A sky is a light background that darkens to one side.
type sky struct {
	*image.NRGBA
	shades color.Palette
}

func newSky(r *rand.Rand) sky {
	m := sky{NRGBA: image.NewNRGBA(image.Rect(0, 0, side, side))}
	const steps = 40 // with the 216 colours of the figure, what a GIF has room for
	base := [3]float64{170 + 45*r.Float64(), 170 + 45*r.Float64(), 170 + 45*r.Float64()}
	for s := range steps {
		shade := func(c int) uint8 { return uint8(base[c] + float64(s)) }
		m.shades = append(m.shades, color.NRGBA{shade(0), shade(1), shade(2), 255})
	}
	sin, cos := math.Sincos(2 * math.Pi * r.Float64())
	for y := range side {
		for x := range side {
			along := (sin*float64(x-side/2) + cos*float64(y-side/2)) / (math.Sqrt2 * side) // -1/2 to 1/2
			m.Set(x, y, m.shades[int((0.5+along)*(steps-1))])
		}
	}
	return m
}

// film draws figure on sky as at says.
func film(figure image.Image, sky sky, at func(t float64) pose) ([]byte, error) {
	colours := append(sky.shades, palette.WebSafe...)
	g := &gif.GIF{}
	for f := range clipFrames {
		p := at(float64(f) / (clipFrames - 1))
		frame := image.NewNRGBA(sky.Bounds())
		draw.Draw(frame, frame.Rect, sky, image.Point{}, draw.Src)
		scale := 2 * p.size
		sin, cos := math.Sin(p.turn)*scale, math.Cos(p.turn)*scale
		const mid = side / 2
		draw.BiLinear.Transform(frame, f64.Aff3{
			cos, -sin, p.x*side - mid*(cos-sin),
			sin, cos, p.y*side - mid*(sin+cos),
		}, figure, figure.Bounds(), draw.Over, nil)
		flat := image.NewPaletted(frame.Rect, colours)
		draw.Draw(flat, flat.Rect, frame, image.Point{}, draw.Src)
		g.Image, g.Delay = append(g.Image, flat), append(g.Delay, clipDelay)
	}
	var out bytes.Buffer
	err := gif.EncodeAll(&out, g)
	return out.Bytes(), err
}
