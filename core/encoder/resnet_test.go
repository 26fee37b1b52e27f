package encoder_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

func build(t *testing.T, name string) nn.Encoder {
	t.Helper()
	spec, err := encoder.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Build(rng.New(1))
}

func TestResNet18IsNamedAndShapedAsTorchvisions(t *testing.T) {
	var names []string
	count := 0
	for name, p := range nn.Params(build(t, "resnet18")) {
		names = append(names, fmt.Sprint(name, nn.TorchShape(p)))
		if !p.Frozen {
			count += p.Value.Shape.Size()
		}
	}
	for _, want := range []string{"conv1.weight[64 3 3 3]", "bn1.running_var[64]", "layer1.1.conv2.weight[64 64 3 3]",
		"layer2.0.downsample.0.weight[128 64 1 1]", "layer2.0.downsample.1.running_mean[128]", "layer4.1.bn2.bias[512]"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s in %s", want, strings.Join(names, " "))
		}
	}
	// torchvision's has 11,176,512 without its classifier; its 7x7 stem is 7,680 larger than a 3x3 one.
	if want := 11176512 - 64*3*(49-9); len(names) != 100 || count != want {
		t.Errorf("%d tensors of %d trained elements, want 100 of %d", len(names), count, want)
	}
}

func TestResNetTakesPicturesOfManySizes(t *testing.T) {
	b := cpu.New()
	enc := build(t, "resnet8")
	nn.Place(b, enc)
	for size, positions := range map[int]int{32: 64, 48: 144, 64: 256, 96: 144, 224: 196} {
		tape := autograd.NewTape(b, rng.New(1))
		tape.Training = false
		h := enc.Encode(tape.Input(noise(1, size, size, 3)))
		if want := (tensor.Shape{1, positions, 128}); !slices.Equal(h.Shape(), want) {
			t.Errorf("at %d pixels the features are %v, want %v", size, h.Shape(), want)
		}
		tape.Free()
	}
}

// The losses are those of the same three steps in PyTorch.
func TestSimCLRStepsMatchPyTorch(t *testing.T) {
	b := cpu.New()
	m := &struct {
		Encoder nn.Encoder
		Head    *nn.MLP
	}{build(t, "resnet8"), nn.NewMLP(rng.New(1), 128, 128, 64)}
	for name, p := range nn.Params(m) {
		p.Value.Buf = peerWeights(t, name, p)
	}
	nn.Place(b, m)
	x, opt := peerViews(), optim.NewSGD(0.9, 0)
	for step, want := range []float64{4.740167, 4.690118, 4.529351} {
		tape := autograd.NewTape(b, rng.New(1))
		z := nn.Unit(m.Head.Forward(nn.Pool(m.Encoder.Encode(tape.Input(x)))))
		loss := ntXent(z, 0.5)
		got := download(t, tape, loss.Value())[0]
		t.Logf("step %d: loss %.6f", step+1, got)
		if math.Abs(float64(got)-want) > 5e-5 {
			t.Errorf("step %d: loss %.6f, want %.6f", step+1, got, want)
		}
		if step == 2 || testing.Short() {
			tape.Free()
			break
		}
		tape.Backward(loss)
		opt.Step(b, 0.03, nn.Params(m))
		tape.Free()
	}
}

func ntXent(z autograd.Var, temperature float32) autograd.Var {
	n := z.Dim(0)
	self, twin := make([]float32, n*n), make([]int32, n)
	for i := range n {
		self[i*n+i], twin[i] = -1e9, int32((i+n/2)%n)
	}
	t := z.Tape()
	return z.MatMulT(z).Scale(1 / temperature).Add(t.Input(tensor.Float32s(self, n, n))).CrossEntropy(t.Input(tensor.Int32s(twin, n)))
}

// peerNames maps the end of a param's name to the one the recipe draws it by.
var peerNames = strings.NewReplacer("encoder.", "", "conv1.weight", "stem.w", "bn1.weight", "stem.n.g", "bn1.bias", "stem.n.b",
	"head.in.weight", "p1.w", "head.in.bias", "p1.b", "head.out.weight", "p2.w", "head.out.bias", "p2.b",
	"layer1.0.conv1.weight", "b1.c1", "layer1.0.conv2.weight", "b1.c2",
	"layer2.0.conv1.weight", "b2.c1", "layer2.0.conv2.weight", "b2.c2", "layer2.0.downsample.0.weight", "b2.sc",
	"layer3.0.conv1.weight", "b3.c1", "layer3.0.conv2.weight", "b3.c2", "layer3.0.downsample.0.weight", "b3.sc")

// peerWeights draws matrices and kernels evenly within sqrt(6/fan-in); norms begin
// with ones and zeros, biases with zeros.
func peerWeights(t *testing.T, name string, p *autograd.Param) kernel.Host {
	s := nn.TorchShape(p)
	d := make(kernel.Host, s.Size())
	if len(s) == 1 {
		for i := range d {
			if strings.HasSuffix(name, ".weight") {
				d[i] = 1
			}
		}
		return d
	}
	u := stream("w1/" + peerNames.Replace(name))
	bound := math.Sqrt(6 / float64(s[1:].Size()))
	for i := range d {
		d[i] = float32(u() * bound)
	}
	if len(s) == 2 { // drawn as [in, out]
		return d
	}
	return nn.FromTorch(p, tensor.Float32s(d, s...)).Buf.(kernel.Host)
}

// peerViews is 128 views of 64 pictures, i and i+64 of the same: a colour, 4x4
// blocks and noise. It is drawn channel by channel.
func peerViews() *tensor.Tensor {
	type picture struct {
		colour [3]float64
		block  [48]float64
	}
	var pictures [64]picture
	image, noise := stream("w1/x.image"), stream("w1/x.noise")
	for i := range pictures {
		p := &pictures[i]
		for c := range p.colour {
			p.colour[c] = image()
		}
		for k := range p.block {
			p.block[k] = image()
		}
	}
	d := make([]float32, 128*32*32*3)
	for v := range 128 {
		p := &pictures[v%64]
		for c := range 3 {
			for y := range 32 {
				for x := range 32 {
					d[((v*32+y)*32+x)*3+c] = float32(p.colour[c] + p.block[c*16+y/8*4+x/8] + 0.25*noise())
				}
			}
		}
	}
	return tensor.Float32s(d, 128, 32, 32, 3)
}

// stream is the numbers from -1 to 1 that a name stands for: mulberry32 seeded by
// the FNV-1a hash of the name.
func stream(name string) func() float64 {
	a := uint32(0x811c9dc5)
	for _, c := range []byte(name) {
		a = (a ^ uint32(c)) * 0x01000193
	}
	return func() float64 {
		a += 0x6d2b79f5
		t := (a ^ a>>15) * (1 | a)
		t = (t + (t^t>>7)*(61|t)) ^ t
		return 2*(float64(t^t>>14)/(1<<32)) - 1
	}
}
