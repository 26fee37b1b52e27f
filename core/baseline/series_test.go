package baseline

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// drawn is n series that move slowly, of lengths that alternate.
func drawn(n, channels int, r *rng.Rand, rows ...int) windows {
	w := windows{channels: channels}
	for i := range n {
		x, at := make([]float32, rows[i%len(rows)]*channels), float32(0)
		for k := range x {
			at += float32(r.NormFloat64())
			x[k] = at
		}
		w.add(x)
	}
	return w
}

// near says whether two rows, counted from 0, may be matched: a row's square in the table, or one of band columns beside it,
// has a piece of the straight line from corner to corner in it.
func near(i, j, n, m, band int) bool {
	for k := max(0, j-band); k <= min(m-1, j+band); k++ {
		if k*n < (i+1)*m && (k+1)*n > i*m {
			return true
		}
	}
	return false
}

// slowWarp is DTW by the whole table.
func slowWarp(a, b []float32, channels, band int) float64 {
	n, m := len(a)/channels, len(b)/channels
	d := make([][]float64, n+1)
	for i := range d {
		d[i] = slices.Repeat([]float64{math.Inf(1)}, m+1)
	}
	d[0][0] = 0
	for i := 1; i <= n; i++ {
		for j := 1; j <= m; j++ {
			if !near(i-1, j-1, n, m, band) {
				continue
			}
			cost := 0.0
			for c := range channels {
				cost += math.Pow(float64(a[c*n+i-1])-float64(b[c*m+j-1]), 2)
			}
			d[i][j] = cost + min(d[i-1][j], d[i][j-1], d[i-1][j-1])
		}
	}
	return d[n][m]
}

func TestDTWIsThatOfTheWholeTable(t *testing.T) {
	r := rng.New(1)
	for _, c := range []struct {
		rows     []int
		channels int
		share    float64
	}{{[]int{20}, 1, 0}, {[]int{20}, 1, 0.15}, {[]int{33}, 2, 0.1}, {[]int{16}, 3, 1}, {[]int{1}, 1, 0}, {[]int{20, 31, 7}, 1, 0}, {[]int{20, 31, 7, 1}, 2, 0.1}, {[]int{40, 41}, 1, 0.3}} {
		w := drawn(43, c.channels, r, c.rows...)
		train := probe.All(43)[10:]
		h := newWarp(w, c.share)
		for q := range 10 {
			best, least := -1, math.Inf(1)
			for k, i := range train {
				want := slowWarp(w.x[i], w.x[q], c.channels, halfWidth(c.share, max(len(w.x[i]), len(w.x[q]))/c.channels))
				if want < least {
					best, least = k, want
				}
				h.envelope(w.x[q], len(w.x[i])/c.channels)
				if bound := h.bound(w.x[i]); bound > want*(1+1e-9) {
					t.Errorf("%v: the bound %v is above the distance %v", c, bound, want)
				}
				if got := h.distance(w.x[i], w.x[q], math.Inf(1)); math.Abs(got-want) > 1e-9*want {
					t.Errorf("%v: distance %v, want %v", c, got, want)
				}
				if got := h.distance(w.x[i], w.x[q], want); math.Abs(got-want) > 1e-9*want {
					t.Errorf("%v: distance %v where no more is asked for, want %v", c, got, want)
				}
				if got := h.distance(w.x[i], w.x[q], 0.99*want); !math.IsInf(got, 1) && want > 0 {
					t.Errorf("%v: distance %v is above what is asked for", c, got)
				}
			}
			for _, likely := range []int{-1, 3, best} {
				if got := h.nearest(w.x[q], w.x, train, likely); got != best {
					t.Errorf("%v: series %d is nearest to %d, want %d", c, q, got, best)
				}
			}
		}
	}
}

func TestDTWWithoutABandIsEuclideanDistanceAndLeavesMostOut(t *testing.T) {
	w := drawn(300, 2, rng.New(2), 50)
	labels := make([]string, 200)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	b := trainSet{at: probe.All(200), labels: labels}
	asked := probe.All(300)[200:]
	if want, got := nearest(w.features())(b, nil)[0](asked), w.nearestDTW(b, []float64{0})[0](asked); !slices.Equal(want.Data, got.Data) {
		t.Error("the nearest by a band of 0 are not those by Euclidean distance")
	}
	h := newWarp(w, 0.1)
	for _, q := range asked {
		h.nearest(w.x[q], w.x, b.at, -1)
	}
	if all := 100 * 200 * 50 * 11; h.cells > all/5 {
		t.Errorf("%d of %d cells are computed", h.cells, all)
	}
}

