package diagnose

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// sortedRows is labelled series in one file, sorted by class: n of each of two classes that are a little hard to distinguish.
// Those of class b are longer by some rows.
func sortedRows(n, longer int) *data.Set {
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
	return cut(r)
}

// cut is recordings in windows of 32 rows.
func cut(of *data.Recordings) *data.Set {
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(32)
	return set
}

// cuesOf are the cues that labels are predicted from, and with what accuracy.
func cuesOf(t *testing.T, c run.Config, set *data.Set) (names []string, accuracy []float64) {
	t.Helper()
	s, err := labelCues(t.Context(), trained(t, c, set), set.Labels, func() {})
	if err != nil || s == nil {
		t.Fatalf("%v, %v", s, err)
	}
	for _, c := range s.Cues {
		names, accuracy = append(names, c.Name), append(accuracy, c.Accuracy)
	}
	return names, accuracy
}

func TestWhereASampleStandsInItsFileIsNoCueOfItsLabel(t *testing.T) {
	if names, accuracy := cuesOf(t, tinySeries, sortedRows(60, 0)); len(names) != 0 {
		t.Errorf("of samples of one file and one length: %v predict %v", names, accuracy)
	}
	if names, accuracy := cuesOf(t, tinySeries, sortedRows(60, 16)); !slices.Equal(names, []string{"file"}) || accuracy[0] < 0.95 {
		t.Errorf("where one class is longer: %v predict %v", names, accuracy)
	}

	texts := testsets.Weather(160)
	of, labels := &data.Texts{}, slices.Clone(texts.Labels)
	for i := range 160 {
		k := i/80 + i%80*2 // the first class first
		of.Append(texts.Texts.At(k))
		texts.Labels[i] = labels[k]
	}
	texts.Texts, texts.Language = of, nil
	names, accuracy := cuesOf(t, tinyTexts, texts)
	for i, name := range names {
		if name == "order" || accuracy[i] > 0.8 {
			t.Errorf("of rows of one table: %s predicts %v", name, accuracy[i])
		}
	}
}

func TestWhenAWindowWasReadAndWhichFileItIsOfAreCues(t *testing.T) {
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
	if names, accuracy := cuesOf(t, tinySeries, cut(r)); !slices.Equal(names, []string{"order"}) || accuracy[0] < 0.9 {
		t.Errorf("of one table by time: %v predict %v", names, accuracy)
	}
	r.Of[0].Clock = data.Clock{}
	if names, _ := cuesOf(t, tinySeries, cut(r)); len(names) != 0 {
		t.Errorf("of one table without times: %v", names)
	}
	r.Of = nil
	one("left/m.csv", func(int) uint16 { return 1 })
	one("right/m.csv", func(int) uint16 { return 2 })
	names, accuracy := cuesOf(t, tinySeries, cut(r))
	if at := slices.Index(names, "file"); at < 0 || accuracy[at] < 0.95 {
		t.Errorf("of two folders: %v predict %v", names, accuracy)
	}
}
