package probe

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// clouds draws n samples around one random direction for each class.
func clouds(n, width, classes int, spread float64) Labelled {
	r := rng.New(7)
	centers := make([]float32, classes*width)
	for i := range centers {
		centers[i] = float32(r.NormFloat64())
	}
	l := Labelled{Features{Data: make([]float32, n*width), N: n, Width: width}, make([]string, n)}
	for i := range n {
		c := i % classes
		l.Labels[i] = fmt.Sprint("class ", c)
		for j := range width {
			l.Row(i)[j] = centers[c*width+j] + float32(spread*r.NormFloat64())
		}
	}
	return l
}

// shuffled is l with labels that have nothing to do with the features.
func (l Labelled) shuffled() Labelled {
	labels := make([]string, len(l.Labels))
	for i, j := range rng.New(3).Perm(len(labels)) {
		labels[i] = l.Labels[j]
	}
	return Labelled{l.Features, labels}
}

func TestKNNFindsSeparateClasses(t *testing.T) {
	l := clouds(300, 16, 5, 0.1)
	if a := KNN(l.Features, l.Labels, 0); a.Mean != 1 || a.Queries != 300 || a.High != 1 || a.Low < 0.98 {
		t.Errorf("got %+v, want all of 300 right", a)
	}
}

func TestKNNOnRandomLabelsIsChance(t *testing.T) {
	l := clouds(1000, 16, 5, 1).shuffled()
	a := KNN(l.Features, l.Labels, 20)
	if a.Low > 0.2 || a.High < 0.2 || a.High-a.Low > 0.06 {
		t.Errorf("got %+v, want a narrow band around one in five", a)
	}
}

func TestKNNIgnoresSamplesWithoutLabel(t *testing.T) {
	l := clouds(90, 8, 3, 0.1)
	want := KNN(l.Features, l.Labels, 5)
	// The same samples, and as many unlabelled copies that would outvote them.
	mixed := Features{Data: append(slices.Clone(l.Data), l.Data...), N: 180, Width: 8}
	got := KNN(mixed, append(slices.Clone(l.Labels), make([]string, 90)...), 5)
	if !reflect.DeepEqual(got, want) || got.Queries != 90 {
		t.Errorf("got %+v with unlabelled samples, %+v without", got, want)
	}
}

func TestKNNWeighsVotesByCosine(t *testing.T) {
	// One neighbour at cosine 1 outweighs two at 0.8: exp(1/0.07) > 2 exp(0.8/0.07).
	train := Labelled{Features{Data: []float32{1, 0, 0.8, 0.6, 0.8, -0.6}, N: 3, Width: 2}, []string{"near", "far", "far"}}
	query := Features{Data: []float32{5, 0}, N: 1, Width: 2}
	if s := NewKNN(train, 0).Predict(query); s.Label(0) != "near" {
		t.Errorf("the near neighbour was outvoted: %+v", s)
	}
	// At 0.96 two together outweigh it.
	train.Data = []float32{1, 0, 0.96, 0.28, 0.96, -0.28}
	if s := NewKNN(train, 0).Predict(query); s.Label(0) != "far" {
		t.Errorf("the near neighbour outvoted two almost as near: %+v", s)
	}
}

func TestKNNSurvivesFewAndBrokenSamples(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name   string
		data   []float32
		labels []string
		want   float64
	}{
		{"none", nil, nil, 0},
		{"no labels", []float32{1, 2}, []string{""}, 0},
		{"one", []float32{1, 2}, []string{"a"}, 0},
		{"two alike", []float32{1, 2, 1, 2}, []string{"a", "a"}, 1},
		{"zeros", []float32{0, 0, 0, 0}, []string{"a", "a"}, 1},
		{"not numbers", []float32{nan, 1, 1, 2, 1, 2}, []string{"b", "a", "a"}, 2. / 3},
	} {
		a := KNN(Features{Data: c.data, N: len(c.labels), Width: 2}, c.labels, 20)
		if math.Abs(a.Mean-c.want) > 1e-12 || a.Low > a.Mean || a.High < a.Mean {
			t.Errorf("%s: got %+v, want %v", c.name, a, c.want)
		}
	}
}

func TestABackendComparesLikePlainGo(t *testing.T) {
	l := clouds(301, 24, 4, 1.5) // neither blocks nor fours fit
	plain, device := l.unit(), l.On(cpu.New()).unit()
	var want, got []float32
	plain.compare(plain, func(_ int, d []float32) { want = append(want, d...) })
	device.compare(device, func(_ int, d []float32) { got = append(got, d...) })
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Fatalf("pair %d, %d: %v on the backend, %v in plain Go", i/301, i%301, got[i], want[i])
		}
	}
	if len(want) != 301*301 || len(got) != len(want) {
		t.Errorf("%d and %d products of 301 squared", len(got), len(want))
	}
}

func TestNeighborsAreNearestFirst(t *testing.T) {
	f := Features{Data: []float32{1, 0, 0, 1, 2, 0.2, 3, 3, -1, 0}, N: 5, Width: 2}
	var got []int
	for _, n := range Neighbors(f, 0, 10) {
		got = append(got, n.Index)
	}
	if !slices.Equal(got, []int{2, 3, 1, 4}) {
		t.Errorf("got %v", got)
	}
	if near := Neighbors(f, 0, 1); len(near) != 1 || math.Abs(float64(near[0].Cosine)-2/math.Sqrt(4.04)) > 1e-6 {
		t.Errorf("got %v", near)
	}
	if near := Neighbors(f, 0, 0); len(near) != 0 {
		t.Errorf("asked for none, got %v", near)
	}
}

func TestTheClosestIsTheFirstNeighbour(t *testing.T) {
	l := clouds(60, 8, 3, 1)
	for i, at := range Closest(l.Features) {
		if want := Neighbors(l.Features, i, 1)[0].Index; at != want {
			t.Errorf("of %d the closest is %d, its first neighbour %d", i, at, want)
		}
	}
	queries := clouds(20, 8, 3, 1).Features
	for i, at := range ClosestTo(l.Features, queries) {
		if want := NearestTo(l.Features, queries.Pick([]int{i}), 1)[0].Index; at != want {
			t.Errorf("to query %d the closest is %d, its nearest %d", i, at, want)
		}
	}
	if at := Closest(Features{Data: []float32{1, 2}, N: 1, Width: 2}); at[0] != -1 {
		t.Errorf("alone, the closest is %d", at[0])
	}
}

func TestOfEqualNeighborsTheFirstComesFirst(t *testing.T) {
	f := Features{Data: []float32{2, 2, 2, 2, 2, 2}, N: 6, Width: 1}
	for range 3 {
		near := Neighbors(f, 2, 3)
		if near[0].Index != 0 || near[1].Index != 1 || near[2].Index != 3 {
			t.Fatalf("got %v", near)
		}
	}
}

func BenchmarkKNN(b *testing.B) {
	l := clouds(2000, 128, 9, 2)
	for _, way := range []struct {
		name string
		f    Features
	}{{"plain", l.Features}, {"backend", l.On(cpu.New())}} {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				KNN(way.f, l.Labels, 20)
			}
		})
	}
}
