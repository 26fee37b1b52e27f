package probe

import "slices"

// Centred takes the mean of all rows from each: what all share distinguishes nothing.
func (f Features) Centred() Features {
	mean := make([]float32, f.Width)
	for i := range f.N {
		for j, v := range f.Row(i) {
			mean[j] += v / float32(f.N)
		}
	}
	c := f
	c.Data = slices.Clone(f.Data)
	for i := range c.N {
		for j := range c.Row(i) {
			c.Row(i)[j] -= mean[j]
		}
	}
	return c
}
