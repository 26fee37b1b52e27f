package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// drawn is n pictures of four kinds: disks, frames, stripes and crosses, of several sizes and colours.
func drawn(n int, seed uint64) *data.Set {
	set, r := &data.Set{Of: data.Images}, rng.New(seed)
	kinds := []string{"cross", "disk", "frame", "stripes"}
	for i := range n {
		kind := kinds[i%4]
		r := r.For("picture", i)
		const side = 24
		cx, cy, size := 11+2*r.Float64(), 11+2*r.Float64(), 7+3*r.Float64()
		ink, ground := [3]float64{}, [3]float64{}
		for c := range 3 {
			ground[c] = 200 + 55*r.Float64()
			ink[c] = 120 * r.Float64()
		}
		rgb := make([]byte, 0, side*side*3)
		for y := range side {
			for x := range side {
				dx, dy := float64(x)-cx, float64(y)-cy
				far, near := max(dx*dx, dy*dy), min(dx*dx, dy*dy)
				in := map[string]bool{"disk": dx*dx+dy*dy < size*size, "frame": far < size*size && far > (size-3)*(size-3),
					"stripes": far < size*size && int(dy+50)%4 < 2, "cross": near < 5 && far < size*size}[kind]
				of := ground
				if in {
					of = ink
				}
				for c := range 3 {
					rgb = append(rgb, byte(of[c]))
				}
			}
		}
		set.Names = append(set.Names, fmt.Sprintf("%s/%03d.png", kind, i))
		set.Labels = append(set.Labels, kind)
		set.X = append(set.X, tensor.Bytes(rgb, side, side, 3))
	}
	return set
}

var drawnConfig = Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 32, Steps: 40, Seed: 2}