func TestBandsOfShortSeriesAreAllDifferent(t *testing.T) {
	if got := (windows{longest: 24}).bands(); !slices.Equal(got, []float64{0, 0.03, 0.07, 0.12, 0.15, 0.2}) {
		t.Errorf("bands %v", got)
	}
}

func TestDilationsAreThoseOfThePaper(t *testing.T) {
	// By the authors' formula, in numpy: integers of 2 to the power of 32 even steps up to log2((rows-1)/8), and their
	// counts times 119/32.
	for rows, want := range map[int][2][]int{
		24:  {{1, 2}, {79, 40}},
		97:  {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {34, 19, 15, 12, 8, 8, 4, 7, 3, 3, 3, 3}},
		150: {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18}, {30, 15, 12, 12, 4, 8, 8, 4, 4, 4, 3, 3, 3, 3, 3, 3}},
		251: {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 17, 20, 22, 25, 27, 31}, {27, 12, 12, 8, 8, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3}},
	} {
		if all, count := dilations(rows, 119); !slices.Equal(all, want[0]) || !slices.Equal(count, want[1]) {
			t.Errorf("%d rows: dilations %v, of which %v, want %v", rows, all, count, want)
		}
	}
	for _, rows := range []int{1, 8, 9, 24, 97, 5000} {
		all, count := dilations(rows, 59)
		sum := 0
		for _, c := range count {
			sum += c
		}
		if most := max(1, (rows-1)/8); sum != 59 || all[0] != 1 || all[len(all)-1] > most || rows > 16 && all[len(all)-1] < most {
			t.Errorf("%d rows: dilations %v, of which %v", rows, all, count)
		}
	}
	if n := len(kernels()); n != manyKernels {
		t.Errorf("%d kernels", n)
	}
}

// slowFeature is the proportion at which a convolution, by its definition, exceeds a bias; with a bias a little higher or
// lower it is what rounding may make of it.
func slowFeature(x []float32, channels int, c convolution, bias float64) float64 {
	rows := len(x) / channels
	from, until := 0, rows
	if cut := 4 * c.dilation; !c.padded && rows > 2*cut {
		from, until = cut, rows-cut
	}
	n := 0.0
	for at := from; at < until; at++ {
		sum := 0.0
		for j := range 9 {
			k, weight := at+(j-4)*c.dilation, -1.0
			if slices.Contains(c.kernel[:], j) {
				weight = 2
			}
			for _, ch := range c.of {
				if k >= 0 && k < rows {
					sum += weight * float64(x[ch*rows+k])
				}
			}
		}
		if sum > bias {
			n++
		}
	}
	return n / float64(until-from)
}

func TestFeaturesOfMiniRocketAreThoseOfItsDefinition(t *testing.T) {
	for _, c := range []struct {
		channels int
		rows     []int
	}{{1, []int{50}}, {4, []int{40, 61, 3}}} {
		w := drawn(6, c.channels, rng.New(2), c.rows...)
		m := &rocket{w: w, train: []int{0, 1, 2}, biases: 20}
		stops := 0
		m.features(func() bool { stops++; return stops == 3 })
		if m.done != 2 {
			t.Errorf("stopped after two series, it has %d", m.done)
		}
		f := m.features(nil)
		if f.Width != 84*20 || m.done != 6 {
			t.Fatalf("%d features of %d series", f.Width, m.done)
		}
		quantiles, at := []float64{}, 0
		for _, conv := range m.convs {
			for _, bias := range conv.biases {
				if at%7 == 0 {
					for i, x := range w.x {
						least, most := slowFeature(x, c.channels, conv, float64(bias)+1e-4), slowFeature(x, c.channels, conv, float64(bias)-1e-4)
						if got := float64(f.Row(i)[at]); got < least-1e-6 || got > most+1e-6 {
							t.Errorf("series %d, %v: %v, want %v to %v", i, conv, got, least, most)
						}
					}
				}
				quantiles = append(quantiles, slowFeature(w.x[0], c.channels, conv, float64(bias)))
				at++
			}
		}
		if len(c.rows) == 1 {
			continue
		}
		slices.Sort(quantiles)
		if middle := quantiles[len(quantiles)/2]; middle < 0.2 || middle > 0.8 {
			t.Errorf("biases are exceeded by %v", middle)
		}
	}
}

