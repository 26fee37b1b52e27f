package worker

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/core/rng"
)

// sorted is a collection of labelled series in one file, sorted by class, of n of each of two classes that are a little hard to tell; those
// of class b are as much longer as asked.
func sortedCollection(n, longer int) *data.Set {
	r := &data.Recordings{Channels: []string{"value"}, Classes: []string{"", "a", "b"}}
	dice := rng.New(4)
	for i := range 2 * n {
		class, rows := i/n, 32+i/n*longer
		x := make([]float32, rows)
		for t := range x {
			x[t] = float32(math.Sin(float64(t)/[]float64{2, 2.2}[class]) + dice.NormFloat64())
		}
		r.Of = append(r.Of, data.Recording{Name: fmt.Sprintf("gun.tsv, row %d", i+1), X: x, Labels: []uint16{uint16(class + 1)}})
	}
	set := &data.Set{Of: data.Series, Recordings: r}
	set.Cut(32)
	return set
}

func cuesOf(t *testing.T, r *Run, set *data.Set) (names []string, tells []float64) {
	t.Helper()
	asked, err := r.labelCues(t.Context(), set.Labels, func() {})
	if err != nil || asked == nil {
		t.Fatalf("%v, %v", asked, err)
	}
	for _, c := range asked.Cues {
		names, tells = append(names, c.Name), append(tells, c.Tells)
	}
	return names, tells
}

func TestWhereASampleStandsInItsFileIsNoCueOfItsLabel(t *testing.T) {
	tiny := tinySeries
	tiny.Steps, tiny.Options = 2, []byte(`{"horizon":4}`)
	set := sortedCollection(60, 0)
	if names, tells := cuesOf(t, trained(t, tiny, set), set); len(names) != 0 {
		t.Errorf("of samples of one file and one length: %v tell %v", names, tells)
	}
	set = sortedCollection(60, 16)
	if names, tells := cuesOf(t, trained(t, tiny, set), set); !slices.Equal(names, []string{"file"}) || tells[0] < 0.95 {
		t.Errorf("where one class is longer: %v tell %v", names, tells)
	}

	texts := weatherSet(t, 160)
	order := make([]int, 160) // the first class first
	for i := range order {
		order[i] = i/80 + i%80*2
	}
	of := &data.Texts{}
	labels := slices.Clone(texts.Labels)
	for i, k := range order {
		of.Append(texts.Texts.At(k))
		texts.Labels[i] = labels[k]
	}
	texts.Texts, texts.Language = of, nil
	r := trained(t, tinyTexts, texts)
	names, tells := cuesOf(t, r, texts)
	for i, name := range names {
		if name == "order" || tells[i] > 0.8 {
			t.Errorf("of rows of one table: %s tells %v", name, tells[i])
		}
	}
}

func TestWhenAStretchWasReadAndWhichFileItIsOfAreCues(t *testing.T) {
	tiny := tinySeries
	tiny.Steps, tiny.Options = 2, []byte(`{"horizon":4}`)
	r := &data.Recordings{Channels: []string{"value"}, Classes: []string{"", "a", "b"}}
	dice := rng.New(4)
	one := func(name string, label func(t int) uint16) {
		x, labels := make([]float32, 1200), make([]uint16, 1200)
		for t := range x {
			x[t], labels[t] = float32(dice.NormFloat64()), label(t)
		}
		r.Of = append(r.Of, data.Recording{Name: name, X: x, Labels: labels, Clock: data.Clock{Start: 0, Step: 1000}})
	}
	one("m.csv", func(t int) uint16 { return uint16(1 + t/600) })
	set := &data.Set{Of: data.Series, Recordings: r}
	set.Cut(32)
	if names, tells := cuesOf(t, trained(t, tiny, set), set); !slices.Equal(names, []string{"order"}) || tells[0] < 0.9 {
		t.Errorf("of one table by time: %v tell %v", names, tells)
	}
	r.Of[0].Clock = data.Clock{}
	set.Cut(32)
	if names, _ := cuesOf(t, trained(t, tiny, set), set); len(names) != 0 {
		t.Errorf("of one table without times: %v", names)
	}
	r.Of = nil
	one("left/m.csv", func(int) uint16 { return 1 })
	one("right/m.csv", func(int) uint16 { return 2 })
	set = &data.Set{Of: data.Series, Recordings: r}
	set.Cut(32)
	names, tells := cuesOf(t, trained(t, tiny, set), set)
	if at := slices.Index(names, "file"); at < 0 || tells[at] < 0.95 {
		t.Errorf("of two folders: %v tell %v", names, tells)
	}
}