func TestTheMeterGivesEveryoneTheSameLabelsAndQuestions(t *testing.T) {
	set := drawn(120, 1)
	model := modelOf(t, trained(t, drawnConfig, set))
	for _, method := range []string{"knn", "linear", "centroid", "finetune", "fixmatch"} {
		if method == "finetune" {
			long(t)
		}
		var heard []ProbeResult
		m := Meter{Probe: Probe{Method: method, Labels: []string{"2", "all", "5000"}, Repeats: 2, Against: []string{"random", "raw"}},
			Model: model, Set: set, Backend: cpu.New(), Seed: 1, Each: func(d Measured) { heard = append(heard, d.Result) }}
		if method == "finetune" {
			m.Against = []string{"scratch", "raw"}
		}
		results, err := m.Results(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(results) != 6 || !reflect.DeepEqual(heard, results) { // nobody has 5,000 labels: that is all of them
			t.Fatalf("%s: %d results, %d heard of", method, len(results), len(heard))
		}
		for i, r := range results {
			if want := append([]string{"pretrained"}, m.Against...)[i%3]; r.Encoder != want || r.Labels != []int{2, 0}[i/3] || !(r.Low <= r.Accuracy && r.Accuracy <= r.High) || r.F1 <= 0 || r.Balanced <= 0 {
				t.Errorf("%s: result %d is %+v", method, i, r)
			}
		}
		if all := results[3]; all.Accuracy < 0.5 {
			t.Errorf("%s tells %.2f of four kinds with all labels", method, all.Accuracy)
		}
		if h := m.Headline(results); !strings.Contains(h, "2 labels of each class") {
			t.Errorf("headline %q", h)
		}
		sum := 0
		for _, row := range results[3].Confusion {
			for _, n := range row {
				sum += n
			}
		}
		if sum != 48 { // two fifths of 120
			t.Errorf("%s: the confusion matrix counts %d answers", method, sum)
		}
	}
}

func TestTheMeterFallsToChanceWhenLabelsAreShuffled(t *testing.T) {
	set := drawn(200, 3)
	model := modelOf(t, trained(t, drawnConfig, set))
	set.Labels = slices.Clone(set.Labels)
	rng.New(9).Shuffle(len(set.Labels), func(i, j int) { set.Labels[i], set.Labels[j] = set.Labels[j], set.Labels[i] })
	for _, method := range []string{"knn", "linear", "centroid", "finetune"} {
		m := Meter{Probe: Probe{Method: method, Labels: []string{"10", "all"}, Repeats: 5, Against: []string{"raw"}}, Model: model, Set: set, Backend: cpu.New(), Seed: 1}
		if method == "finetune" {
			m.Against, m.Repeats, m.Probe.Labels = []string{"scratch"}, 2, []string{"10"}
		}
		results, err := m.Results(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Accuracy > 0.38 || r.Accuracy < 0.12 {
				t.Errorf("%s, %d labels, %s tells %.2f of labels that mean nothing; a quarter is chance", r.Method, r.Labels, r.Encoder, r.Accuracy)
			}
		}
		if h := m.Headline(results); strings.HasPrefix(h, "With") && !strings.Contains(h, "chance") {
			t.Errorf("headline %q", h)
		}
	}
}

func TestPretrainingIsTheSameWithAndWithoutLabels(t *testing.T) {
	with, without, others := drawn(120, 5), drawn(120, 5), drawn(120, 5)
	without.Labels = make([]string, 120)
	for i := range others.Labels {
		others.Labels[i] = fmt.Sprint(i % 7)
	}
	c := drawnConfig
	c.Steps = 6
	var files [][]byte
	for _, set := range []*data.Set{with, without, others} {
		run := trained(t, c, set)
		if err := run.Monitor(t.Context(), nil); err != nil { // which does look at labels
			t.Fatal(err)
		}
		var buf bytes.Buffer
		if err := checkpoint.Encode(&buf, modelOf(t, run)); err != nil {
			t.Fatal(err)
		}
		files = append(files, buf.Bytes())
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("labels leak into pretraining")
	}
}

func TestAMeterThatIsStoppedKeepsWhatItHas(t *testing.T) {
	set := drawn(120, 1)
	model := modelOf(t, trained(t, drawnConfig, set))
	ctx, stop := context.WithCancel(t.Context())
	m := Meter{Probe: Probe{Method: "knn", Labels: []string{"1", "2", "5"}, Against: []string{"raw"}}, Model: model, Set: set, Backend: cpu.New(), Seed: 1}
	m.Each = func(d Measured) {
		if d.Done == 3 {
			stop()
		}
	}
	results, err := m.Results(ctx)
	if !errors.Is(err, context.Canceled) || len(results) != 3 {
		t.Errorf("%d results, error %v", len(results), err)
	}
}

func TestATestSetIsAskedInsteadOfAFifth(t *testing.T) {
	set, test := drawn(120, 1), drawn(60, 2)
	model := modelOf(t, trained(t, drawnConfig, set))
	m := Meter{Probe: Probe{Method: "knn", Labels: []string{"5", "all"}, Repeats: 3, Against: []string{"raw"}}, Model: model, Set: set, Test: test, Backend: cpu.New(), Seed: 1}
	results, err := m.Results(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		n := 0
		for _, row := range r.Confusion {
			for _, k := range row {
				n += k
			}
		}
		if r.Encoder == "pretrained" && n != 3*60 {
			t.Errorf("%d answers about 60 pictures in three draws", n)
		}
	}
}

func TestSamplesOfSeveralClassesAreToldByANetworkThatLearnsOn(t *testing.T) {
	set := drawn(160, 4)
	set.Labels = slices.Clone(set.Labels)
	for i := range set.Labels { // round ones, and those of stripes, are of a second class
		if i%4 == 1 || i%4 == 3 {
			set.Labels[i] += "|odd"
		}
	}
	model := modelOf(t, trained(t, drawnConfig, set))
	for _, method := range []string{"finetune", "linear"} {
		m := Meter{Probe: Probe{Method: method, Labels: []string{"all"}, Repeats: 1, Against: []string{"raw"}}, Model: model, Set: set, Backend: cpu.New(), Seed: 1}
		results, err := m.Results(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r := results[0]; r.F1 < 0.5 || r.Confusion != nil {
			t.Errorf("%s: %+v", method, r)
		}
	}
}

func TestLayersThatAreFrozenStayAsTheyAre(t *testing.T) {
	set := drawn(80, 1)
	model := modelOf(t, trained(t, drawnConfig, set))
	look, _, err := OpenLooker(model, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(t.Context(), look, set, set.Labels, Tuning{Freeze: 0.5}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	before := encoderWeights(t, look)
	if err := c.Learn(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	after := encoderWeights(t, look)
	changed := 0
	for name := range maps.Keys(before) {
		if !slices.Equal(before[name], after[name]) {
			changed++
			if strings.HasPrefix(name, "conv1") || strings.HasPrefix(name, "bn1") {
				t.Errorf("%s is frozen, and changed", name)
			}
		}
	}
	if changed == 0 {
		t.Error("nothing learned")
	}
}

// encoderWeights copies an encoder's weights, by name.
func encoderWeights(t *testing.T, l Looker) map[string][]float32 {
	t.Helper()
	out := map[string][]float32{}
	for name, p := range nn.Params(l.Encoder) {
		h := make(kernel.Host, p.Value.Shape.Size())
		if err := l.Backend.Read(t.Context(), h, p.Value.Buf); err != nil {
			t.Fatal(err)
		}
		out[name] = h
	}
	return out
}
