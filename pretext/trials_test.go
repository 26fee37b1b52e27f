package pretext

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/train"
)

// A trial is what the tests that every task must pass need to know about it.
type trial struct {
	setup   func(r *rng.Rand) Setup            // with an encoder small enough to train in a second
	samples func(r *rng.Rand, n int) *data.Set // labelled, tiny, and worth learning from
	input   func(x *tensor.Tensor) *tensor.Tensor
	options string // JSON; "" for the defaults
	among   int    // samples to learn from; 0 means 64
	batch   int
	steps   int
	// probed are the samples that the encoder is evaluated on; nil means samples.
	probed func(r *rng.Rand, n int) *data.Set
	// part is what of the encoder is asked; nil means all.
	part func(nn.Encoder) nn.Encoder

	// slow is Loss again, in float64 and plain loops, from what the heads made of v.
	slow func(task Task, t *autograd.Tape, v data.Views) float64
	// sever leaves views whose questions have no answer in them.
	sever func(v data.Views) data.Views
	// chance is the loss of random guessing; loss gives that of other views.
	chance func(loss func(data.Views) float64, v data.Views) float64
	// gain is how far below chance the loss on unseen samples must come; 0 means 0.5.
	gain float64
}

// trials has one of each task in the catalog.
var trials = map[string]trial{
	"patchposition": patchPositionTrial,
	"rotation":      rotationTrial,
	"colorization":  colorizationTrial,
	"frameorder":    frameOrderTrial,
	"simclr":        simCLRTrial,
	"moco":          moCoTrial,
	"byol":          byolTrial,
	"simsiam":       simSiamTrial,
	"barlowtwins":   barlowTwinsTrial,
	"vicreg":        vicRegTrial,
	"mae":           maeTrial,
	"maskedlm":      maskedLMTrial,
	"causallm":      causalLMTrial,
	"replacedtoken": replacedTokenTrial,
	"simcse":        simCSETrial,
	"forecast":      forecastTrial,
	"maskedseries":  maskedSeriesTrial,
	"ts2vec":        ts2VecTrial,
	"cpc":           cpcTrial,
}

// everyTask runs f as a subtest for each task in the catalog.
func everyTask(t *testing.T, f func(t *testing.T, spec Spec, c trial)) {
	for _, spec := range Catalog {
		t.Run(spec.Name, func(t *testing.T) {
			c, ok := trials[spec.Name]
			if !ok {
				t.Fatalf("task %s has no trial", spec.Name)
			}
			f(t, spec, c)
		})
	}
}

// ofEachFamily is one task for each way of learning: what trains them all natively trains these under js/wasm.
var ofEachFamily = []string{"rotation", "simclr", "byol", "mae", "maskedlm", "forecast"}

// trainedTask runs f as a subtest for each task that is trained here: all, or under js/wasm one of each family.
func trainedTask(t *testing.T, f func(t *testing.T, spec Spec, c trial)) {
	everyTask(t, func(t *testing.T, spec Spec, c trial) {
		if runtime.GOARCH == "wasm" && !slices.Contains(ofEachFamily, spec.Name) {
			t.Skip("is trained natively")
		}
		f(t, spec, c)
	})
}

// build makes the task and places it where it will be trained.
func (c trial) build(t *testing.T, spec Spec, b *cpu.Backend, seed uint64) Task {
	t.Helper()
	task, err := spec.Build(c.setup(rng.New(seed)), []byte(c.options))
	if err != nil {
		t.Fatal(err)
	}
	nn.Place(b, task)
	return task
}

// train runs steps of learner over its samples and returns its curve.
func (c trial) train(t *testing.T, b *cpu.Backend, learner train.Learner, steps int) []float32 {
	t.Helper()
	r := rng.New(3)
	loop := train.Loop{Backend: b, Learner: learner, Rand: r, Optim: optim.NewAdamW(1e-4),
		Batches: data.Epochs(c.samples(rng.New(4), cmp.Or(c.among, 64)), c.batch, 0, r),
		Rate:    optim.Cosine(3e-3, 10, c.steps), Until: func() int { return steps }}
	var curve []float32
	for p, err := range loop.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		curve = append(curve, p.Loss)
	}
	return curve
}

// heldOut is the mean loss on samples that training does not see, less that of chance.
func (c trial) heldOut(t *testing.T, b *cpu.Backend, learner train.Learner) (above float64) {
	t.Helper()
	const batches = 8
	n := 0
	for batch, err := range data.Epochs(c.samples(rng.New(5), 64), c.batch, 0, rng.New(6)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n > batches {
			break
		}
		v := learner.Views(rng.New(7).For("views", n), batch)
		loss := func(v data.Views) float64 { return c.loss(t, b, learner, v) }
		above += (loss(v) - c.chance(loss, v)) / batches
	}
	return above
}

// loss is what learner's Loss says of v when nothing is trained.
func (c trial) loss(t *testing.T, b *cpu.Backend, learner train.Learner, v data.Views) float64 {
	t.Helper()
	tape := autograd.NewTape(b, rng.New(8))
	tape.Training = false
	defer tape.Free()
	l, err := tape.Download(t.Context(), learner.Loss(tape, v).Value())
	if err != nil {
		t.Fatal(err)
	}
	return float64(l[0])
}

