package probe

import "math"

// A Standard moves the mean of every feature to zero and its deviation to one. Of few labels it leaves more than whitening
// does, which trusts small directions as much as large ones.
type Standard struct{ mean, scale []float32 }

// FitStandard learns from features; one that never changes becomes zeros.
func FitStandard(f Features) Standard {
	s := Standard{make([]float32, f.Width), make([]float32, f.Width)}
	sum, squares := make([]float64, f.Width), make([]float64, f.Width)
	for i := range f.N {
		for j, v := range f.Row(i) {
			sum[j] += float64(v)
		}
	}
	for i := range f.N {
		for j, v := range f.Row(i) {
			d := float64(v) - sum[j]/float64(f.N)
			squares[j] += d * d
		}
	}
	for j, v := range squares {
		s.mean[j] = float32(sum[j] / float64(max(f.N, 1)))
		if d := math.Sqrt(v / float64(max(f.N, 1))); d > 1e-12 {
			s.scale[j] = float32(1 / d)
		}
	}
	return s
}

// Apply gives standardised features.
func (s Standard) Apply(f Features) Features {
	out := f
	out.Data = make([]float32, len(f.Data))
	for i := range f.N {
		to := out.Row(i)
		for j, v := range f.Row(i) {
			to[j] = (v - s.mean[j]) * s.scale[j]
		}
	}
	return out
}
