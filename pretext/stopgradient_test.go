package pretext

import (
	"math"
	"runtime"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// someViews are those of 16 textures.
func someViews(task Task) (data.Batch, data.Views) {
	b := data.Batch{Kind: data.Images}
	set := textures(rng.New(2), 16)
	for i := range set.Len() {
		s, _ := set.At(i)
		b.Samples = append(b.Samples, s)
	}
	return b, task.Views(rng.New(3), b)
}

func TestNothingFlowsBackIntoATeacherOrAQueueAndOptimizersLeaveThemAlone(t *testing.T) {
	for _, name := range []string{"byol", "moco"} {
		b := cpu.New()
		spec, _ := Find(name)
		task := trials[name].build(t, spec, b, 1)
		_, v := someViews(task)
		tape := autograd.NewTape(b, rng.New(1))
		tape.Backward(task.Loss(tape, v))
		still := []any{}
		switch m := task.(type) {
		case *BYOL:
			still = append(still, m.Teacher)
		case *MoCo:
			still = append(still, m.Teacher, &struct{ Queue *autograd.Param }{m.Queue})
		}
		frozen := map[*autograd.Param]bool{}
		for _, m := range still {
			for path, p := range nn.Params(m) {
				frozen[p] = true
				if p.Grad != nil || !p.Frozen {
					t.Errorf("%s: %s of the teacher has a gradient or is not frozen", name, path)
				}
			}
		}
		learning := 0
		for path, p := range nn.Params(task) {
			if !frozen[p] && !p.Frozen {
				learning++
				if p.Grad == nil {
					t.Errorf("%s: %s of the student has no gradient", name, path)
				}
			}
		}
		if learning < 8 || len(frozen) < 8 {
			t.Errorf("%s: %d params learn, %d do not", name, learning, len(frozen))
		}
		tape.Free()
	}
}

// The gradient of SimSiam's loss is that of -cos(p, constant): where z is let through as
// well, it is another.
func TestSimSiamsPlacesStandStill(t *testing.T) {
	b := cpu.New()
	spec, _ := Find("simsiam")
	task := trials["simsiam"].build(t, spec, b, 1).(*SimSiam)
	_, v := someViews(task)
	grad := func(loss func(*autograd.Tape) autograd.Var) []float32 {
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		tape.Backward(loss(tape))
		g, err := tape.Download(t.Context(), task.Projector.Out.Weight.Grad)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	var z0 []float32
	still := grad(func(tape *autograd.Tape) autograd.Var {
		z := task.embeddings(tape.Input(v[0]))
		z0, _ = tape.Download(t.Context(), z.Value())
		constant := tape.Input(tensor.Float32s(z0, z.Shape()...))
		return agreement(nn.Unit(task.Predictor.Forward(z)), nn.Unit(constant)).Scale(-1)
	})
	ours := grad(func(tape *autograd.Tape) autograd.Var { return task.Loss(tape, v) })
	through := grad(func(tape *autograd.Tape) autograd.Var {
		z := task.embeddings(tape.Input(v[0]))
		return agreement(nn.Unit(task.Predictor.Forward(z)), nn.Unit(z)).Scale(-1)
	})
	if d := apart(ours, still); d > 1e-5 {
		t.Errorf("the gradient differs from that towards constants by %.2g of its size", d)
	}
	if d := apart(ours, through); d < 0.05 {
		t.Errorf("letting z through changes the gradient by only %.2g of its size", d)
	}
}

// apart is the distance of x and y in lengths of y.
func apart(x, y []float32) float64 {
	var d, size float64
	for i := range x {
		d += float64(x[i]-y[i]) * float64(x[i]-y[i])
		size += float64(y[i]) * float64(y[i])
	}
	return math.Sqrt(d / size)
}

// A key must not reveal the batch it was computed in: else a student finds its pair by the
// batch's statistics instead of by the picture.
func TestAKeyDoesNotDependOnItsBatch(t *testing.T) {
	b := cpu.New()
	spec, _ := Find("moco")
	m := trials["moco"].build(t, spec, b, 1).(*MoCo)
	_, v := someViews(m)
	keys := func(from, n int, teach func(*autograd.Tape, autograd.Var) autograd.Var) []float32 {
		x := v[0]
		px := x.Shape[1:].Size()
		part := tensor.Float32s(x.Buf.(kernel.Host)[from*px:][:n*px], n, 16, 16, 3)
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		k, err := tape.Download(t.Context(), teach(tape, tape.Input(part)).Value())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	others := func(teach func(*autograd.Tape, autograd.Var) autograd.Var) float64 {
		among, alone := keys(0, 16, teach), keys(4, 2, teach)
		width := len(alone) / 2
		return apart(among[4*width:][:width], alone[:width])
	}
	if d := others(m.Teacher.target); d > 1e-5 {
		t.Errorf("a key differs by %.2g of its length in other company", d)
	}
	// As it would be if the teacher used the statistics of each batch, as the student does, whose weights it still has:
	if d := others(func(tape *autograd.Tape, x autograd.Var) autograd.Var { return m.project(x) }); d < 0.05 {
		t.Errorf("with the batch's statistics a key differs by only %.2g in other company", d)
	}
}

// A lame task is one that lost what keeps it from collapsing.
type lame struct {
	Task
	loss func(t *autograd.Tape, v data.Views) autograd.Var
}

func (l lame) Loss(t *autograd.Tape, v data.Views) autograd.Var { return l.loss(t, v) }

func (l lame) AfterStep(a *tensor.Arena, step int) { severed{Task: l.Task}.AfterStep(a, step) }

// A collapse is an ablation of a task without unlike pictures: what is left of its loss.
type collapse struct {
	name, without string
	loss          func(task Task, t *autograd.Tape, x autograd.Var) autograd.Var
}

var collapses = []collapse{
	{"simsiam", "stop-gradient", func(task Task, t *autograd.Tape, x autograd.Var) autograd.Var {
		s := task.(*SimSiam)
		z := s.embeddings(x)
		return agreement(nn.Unit(s.Predictor.Forward(z)), nn.Unit(z)).Scale(-1)
	}},
	{"byol", "teacher", func(task Task, t *autograd.Tape, x autograd.Var) autograd.Var {
		b := task.(*BYOL)
		z := b.project(x)
		return agreement(nn.Unit(b.Predictor.Forward(z)), nn.Unit(z)).Scale(-2).Shift(2)
	}},
	{"byol", "predictor", func(task Task, t *autograd.Tape, x autograd.Var) autograd.Var {
		b := task.(*BYOL)
		return agreement(nn.Unit(b.project(x)), nn.Unit(b.Teacher.target(t, x))).Scale(-2).Shift(2)
	}},
}

func TestTasksWithoutUnlikePicturesCollapseOnlyWhenLamed(t *testing.T) {
	if runtime.GOARCH == "wasm" {
		t.Skip("is trained natively")
	}
	// spread trains a task, whole or crippled, and returns how its embeddings differ.
	spread := func(name string, loss func(Task, *autograd.Tape, autograd.Var) autograd.Var) float64 {
		spec, c, b := find(t, name), trials[name], cpu.New()
		task := c.build(t, spec, b, 1)
		learner := lame{task, task.Loss}
		if loss != nil {
			learner.loss = func(tape *autograd.Tape, v data.Views) autograd.Var { return loss(task, tape, tape.Input(v[0])) }
		}
		c.train(t, b, learner, 150)
		_, v := someViews(task)
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		tape.Training = false
		x := tape.Input(v[0])
		if s, ok := task.(*SimSiam); ok {
			return spreadOf(floats(tape, nn.Unit(s.embeddings(x))))
		}
		return spreadOf(floats(tape, nn.Unit(task.(*BYOL).project(x))))
	}
	whole := map[string]float64{"simsiam": spread("simsiam", nil), "byol": spread("byol", nil)}
	for _, c := range collapses {
		lamed := spread(c.name, c.loss)
		t.Logf("%s: spread %.3f, without its %s %.3f", c.name, whole[c.name], c.without, lamed)
		if whole[c.name] < 0.5 || lamed > 0.6*whole[c.name] {
			t.Errorf("%s: spread %.3f, without its %s %.3f", c.name, whole[c.name], c.without, lamed)
		}
	}
}

func find(t *testing.T, name string) Spec {
	t.Helper()
	spec, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}
