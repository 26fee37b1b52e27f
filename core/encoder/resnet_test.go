package encoder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

func build(t *testing.T, name string) nn.Encoder {
	t.Helper()
	spec, err := encoder.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return spec.Build(rng.New(1), encoder.Input{Size: 32, Tokens: 50})
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
