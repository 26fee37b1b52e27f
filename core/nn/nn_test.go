package nn

import (
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/autograd/gradtest"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/kernel/kerneltest"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

func TestParamsAreNamedAsInPyTorch(t *testing.T) {
	r := rng.New(1)
	shared := NewLinear(r, 2, 2)
	m := &struct {
		Conv1      *Conv2D
		BN1        *BatchNorm
		Layer1     []Layer
		Downsample Sequential
		Head       *MLP
		Tied       *Linear
		LayerNorm  *LayerNorm
		HF         *LayerNorm `param:"LayerNorm"`
		hidden     *Linear
	}{NewConv2D(r, 3, 4, 3, 1), NewBatchNorm(4), []Layer{shared}, Sequential{NewConv2D(r, 4, 4, 1, 2).WithBias(), ReLU{}, NewGroupNorm(2, 4)},
		NewNormMLP(r, 2, 3, 2), shared, NewLayerNorm(2), NewLayerNorm(2), shared}
	_ = m.hidden
	want := []string{"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
		"layer1.0.weight", "layer1.0.bias", "downsample.0.weight", "downsample.0.bias", "downsample.2.weight", "downsample.2.bias",
		"head.in.weight", "head.in.bias", "head.norm.weight", "head.norm.bias", "head.norm.running_mean", "head.norm.running_var",
		"head.out.weight", "head.out.bias", "layer_norm.weight", "layer_norm.bias", "LayerNorm.weight", "LayerNorm.bias"}
	var got []string
	for name, p := range Params(m) {
		got = append(got, name)
		if p.Value.Shape.Size() != len(p.Value.Buf.(kernel.Host)) {
			t.Errorf("%s: shape %v over %d values", name, p.Value.Shape, p.Value.Buf.Len())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("names\n%q\nwant\n%q", got, want)
	}
	for range Params(m) { // a walk may be broken off
		break
	}
}

func TestTorchOrderIsRightAndComesBack(t *testing.T) {
	r := rng.New(1)
	conv, lin := NewConv2D(r, 2, 3, 5, 1), NewLinear(r, 2, 3)
	for _, p := range []*autograd.Param{conv.Weight, lin.Weight, lin.Bias, NewConv1D(r, 2, 3, 5, 1).Weight} {
		there := ToTorch(p, p.Value)
		if !slices.Equal(there.Shape, TorchShape(p)) {
			t.Errorf("shape %v, TorchShape says %v", there.Shape, TorchShape(p))
		}
		back := FromTorch(p, there)
		if !slices.Equal(back.Shape, p.Value.Shape) || !slices.Equal(back.Buf.(kernel.Host), p.Value.Buf.(kernel.Host)) {
			t.Errorf("%v did not come back from PyTorch's order", p.Value.Shape)
		}
	}
	if s := TorchShape(conv.Weight); !slices.Equal(s, tensor.Shape{3, 2, 5, 5}) {
		t.Errorf("a convolution's weight is %v in PyTorch, want [out in height width]", s)
	}
	w, torch := conv.Weight.Value.Buf.(kernel.Host), ToTorch(conv.Weight, conv.Weight.Value).Buf.(kernel.Host)
	if s := TorchShape(NewConv1D(r, 2, 3, 5, 1).Weight); !slices.Equal(s, tensor.Shape{3, 2, 5}) {
		t.Errorf("a 1-D convolution's weight is %v in PyTorch, want [out in taps]", s)
	}
	h, v, in, out := 4, 1, 1, 2
	if w[((h*5+v)*2+in)*3+out] != torch[((out*2+in)*5+h)*5+v] {
		t.Error("element [height 4, width 1, in 1, out 2] is elsewhere")
	}
}

func TestInitialWeightsHaveTheirSpread(t *testing.T) {
	r := rng.New(1)
	spread := func(p *autograd.Param) float64 {
		var sum float64
		h := p.Value.Buf.(kernel.Host)
		for _, v := range h {
			sum += float64(v) * float64(v)
		}
		return math.Sqrt(sum / float64(len(h)))
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"conv", spread(NewConv2D(r, 16, 64, 3, 1).Weight), math.Sqrt(2.0 / (9 * 64))},
		{"linear", spread(NewLinear(r, 100, 100).Weight), 0.1 / math.Sqrt(3)},
		{"linear bias", spread(NewLinear(r, 4, 1000).Bias), 0.5 / math.Sqrt(3)},
	} {
		if math.Abs(c.got/c.want-1) > 0.05 {
			t.Errorf("%s: spread %.4f, want %.4f", c.name, c.got, c.want)
		}
	}
}

func TestLayersHaveTheGradientsOfTheirFormulas(t *testing.T) {
	type params = []*autograd.Param
	for _, c := range []struct {
		name   string
		layer  func(p params) Layer // of all params but the first, which is x
		shapes []tensor.Shape
	}{
		{"linear", func(p params) Layer { return &Linear{p[0], p[1]} }, []tensor.Shape{{2, 4}, {4, 3}, {3}}},
		{"conv", func(p params) Layer { return &Conv2D{p[0], p[1], 2, 1} }, []tensor.Shape{{1, 5, 5, 2}, {3, 3, 2, 3}, {3}}},
		{"causal conv", func(p params) Layer { return &Conv1D{p[0], p[1], 2} }, []tensor.Shape{{2, 6, 2}, {3, 2, 3}, {3}}},
		{"attention", func(p params) Layer {
			return &Attention{&Linear{p[0], p[1]}, &Linear{p[2], p[3]}, &Linear{p[4], p[5]}, 2}
		}, []tensor.Shape{{2, 3, 4}, {4, 4}, {4}, {4, 4}, {4}, {4, 4}, {4}}},
		{"group norm", func(p params) Layer { return &GroupNorm{p[0], p[1], 2} }, []tensor.Shape{{2, 3, 4}, {4}, {4}}},
		{"layer norm", func(p params) Layer { return &LayerNorm{p[0], p[1], LayerNormEps} }, []tensor.Shape{{2, 3, 5}, {5}, {5}}},
		{"batch norm", func(p params) Layer {
			b := NewBatchNorm(3)
			b.Weight, b.Bias = p[0], p[1]
			return b
		}, []tensor.Shape{{4, 3}, {3}, {3}}},
		{"max pool", func(params) Layer { return maxPool{} }, []tensor.Shape{{2, 5, 3}}},
		{"mlp", func(p params) Layer {
			return &MLP{In: &Linear{p[0], p[1]}, Out: &Linear{p[2], p[3]}}
		}, []tensor.Shape{{2, 3}, {3, 4}, {4}, {4, 2}, {2}}},
		{"sequential", func(p params) Layer {
			return Sequential{&Linear{p[0], p[1]}, GELU{}, ReLU{}}
		}, []tensor.Shape{{2, 3}, {3, 2}, {2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			gradtest.Check(t, cpu.New(), func(tape *autograd.Tape, p []*autograd.Param) autograd.Var {
				l := c.layer(p[1:])
				Place(tape.Backend, l)
				return l.Forward(tape.Param(p[0]))
			}, c.shapes...)
		})
	}
}

type maxPool struct{}

func (maxPool) Forward(x autograd.Var) autograd.Var { return MaxPool(x) }

func TestMaxPoolTakesTheGreatestOfPositions(t *testing.T) {
	b := cpu.New()
	tape := autograd.NewTape(b, rng.New(1))
	for positions := 1; positions < 10; positions++ {
		x, r := make([]float32, 3*positions*2), rng.New(uint64(positions))
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		got, err := tape.Download(t.Context(), MaxPool(tape.Input(tensor.Float32s(x, 3, positions, 2))).Value())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			most := float32(math.Inf(-1))
			for p := range positions {
				most = max(most, x[(i/2*positions+p)*2+i%2])
			}
			if math.Abs(float64(got[i]-most)) > 1e-6 {
				t.Errorf("%d positions: %v, want %v", positions, got[i], most)
			}
		}
	}
}

func TestPoolAveragesPositions(t *testing.T) {
	tape := autograd.NewTape(cpu.New(), rng.New(1))
	x := tensor.Float32s([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 1, 2, 2, 2)
	for _, h := range []autograd.Var{tape.Input(x), tape.Input(x).Reshape(1, 4, 2)} {
		y := Pool(h)
		got, err := tape.Download(t.Context(), y.Value())
		if err != nil || !slices.Equal(got, []float32{4, 5}) || !slices.Equal(y.Shape(), tensor.Shape{1, 2}) {
			t.Errorf("%v %v %v, want [1 2] [4 5]", y.Shape(), got, err)
		}
	}
}

// The numbers are PyTorch's: BatchNorm1d(2) fed [[1,10],[2,14],[6,12]], then in eval mode [[3,11]].
func TestBatchNormKeepsRunningStatistics(t *testing.T) {
	for i, b := range []kernel.Backend{cpu.New(), kerneltest.NewReference(), cpu.New(), kerneltest.NewReference()} {
		without := i >= 2 // gradients
		n := NewBatchNorm(2)
		Place(b, n)
		tape := autograd.NewTape(b, rng.New(1))
		x := tape.Input(tensor.Float32s([]float32{1, 10, 2, 14, 6, 12}, 3, 2))
		if without {
			tape.NoGrad(func() autograd.Var { return n.Forward(x) })
		} else {
			n.Forward(x)
		}
		for _, c := range []struct {
			name string
			p    *autograd.Param
			want []float32
		}{
			{"mean", n.RunningMean, []float32{0.3, 1.2}},
			{"variance", n.RunningVar, []float32{0.9 + 0.7, 0.9 + 0.4}},
		} {
			got, err := tape.Download(t.Context(), c.p.Value)
			if err != nil || !close(got, c.want) {
				t.Errorf("%s: running %s is %v, want %v", b.Name(), c.name, got, c.want)
			}
		}
		tape.Training = false
		y := n.Forward(tape.Input(tensor.Float32s([]float32{3, 11}, 1, 2)))
		want := []float32{float32(2.7 / math.Sqrt(1.6+1e-5)), float32(9.8 / math.Sqrt(1.3+1e-5))}
		if got, err := tape.Download(t.Context(), y.Value()); err != nil || !close(got, want) {
			t.Errorf("%s: after training, %v, want %v", b.Name(), got, want)
		}
		tape.Free()
	}
}

func TestFollowIsAnExponentialMovingAverage(t *testing.T) {
	b := kerneltest.NewReference()
	r := rng.New(1)
	slow, fast := NewMLP(r, 2, 3, 2), NewMLP(r, 2, 3, 2)
	s0, f0 := slow.Out.Weight.Value.Buf.(kernel.Host)[4], fast.Out.Weight.Value.Buf.(kernel.Host)[4]
	Place(b, slow)
	Place(b, fast)
	a := tensor.NewArena(b)
	for range 3 {
		UpdateEMA(a, slow, fast, 0.75)
	}
	a.Free()
	got := slow.Out.Weight.Value.Buf.(*kerneltest.Floats).F[4]
	gap := 0.75 * 0.75 * 0.75
	if want := gap*float64(s0) + (1-gap)*float64(f0); math.Abs(got-want) > 1e-6 {
		t.Errorf("after three steps %v, want %v", got, want)
	}
}

func close(got, want []float32) bool {
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5*(1+math.Abs(float64(want[i]))) {
			return false
		}
	}
	return len(got) == len(want)
}

func TestLayersWithoutChanceAreZerosOfTheSameShapes(t *testing.T) {
	drawn, empty := NewMLP(rng.New(1), 3, 4, 2), NewMLP(nil, 3, 4, 2)
	shapes := map[string]tensor.Shape{}
	for name, p := range Params(drawn) {
		shapes[name] = p.Value.Shape
	}
	n := 0
	for name, p := range Params(empty) {
		n++
		if !slices.Equal(p.Value.Shape, shapes[name]) || slices.ContainsFunc(p.Value.Buf.(kernel.Host), func(v float32) bool { return v != 0 }) {
			t.Errorf("%s: %v %v", name, p.Value.Shape, p.Value.Buf)
		}
	}
	if n != 4 || n != len(shapes) {
		t.Errorf("%d parameters", n)
	}
}