func TestBiasesAreQuantilesOfATrainingSeries(t *testing.T) {
	w := drawn(5, 1, rng.New(3), 100)
	w.x[3], w.x[4] = w.each(func(x []float32) []float32 { return slices.Repeat([]float32{1e6}, len(x)) }).x[0], make([]float32, 100)
	n := 0
	for _, c := range w.convolutions([]int{1}, 30) {
		out := slices.Sorted(slices.Values((&convolver{channels: 1}).convolve(w.x[1], c)))
		for _, bias := range c.biases {
			n++
			_, part := math.Modf(float64(n) * (1 + math.Sqrt(5)) / 2)
			below, above := out[int(part*99)], out[min(int(part*99)+1, 99)]
			if bias < below || bias > above {
				t.Fatalf("bias %d is %v, not from %v to %v", n, bias, below, above)
			}
		}
	}
	if got := quantile([]float32{1, 2, 4, 8}, 0.5); got != 3 {
		t.Errorf("the median of 1, 2, 4 and 8 is %v", got)
	}
}

// waves are noisy waves of two frequencies, slow and fast, whose lengths, levels and gains change draws.
func waves(n int, r *rng.Rand, change func(i int, x []float32) []float32) (w windows, labels []string) {
	w.channels = 1
	for i := range n {
		x, phase := make([]float32, 64), 7*r.Float64()
		for k := range x {
			x[k] = float32(math.Sin(phase+float64(k)*[]float64{0.4, 0.6}[i%2]) + 0.3*r.NormFloat64())
		}
		if change != nil {
			x = change(i, x)
		}
		w.add(x)
		labels = append(labels, []string{"slow", "fast"}[i%2])
	}
	return w, labels
}

func TestMiniRocketDistinguishesFrequencies(t *testing.T) {
	r := rng.New(3)
	for name, change := range map[string]func(i int, x []float32) []float32{
		"of one length":           nil,
		"of pieces":               func(i int, x []float32) []float32 { return x[:20+r.IntN(44)] },
		"of pieces of two levels": func(i int, x []float32) []float32 { return x[i%5:] },
	} {
		w, labels := waves(80, r, change)
		c := w.rocketCandidate("MiniRocket", probe.All(40), cpu.New())
		p := c.fit(trainSet{at: probe.All(40), labels: labels[:40]}, c.settings)[0]
		if a := probe.ScoreOf(p(probe.All(80)[40:]), labels[40:]).Accuracy; a < 0.9 {
			t.Errorf("%s: accuracy %v", name, a)
		}
	}
}

// collection is a set of series as a collection has them, each with a label, the last third to test with.
func collection(w windows, labels []string) *data.Set {
	r := &data.Recordings{Channels: []string{"a"}, Classes: append([]string{""}, probe.Classes(labels)...)}
	for i, x := range w.x {
		class := slices.Index(r.Classes, labels[i])
		r.Of = append(r.Of, data.Recording{Name: fmt.Sprint(i), X: x, Labels: []uint16{uint16(class)}, Line: true, Tests: i >= len(w.x)*2/3})
	}
	r.Settle()
	set := &data.Set{Of: data.Series, Recordings: r}
	set.Cut(w.longest)
	return set
}

func TestSeriesOfUnequalLengthsAreClassified(t *testing.T) {
	r := rng.New(5)
	w, labels := waves(90, r, func(i int, x []float32) []float32 {
		x = slices.Clone(x[:30+r.IntN(34)])
		x[r.IntN(len(x))] = float32(math.NaN())
		return x
	})
	labels[80] = "seen only here" // a class that is missing in the training part
	set := collection(w, labels)
	for i := range set.Windows {
		set.Windows[i].From, set.Windows[i].Rows = -(i % 3), set.Windows[i].Rows+i%3 // some begin before their recording
	}
	b, notes := ofSeries([]*data.Set{set}, data.Scale{Mean: []float32{0}, Std: []float32{1}}, cpu.New())
	predict, name, err := b.Fit(t.Context(), probe.All(60), labels[:60], rng.New(1))
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	if a := probe.ScoreOf(predict(probe.All(90)[60:]), labels[60:]).Accuracy; a < 0.85 {
		t.Errorf("%s has accuracy %v", name, a)
	}
}

