package run

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
	"autodidact/pretext"
	"autodidact/worker/testsets"
)

// Queues, teachers and whatever else a task carries from step to step are in its checkpoint.
func TestEveryTaskKilledAndResumedGoesOnBitForBit(t *testing.T) {
	for _, spec := range pretext.Catalog {
		t.Run(spec.Name, func(t *testing.T) {
			const steps, broken = 6, 3 // an epoch is two steps of pictures
			c := Config{Task: spec.Name, Kind: spec.Kinds[0], Size: 16, Batch: 4, Steps: steps, Seed: 3}
			set := testsets.Noise(spec.Kinds[0])
			train := func(r *Run, until int) (losses []float32) {
				for p, err := range r.Steps(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					if losses = append(losses, p.Loss); r.Done == until {
						break
					}
				}
				return losses
			}
			whole, err := New(c, set, cpu.New())
			if err != nil {
				t.Fatal(err)
			}
			all := train(whole, steps)

			half, _ := New(c, set, cpu.New())
			first := train(half, broken)
			store := checkpoint.NewMemory()
			if _, err := store.Save(t.Context(), "run", stateOf(t, half)); err != nil { // through bytes
				t.Fatal(err)
			}
			back, err := store.Load(t.Context(), "run")
			if err != nil {
				t.Fatal(err)
			}
			again, err := Open(back, set, cpu.New())
			if err != nil {
				t.Fatal(err)
			}
			if got := append(first, train(again, steps)...); !slices.Equal(got, all) {
				t.Errorf("curve\n%v\nwithout a break\n%v", got, all)
			}
			x, y := weightsOf(t, whole, whole.Task), weightsOf(t, again, again.Task)
			for name := range x {
				if !slices.Equal(x[name], y[name]) {
					t.Errorf("%s is another after the break", name)
				}
			}
		})
	}
}

func TestLabelsBesideATaskAreLearnedAndGoOnBitForBit(t *testing.T) {
	set := testsets.Shapes(80, 2)
	c := tinyPictures
	c.Batch, c.Steps, c.Joint = 16, 8, 1
	whole := trained(t, c, set)
	model := weightsOf(t, whole, whole.Task.Backbone())

	half, err := New(c, set, whole.backend)
	if err != nil {
		t.Fatal(err)
	}
	for range half.Steps(t.Context()) {
		if half.Done == 3 {
			break
		}
	}
	other := testsets.Shapes(80, 2)
	other.Labels = make([]string, 80) // they are in the checkpoint
	again, err := Open(stateOf(t, half), other, whole.backend)
	if err != nil {
		t.Fatal(err)
	}
	finish(t, again)
	if !reflect.DeepEqual(weightsOf(t, again, again.Task.Backbone()), model) {
		t.Error("resumed, the run came to other weights")
	}
	c.Joint = 0
	without := trained(t, c, set)
	if reflect.DeepEqual(weightsOf(t, without, without.Task.Backbone()), model) {
		t.Error("the labels made no difference")
	}
	c.Joint = 1
	if _, err := (Builder{Config: c, Set: other, Backend: whole.backend}).Build(); err == nil || !strings.Contains(err.Error(), "two classes") {
		t.Errorf("without labels: %v", err)
	}
	if _, err := (Config{Task: "maskedlm", Joint: 1}).Resolve(); err == nil {
		t.Error("labels beside a task for texts were taken")
	}
}

func TestARunThatGoesOnNamesTensorsItDoesNotKnow(t *testing.T) {
	set := testsets.Shapes(40, 1)
	s := stateOf(t, trained(t, tinyPictures, set))
	s.Tensors["model.elsewhere.weight"], s.Tensors["optim.elsewhere.weight.m"] = zeros(2), zeros(2)
	r, err := Open(s, set, cpu.New())
	if err != nil || !says(r.Notices, "model.safetensors", "2 tensors were not used: model.elsewhere.weight [2], optim.elsewhere.weight.m [2]") {
		t.Errorf("%v, %v", r.Notices, err)
	}
}

func TestACheckpointSaysWhereItsStepsWereTrained(t *testing.T) {
	set := testsets.Shapes(8, 1)
	c := tinyPictures
	c.Batch, c.Steps = 4, 6
	half, err := New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for range half.Steps(t.Context()) {
		if half.Done == 2 {
			break
		}
	}
	s := stateOf(t, half)
	if r, err := Open(s, set, cpu.New()); err != nil || len(r.Notices) > 0 || len(r.Sittings) != 1 {
		t.Errorf("on the same machine: %v, %v, %v", err, r.Notices, r.Sittings)
	}
	here := half.Sittings[0].Machine
	s.Meta[metaMachines] = strings.Replace(s.Meta[metaMachines], here, "js/wasm with relaxed SIMD", 1)
	r, err := Open(s, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	want := "steps 1 to 2 were trained by js/wasm with relaxed SIMD; from step 3 on it is " + here
	if len(r.Notices) != 1 || r.Notices[0].Name != "resumed" || !strings.HasPrefix(r.Notices[0].Reason, want) {
		t.Errorf("elsewhere: %v", r.Notices)
	}
	back, err := Open(stateOf(t, r), set, cpu.New())
	if err != nil || !reflect.DeepEqual(back.Sittings, []Sitting{{0, "js/wasm with relaxed SIMD"}, {2, here}}) {
		t.Errorf("%v, %v", err, back.Sittings)
	}
	delete(s.Meta, metaMachines)
	if r, err := Open(s, set, cpu.New()); err != nil || len(r.Notices) > 0 || !reflect.DeepEqual(r.Sittings, []Sitting{{2, here}}) {
		t.Errorf("of an older checkpoint: %v, %v, %v", err, r.Notices, r.Sittings)
	}
	s.Meta[metaMachines] = "x"
	if _, err := Open(s, set, cpu.New()); err == nil || !strings.Contains(err.Error(), "where the run was trained") {
		t.Error(err)
	}
}

func TestARunGoesOnWithTheSameFilesAsTheyAreDecodedHere(t *testing.T) {
	set := testsets.Shapes(8, 1)
	c := tinyPictures
	c.Batch, c.Steps = 4, 3
	half, err := New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for range half.Steps(t.Context()) {
		break
	}
	s := stateOf(t, half)
	s.Meta[metaData] = "0123456789abcdef" // of other pixels
	r, err := Open(s, set, cpu.New())
	if err != nil || len(r.Notices) != 1 || !strings.Contains(r.Notices[0].Reason, "pixels may differ a little") {
		t.Fatal(err, r)
	}
	finish(t, r)
	if again := stateOf(t, r); again.Meta[metaData] != set.Fingerprint() {
		t.Error("it is saved with the fingerprint of other pixels")
	}
	for _, origin := range []string{"", "0123456789abcdef"} {
		s.Meta[metaOrigin] = origin
		if _, err := Open(s, set, cpu.New()); err != ErrOtherData {
			t.Errorf("with origin %q: %v", origin, err)
		}
	}
}
