package data

import (
	"fmt"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Still is frame i of clip x, bytes [frames, h, w, 3], as a picture [h, w, 3] that shares its bytes.
func Still(x *tensor.Tensor, i int) *tensor.Tensor {
	h, w := x.Shape[1], x.Shape[2]
	return tensor.Bytes(x.Buf.(kernel.Bytes)[i*h*w*3:][:h*w*3], h, w, 3)
}

// Frames are k pictures that stand for sample x: k frames of a clip, evenly apart, or k times the
// same picture.
func Frames(x *tensor.Tensor, k int) []*tensor.Tensor {
	some := make([]*tensor.Tensor, k)
	for i := range some {
		if some[i] = x; len(x.Shape) == 4 {
			some[i] = Still(x, (2*i+1)*x.Shape[0]/(2*k))
		}
	}
	return some
}

// Stills is every frame of a set of clips as a picture, for tasks that ask about pictures.
func Stills(clips *Set) *Set {
	set := &Set{Of: Images}
	for i, x := range clips.X {
		for f := range x.Shape[0] {
			set.Names = append(set.Names, fmt.Sprintf("%s, %03d", clips.Names[i], f+1))
			set.Labels = append(set.Labels, clips.Labels[i])
			set.X = append(set.X, Still(x, f))
		}
	}
	return set
}