func TestRowsBeforeARecordingAreNoPartOfASeries(t *testing.T) {
	nan := float32(math.NaN())
	set := collection(windows{x: [][]float32{{3, nan, 7, nan}, {nan, nan}}}, []string{"a", "b"})
	set.Windows[0].From, set.Windows[0].Rows = -2, 6
	w := newWindows([]*data.Set{set}, data.Scale{Mean: []float32{1}, Std: []float32{2}})
	if w.add(nil); !slices.Equal(w.x[2], []float32{0}) {
		t.Errorf("a series without rows is %v", w.x[2])
	}
	if !slices.Equal(w.x[0], []float32{1, 2, 3, 3}) || !slices.Equal(w.x[1], []float32{0, 0}) || w.longest != 4 {
		t.Errorf("%v", w)
	}
	if got := w.stretched(); !slices.Equal(got.x[1], []float32{0, 0, 0, 0}) || !slices.Equal(stretch([]float32{0, 2, 4}, 5), []float32{0, 1, 2, 3, 4}) || !slices.Equal(stretch([]float32{5}, 2), []float32{5, 5}) {
		t.Errorf("stretched %v", got)
	}
}

// Levels and gains that say nothing mislead distances; that the nearest of normalised series is another candidate helps.
func TestSeriesAreNormalisedWhereThatHelps(t *testing.T) {
	r := rng.New(6)
	shape := func(level float64) (windows, []string) {
		w, labels := waves(90, r, nil)
		for i, x := range w.x {
			add, by := level*r.NormFloat64(), math.Exp(level*r.NormFloat64())
			for k := range x { // a bump early or late
				x[k] = float32(add + by*(math.Exp(-math.Pow(float64(k-20-20*(i%2))/8, 2))+0.05*r.NormFloat64()))
			}
		}
		return w, labels
	}
	accuracy := func(w windows, labels []string) float64 {
		p := nearest(w.features())(trainSet{at: probe.All(60), labels: labels[:60]}, nil)[0](probe.All(90)[60:])
		return probe.ScoreOf(p, labels[60:]).Accuracy
	}
	w, labels := shape(2)
	n, changed := w.normalise()
	if plain, better := accuracy(w, labels), accuracy(n, labels); !changed || better < 0.95 || plain > better-0.15 {
		t.Errorf("as they are %v, normalised %v, %v", plain, better, changed)
	}
	names := func(w windows) (all []string) {
		b, _ := ofSeries([]*data.Set{collection(w, labels)}, data.Scale{Mean: []float32{0}, Std: []float32{1}}, nil)
		for _, c := range b.candidates {
			all = append(all, c.name)
		}
		return all
	}
	if got := names(w); len(got) != 6 || got[1] != "MiniRocket on normalised series with ridge regression" || got[4] != "nearest neighbour by Euclidean distance on normalised series" {
		t.Errorf("candidates %q", got)
	}
	if got := names(n); len(got) != 3 {
		t.Errorf("candidates of normalised series %q", got)
	}
}

func TestDTWOfSeriesTooLongForOneLabelIsLimitedAllTheSame(t *testing.T) {
	w := drawn(6, 1, rng.New(7), 60_000)
	b, _ := ofSeries([]*data.Set{collection(w, []string{"a", "b", "a", "b", "a", "b"})}, data.Scale{Mean: []float32{5}, Std: []float32{1}}, nil)
	found := 0
	for _, c := range b.candidates {
		if strings.Contains(c.name, "DTW") {
			if found++; c.most != 1 {
				t.Errorf("%s: up to %d labels; 0 is any number", c.name, c.most)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d kinds of DTW", found)
	}
}

func TestDTWIsLeftOutWhereItWouldTakeTooLong(t *testing.T) {
	w := drawn(40, 1, rng.New(7), 1000)
	for k := 1; len(w.x) < 1500; k++ {
		w.x = append(w.x, w.x[k%40])
	}
	b, notes := ofSeries([]*data.Set{collection(w, slices.Repeat([]string{"a", "b"}, len(w.x)/2))}, data.Scale{Mean: []float32{0}, Std: []float32{1}}, nil)
	if len(notes) != 1 || !strings.Contains(notes[0], "with all 1000") {
		t.Errorf("notes %q", notes)
	}
	if most := b.candidates[len(b.candidates)-1].most; most < 1 || most > 500 {
		t.Errorf("up to %d labels", most)
	}
}
