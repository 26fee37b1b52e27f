package view

import (
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Frames says how a few frames of one clip are shown. Noroozi and Favaro's tricks against
// shortcuts are here as Lee et al. have them (arXiv:1708.01246): each frame is shifted a little by
// itself, and colours are taken away.
type Frames struct {
	Count int     // frames shown
	Size  int     // of a frame: pixels on a side
	Span  float32 // smallest share of a clip's motion that they lie across
	Crop  float32 // smallest part of the picture's area that is shown
	Shift float32 // how far each frame is moved by itself, as a share of its side
	Gray  float32 // chance that one channel stands for all three
	Flip  bool    // mirror every other clip
}

// moved is the mean difference of two frames, in grey levels of 255, from which something has
// moved between them. What stands still has no order.
const moved = 0.5

// Into writes Count frames of clip x, bytes [frames, h, w, 3], in order of time, to dst,
// [Count, Size, Size, 3]. Moments reports whether there are as many.
func (o Frames) Into(dst []float32, r *rng.Rand, x *tensor.Tensor) {
	at := o.choose(r, x)
	h, w := x.Shape[1], x.Shape[2]
	crop := Image{Crop: o.Crop}.crop(r, h, w)
	mirror := o.Flip && r.IntN(2) == 0
	channel := -1
	if r.Float32() < o.Gray {
		channel = r.IntN(3)
	}
	px := o.Size * o.Size * 3
	for k, frame := range at {
		b := crop
		shift := func(by, side, room int) int {
			most := int(o.Shift * float32(side))
			return min(max(by+r.IntN(2*most+1)-most, 0), room-side)
		}
		b.x, b.y = shift(b.x, b.w, w), shift(b.y, b.h, h)
		to := dst[k*px:][:px]
		resize(to, o.Size, data.Still(x, frame).Buf.(kernel.Bytes), w, b, mirror)
		for i := 0; channel >= 0 && i < px; i += 3 {
			v := to[i+channel]
			to[i], to[i+1], to[i+2] = v, v, v
		}
	}
}

// choose draws frames evenly over the motion, not over time: where nothing moves there is
// nothing to predict.
func (o Frames) choose(r *rng.Rand, x *tensor.Tensor) []int {
	moments, motion := Moments(x)
	all := motion[len(motion)-1]
	span := float64(o.Span) + (1-float64(o.Span))*r.Float64()
	start := (1 - span) * r.Float64()
	at, n := make([]int, o.Count), o.Count
	next := 0
	for k := range at {
		share := start + span*(float64(k)+0.5*(r.Float64()-0.5))/float64(n-1)
		for next < len(moments)-(n-k) && motion[next] < share*all {
			next++
		}
		at[k] = moments[next]
		next++
	}
	return at
}

// Moments are the frames of clip x before which something moved, the first among them, and how much had moved
// until each. A clip with fewer than a task shows must not come to it.
func Moments(x *tensor.Tensor) (frames []int, motion []float64) {
	var so float64
	for f := range x.Shape[0] {
		if f > 0 {
			by := difference(x, frames[len(frames)-1], f)
			if by < moved {
				continue
			}
			so += by
		}
		frames, motion = append(frames, f), append(motion, so)
	}
	return frames, motion
}

// Palindrome says whether clip x plays forwards as it plays backwards, for three quarters of
// its moments or more: a boomerang's frames have no one order.
func Palindrome(x *tensor.Tensor) bool {
	at, _ := Moments(x)
	n := len(at)
	apart := make([]float64, n*n)
	var all float64
	pairs := 0
	for i := range n {
		for j := i + 2; j < n; j++ {
			apart[i*n+j] = difference(x, at[i], at[j])
			all += apart[i*n+j]
			pairs++
		}
	}
	for sum := 3; sum <= 2*n-5; sum++ { // of the places of two frames that mirror each other
		first, last := max(0, sum-n+1), min(n-1, sum)
		if 4*(last-first+1) < 3*n {
			continue
		}
		var mirrored float64
		found := 0
		for i := first; sum-i-i >= 2; i++ {
			mirrored += apart[i*n+sum-i]
			found++
		}
		if found > 0 && mirrored/float64(found) < 0.2*all/float64(pairs) {
			return true
		}
	}
	return false
}

// difference is the mean difference of two frames of x, in grey levels.
func difference(x *tensor.Tensor, i, j int) float64 {
	a, b := data.Still(x, i).Buf.(kernel.Bytes), data.Still(x, j).Buf.(kernel.Bytes)
	sum := 0
	for k, v := range a {
		d := int(v) - int(b[k])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(a))
}
