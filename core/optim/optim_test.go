package optim

import (
	"iter"
	"maps"
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/kernel/kerneltest"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// basic hides every shortcut of a backend.
type basic struct{ kernel.Backend }

func (b basic) Name() string { return "basic " + b.Backend.Name() }

func backends() []kernel.Backend {
	return []kernel.Backend{kerneltest.NewReference(), cpu.New(), basic{cpu.New()}}
}

func slowAdamW(t int, lr float64, p, g, m, v []float64, decays bool) {
	for i := range p {
		m[i] = 0.9*m[i] + 0.1*g[i]
		v[i] = 0.999*v[i] + 0.001*g[i]*g[i]
		d := m[i] / (1 - math.Pow(0.9, float64(t))) / (math.Sqrt(v[i]/(1-math.Pow(0.999, float64(t)))) + 1e-8)
		if decays {
			d += 0.02 * p[i]
		}
		p[i] -= lr * d
	}
}

// methods makes each optimizer, with the same sums in a float64 loop: loop moves p by g
// at step t (from 1), with its own memory of two numbers per element.
var methods = []struct {
	name string
	make func() Optimizer
	lr   float32
	loop func(t int, lr float64, p, g, m, v []float64, decays bool)
}{
	{"SGD", func() Optimizer { return NewSGD(0.9, 0.02) }, 0.05, func(_ int, lr float64, p, g, m, _ []float64, decays bool) {
		for i := range p {
			d := g[i]
			if decays {
				d += 0.02 * p[i]
			}
			m[i] = 0.9*m[i] + d
			p[i] -= lr * m[i]
		}
	}},
	{"AdamW", func() Optimizer { return NewAdamW(0.02) }, 0.05, slowAdamW},
	{"AdamW that decays all", func() Optimizer {
		o := NewAdamW(0.02)
		o.DecayAll = true
		return o
	}, 0.05, func(t int, lr float64, p, g, m, v []float64, _ bool) { slowAdamW(t, lr, p, g, m, v, true) }},
	{"LARS", func() Optimizer { return NewLARS(0.9, 0.02) }, 5, func(_ int, lr float64, p, g, m, _ []float64, decays bool) {
		trust := 1.0
		if decays && norm(p) > 0 && norm(g) > 0 {
			trust = 0.001 * norm(p) / (norm(g) + 0.02*norm(p))
		}
		for i := range p {
			d := g[i]
			if decays {
				d += 0.02 * p[i]
			}
			m[i] = 0.9*m[i] + lr*trust*d
			p[i] -= m[i]
		}
	}},
}

func norm(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// model is one of each kind of Param an optimizer meets.
type model map[string]*autograd.Param

func newModel(b kernel.Backend) model {
	r := rng.New(4)
	m := model{}
	for name, s := range map[string]tensor.Shape{"weight": {3, 5}, "kernel": {2, 2, 1, 3}, "zeros": {2, 2}, "bias": {5}, "frozen": {4}, "unused": {4}} {
		d := make([]float32, s.Size())
		for i := range d {
			if name != "zeros" {
				d[i] = float32(r.For(name, i).NormFloat64())
			}
		}
		m[name] = &autograd.Param{Value: upload(b, d, s...), Frozen: name == "frozen"}
	}
	return m
}

func (m model) all() iter.Seq2[string, *autograd.Param] {
	return func(yield func(string, *autograd.Param) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// blame gives every param the gradient of step t; the first of "kernel" is all zeros.
func (m model) blame(b kernel.Backend, t int) {
	for name, p := range m.all() {
		if name != "unused" {
			p.Grad = upload(b, gradient(name, t, p.Value.Shape.Size()), p.Value.Shape...)
		}
	}
}

func gradient(name string, t, n int) []float32 {
	d := make([]float32, n)
	for i := range d {
		if name != "kernel" || t > 1 {
			d[i] = float32(rng.New(9).For(name, t*1000+i).NormFloat64())
		}
	}
	return d
}

func upload(b kernel.Backend, d []float32, shape ...int) *tensor.Tensor {
	buf := b.Alloc(len(d))
	b.Write(buf, d)
	return &tensor.Tensor{Shape: shape, Buf: buf}
}

func download(t *testing.T, b kernel.Backend, x *tensor.Tensor) []float32 {
	t.Helper()
	h := make(kernel.Host, x.Shape.Size())
	if err := b.Read(t.Context(), h, x.Buf); err != nil {
		t.Fatal(err)
	}
	return h
}

func doubles(x []float32) []float64 {
	d := make([]float64, len(x))
	for i, v := range x {
		d[i] = float64(v)
	}
	return d
}

func TestEveryOptimizerDoesWhatItsFormulaSays(t *testing.T) {
	for _, c := range methods {
		for _, b := range backends() {
			m, o := newModel(b), c.make()
			want, m1, m2 := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
			for name, p := range m {
				want[name] = doubles(download(t, b, p.Value))
				m1[name], m2[name] = make([]float64, len(want[name])), make([]float64, len(want[name]))
			}
			for step := 1; step <= 6; step++ {
				m.blame(b, step)
				o.Step(b, c.lr, m.all())
				for name, p := range m {
					if name != "frozen" && name != "unused" {
						c.loop(step, float64(c.lr), want[name], doubles(gradient(name, step, len(want[name]))), m1[name], m2[name], len(p.Value.Shape) > 1)
					}
				}
			}
			for name, p := range m {
				for i, got := range download(t, b, p.Value) {
					if math.Abs(float64(got)-want[name][i]) > 2e-5*(1+math.Abs(want[name][i])) {
						t.Errorf("%s on %s: %s[%d] is %v, want %v", c.name, b.Name(), name, i, got, want[name][i])
					}
				}
			}
		}
	}
}

func TestARestoredOptimizerGoesOnBitForBit(t *testing.T) {
	for _, c := range methods {
		b := cpu.New()
		through, o := newModel(b), c.make()
		for step := 1; step <= 6; step++ {
			through.blame(b, step)
			o.Step(b, c.lr, through.all())
		}

		resumed, first := newModel(b), c.make()
		for step := 1; step <= 3; step++ {
			resumed.blame(b, step)
			first.Step(b, c.lr, resumed.all())
		}
		saved, names := map[string]*tensor.Tensor{}, []string(nil)
		for name, x := range first.State() {
			names = append(names, name)
			saved[name] = tensor.Float32s(download(t, b, x), x.Shape...)
		}
		if len(names) == 0 || !slices.IsSorted(names) {
			t.Errorf("%s: state is %q, want names in order", c.name, names)
		}
		second := c.make()
		other := newModel(b)
		other.blame(b, 1)
		second.Step(b, c.lr, other.all()) // what was there before Restore must not matter
		second.Restore(b, 3, saved)
		for step := 4; step <= 6; step++ {
			resumed.blame(b, step)
			second.Step(b, c.lr, resumed.all())
		}
		for name, p := range through {
			if !slices.Equal(download(t, b, p.Value), download(t, b, resumed[name].Value)) {
				t.Errorf("%s: %s differs from a run that was not stopped", c.name, name)
			}
		}
	}
}

func TestEveryOptimizerGoesDownhill(t *testing.T) {
	for _, p := range problems {
		for _, c := range []struct {
			name  string
			o     Optimizer
			rate  Schedule
			steps int
		}{
			{"SGD", NewSGD(0.9, 0), Constant(5e-4), 3000},
			{"AdamW", NewAdamW(0), Cosine(0.05, 10, 3000), 3000},
			{"LARS", NewLARS(0.9, 0), Cosine(5, 10, 3000), 3000},
		} {
			b := cpu.New()
			x := &autograd.Param{Value: upload(b, []float32{float32(p.start[0]), float32(p.start[1])}, 1, 2)}
			for step := range c.steps {
				g := p.grad(doubles(download(t, b, x.Value)))
				x.Grad = upload(b, []float32{float32(g[0]), float32(g[1])}, 1, 2)
				c.o.Step(b, c.rate(step), func(yield func(string, *autograd.Param) bool) { yield("x", x) })
			}
			from, to := p.value(p.start), p.value(doubles(download(t, b, x.Value)))
			if !(to < 1e-3*from) {
				t.Errorf("%s on the %s: from %.4g only to %.4g", c.name, p.name, from, to)
			}
		}
	}
}

func TestClipScalesAllGradientsTogether(t *testing.T) {
	for _, b := range backends() {
		a := tensor.NewArena(b)
		shared := upload(b, []float32{3, 4}, 2)
		m := model{"one": {Value: shared, Grad: shared}, "two": {Value: shared, Grad: shared}, "none": {Value: shared},
			"three": {Value: shared, Grad: upload(b, []float32{5, 5, 5, 5, 5, 5}, 2, 3)}}
		want := float32(math.Sqrt(25 + 25 + 150))
		for _, most := range []float32{100, 2} {
			got, err := Clip(t.Context(), a, m.all(), most)
			if err != nil || math.Abs(float64(got-want)) > 1e-5 {
				t.Errorf("%s: norm %v %v, want %v", b.Name(), got, err, want)
			}
			for name, first := range map[string]float32{"one": 3, "two": 3, "three": 5} {
				first *= min(1, most/want)
				if g := download(t, b, m[name].Grad); math.Abs(float64(g[0]-first)) > 1e-5 {
					t.Errorf("%s, at most %v: gradient of %s begins with %v, want %v", b.Name(), most, name, g[0], first)
				}
			}
		}
		a.Free()
	}
}

func TestCosineWarmsUpThenFallsToZero(t *testing.T) {
	rate := Cosine(2, 4, 14)
	for step, want := range map[int]float32{0: 0.5, 1: 1, 3: 2, 4: 2, 9: 1, 14: 0, 99: 0} {
		if got := rate(step); math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("at step %d the rate is %v, want %v", step, got, want)
		}
	}
	if got := Cosine(2, 0, 0)(0); got != 2 {
		t.Errorf("a run of no steps begins with %v, want the peak 2", got)
	}
}
