package baseline

import (
	"fmt"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
)

// windows is series of one length, scaled by the spread of their channels, 0 where nothing was read: [n, channels,
// rows]. Shorter ones end with zeros.
type windows struct {
	x              [][]float32
	rows, channels int
}

func newWindows(sets []*data.Set, scale data.Scale) windows {
	w := windows{channels: len(sets[0].Recordings.Channels)}
	for _, set := range sets {
		for _, of := range set.Windows {
			w.rows = max(w.rows, of.Rows)
		}
	}
	for _, set := range sets {
		for i := range set.Len() {
			s, _ := set.At(i) // never refused: the windows were cut from what is there
			by := append(kernel.Host(nil), s.X.Buf.(kernel.Host)...)
			scale.Apply(by)
			x := make([]float32, w.rows*w.channels)
			for k, v := range by {
				if v == v {
					x[k%w.channels*w.rows+k/w.channels] = v
				}
			}
			w.x = append(w.x, x)
		}
	}
	return w
}

// features are the windows as they are, [n, channels·rows].
func (w windows) features() probe.Features {
	f := probe.Features{N: len(w.x), Width: w.rows * w.channels}
	for _, x := range w.x {
		f.Data = append(f.Data, x...)
	}
	return f
}

// Methods are chosen by so many labels of series at most, since DTW takes long.
const seriesChooseBy = 300

// Methods for series: MiniRocket with logistic regression, and the nearest neighbour, by DTW and by Euclidean distance.
func ofSeries(sets []*data.Set, scale data.Scale, b kernel.Backend) (*Baseline, []string) {
	w := newWindows(sets, scale)
	all := []candidate{
		linearCandidate("MiniRocket", w.rocket(len(sets[0].Windows)), b),
		{"nearest neighbour by Euclidean distance", []float64{0}, 0, false, 0, nearest(w.features().On(b))},
	}
	var notes []string
	most := int(mostWarped/w.cost()) + 1
	all = append(all, candidate{"nearest neighbour with DTW", []float64{0.05, 0.1, 0.2}, 1, false, most, w.nearestDTW})
	if n := len(sets[0].Windows); n > most {
		notes = append(notes, fmt.Sprintf("nearest neighbour with DTW is part of the baseline with up to %d labels: with all %d it would take too long", most, n))
	}
	return &Baseline{candidates: all, chooseBy: seriesChooseBy}, notes
}

// nearest is the nearest neighbour by Euclidean distance (arXiv:1602.01711).
func nearest(f probe.Features) func(trainSet, []float64) []predictor {
	return func(b trainSet, _ []float64) []predictor {
		n := probe.NewNearest(probe.Labelled{Features: f.Pick(b.at), Labels: b.labels})
		return []predictor{func(at []int) probe.Probabilities { return n.Predict(f.Pick(at)) }}
	}
}
