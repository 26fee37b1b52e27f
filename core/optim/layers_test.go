package optim

import (
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

func TestAStepAtHalfThePaceIsAStepAtHalfTheRate(t *testing.T) {
	for _, c := range methods {
		for _, b := range backends() {
			paced, slow, whole := newModel(b), newModel(b), newModel(b)
			for _, p := range paced {
				p.Pace = 0.5
			}
			for _, s := range []struct {
				m  model
				lr float32
			}{{paced, c.lr}, {slow, c.lr / 2}, {whole, c.lr}} {
				o := c.make()
				for step := 1; step <= 3; step++ {
					s.m.blame(b, step)
					o.Step(b, s.lr, s.m.all())
				}
			}
			for name, p := range paced {
				got := download(t, b, p.Value)
				if !slices.Equal(got, download(t, b, slow[name].Value)) {
					t.Errorf("%s on %s: %s differs from a step at half the rate", c.name, b.Name(), name)
				}
				if moves := name != "frozen" && name != "unused"; moves == slices.Equal(got, download(t, b, whole[name].Value)) {
					t.Errorf("%s on %s: %s, which moves: %v, is where the whole rate takes it: %v", c.name, b.Name(), name, moves, !moves)
				}
			}
		}
	}
}

// withHead is an encoder as a task has it.
type withHead struct {
	Encoder nn.Encoder
	Head    *nn.MLP
}

// firsts are the layers of m, each as the paths of its first and its last param.
func firsts(m any) (out []string) {
	names := map[*autograd.Param]string{}
	for name, p := range nn.Params(m) {
		names[p] = name
	}
	for _, layer := range layersOf(nn.Params(m)) {
		out = append(out, names[layer[0]]+" to "+names[layer[len(layer)-1]])
	}
	return out
}

func TestLayersAreBlocksAndWhatLiesBetween(t *testing.T) {
	for name, want := range map[string][]string{
		"resnet6": {"conv1.weight to bn1.running_var", "layer1.0.conv1.weight to layer1.0.bn2.running_var",
			"layer2.0.conv1.weight to layer2.0.downsample.1.running_var", "neck.conv.weight to neck.bn.running_var"},
		"resnet8": {"conv1.weight to bn1.bias", "layer1.0.conv1.weight to layer1.0.bn2.bias",
			"layer2.0.conv1.weight to layer2.0.downsample.1.bias", "layer3.0.conv1.weight to layer3.0.downsample.1.bias"},
		"vit-tiny": append(append([]string{"embeddings.patch_embeddings.projection.weight to embeddings.patch_embeddings.projection.bias"},
			blocks(6, "encoder.layer.%.attention.attention.query.weight to encoder.layer.%.layernorm_after.bias")...), "layernorm.weight to layernorm.bias"),
		"bert-tiny": append([]string{"embeddings.word_embeddings.weight to embeddings.LayerNorm.bias"},
			blocks(2, "encoder.layer.%.attention.self.query.weight to encoder.layer.%.output.LayerNorm.bias")...),
		"tcn-small": append([]string{"in.weight to in.bias"}, blocks(6, "blocks.%.conv1.weight to blocks.%.conv2.bias")...),
		"patchtst": append(append([]string{"embedding.weight to position"},
			blocks(3, "layer.%.attention.attention.query.weight to layer.%.layernorm_after.bias")...), "norm.weight to norm.bias"),
	} {
		spec, err := encoder.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		enc := spec.Build(rng.New(1), encoder.Input{Size: 32, Tokens: 50, Channels: 2})
		if got := firsts(enc); !slices.Equal(got, want) {
			t.Errorf("%s has layers\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for i, w := range want { // and the same in a task
			want[i] = "encoder." + strings.Replace(w, " to ", " to encoder.", 1)
		}
		want = append(want, "head.in.weight to head.out.bias")
		if got := firsts(withHead{enc, nn.NewNormMLP(rng.New(1), enc.Width(), 4, 2)}); !slices.Equal(got, want) {
			t.Errorf("%s and a head have layers\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	spec, _ := encoder.Find("resnet50")
	if got := firsts(spec.Build(rng.New(1), encoder.Input{Size: 32})); len(got) != 1+3+4+6+3 {
		t.Errorf("resnet50 has %d layers, want a stem and 16 blocks", len(got))
	}
}

// blocks is a line for each of n blocks, with its number for %.
func blocks(n int, line string) (out []string) {
	for i := range n {
		out = append(out, strings.ReplaceAll(line, "%", string(rune('0'+i))))
	}
	return out
}

func TestEarlierLayersAreSlowerAndTheFirstOnesStandStill(t *testing.T) {
	spec, _ := encoder.Find("vit-tiny")
	m := withHead{spec.Build(rng.New(1), encoder.Input{Size: 32}), nn.NewMLP(rng.New(1), 128, 4, 2)}
	Layered(nn.Params(m), 0.5, 0.34) // 9 layers, of which 3 stay
	for path, p := range nn.Params(m) {
		pace, frozen := float32(math.Pow(0.5, 8)), true
		switch {
		case strings.HasPrefix(path, "head."):
			pace, frozen = 1, false
		case strings.HasPrefix(path, "encoder.layernorm."):
			pace, frozen = 0.5, false
		case strings.HasPrefix(path, "encoder.encoder.layer."):
			at := int(path[len("encoder.encoder.layer.")] - '0')
			pace, frozen = float32(math.Pow(0.5, float64(7-at))), at < 2
		}
		if p.Pace != pace || p.Frozen != frozen {
			t.Errorf("%s has pace %g and is frozen: %v, want %g and %v", path, p.Pace, p.Frozen, pace, frozen)
		}
	}
	// A pace of nothing is not that of all.
	Layered(nn.Params(m), 0, 0)
	for path, p := range nn.Params(m) {
		if p.Frozen == strings.HasPrefix(path, "head.") {
			t.Errorf("with a decay of 0, %s is frozen: %v", path, p.Frozen)
		}
	}
}

// classify is the cross-entropy of a head on an encoder's mean features.
func classify(t *autograd.Tape, m withHead, x *tensor.Tensor) autograd.Var {
	return m.Head.Forward(nn.Pool(m.Encoder.Encode(t.Input(x)))).CrossEntropy(t.Input(tensor.Int32s([]int32{0, 1, 1, 0}, 4)))
}

func TestWhatIsFrozenDoesNotMoveABitAndTheRestLearns(t *testing.T) {
	for name, begin := range map[string]func() Optimizer{"AdamW": func() Optimizer { return NewAdamW(0.02) },
		"SGD": func() Optimizer { return NewSGD(0.9, 0.02) }, "LARS": func() Optimizer { return NewLARS(0.9, 0.02) }} {
		b := cpu.New()
		spec, _ := encoder.Find("resnet6")
		m := withHead{spec.Build(rng.New(1), encoder.Input{Size: 16}), nn.NewNormMLP(rng.New(2), 256, 8, 2)}
		nn.Place(b, m)
		Layered(nn.Params(m), 0.7, 0.4) // stem and first block of five layers
		still := func(path string) bool {
			return strings.HasPrefix(path, "encoder.conv1") || strings.HasPrefix(path, "encoder.bn1") || strings.HasPrefix(path, "encoder.layer1")
		}
		before := all(t, b, nn.Params(m))
		pictures := noise(rng.New(3), 4, 16, 16, 3)
		o := begin()
		for range 3 {
			tape := autograd.NewTape(b, rng.New(4))
			tape.Backward(classify(tape, m, pictures))
			for path, p := range nn.Params(m) {
				if still(path) && p.Grad != nil {
					t.Errorf("%s: %s is frozen and has a gradient", name, path)
				}
			}
			o.Step(b, 0.01, nn.Params(m))
			tape.Free()
		}
		after := all(t, b, nn.Params(m))
		for path := range nn.Params(m) {
			if slices.Equal(before[path], after[path]) != still(path) {
				t.Errorf("%s: %s stayed as it was: %v", name, path, !still(path))
			}
		}
		for key := range o.State() {
			if still(key) {
				t.Errorf("%s remembers %s of what never moves", name, key)
			}
		}
	}
}

func all(t *testing.T, b kernel.Backend, params iter.Seq2[string, *autograd.Param]) map[string][]float32 {
	values := map[string][]float32{}
	for path, p := range params {
		values[path] = download(t, b, p.Value)
	}
	return values
}

// noise is a host tensor of chance.
func noise(r *rng.Rand, shape ...int) *tensor.Tensor {
	x := make([]float32, tensor.Shape(shape).Size())
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return tensor.Float32s(x, shape...)
}
