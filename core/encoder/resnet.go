package encoder

import (
	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// ResNet-8 has one block a stage and GroupNorm, so it does not mind small batches.
var resNet8 = Spec{Name: "resnet8", Line: "Small and wide, and right with small batches.", Kinds: []data.Kind{data.Images, data.Video},
	Build: func(r *rng.Rand, _ Input) nn.Encoder {
		return newResNet(r, []int{32, 64, 128}, 1, func(w int) nn.Layer { return nn.NewGroupNorm(8, w) })
	}}

// ResNet-10 is four narrow stages of one block. Against ResNet-8 it goes deeper for a
// third of the arithmetic, so that a few minutes in a tab are more steps.
var resNet10 = Spec{Name: "resnet10", Line: "Narrow and deep: the most steps in the first minutes.", Kinds: []data.Kind{data.Images, data.Video},
	Build: func(r *rng.Rand, _ Input) nn.Encoder {
		return newResNet(r, []int{16, 32, 64, 128}, 1, func(w int) nn.Layer { return nn.NewBatchNorm(w) })
	}}

// ResNet-18 is torchvision's but for the stem: 3x3 without pooling, as SimCLR has
// it for small images (arXiv:2002.05709, appendix B.9).
var resNet18 = Spec{Name: "resnet18", Line: "The classic image network; slower, and worth it on a fast machine.", Kinds: []data.Kind{data.Images, data.Video},
	Build: func(r *rng.Rand, _ Input) nn.Encoder {
		return newResNet(r, []int{64, 128, 256, 512}, 2, func(w int) nn.Layer { return nn.NewBatchNorm(w) })
	}}

// ResNet-50 is torchvision's (v1.5) with the same stem as ResNet-18.
var resNet50 = Spec{Name: "resnet50", Line: "The field's yardstick, deep and heavy: for the command line and a long night.", Kinds: []data.Kind{data.Images, data.Video},
	Build: func(r *rng.Rand, _ Input) nn.Encoder {
		n := &ResNet{Conv1: nn.NewConv2D(r, 3, 64, 3, 1), BN1: nn.NewBatchNorm(64), width: 64}
		for i, blocks := range []int{3, 4, 6, 3} {
			mid := 64 << i
			n.stage(i, blocks, func(in, stride int) (nn.Layer, int) { return newBottleneck(r, in, mid, stride), 4 * mid })
		}
		return n
	}}

// The same with torchvision's own stem, for weights that come from there, or go there. One position stands for 32 pixels.
var (
	resNet18ImageNet = imageNet("resnet18-imagenet", "ResNet-18 as torchvision has it, for its weights: pictures of 64 pixels and more.", resNet18)
	resNet50ImageNet = imageNet("resnet50-imagenet", "ResNet-50 as torchvision has it, for its weights: pictures of 64 pixels and more.", resNet50)
)

// imageNet is like another ResNet but for the stem: a convolution of 7x7 pixels and a max-pool, both of stride 2. Pictures,
// from -1 to 1, are normalised by ImageNet's mean and standard deviation first, as the weights there expect.
func imageNet(name, line string, like Spec) Spec {
	return Spec{Name: name, Line: line, Kinds: like.Kinds, Build: func(r *rng.Rand, in Input) nn.Encoder {
		n := like.Build(r, in).(*ResNet)
		n.Conv1, n.imageNet = nn.NewConv2D(r.For("stem", 0), 3, 64, 7, 2), true
		return n
	}}
}

// ImageNet's mean and standard deviation of red, green and blue, of pixels from 0 to 1.
var ImageNetMean, ImageNetStd = [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}

// imageNetStem takes pictures x [batch, height, width, 3], from -1 to 1, to [batch, height/4, width/4, 64].
func (n *ResNet) imageNetStem(x autograd.Var) autograd.Var {
	var scale, shift [3]float32
	for i := range scale {
		scale[i], shift[i] = float32(0.5/ImageNetStd[i]), float32((0.5-ImageNetMean[i])/ImageNetStd[i])
	}
	t := x.Tape()
	x = x.Mul(t.Input(tensor.Float32s(scale[:], 3))).Add(t.Input(tensor.Float32s(shift[:], 3)))
	return n.BN1.Forward(n.Conv1.Forward(x)).Relu().MaxPool2D(3, 2, 1)
}

// ResNet-6 is two stages and a wide neck: many small parts of a picture, each detected by a
// channel of its own. In the first minutes such bags of parts are more accurate than depth
// (Brendel and Bethge, arXiv:1904.00760, on how far they go).
var resNet6 = Spec{Name: "resnet6", Line: "Shallow and wide: learns the most in the first minutes.", Kinds: []data.Kind{data.Images, data.Video},
	Build: func(r *rng.Rand, _ Input) nn.Encoder {
		n := newResNet(r, []int{16, 64}, 1, func(w int) nn.Layer { return nn.NewBatchNorm(w) })
		n.Neck = &Neck{nn.NewConv2D(r, n.width, 256, 1, 1), nn.NewBatchNorm(256)}
		n.width = 256
		return n
	}}

// ResNet is a stem and stages of residual blocks (arXiv:1512.03385). Its params
// are named as torchvision's, also where a norm called bn is a GroupNorm.
type ResNet struct {
	Conv1                          *nn.Conv2D
	BN1                            nn.Layer
	Layer1, Layer2, Layer3, Layer4 []nn.Layer // blocks
	Neck                           *Neck      // or nil

	imageNet bool // whether it has torchvision's stem
	width    int
}

// newResNet makes a stage of blocks for each width; all but the first halve the picture.
func newResNet(r *rng.Rand, widths []int, blocks int, norm func(width int) nn.Layer) *ResNet {
	n := &ResNet{Conv1: nn.NewConv2D(r, 3, widths[0], 3, 1), BN1: norm(widths[0]), width: widths[0]}
	for i, out := range widths {
		n.stage(i, blocks, func(in, stride int) (nn.Layer, int) { return newBlock(r, in, out, stride, norm), out })
	}
	return n
}

// stage appends blocks to stage i; block makes one and returns its output width.
func (n *ResNet) stage(i, blocks int, block func(in, stride int) (nn.Layer, int)) {
	stage := []*[]nn.Layer{&n.Layer1, &n.Layer2, &n.Layer3, &n.Layer4}[i]
	for k := range blocks {
		stride := 1
		if i > 0 && k == 0 {
			stride = 2
		}
		var b nn.Layer
		b, n.width = block(n.width, stride)
		*stage = append(*stage, b)
	}
}

func (n *ResNet) Width() int { return n.width }

// ImageNet says whether it has torchvision's stem and normalises pixels as ImageNet's are.
func (n *ResNet) ImageNet() bool { return n.imageNet }

// Encode takes pictures x [batch, height, width, 3] to features [batch, positions, Width].
func (n *ResNet) Encode(x autograd.Var) autograd.Var {
	if len(x.Shape()) != 4 {
		panic(&tensor.ShapeError{Op: "resnet of [batch height width channels]", Shapes: []tensor.Shape{x.Shape()}})
	}
	h := n.stem(x)
	for _, stage := range [][]nn.Layer{n.Layer1, n.Layer2, n.Layer3, n.Layer4} {
		for _, b := range stage {
			h = b.Forward(h)
		}
	}
	if n.Neck != nil {
		h = n.Neck.Forward(h)
	}
	return h.Reshape(h.Dim(0), h.Dim(1)*h.Dim(2), n.width)
}

// stem takes pictures to what the first stage sees.
func (n *ResNet) stem(x autograd.Var) autograd.Var {
	if n.imageNet {
		return n.imageNetStem(x)
	}
	return n.BN1.Forward(x.Conv2D(n.Conv1.Weight, stemStride(x.Dim(1), x.Dim(2)), 1)).Relu()
}

// stemStride is 1 up to 64 pixels, then the power of two that leaves at most 64
// positions on a side: memory and time stay those of a small picture.
func stemStride(height, width int) int {
	s := 1
	for max(height, width) > 64*s {
		s *= 2
	}
	return s
}

// Block is relu(BN2(Conv2(relu(BN1(Conv1(x))))) + x), with x downsampled where the
// shape changes.
type Block struct {
	Conv1      *nn.Conv2D
	BN1        nn.Layer
	Conv2      *nn.Conv2D
	BN2        nn.Layer
	Downsample nn.Sequential
}

func newBlock(r *rng.Rand, in, out, stride int, norm func(width int) nn.Layer) *Block {
	b := &Block{nn.NewConv2D(r, in, out, 3, stride), norm(out), nn.NewConv2D(r, out, out, 3, 1), norm(out), nil}
	if in != out || stride != 1 {
		b.Downsample = nn.Sequential{nn.NewConv2D(r, in, out, 1, stride), norm(out)}
	}
	return b
}

func (b *Block) Forward(x autograd.Var) autograd.Var {
	h := b.BN1.Forward(b.Conv1.Forward(x)).Relu()
	h = b.BN2.Forward(b.Conv2.Forward(h))
	return h.Add(b.Downsample.Forward(x)).Relu()
}

// Bottleneck is relu(BN3(Conv3(relu(BN2(Conv2(relu(BN1(Conv1(x)))))))) + x): a 3x3
// convolution between two 1x1, the second of which makes four times as many channels. The stride is the 3x3's.
type Bottleneck struct {
	Conv1      *nn.Conv2D
	BN1        nn.Layer
	Conv2      *nn.Conv2D
	BN2        nn.Layer
	Conv3      *nn.Conv2D
	BN3        nn.Layer
	Downsample nn.Sequential
}

func newBottleneck(r *rng.Rand, in, mid, stride int) *Bottleneck {
	out := 4 * mid
	b := &Bottleneck{nn.NewConv2D(r, in, mid, 1, 1), nn.NewBatchNorm(mid), nn.NewConv2D(r, mid, mid, 3, stride), nn.NewBatchNorm(mid),
		nn.NewConv2D(r, mid, out, 1, 1), nn.NewBatchNorm(out), nil}
	if in != out || stride != 1 {
		b.Downsample = nn.Sequential{nn.NewConv2D(r, in, out, 1, stride), nn.NewBatchNorm(out)}
	}
	return b
}

func (b *Bottleneck) Forward(x autograd.Var) autograd.Var {
	h := b.BN1.Forward(b.Conv1.Forward(x)).Relu()
	h = b.BN2.Forward(b.Conv2.Forward(h)).Relu()
	h = b.BN3.Forward(b.Conv3.Forward(h))
	return h.Add(b.Downsample.Forward(x)).Relu()
}

// Neck is relu(BN(Conv(x))) of x at half its height and width; Conv is 1x1.
type Neck struct {
	Conv *nn.Conv2D
	BN   nn.Layer
}

func (n *Neck) Forward(x autograd.Var) autograd.Var {
	return n.BN.Forward(n.Conv.Forward(halve(x))).Relu()
}

// halve averages squares of 2x2 pixels; an odd picture is left as it is.
func halve(x autograd.Var) autograd.Var {
	b, h, w, c := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
	if h%2+w%2 > 0 {
		return x
	}
	x = x.Reshape(b*h/2, 2, w*c).Mean(1)
	return x.Reshape(b*h*w/4, 2, c).Mean(1).Reshape(b, h/2, w/2, c)
}
