package workload

import (
	"encoding/json"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
)

// simCLR is ResNet-8 on two views of 64 pictures of 32x32, NT-Xent, SGD.
func simCLR() *Workload {
	r := rng.New(1)
	resnet, err := encoder.Find("resnet8")
	check(err)
	spec, err := pretext.Find("simclr")
	check(err)
	built, err := spec.Build(pretext.Setup{Encoder: resnet.Build(r, encoder.Input{Size: 32}), Size: 32, Rand: r}, json.RawMessage(`{"temperature": 0.5}`))
	check(err)
	task := built.(*pretext.SimCLR)
	task.Head = nn.NewMLP(r, 128, 128, 64)
	weights("w1", task, strings.NewReplacer("encoder.conv1.weight", "stem.w",
		"encoder.layer1.0.", "b1.", "encoder.layer2.0.", "b2.", "encoder.layer3.0.", "b3.",
		"conv1.weight", "c1", "conv2.weight", "c2", "downsample.0.weight", "sc",
		"head.in.weight", "p1.w", "head.out.weight", "p2.w"), sqrtOver(6))
	x, batch := data.Views{blocks()}, photos(r)
	return &Workload{
		name: "w1", line: "SimCLR, ResNet-8 on 128 views of 32x32", unit: "images", items: 64, flop: 37.7e9,
		model: task, optim: optim.NewSGD(0.9, 0), rate: 0.03,
		loss:  func(t *autograd.Tape) autograd.Var { return task.Loss(t, x) },
		views: func() { task.Views(r, batch) },
	}
}

// blocks is 128 views of 64 pictures [128, 32, 32, 3], i and i+64 of the same: a colour,
// 4x4 blocks of 8x8, and noise. It is drawn channel by channel.
func blocks() *tensor.Tensor {
	type picture struct {
		colour [3]float64
		block  [48]float64
	}
	var pictures [64]picture
	image, noise := rng.NewStream("w1/x.image"), rng.NewStream("w1/x.noise")
	for i := range pictures {
		p := &pictures[i]
		for c := range p.colour {
			p.colour[c] = image.Even()
		}
		for k := range p.block {
			p.block[k] = image.Even()
		}
	}
	d := make([]float32, 128*32*32*3)
	for v := range 128 {
		p := &pictures[v%64]
		for c := range 3 {
			for y := range 32 {
				for x := range 32 {
					d[((v*32+y)*32+x)*3+c] = float32(p.colour[c] + p.block[c*16+y/8*4+x/8] + 0.25*noise.Even())
				}
			}
		}
	}
	return tensor.Float32s(d, 128, 32, 32, 3)
}

// photos is 64 samples as they wait in memory: twice the side of a view, in bytes.
func photos(r *rng.Rand) data.Batch {
	b := data.Batch{Kind: data.Images}
	for range 64 {
		px := make([]byte, 64*64*3)
		for i := range px {
			px[i] = byte(r.Uint32())
		}
		b.Samples = append(b.Samples, data.Sample{X: tensor.Bytes(px, 64, 64, 3)})
	}
	return b
}

// check ends the program where only a mistake in it could.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