// knnAccuracy is the kNN accuracy of the encoder's features on unseen samples.
func (c trial) knnAccuracy(t *testing.T, b *cpu.Backend, task Task) float64 {
	t.Helper()
	samples := c.samples
	if c.probed != nil {
		samples = c.probed
	}
	enc := task.Backbone()
	if c.part != nil {
		enc = c.part(enc)
	}
	set := samples(rng.New(9), 96)
	e := probe.Embedding{Backend: b, Encoder: enc, N: set.Len(), Batch: 32,
		Input: func(i int) (*tensor.Tensor, error) { return c.input(set.X[i]), nil }}
	f, err := e.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return probe.KNN(f, set.Labels, 5).Mean
}

func TestEveryTaskTrainsAndItsEncoderGetsBetter(t *testing.T) {
	trainedTask(t, func(t *testing.T, spec Spec, c trial) {
		b := cpu.New()
		task := c.build(t, spec, b, 1)
		loss, worth := c.heldOut(t, b, task), c.knnAccuracy(t, b, task)
		curve := c.train(t, b, task, c.steps)
		first, last := mean(curve[:10]), mean(curve[len(curve)-10:])
		loss2, worth2 := c.heldOut(t, b, task), c.knnAccuracy(t, b, task)
		t.Logf("loss %.2f to %.2f, held out %+.2f to %+.2f of chance, kNN %.2f to %.2f", first, last, loss, loss2, worth, worth2)
		gain := cmp.Or(c.gain, 0.5)
		if last > first-0.6*gain {
			t.Errorf("loss went from %.2f to only %.2f", first, last)
		}
		if loss2 > -gain || loss2 > loss-0.6*gain {
			t.Errorf("on samples it has not seen, loss went from %+.2f to %+.2f of chance", loss, loss2)
		}
		if worth2 < worth+0.1 {
			t.Errorf("kNN accuracy went from %.2f to only %.2f", worth, worth2)
		}
	})
}

func TestTheSameSeedGivesTheSameCurveOnAnyNumberOfCores(t *testing.T) {
	trainedTask(t, func(t *testing.T, spec Spec, c trial) {
		curve := func(seed uint64) []float32 {
			b := cpu.New()
			return c.train(t, b, c.build(t, spec, b, seed), 12)
		}
		one := curve(1)
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		if again := curve(1); !slices.Equal(one, again) {
			t.Errorf("curves differ:\n%v\n%v", one, again)
		}
		if other := curve(2); slices.Equal(one, other) {
			t.Error("another seed gives the same curve")
		}
	})
}

func TestEveryLossIsItsFormula(t *testing.T) {
	everyTask(t, func(t *testing.T, spec Spec, c trial) {
		b := cpu.New()
		task := c.build(t, spec, b, 1)
		batch := data.Batch{Kind: spec.Kinds[0]}
		set := c.samples(rng.New(10), c.batch)
		for i := range set.Len() {
			s, _ := set.At(i)
			batch.Samples = append(batch.Samples, s)
		}
		v := task.Views(rng.New(11), batch)
		tape := autograd.NewTape(b, rng.New(12))
		tape.Training = false
		defer tape.Free()
		if got, want := c.loss(t, b, task, v), c.slow(task, tape, v); math.Abs(got-want) > 1e-4*max(1, want) {
			t.Errorf("loss is %.6f, by its formula %.6f", got, want)
		}
	})
}

// severed asks questions that have no answer.
type severed struct {
	Task
	sever func(data.Views) data.Views
}

func (s severed) Views(r *rng.Rand, b data.Batch) data.Views { return s.sever(s.Task.Views(r, b)) }

// AfterStep is the task's own: a queue or teacher that stood still would be another task.
func (s severed) AfterStep(a *tensor.Arena, step int) {
	if m, ok := s.Task.(train.AfterStepper); ok {
		m.AfterStep(a, step)
	}
}

func TestNoTaskLearnsWhereThereIsNothingToLearn(t *testing.T) {
	trainedTask(t, func(t *testing.T, spec Spec, c trial) {
		b := cpu.New()
		task, gain := severed{c.build(t, spec, b, 1), c.sever}, cmp.Or(c.gain, 0.5)
		before := c.heldOut(t, b, task.Task)
		c.train(t, b, task, c.steps)
		if above := c.heldOut(t, b, task); above < -0.06*gain {
			t.Errorf("with the answers taken away, held-out loss is %.3f below chance", -above)
		}
		// Nor has it learned to answer the questions that do have answers.
		after := c.heldOut(t, b, task.Task)
		t.Logf("on whole questions %+.3f to %+.3f of chance", before, after)
		if after < min(before, 0)-0.5*gain {
			t.Errorf("trained with the answers taken away, held-out loss went from %+.3f to %+.3f of chance", before, after)
		}
	})
}

func mean(x []float32) (m float64) {
	for _, v := range x {
		m += float64(v) / float64(len(x))
	}
	return m
}
