package baseline

import (
	"fmt"
	"math"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
)

// windows are series, each of its own length, scaled by the spread of their channels: [channels, rows].
type windows struct {
	x                 [][]float32
	channels, longest int
}

// newWindows leaves out rows before a recording began, and fills what is missing.
func newWindows(sets []*data.Set, scale data.Scale) windows {
	w := windows{channels: len(sets[0].Recordings.Channels)}
	for _, set := range sets {
		for i := range set.Len() {
			s, _ := set.At(i) // never refused: the windows were cut from what is there
			by := append(kernel.Host(nil), s.X.Buf.(kernel.Host)...)
			scale.Apply(by)
			before := max(0, min(-set.Windows[i].From, set.Windows[i].Rows-1))
			w.add(turned(by[before*w.channels:], w.channels))
		}
	}
	return w
}

// turned is [channels, rows] of readings [rows, channels].
func turned(by []float32, channels int) []float32 {
	rows := len(by) / channels
	x := make([]float32, len(by))
	for k, v := range by {
		x[k%channels*rows+k/channels] = v
	}
	return x
}

// add takes a series [channels, rows], and fills it. One without rows becomes one row of zeros.
func (w *windows) add(x []float32) {
	if len(x) == 0 {
		x = make([]float32, w.channels)
	}
	rows := len(x) / w.channels
	for c := range w.channels {
		fill(x[c*rows:][:rows])
	}
	w.x, w.longest = append(w.x, x), max(w.longest, rows)
}

// fill puts what is missing on the line between its neighbours, makes it the nearest at an end, and 0 if nothing was
// read.
func fill(line []float32) {
	last := -1
	for t, v := range line {
		if v != v {
			continue
		}
		for k := last + 1; k < t; k++ {
			line[k] = v
			if last >= 0 {
				line[k] = line[last] + (v-line[last])*float32(k-last)/float32(t-last)
			}
		}
		last = t
	}
	for k := last + 1; k < len(line); k++ {
		line[k] = 0
		if last >= 0 {
			line[k] = line[last]
		}
	}
}

// each is the windows with every channel of every series changed.
func (w windows) each(change func(line []float32) []float32) windows {
	out := windows{channels: w.channels}
	for _, x := range w.x {
		rows, y := len(x)/w.channels, []float32(nil)
		for c := range w.channels {
			y = append(y, change(x[c*rows:][:rows])...)
		}
		out.add(y)
	}
	return out
}

// equal says whether all series are of one length.
func (w windows) equal() bool {
	for _, x := range w.x {
		if len(x) != w.longest*w.channels {
			return false
		}
	}
	return true
}

// stretched is the series made as long as the longest, on lines between their readings.
func (w windows) stretched() windows {
	if w.equal() {
		return w
	}
	return w.each(func(line []float32) []float32 { return stretch(line, w.longest) })
}

func stretch(line []float32, rows int) []float32 {
	to := make([]float32, rows)
	for t := range to {
		at := float64(t) * float64(len(line)-1) / float64(max(rows-1, 1))
		k := int(at)
		next := line[min(k+1, len(line)-1)]
		to[t] = line[k] + float32(at-float64(k))*(next-line[k])
	}
	return to
}

// normalised says how far a channel of a series that counts as normalised may be from mean 0 and deviation 1.
const normalised = 0.05

// normalise gives each channel of each series mean 0 and deviation 1; changed says whether that does anything.
func (w windows) normalise() (to windows, changed bool) {
	to = w.each(func(line []float32) []float32 {
		mean, deviation := spread(line)
		changed = changed || math.Abs(mean) > normalised || deviation > 0 && math.Abs(deviation-1) > normalised
		out := make([]float32, len(line))
		for t, v := range line {
			if deviation > 0 {
				out[t] = float32((float64(v) - mean) / deviation)
			}
		}
		return out
	})
	return to, changed
}

// spread is the mean and the deviation of numbers; 0 where that is only rounding.
func spread(line []float32) (mean, deviation float64) {
	for _, v := range line {
		mean += float64(v) / float64(len(line))
	}
	for _, v := range line {
		deviation += (float64(v) - mean) * (float64(v) - mean) / float64(len(line))
	}
	if deviation = math.Sqrt(deviation); deviation <= 1e-6*math.Abs(mean) {
		deviation = 0
	}
	return mean, deviation
}

// features are the series as they are, which must be of one length, [n, channels·rows].
func (w windows) features() probe.Features {
	f := probe.Features{N: len(w.x), Width: w.longest * w.channels}
	for _, x := range w.x {
		f.Data = append(f.Data, x...)
	}
	return f
}

// Methods are chosen by so many labels of series at most, since DTW takes long. MiniRocket is mostly better than nearest
// neighbours by far: few labels that say otherwise are mostly chance, so these must be ahead by so many standard errors.
const (
	seriesChooseBy = 300
	clearly        = 1.5
)

// Methods for series: MiniRocket with ridge regression, and the nearest neighbour, by Euclidean distance and by DTW. Each reads
// series as they are and, where that is not the same, each normalised by itself: levels and gains that differ between
// series of a class mislead distances.
func ofSeries(sets []*data.Set, scale data.Scale, b kernel.Backend) (*Baseline, []string) {
	w, train := newWindows(sets, scale), trainingPart(sets)
	looks, names := []windows{w}, []string{"", " on normalised series"}
	if n, changed := w.normalise(); changed {
		looks = append(looks, n)
	}
	var rockets, neighbours []candidate
	fewest := math.MaxInt
	for i, w := range looks {
		most := max(1, w.affordable(len(train), max(1, len(w.x)-len(train)))/len(looks)) // 0 would be any number
		fewest = min(fewest, most)
		rockets = append(rockets, w.rocketCandidate("MiniRocket"+names[i], train, b))
		neighbours = append(neighbours,
			candidate{name: "nearest neighbour by Euclidean distance" + names[i], settings: []float64{0}, ahead: clearly, fit: nearest(w.stretched().features().On(b))},
			candidate{name: "nearest neighbour with DTW" + names[i], settings: w.bands(), most: most, ahead: clearly, fit: w.nearestDTW})
	}
	all := &Baseline{candidates: append(rockets, neighbours...), chooseBy: seriesChooseBy}
	if n := len(train); n > fewest {
		return all, []string{fmt.Sprintf("nearest neighbour with DTW is part of the baseline with up to %d labels: with all %d it would take too long", fewest, n)}
	}
	return all, nil
}

// trainingPart is which samples may give labels: those before the border in time, unless others are there to test with.
func trainingPart(sets []*data.Set) []int {
	if before, _ := sets[0].SplitByTime(); len(sets) == 1 && len(before) > 0 {
		return before
	}
	return probe.All(sets[0].Len())
}

// nearest is the nearest neighbour by Euclidean distance (arXiv:1602.01711).
func nearest(f probe.Features) func(trainSet, []float64) []predictor {
	return func(b trainSet, _ []float64) []predictor {
		n := probe.NewNearest(probe.Labelled{Features: f.Pick(b.at), Labels: b.labels})
		return []predictor{func(at []int) probe.Probabilities { return n.Predict(f.Pick(at)) }}
	}
}
