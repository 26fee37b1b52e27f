package layout

import (
	"fmt"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/tensor"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// torchvisionEncoders are the ResNets whose tensors fit torchvision's, and timm's, of that depth; those without the ImageNet stem have a
// convolution of 3x3 instead of 7x7, and no max-pool.
var torchvisionEncoders = []string{"resnet18", "resnet50", "resnet18-imagenet", "resnet50-imagenet"}

// resNetOf is the model of a ResNet made elsewhere.
func resNetOf(w *cleaned, about map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	a, err := readAboutPictures(about)
	if err != nil {
		return nil, nil, err
	}
	name, err := resNetName(w.Tensors)
	if err != nil {
		return nil, nil, err
	}
	c := run.Config{Task: "simclr", Encoder: name}
	if strings.HasSuffix(name, "-imagenet") {
		c.Size = 224
		if in := a.Pretrained.Input; len(in) == 3 && in[1] >= 16 {
			c.Size = pictureSize(in[1], 1)
		}
	}
	if c, err = c.Resolve(); err != nil {
		return nil, nil, &checkpoint.FormatError{Reason: err.Error()}
	}
	s, notes, err := w.model(c, asIs)
	if err != nil {
		return nil, nil, err
	}
	return s, append(notes, pixels(c, a)...), nil
}

// pixels notes where pixels were normalised otherwise than here; convolutions with padding cannot take that in exactly.
func pixels(c run.Config, a aboutPictures) []data.Rejected {
	mean, std := []float64{0.5, 0.5, 0.5}, []float64{0.5, 0.5, 0.5}
	if strings.HasSuffix(c.Encoder, "-imagenet") {
		mean, std = encoder.ImageNetMean[:], encoder.ImageNetStd[:]
	}
	if len(a.Pretrained.Mean) == 0 || slices.Equal(a.Pretrained.Mean, mean) && slices.Equal(a.Pretrained.Std, std) {
		return nil
	}
	return []data.Rejected{report.Notice("config.json", "its pixels had mean %v and standard deviation %v; here they have %v and %v, so features differ a little", a.Pretrained.Mean, a.Pretrained.Std, mean, std)}
}

// resNetName tells which ResNet tensors are of: by the stem, the blocks of each stage, what a block has, and its widths.
func resNetName(x map[string]*tensor.Tensor) (string, error) {
	stem := x["conv1.weight"].Shape
	blocks, bottleneck := blocksOf(x), x["layer1.0.conv3.weight"] != nil
	kind := "of blocks of two convolutions"
	if bottleneck {
		kind = "of bottlenecks"
	}
	looks := fmt.Sprintf("a ResNet %s, %s in its stages, with a stem of %v", kind, strings.Trim(strings.ReplaceAll(fmt.Sprint(blocks), " ", ", "), "[]"), []int(stem))
	if len(stem) != 4 || stem[1] != 3 {
		return "", &checkpoint.FormatError{Reason: "it looks like " + looks + "; pictures of three channels are read here"}
	}
	suffix := map[int]string{7: "-imagenet", 3: ""}[stem[2]]
	switch key := fmt.Sprint(blocks, bottleneck, stem[0], stem[2], x["neck.conv.weight"] != nil, x["bn1.running_mean"] != nil); {
	case key == "[1 1] false 16 3 true true":
		return "resnet6", nil
	case key == "[1 1 1] false 32 3 false false":
		return "resnet8", nil
	case key == "[1 1 1 1] false 16 3 false true":
		return "resnet10", nil
	case stem[0] == 64 && (stem[2] == 3 || stem[2] == 7) && !bottleneck && slices.Equal(blocks, []int{2, 2, 2, 2}):
		return "resnet18" + suffix, nil
	case stem[0] == 64 && (stem[2] == 3 || stem[2] == 7) && bottleneck && slices.Equal(blocks, []int{3, 4, 6, 3}):
		return "resnet50" + suffix, nil
	}
	return "", &checkpoint.FormatError{Reason: "it looks like " + named34(blocks, bottleneck, looks) + "; of ResNets 18 and 50 can be used, with a stem of 7x7 or 3x3, and our own 6, 8 and 10"}
}

// named34 calls the usual depths by their names.
func named34(blocks []int, bottleneck bool, looks string) string {
	name := map[string]string{"[3 4 6 3] false": "ResNet-34", "[3 4 23 3] true": "ResNet-101", "[3 8 36 3] true": "ResNet-152"}[fmt.Sprint(blocks, bottleneck)]
	if name == "" {
		return looks
	}
	return name + " (" + looks + ")"
}

// blocksOf counts the blocks of each stage.
func blocksOf(x map[string]*tensor.Tensor) (blocks []int) {
	for stage := 1; ; stage++ {
		n := 0
		for x[fmt.Sprintf("layer%d.%d.conv1.weight", stage, n)] != nil {
			n++
		}
		if n == 0 {
			return blocks
		}
		blocks = append(blocks, n)
	}
}
