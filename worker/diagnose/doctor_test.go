package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// examined trains a run and lets the doctor look at it thoroughly.
func examined(t *testing.T, c run.Config, set *data.Set) (codes []string, d *Doctor) {
	t.Helper()
	r, err := run.New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	d = &Doctor{}
	d.Watch(r)
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			d.Failed(err)
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
	t.Logf("%s, %d samples: %v\n%+v %+v", c.Task, set.Len(), d.Found, d.slow.Task, d.slow.Labels)
	return codes, d
}

// healthyRun is a run that every diagnosis should leave alone, and, with a change, one finds something in.
var healthyRun = run.Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 32, Steps: minTrend, Seed: 2}

func TestTheDoctorFindsNothingGraveInAHealthyRun(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	codes, d := examined(t, healthyRun, testsets.Shapes(220, 1))
	for _, f := range d.Found {
		if f.Grave || slices.Contains([]string{"collapse", "rate-high", "rate-low", "augmentation-weak", "augmentation-strong", "shortcut", "duplicates", "too-few"}, f.Code) {
			t.Errorf("it finds %v", codes)
		}
	}
}

func TestEveryAilmentIsProvokedAndNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	with := func(steps int, change run.Config) run.Config {
		change.Steps = steps
		c, err := healthyRun.With(change)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	options := func(s string) run.Config { return run.Config{Options: json.RawMessage(s)} }
	for _, c := range []struct {
		code   string
		config run.Config
		set    *data.Set
	}{
		{"collapse", with(20, run.Config{Rate: 3, Optimizer: "sgd"}), testsets.Shapes(100, 1)},
		{"rate-high", with(20, run.Config{Rate: 0.5}), testsets.Shapes(100, 1)},
		{"rate-low", with(minTrend, run.Config{Rate: 1e-6}), testsets.Shapes(100, 1)},
		{"augmentation-weak", with(2, options(`{"temperature":1,"crop":1,"jitter":0,"gray":0,"blur":0,"flip":false}`)), testsets.Shapes(100, 1)},
		{"augmentation-strong", with(minTrend, options(`{"crop":0.05,"jitter":1,"gray":1,"blur":1}`)), testsets.Shapes(160, 1)},
		{"shortcut", run.Config{Task: "patchposition", Encoder: "resnet6", Size: 16, Batch: 32, Steps: minTrend, Seed: 2, Options: json.RawMessage(`{"gray":0,"normalise":false,"crop":1}`)}, shaded(120)},
		{"shortcut-labels", with(2, run.Config{}), tinted(160)},
		{"duplicates", with(2, run.Config{}), copied(testsets.Shapes(120, 1), 40)},
		{"too-few", with(2, run.Config{Batch: 16}), testsets.Shapes(100, 1)},
	} {
		t.Run(c.code, func(t *testing.T) {
			codes, d := examined(t, c.config, c.set)
			at := slices.Index(codes, c.code)
			if at < 0 {
				t.Fatalf("it finds only %v", codes)
			}
			if f := d.Found[at]; f.Change != nil {
				to, err := c.config.With(*f.Change)
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

// shaded is pictures of noise that get redder to the right and greener downwards: the colours of a piece show where it was.
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
	set := testsets.Shapes(n, 1)
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
