package probe

import (
	"math"
	"slices"
	"testing"
	"time"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// unbalanced is Gaussians of very different sizes and, as class -1, outliers far from all and from each other.
func unbalanced(r *rng.Rand, sizes []int, outliers, width int) (f Features, class []int) {
	f.Width = width
	add := func(c int, centre []float64, spread float64) {
		for _, m := range centre {
			f.Data = append(f.Data, float32(m+spread*r.NormFloat64()))
		}
		class, f.N = append(class, c), f.N+1
	}
	for c, size := range sizes {
		centre := make([]float64, width)
		for j := range centre {
			centre[j] = 1.2 * r.NormFloat64()
		}
		for range size {
			add(c, centre, 1)
		}
	}
	for range outliers {
		add(-1, make([]float64, width), 8)
	}
	return f, class
}

// byMeans is the share of samples, outliers aside, whose nearest mean of labelled samples is that of their class.
func byMeans(f Features, class, train []int, classes int) float64 {
	means, n := make([]float32, classes*f.Width), make([]float32, classes)
	for _, i := range train {
		if c := class[i]; c >= 0 { // a person has no label for an outlier
			n[c]++
			for j, v := range f.Row(i) {
				means[c*f.Width+j] += v
			}
		}
	}
	for c := range classes {
		for j := range f.Width {
			means[c*f.Width+j] /= max(n[c], 1)
		}
	}
	right, test := 0.0, 0.0
	for i := range f.N {
		if class[i] < 0 {
			continue
		}
		best, least := -1, math.Inf(1)
		for c := range classes {
			if d := squaredDistance(f.Row(i), means[c*f.Width:][:f.Width]); n[c] > 0 && d < least {
				best, least = c, d
			}
		}
		if test++; best == class[i] {
			right++
		}
	}
	return right / test
}

func TestTypicalityIsOneOverTheMeanDistanceToTheNearest(t *testing.T) {
	f, _ := unbalanced(rng.New(1), []int{30, 20}, 3, 4)
	for _, k := range []int{0, 3, 200} {
		got := Typicality(f, k)
		for i := range f.N {
			var d []float64
			for j := range f.N {
				if j != i {
					d = append(d, math.Sqrt(squaredDistance(f.Row(i), f.Row(j))))
				}
			}
			slices.Sort(d)
			n, sum := map[int]int{0: 20, 3: 3, 200: f.N - 1}[k], 0.0
			for _, v := range d[:n] {
				sum += v
			}
			if want := float64(n) / sum; math.Abs(got[i]-want) > 1e-3*want {
				t.Fatalf("sample %d of %d nearest: %v, want %v", i, n, got[i], want)
			}
		}
	}
}

func TestTypicalityOfCopiesBrokenAndLoneSamples(t *testing.T) {
	nan := float32(math.NaN())
	f := Features{Data: []float32{1, 1, 1, nan, 4}, N: 5, Width: 1}
	got := Typicality(f, 2)
	if !math.IsInf(got[0], 1) || got[3] != 0 || math.Abs(got[4]-1./3) > 1e-6 {
		t.Errorf("%v", got)
	}
	if got := Typicality(Features{Data: []float32{7}, N: 1, Width: 1}, 0); got[0] != 0 {
		t.Errorf("alone: %v", got)
	}
}

// rounds asks for n samples often times, and takes them for labelled.
func (p ActiveSampler) rounds(often, n int) (all []int) {
	for range often {
		at, _ := p.Next(n)
		for _, i := range at {
			p.Known[i] = true
		}
		all = append(all, at...)
	}
	return all
}

func TestLabelsOfTypicalSamplesAreWorthMoreThanRandomOnes(t *testing.T) {
	proposed, random := 0.0, 0.0
	const trials = 20
	for seed := range uint64(trials) {
		f, class := unbalanced(rng.New(seed), []int{300, 150, 60, 30, 20, 15}, 25, 8)
		p := ActiveSampler{Features: f, Known: make([]bool, f.N), Classes: 6, Rand: rng.New(seed)}
		train := p.rounds(2, 8)
		for _, i := range train {
			if class[i] < 0 {
				t.Errorf("outlier %d is typical", i)
			}
		}
		proposed += byMeans(f, class, train, 6) / trials
		for n := range 20 {
			random += byMeans(f, class, rng.New(seed).For("draw", n).Perm(f.N)[:len(train)], 6) / 20 / trials
		}
	}
	t.Logf("16 labels: %.3f proposed, %.3f at random", proposed, random)
	if proposed < random+0.03 {
		t.Errorf("16 labels are worth %.3f, at random %.3f", proposed, random)
	}
}

func TestOfFewSamplesEveryGroupIsSuggested(t *testing.T) {
	r := rng.New(1)
	f := Features{N: 48, Width: 16}
	for i := range f.N {
		for j := range f.Width {
			v := 0.3 * r.NormFloat64()
			if j == i%3 {
				v += 3
			}
			f.Data = append(f.Data, float32(v))
		}
	}
	at, _ := ActiveSampler{Features: f, Known: make([]bool, f.N), Rand: rng.New(2)}.Next(6)
	groups := map[int]bool{}
	for _, i := range at {
		groups[i%3] = true
	}
	if len(groups) != 3 {
		t.Errorf("%v are of %d of three groups", at, len(groups))
	}
}

func TestClustersWithTheFewestLabelsComeFirstAndOfTheseTheLargest(t *testing.T) {
	f, _ := heaps(rng.New(2), 4, 3) // of 50, 40, 30 and 20
	p := ActiveSampler{Features: f, Known: make([]bool, f.N), Classes: 4, Rand: rng.New(3)}
	for i := range 8 {
		p.Known[5*i] = true // of the largest
	}
	k := f.N / (2 * leastTypical) // of so few samples
	of := kmeansOnce(f, k, p.Rand.For("proposals", k)).Of
	known, size := make([]int, k), make([]int, k)
	for i, c := range of {
		if size[c]++; p.Known[i] {
			known[c]++
		}
	}
	at, _ := p.Next(6)
	taken := map[int]bool{}
	for n, i := range at {
		for c := range size {
			if before := known[c] < known[of[i]] || known[c] == known[of[i]] && size[c] > size[of[i]]; before && size[c] >= leastTypical && !taken[c] {
				t.Errorf("number %d is of a cluster of %d, %d known; there is one of %d, %d known", n, size[of[i]], known[of[i]], size[c], known[c])
			}
		}
		if taken[of[i]] {
			t.Errorf("number %d is of a cluster that one is taken of", n)
		}
		taken[of[i]] = true
	}
}

func TestSuggestedSamplesHaveNoLabelAreDistinctAndRepeat(t *testing.T) {
	f, _ := unbalanced(rng.New(4), []int{40, 30}, 4, 3)
	margin := make([]float64, f.N)
	for _, known := range []int{0, 1, 7, 12, 60, 70, f.N} {
		p := ActiveSampler{Features: f, Known: make([]bool, f.N), Margin: margin, Classes: 2, Rand: rng.New(9)}
		for _, i := range rng.New(5).Perm(f.N)[:known] {
			p.Known[i] = true
		}
		for _, n := range []int{0, 1, 8, 50, 1000} {
			at, typical := p.Next(n)
			if len(at) != min(n, f.N-known) || typical != (known < 10) {
				t.Errorf("%d known: asked for %d, got %d, typical %v", known, n, len(at), typical)
			}
			if slices.ContainsFunc(at, func(i int) bool { return p.Known[i] }) {
				t.Errorf("%d known, one of them is among %v", known, at)
			}
			if sorted := slices.Sorted(slices.Values(at)); len(slices.Compact(sorted)) != len(at) {
				t.Errorf("%d known, twice the same in %v", known, at)
			}
			p.Rand.Uint64() // what was drawn before does not matter
			if again, _ := p.Next(n); !slices.Equal(again, at) {
				t.Errorf("%d known: %v, then %v", known, at, again)
			}
		}
	}
}

func TestFewSamplesAreSuggestedToo(t *testing.T) {
	for n := range 8 {
		p := ActiveSampler{Features: Features{Data: make([]float32, 2*n), N: n, Width: 2}, Known: make([]bool, n), Rand: rng.New(1)}
		if at, typical := p.Next(5); len(at) != min(n, 5) || !typical {
			t.Errorf("of %d alike: %v", n, at)
		}
	}
}

func TestUncertainSamplesLieAtTheBorderAndApart(t *testing.T) {
	r := rng.New(6)
	f := Features{N: 400, Width: 2, Data: make([]float32, 800)}
	p := ActiveSampler{Known: make([]bool, f.N), Margin: make([]float64, f.N), Classes: 2, Rand: r}
	for i := range f.N { // on a circle: classes left and right of the vertical, which is crossed at two places
		x, y := math.Sincos(2 * math.Pi * r.Float64())
		f.Row(i)[0], f.Row(i)[1] = float32(x), float32(y)
		p.Known[i], p.Margin[i] = i%20 == 0, math.Abs(x)
	}
	p.Features = f
	at, typical := p.Next(6)
	if typical || len(at) != 6 {
		t.Fatalf("%v, typical %v", at, typical)
	}
	for k, i := range at {
		if p.Margin[i] > 0.3 || k > 0 && p.Margin[i] < p.Margin[at[k-1]] {
			t.Errorf("number %d is at %v", k, f.Row(i))
		}
		for _, o := range Neighbors(f, i, tooNear) {
			if slices.Contains(at, o.Index) {
				t.Errorf("%d and its neighbour %d", i, o.Index)
			}
		}
	}
	all, _ := p.Next(f.N)
	if !slices.Equal(all[:6], at) || len(all) != 380 {
		t.Errorf("all there are: %d, first %v", len(all), all[:6])
	}
	p.Margin = nil
	if _, typical := p.Next(3); !typical {
		t.Error("uncertain without margins")
	}
}

func TestActiveSamplingIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of SIMD")
	}
	f, _ := unbalanced(rng.New(7), []int{900, 500, 300, 200, 50, 30}, 20, 256)
	p := ActiveSampler{Features: f.On(cpu.New()), Known: make([]bool, f.N), Margin: make([]float64, f.N), Classes: 20, Rand: rng.New(8)}
	for _, known := range []int{0, 50, 100} {
		for i := range known {
			p.Known[i*f.N/known] = true
		}
		start := time.Now()
		at, typical := p.Next(10)
		took := time.Since(start)
		t.Logf("%d known, typical %v: %v", known, typical, took)
		if len(at) != 10 || took > 2*time.Second {
			t.Errorf("%d known: %v for %d", known, took, len(at))
		}
	}
}
