package label

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"testing"

	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/testsets"
)

func TestAHandfulOfLabelsPredictsTheRest(t *testing.T) {
	set := testsets.Shapes(120, 1)
	f := probe.RawPixels(set, 8)
	labels := make([]string, 120)
	if p, err := Predict(f, labels, "linear", rng.New(1)); err != nil || p.Probabilities.Len() != 0 {
		t.Errorf("no labels predict %+v, %v", p, err)
	}
	for i := range 32 {
		labels[i] = set.Labels[i]
	}
	for _, method := range []string{"linear", "centroid", "knn"} {
		p, err := Predict(f, labels, method, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i := 32; i < 120; i++ {
			if p.Probabilities.Label(i) == set.Labels[i] {
				right++
			}
		}
		if right < 44 {
			t.Errorf("%s predicts %d of 88 right", method, right)
		}
		var out bytes.Buffer
		if err := p.WriteCSV(&out, set.Names); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 121 || !slices.Equal(rows[0][:4], []string{"name", "given", "predicted", "likely"}) || rows[1][1] != set.Labels[0] || rows[40][1] != "" {
			t.Errorf("%s: table %.3v, %v", method, rows, err)
		}
	}
	var out bytes.Buffer
	if err := (Prediction{Labels: labels}).WriteCSV(&out, set.Names); !errors.Is(err, ErrNone) {
		t.Errorf("a table of nothing: %v", err)
	}
}
