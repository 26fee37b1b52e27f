package worker

import (
	"context"
	"math"
	"slices"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/tensor"
)

// Two samples are nearly the same when their hashes differ in no more bits than this, their features, less what all share,
// have at least this cosine, and pictures, from afar, differ by no more than this share of what they vary by. The hash of a
// text tells by itself.
const (
	samePicture, sameText, sameCurve = 4, 12, 5
	sameLook                         = 0.95
	samePixels                       = 0.12
)

// duplicates are groups of samples that are nearly the same, by a hash of them and to the encoder.
func (r *Run) duplicates(ctx context.Context, tick func()) ([][]int, error) {
	set := r.set
	if set.Of == data.Series {
		return duplicateRecordings(set), nil
	}
	hashes := make([]uint64, set.Len())
	for i := range hashes {
		if set.Of == data.Text {
			hashes[i] = probe.SimHash(probe.Words(set.Texts.At(i)))
		} else {
			hashes[i] = probe.DifferenceHash(data.Frames(set.X[i], 1)[0])
		}
		if i%500 == 0 {
			tick()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	if set.Of == data.Text {
		return probe.NearDuplicates(hashes, sameText, nil), nil
	}
	var suspects []int // and some others, so that there is a mean
	for _, group := range probe.NearDuplicates(hashes, samePicture, nil) {
		suspects = append(suspects, group...)
	}
	if suspects == nil {
		return nil, nil
	}
	suspects = append(suspects, probe.Evenly(all(set.Len()), monitorSamples/4)...)
	slices.Sort(suspects)
	suspects = slices.Compact(suspects)
	f, err := r.Looker().Embed(ctx, set, suspects, func(int, int) { tick() })
	if err != nil {
		return nil, err
	}
	c, of := centred(f.Pooled()), make([]uint64, len(suspects))
	for k, i := range suspects {
		of[k] = hashes[i]
	}
	groups := probe.NearDuplicates(of, samePicture, func(i, j int) bool {
		return cosine(c.Row(i), c.Row(j)) >= sameLook && samePixel(set.X[suspects[i]], set.X[suspects[j]])
	})
	for _, group := range groups {
		for k := range group {
			group[k] = suspects[group[k]]
		}
	}
	return groups, nil
}

// samePixel compares two pictures, or the middle frames of two clips, in 16 by 16 cells.
func samePixel(x, y *tensor.Tensor) bool {
	two := &data.Set{Of: data.Images, X: []*tensor.Tensor{data.Frames(x, 1)[0], data.Frames(y, 1)[0]}}
	const side = 16
	f := probe.RawPixels(two, side)
	mean, off, vary := 0.0, 0.0, 0.0
	for _, v := range f.Row(0) {
		mean += float64(v) / float64(f.Width)
	}
	for k, v := range f.Row(0) {
		off += math.Pow(float64(v-f.Row(1)[k]), 2)
		vary += math.Pow(float64(v)-mean, 2)
	}
	return off <= samePixels*samePixels*vary
}

func cosine(a, b []float32) float64 {
	var dot, x, y float64
	for k, v := range a {
		dot += float64(v) * float64(b[k])
		x += float64(v) * float64(v)
		y += float64(b[k]) * float64(b[k])
	}
	return dot / math.Sqrt(max(x*y, 1e-30))
}

// duplicateRecordings are the windows of recordings that read as another one does.
func duplicateRecordings(set *data.Set) [][]int {
	of := set.Recordings.Of
	hashes := make([]uint64, len(of))
	for i, r := range of {
		hashes[i] = probe.CurveHash(r.X, len(set.Recordings.Channels))
	}
	groups := probe.NearDuplicates(hashes, sameCurve, func(i, j int) bool { return readAlike(of[i].X, of[j].X, len(set.Recordings.Channels)) })
	group := make([]int, len(of)) // which each recording is in, from 1 on
	for k, g := range groups {
		for _, i := range g {
			group[i] = k + 1
		}
	}
	out := make([][]int, len(groups))
	for i, w := range set.Windows {
		if g := group[w.Of]; g > 0 {
			out[g-1] = append(out[g-1], i)
		}
	}
	return slices.DeleteFunc(out, func(g []int) bool { return len(g) < 2 })
}

// readAlike says whether readings of two recordings differ by no more than a hundredth of how they vary.
func readAlike(a, b []float32, channels int) bool {
	if len(a) != len(b) {
		return false
	}
	for c := range channels {
		var off, vary, last float64
		for k := c; k < len(a); k += channels {
			x, y := float64(a[k]), float64(b[k])
			if x != x || y != y {
				continue
			}
			off += (x - y) * (x - y)
			vary += (x - last) * (x - last)
			last = x
		}
		if off > 1e-4*vary {
			return false
		}
	}
	return true
}
