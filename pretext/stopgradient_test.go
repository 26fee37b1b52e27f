package pretext

import (
	"math"
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
		z := task.places(tape.Input(v[0]))
		z0, _ = tape.Download(t.Context(), z.Value())
		constant := tape.Input(tensor.Float32s(z0, z.Shape()...))
		return agreement(nn.Unit(task.Predictor.Forward(z)), nn.Unit(constant)).Scale(-1)
	})
	ours := grad(func(tape *autograd.Tape) autograd.Var { return task.Loss(tape, v) })
	through := grad(func(tape *autograd.Tape) autograd.Var {
		z := task.places(tape.Input(v[0]))
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

// A key must not tell in what company it was made: else a student finds its twin by the
// batch's statistics instead of by the picture.
func TestAKeyDoesNotDependOnItsCompany(t *testing.T) {
	b := cpu.New()
	spec, _ := Find("moco")
	m := trials["moco"].build(t, spec, b, 1).(*MoCo)
	_, v := someViews(m)
	keys := func(from, n int) []float32 {
		x := v[0]
		px := x.Shape[1:].Size()
		part := tensor.Float32s(x.Buf.(kernel.Host)[from*px:][:n*px], n, 16, 16, 3)
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		k, err := tape.Download(t.Context(), m.Teacher.teach(tape, tape.Input(part)).Value())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	among, alone := keys(0, 16), keys(5, 1)
	width := len(alone)
	if d := apart(among[5*width:][:width], alone); d > 1e-5 {
		t.Errorf("a key differs by %.2g of its length when made alone", d)
	}
}

// collapsed is SimSiam without its stop-gradient: both sides may move.
type collapsed struct{ *SimSiam }

func (c collapsed) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	z := c.places(t.Input(v[0]))
	return agreement(nn.Unit(c.Predictor.Forward(z)), nn.Unit(z)).Scale(-1)
}

func TestSimSiamCollapsesWithoutItsStopGradientAndNotWithIt(t *testing.T) {
	spec, _ := Find("simsiam")
	c := trials["simsiam"]
	spread := func(wrap func(*SimSiam) Task) float64 {
		b := cpu.New()
		s := c.build(t, spec, b, 1).(*SimSiam)
		c.train(t, b, wrap(s), c.steps)
		_, v := someViews(s)
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		tape.Training = false
		z := floats(tape, nn.Unit(s.places(tape.Input(v[0]))))
		var std float64 // of unit rows, in parts of what evenly spread ones have
		for j := range z[0] {
			x := column(z, j)
			std += math.Sqrt(dot(x, x)/float64(len(x))) * math.Sqrt(float64(len(z[0]))) / float64(len(z[0]))
		}
		return std
	}
	with, without := spread(func(s *SimSiam) Task { return s }), spread(func(s *SimSiam) Task { return collapsed{s} })
	t.Logf("spread of places with the stop-gradient %.3f, without %.3f", with, without)
	if with < 0.5 || without > 0.6*with {
		t.Errorf("spread of places with the stop-gradient %.3f, without %.3f", with, without)
	}
}
