package worker

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// examined trains a run and lets the doctor look at it thoroughly.
func examined(t *testing.T, c Config, set *data.Set) (codes []string, d *Doctor) {
	t.Helper()
	r, err := NewRun(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	d = &Doctor{}
	d.Watch(r)
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			d.trouble = err
			break
		}
		if r.Done%20 == 0 {
			if err := r.Monitor(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.Examine(t.Context(), set.Labels, true, func() {}); err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Found {
		codes = append(codes, f.Code)
		if f.Title == "" || f.Evidence == "" || f.Remedy == "" {
			t.Errorf("%s says too little: %+v", f.Code, f)
		}
	}
	t.Logf("%s, %d samples: %v\n%+v %+v", c.Task, set.Len(), d.Found, d.slow.Questions, d.slow.Labels)
	return codes, d
}

// provoked is a run that every diagnosis but one should leave alone, and, with a change, that one finds something in.
var healthyRun = Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 32, Steps: 60, Seed: 2}

func TestTheDoctorFindsNothingGraveInAHealthyRun(t *testing.T) {
	long(t)
	codes, d := examined(t, healthyRun, drawn(220, 1))
	for _, f := range d.Found {
		if f.Grave || slices.Contains([]string{"collapse", "rate-high", "rate-low", "augmentation-weak", "augmentation-strong", "shortcut", "duplicates", "too-few"}, f.Code) {
			t.Errorf("it finds %v", codes)
		}
	}
}

func TestEveryAilmentIsProvokedAndNamed(t *testing.T) {
	long(t)
	with := func(change Config) Config {
		c, err := healthyRun.with(change)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	options := func(s string) Config { return Config{Options: json.RawMessage(s)} }
	for _, c := range []struct {
		code   string
		config Config
		set    *data.Set
	}{
		{"collapse", with(Config{Rate: 3, Optimizer: "sgd"}), drawn(160, 1)},
		{"rate-high", with(Config{Rate: 0.5}), drawn(160, 1)},
		{"rate-low", with(Config{Rate: 1e-6}), drawn(160, 1)},
		{"augmentation-weak", with(options(`{"temperature":1,"crop":1,"jitter":0,"gray":0,"blur":0,"flip":false}`)), drawn(160, 1)},
		{"augmentation-strong", with(options(`{"crop":0.05,"jitter":1,"gray":1,"blur":1}`)), drawn(160, 1)},
		{"shortcut", Config{Task: "patchposition", Encoder: "resnet6", Size: 16, Batch: 32, Steps: 100, Seed: 2, Options: json.RawMessage(`{"gray":0,"normalise":false,"crop":1}`)}, shaded(120)},
		{"shortcut-labels", healthyRun, tinted(160)},
		{"duplicates", healthyRun, copied(drawn(120, 1), 40)},
		{"too-few", with(Config{Steps: 60, Batch: 16}), drawn(100, 1)},
	} {
		t.Run(c.code, func(t *testing.T) {
			codes, d := examined(t, c.config, c.set)
			at := slices.Index(codes, c.code)
			if at < 0 {
				t.Fatalf("it finds only %v", codes)
			}
			if f := d.Found[at]; f.Change != nil {
				to, err := c.config.with(*f.Change)
				if err == nil {
					_, err = to.Resolve()
				}
				if err != nil {
					t.Errorf("its remedy cannot be taken: %v", err)
				}
			}
		})
	}
}

// shaded is pictures of noise that get redder to the right and greener downwards: the colours of a piece tell where it was.
func shaded(n int) *data.Set {
	set, r := &data.Set{Of: data.Images}, rng.New(1)
	for i := range n {
		rgb := make([]byte, 0, 24*24*3)
		for y := range 24 {
			for x := range 24 {
				rgb = append(rgb, byte(10*x), byte(10*y), byte(r.IntN(256)))
			}
		}
		set.Names, set.Labels, set.X = append(set.Names, fmt.Sprintf("%03d.png", i)), append(set.Labels, ""), append(set.X, tensor.Bytes(rgb, 24, 24, 3))
	}
	return set
}

// tinted is drawn pictures whose labels do not follow what they show but a tint, as of another device.
func tinted(n int) *data.Set {
	set := drawn(n, 1)
	set.Labels = slices.Clone(set.Labels)
	for i, x := range set.X {
		set.Labels[i] = []string{"well", "ill"}[i/4%2]
		rgb := slices.Clone(x.Buf.(kernel.Bytes))
		for k := range rgb {
			if i/4%2 == 1 && k%3 == 2 {
				rgb[k] /= 2
			}
		}
		set.X[i] = tensor.Bytes(rgb, x.Shape...)
	}
	return set
}

// copied is a set whose first n pictures are there twice, the second time as saved by another program.
func copied(set *data.Set, n int) *data.Set {
	r := rng.New(3)
	for i := range n {
		rgb := slices.Clone(set.X[i].Buf.(kernel.Bytes))
		for k := range rgb {
			rgb[k] = byte(min(max(int(rgb[k])+r.IntN(5)-2, 0), 255))
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("copies/%03d.jpg", i)), append(set.Labels, set.Labels[i])
		set.X = append(set.X, tensor.Bytes(rgb, set.X[i].Shape...))
	}
	return set
}

func TestCopiesOfTextsAndSeriesAreFound(t *testing.T) {
	set := weatherSet(t, 60)
	for i := range 20 {
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("copy %d", i)), append(set.Labels, set.Labels[i])
		set.Texts.Append(set.Texts.At(i) + ".")
	}
	r := trained(t, tinyTexts, set)
	groups, err := r.duplicates(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]bool{}
	for _, g := range groups {
		for _, i := range g {
			found[i] = true
		}
	}
	for i := range 20 {
		if !found[i] || !found[60+i] {
			t.Errorf("text %d and its copy were not found", i)
		}
	}
	waved := waveSet(400)
	if g := duplicateRecordings(waved); len(g) != 0 {
		t.Errorf("of different recordings %d groups are the same", len(g))
	}
	waved.Recordings.Of = append(waved.Recordings.Of, waved.Recordings.Of[0])
	waved.Cut(16)
	if g := duplicateRecordings(waved); len(g) != 1 || len(g[0]) < 4 {
		t.Errorf("a copied recording gives groups %v", g)
	}
}

// Vitals of a run in which nothing is wrong.
func wellVitals() Vitals {
	v := Vitals{Config: Config{Task: "simclr", Kind: data.Images, Encoder: "resnet6", Size: 32, Batch: 64, Rate: 2e-3, Steps: 200, Seed: 1, Optimizer: "adamw"},
		Kind: data.Images, Samples: 1000, Learned: 950, Step: 200, Width: 256, Before: Before{Directions: 60, Std: 0.03},
		Now:       map[string]float64{"directions": 50, "std": 0.03, "heldOut": 2.2, "learned": 2.0},
		Questions: &Asked{N: 128, Chance: 1. / 127, Encoder: 0.5, Twins: true, TooAlike: 0.2, Cues: []Cue{{"colours", "", 0.2}}},
		Labels:    &Asked{N: 400, Chance: 0.2, Encoder: 0.7, Cues: []Cue{{"colours", "", 0.4}, {"file", "", 0.2}}}}
	for i := range 200 {
		p := Point{Step: i + 1, Loss: float32(4 - 0.01*float64(i))}
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
		{"augmentation-weak", func(v *Vitals) { v.Questions.TooAlike = 0.95 }, func(v *Vitals) { v.Questions.TooAlike = 0.8 }},
		{"augmentation-strong", func(v *Vitals) { v.Questions.Encoder, v.Questions.TooAlike = 0.01, 0.02 }, func(v *Vitals) { v.Questions.Encoder = 0.2 }},
		{"shortcut", func(v *Vitals) { v.Questions.Cues[0].Tells, v.Questions.Encoder = 0.8, 0.8 }, func(v *Vitals) { v.Questions.Cues[0].Tells, v.Questions.Encoder = 0.8, 0.95 }},
		{"shortcut-labels", func(v *Vitals) { v.Labels.Cues[1].Tells = 0.72 }, func(v *Vitals) { v.Labels.Cues[1].Tells = 0.6 }},
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

func TestARemedyBeginsWithTheWeightsOfWhenAllWasWell(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	files, attached := pictures(40)
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, Configure{Config{Encoder: "resnet8", Size: 16, Batch: 8, Steps: 24, Seed: 3, Options: json.RawMessage(`{"temperature":1,"crop":1,"jitter":0,"gray":0,"blur":0,"flip":false}`)}})
	k.mustFail(Misfit, Remedy{Code: "collapse"})
	must[Done](k, Start{})
	e := must[Examined](k, Examine{})
	var codes []string
	for _, f := range e.Findings {
		codes = append(codes, f.Code)
	}
	if !slices.Contains(codes, "augmentation-weak") || len(e.Checked) != len(diagnoses) {
		t.Fatalf("the doctor finds %v", codes)
	}
	c := must[Configured](k, Remedy{Code: "augmentation-weak"})
	given := map[string]any{}
	if err := json.Unmarshal(c.Config.Options, &given); err != nil || given["crop"] != 0.35 || given["temperature"] != 0.2 {
		t.Errorf("options are now %s, %v", c.Config.Options, err)
	}
	if e.Healthy > 0 != (c.Config.From == healthy) {
		t.Errorf("well at step %d, begins from %q", e.Healthy, c.Config.From)
	}
	must[Done](k, Start{})

	for i := range files[:10] { // once more, under other names
		files[i].Path = "again/" + files[i].Path
	}
	must[Added](k, Add{Files: files[:10], Size: 16}, attached[:10]...)
	must[Done](k, Start{})
	must[Examined](k, Examine{})
	must[Configured](k, Remedy{Code: "duplicates"})
	if after := must[Embedding](k, Embed{}); len(after.Names) > 40 || len(after.Names) < 30 {
		t.Errorf("%d samples are left of 40 and 10 copies", len(after.Names))
	}
	must[Done](k, Start{})
}

func TestOptionsOfAChangeAreLaidOverThoseThereAre(t *testing.T) {
	c := Config{Task: "simclr", Rate: 0.5, Options: json.RawMessage(`{"crop":1,"width":32}`)}
	got, err := c.with(Config{Rate: 0.1, Options: json.RawMessage(`{"crop":0.3}`)})
	options := map[string]float64{}
	if err == nil {
		err = json.Unmarshal(got.Options, &options)
	}
	if err != nil || got.Rate != 0.1 || got.Task != "simclr" || options["crop"] != 0.3 || options["width"] != 32 {
		t.Errorf("%+v %s, %v", got, got.Options, err)
	}
}
