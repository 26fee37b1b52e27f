package baseline

import (
	"math"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
)

const (
	pixelSide = 16 // raw pixels: more add little to a regression
	hogSide   = 48
	frames    = 4 // of a clip, whose features are averaged
)

// Methods for pictures: logistic regression on histograms of gradients and colours, each and both, and on pixels. Of a
// clip's frames the mean is taken.
func ofPictures(sets []*data.Set, b kernel.Backend) *Baseline {
	pixels := averaged(sets, func(set *data.Set) probe.Features { return probe.RawPixels(set, pixelSide) })
	colours := averaged(sets, colourHistograms)
	hog := averaged(sets, func(set *data.Set) probe.Features { return gradientHistograms(probe.RawPixels(set, hogSide)) })
	return &Baseline{candidates: []candidate{
		linearCandidate("HOG and colour histograms", concat(hog, colours), b),
		linearCandidate("HOG", hog, b),
		linearCandidate("colour histograms", colours, b),
		linearCandidate("raw pixels", pixels, b),
	}}
}

// averaged is features of all sets, one after another; of clips the mean over some frames.
func averaged(sets []*data.Set, of func(*data.Set) probe.Features) (f probe.Features) {
	for _, set := range sets {
		looks := 1
		if set.Of == data.Video {
			looks = frames
		}
		stills := &data.Set{Of: data.Images}
		for _, x := range set.X {
			stills.X = append(stills.X, data.Frames(x, looks)...)
		}
		one := of(stills)
		f.Width = max(f.Width, one.Width)
		f.N += set.Len()
		for i := range set.Len() {
			mean := make([]float32, one.Width)
			for k := range looks {
				for j, v := range one.Row(i*looks + k) {
					mean[j] += v / float32(looks)
				}
			}
			f.Data = append(f.Data, mean...)
		}
	}
	return f
}

// Colours are counted in quadrants of the central square, each channel in so many parts: together for three channels.
const (
	colourParts = 4
	grayParts   = 16
	quadrants   = 2
)

// colourHistograms are the square roots of proportions of pixels by quadrant and colour.
func colourHistograms(set *data.Set) probe.Features {
	f := probe.Features{N: set.Len()}
	for i, x := range set.X {
		height, width, channels := x.Shape[0], x.Shape[1], x.Shape[2]
		parts, bins := colourParts, colourParts*colourParts*colourParts
		if channels != 3 {
			parts, bins = grayParts, grayParts
		}
		if i == 0 {
			f.Width = quadrants * quadrants * bins
			f.Data = make([]float32, f.N*f.Width)
		}
		side := min(height, width)
		top, left := (height-side)/2, (width-side)/2
		pix, row, count := x.Buf.(kernel.Bytes), f.Row(i), [quadrants * quadrants]float32{}
		for y := range side {
			for x := range side {
				q := y*quadrants/side*quadrants + x*quadrants/side
				row[q*bins+colour(pix[((top+y)*width+left+x)*channels:], channels, parts)]++
				count[q]++
			}
		}
		for k, n := range row {
			row[k] = float32(math.Sqrt(float64(n / max(count[k/bins], 1))))
		}
	}
	return f
}

// colour is the bin of a pixel.
func colour(pixel []byte, channels, parts int) (bin int) {
	if channels != 3 {
		return int(pixel[0]) * parts / 256
	}
	for _, v := range pixel[:3] {
		bin = bin*parts + int(v)*parts/256
	}
	return bin
}
