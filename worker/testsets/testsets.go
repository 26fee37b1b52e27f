// Package testsets is small sets of every kind of data for the tests of the rooms of worker: drawn pictures, sentences about
// the sea and the town, waves, and noise. The same arguments always give the same set.
package testsets

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Shapes is n pictures of 24 by 24 pixels of four classes: crosses, disks, frames and stripes, of several sizes and colours.
func Shapes(n int, seed uint64) *data.Set {
	set, r := &data.Set{Of: data.Images}, rng.New(seed)
	classes := []string{"cross", "disk", "frame", "stripes"}
	for i := range n {
		class := classes[i%4]
		set.Names = append(set.Names, fmt.Sprintf("%s/%03d.png", class, i))
		set.Labels = append(set.Labels, class)
		set.X = append(set.X, shape(class, r.For("picture", i)))
	}
	return set
}

// shape draws one picture [24, 24, 3].
func shape(class string, r *rng.Rand) *tensor.Tensor {
	const side = 24
	cx, cy, size := 11+2*r.Float64(), 11+2*r.Float64(), 7+3*r.Float64()
	ink, ground := [3]float64{}, [3]float64{}
	for c := range 3 {
		ground[c] = 200 + 55*r.Float64()
		ink[c] = 120 * r.Float64()
	}
	rgb := make([]byte, 0, side*side*3)
	for y := range side {
		for x := range side {
			of := ground
			if inked(class, float64(x)-cx, float64(y)-cy, size) {
				of = ink
			}
			for c := range 3 {
				rgb = append(rgb, byte(of[c]))
			}
		}
	}
	return tensor.Bytes(rgb, side, side, 3)
}

// inked says whether a shape of a size covers the place dx, dy from its centre.
func inked(class string, dx, dy, size float64) bool {
	far, near := max(dx*dx, dy*dy), min(dx*dx, dy*dy)
	switch class {
	case "disk":
		return dx*dx+dy*dy < size*size
	case "frame":
		return far < size*size && far > (size-3)*(size-3)
	case "stripes":
		return far < size*size && int(dy+50)%4 < 2
	}
	return near < 5 && far < size*size
}

// WeatherCSV is a table of n sentences, half of them about the sea and half about the town: what a word is follows from the
// words around it.
func WeatherCSV(n int) []byte {
	r := rng.New(7)
	var b strings.Builder
	b.WriteString("text,label\n")
	for i := range n {
		words := [2][3][]string{
			{{"waves", "boats", "gulls"}, {"crossed", "covered", "followed"}, {"the bay", "the harbour", "the open sea"}},
			{{"trams", "crowds", "lamps"}, {"filled", "lined", "blocked"}, {"the street", "the square", "the old market"}},
		}[i%2]
		pick := func(k int) string { return words[k][r.IntN(3)] }
		fmt.Fprintf(&b, "%s %s %s while %s %s %s,%s\n", pick(0), pick(1), pick(2), pick(0), pick(1), pick(2), []string{"sea", "town"}[i%2])
	}
	return []byte(b.String())
}

// Weather is the texts of WeatherCSV.
func Weather(n int) *data.Set { return Texts("weather.csv", WeatherCSV(n)) }

// Texts is the texts of a table, or of another file that is read as texts.
func Texts(path string, raw []byte) *data.Set {
	set, rejected, err := data.ReadTexts(context.Background(), []data.File{File(path, raw)}, nil)
	if err != nil || len(rejected) > 0 {
		panic(fmt.Sprintf("testsets: %s: %v, %v", path, rejected, err))
	}
	return set
}

// File is a file of some bytes.
func File(path string, raw []byte) data.File {
	return data.File{Path: path, Size: int64(len(raw)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
}

// Recordings are n recordings of two channels, "quick" and "slow": waves of 12 and of 31 rows with noise, of which one reading
// of forty is missing.
func Recordings(r *rng.Rand, n, rows int) *data.Recordings {
	of := &data.Recordings{Channels: []string{"quick", "slow"}}
	for i := range n {
		x, phase := make([]float32, 2*rows), 10*r.Float64()
		for k := range x {
			x[k] = float32(10*math.Sin(2*math.Pi*(float64(k/2)+phase)/[]float64{12, 31}[k%2])+r.NormFloat64()) + 50
			if r.IntN(40) == 0 {
				x[k] = float32(math.NaN())
			}
		}
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprintf("waves-%d.csv", i), X: x})
	}
	return of
}

// Waves is two such recordings, cut into windows of 32 rows.
func Waves(rows int) *data.Set {
	set := &data.Set{Of: data.Series, Recordings: Recordings(rng.New(5), 2, rows)}
	set.Cut(32)
	return set
}

// Strokes is n whole series of two channels, each a sample, of two classes that turn the one or the other way, and of 20 to 59 rows.
// Class by class they lie in a collection.
func Strokes(n int) *data.Set {
	of, r := &data.Recordings{Channels: []string{"across", "up"}, Classes: []string{"", "left", "right"}}, rng.New(6)
	for i := range n {
		class, rows := 2*i/n, 20+r.IntN(40)
		x := make([]float32, 2*rows)
		for k := range x {
			angle := float64(1-2*class) * (float64(k/2)*2*math.Pi/float64(rows) + 0.2*r.NormFloat64())
			x[k] = float32(10*[]float64{math.Cos(angle), math.Sin(angle)}[k%2] + r.NormFloat64())
		}
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprintf("strokes.ts, line %d", i+1), X: x, Labels: []uint16{uint16(1 + class)}, Line: true})
	}
	of.Settle()
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(96)
	return set
}

// Noise is a few samples without labels: eight pictures or clips of noise, 40 texts of random words, or two recordings of waves
// in windows of 16 rows.
func Noise(of data.Kind) *data.Set {
	set, r := &data.Set{Of: of}, rng.New(5)
	switch of {
	case data.Text:
		randomWords(set, r)
	case data.Series:
		set.Recordings = Recordings(r, 2, 400)
		set.Cut(16)
	case data.Video:
		randomBytes(set, r, tensor.Shape{8, 24, 24, 3})
	default:
		randomBytes(set, r, tensor.Shape{24, 24, 3})
	}
	return set
}

func randomWords(set *data.Set, r *rng.Rand) {
	set.Texts = &data.Texts{}
	words := []string{"rain", "fell", "on", "the", "roof", "all", "night", "and", "nobody", "slept"}
	for i := range 40 {
		text := ""
		for range 12 {
			text += words[r.IntN(len(words))] + " "
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("%d.txt", i)), append(set.Labels, "")
		set.Texts.Append(text)
	}
}

func randomBytes(set *data.Set, r *rng.Rand, shape tensor.Shape) {
	for i := range 8 {
		noise := make([]byte, shape.Size())
		for k := range noise {
			noise[k] = byte(r.IntN(256))
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("%d.png", i)), append(set.Labels, "")
		set.X = append(set.X, tensor.Bytes(noise, shape...))
	}
}
