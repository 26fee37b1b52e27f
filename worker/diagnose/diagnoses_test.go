package diagnose

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/worker/run"
)

// wellVitals are of a run in which nothing is wrong.
func wellVitals() Vitals {
	v := Vitals{Config: run.Config{Task: "simclr", Kind: data.Images, Encoder: "resnet6", Size: 32, Batch: 64, Rate: 2e-3, Steps: 200, Seed: 1, Optimizer: "adamw"},
		Kind: data.Images, Samples: 1000, Learned: 950, Step: 200, Width: 256, Before: Before{Directions: 60, Std: 0.03},
		Now:    map[string]float64{"directions": 50, "std": 0.03, "heldOut": 2.2, "learned": 2.0},
		Task:   &Shortcuts{N: 128, Chance: 1. / 127, Encoder: 0.5, Pairs: true, TooAlike: 0.2, Cues: []Cue{{"colours", "", 0.2}}},
		Labels: &Shortcuts{N: 400, Chance: 0.2, Encoder: 0.7, Cues: []Cue{{"colours", "", 0.4}, {"file", "", 0.2}}}}
	for i := range 200 {
		p := run.Point{Step: i + 1, Loss: float32(4 - 0.01*float64(i))}
		if i%20 == 0 {
			p.Metrics = map[string]float64{"heldOut": 4 - 0.009*float64(i), "learned": 4 - 0.01*float64(i)}
		}
		v.Curve = append(v.Curve, p)
	}
	return v
}

func TestDiagnosesFollowTheFiguresToBothSidesOfTheirBorders(t *testing.T) {
	if found := Diagnose(wellVitals()); len(found) != 0 {
		t.Fatalf("of a well run: %+v", found)
	}
	flat := func(v *Vitals) {
		for i := range v.Curve {
			v.Curve[i].Loss = 4
		}
	}
	for _, c := range []struct {
		code     string
		ill      func(v *Vitals)
		notQuite func(v *Vitals)
	}{
		{"collapse", func(v *Vitals) { v.Now["directions"] = 15 }, func(v *Vitals) { v.Now["directions"] = 22 }},
		{"collapse", func(v *Vitals) { v.Now["std"] = 0.0005 }, func(v *Vitals) { v.Now["std"] = 0.002 }},
		{"no-difference", func(v *Vitals) { v.Before.Std = 1e-8 }, func(v *Vitals) { v.Before.Std = 1e-5 }},
		{"missing-values", func(v *Vitals) {
			v.Fill = []data.FillValue{{Channel: "temp", Value: -999, Readings: 1, Of: 4000, Why: "far from the rest"}}
		}, func(v *Vitals) {}},
		{"rate-high", func(v *Vitals) { v.Config.Rate = 0.1; flat(v) }, func(v *Vitals) { v.Config.Rate = 0.1 }},
		{"rate-high", func(v *Vitals) { v.Diverged = true }, func(v *Vitals) { flat(v) }},
		{"rate-low", func(v *Vitals) { v.Config.Rate = 1e-5; flat(v) }, func(v *Vitals) { v.Config.Rate = 1e-5 }},
		{"augmentation-weak", func(v *Vitals) { v.Task.TooAlike = 0.95 }, func(v *Vitals) { v.Task.TooAlike = 0.8 }},
		{"augmentation-strong", func(v *Vitals) { v.Task.Encoder, v.Task.TooAlike = 0.01, 0.02 }, func(v *Vitals) { v.Task.Encoder = 0.2 }},
		{"shortcut", func(v *Vitals) { v.Task.Cues[0].Accuracy, v.Task.Encoder = 0.8, 0.8 }, func(v *Vitals) { v.Task.Cues[0].Accuracy, v.Task.Encoder = 0.8, 0.95 }},
		{"shortcut-labels", func(v *Vitals) { v.Labels.Cues[1].Accuracy = 0.72 }, func(v *Vitals) { v.Labels.Cues[1].Accuracy = 0.6 }},
		{"duplicates", func(v *Vitals) { v.Names = make([]string, 1000); v.Duplicates = [][]int{seq(0, 30)} }, func(v *Vitals) { v.Names = make([]string, 1000); v.Duplicates = [][]int{seq(0, 8)} }},
		{"too-few", func(v *Vitals) { v.Samples = 60 }, func(v *Vitals) { v.Samples = 250 }},
		{"too-few", func(v *Vitals) { v.Now["heldOut"], v.Now["learned"] = 3.5, 1.5 }, func(v *Vitals) { v.Now["heldOut"], v.Now["learned"] = 2.2, 1.5 }},
	} {
		codes := func(how func(v *Vitals)) (out []string) {
			v := wellVitals()
			how(&v)
			for _, f := range Diagnose(v) {
				out = append(out, f.Code)
			}
			return out
		}
		if got := codes(c.ill); !slices.Contains(got, c.code) {
			t.Errorf("%s is not found: %v", c.code, got)
		}
		if got := codes(c.notQuite); slices.Contains(got, c.code) {
			t.Errorf("%s is found where it is not so", c.code)
		}
	}
}

func TestReadingsThatMayMeanMissingAreGraveWhereThereAreMany(t *testing.T) {
	v := wellVitals()
	v.Config.Missing = []data.Missing{{Channel: "hum", Value: 9999}}
	for readings, grave := range map[int]bool{19: false, 21: true} {
		v.Fill = []data.FillValue{{Channel: "temp", Value: -999, Readings: readings, Of: 1000, Why: "far from the rest"}, {Channel: "wind", Value: -999, Readings: 1, Of: 1000, Why: "far from the rest"}}
		f := Diagnose(v)
		want := []data.Missing{{Channel: "hum", Value: 9999}, {Channel: "temp", Value: -999}, {Channel: "wind", Value: -999}}
		if len(f) != 1 || f[0].Grave != grave || !slices.Equal(f[0].Change.Missing, want) || !strings.Contains(f[0].Evidence, "channels temp, wind: ") {
			t.Errorf("%d readings: %+v", readings, f)
		}
	}
	if len(v.Config.Missing) != 1 {
		t.Error("the configuration was written over")
	}
}

func seq(from, n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = from + i
	}
	return at
}
