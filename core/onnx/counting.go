package onnx

import (
	"fmt"
	"slices"

	"autodidact/core/tensor"
)

// varies says whether constant i is not the same in all runs.
func (t *translating) varies(i int) bool {
	return slices.ContainsFunc(t.runs, func(r traced) bool { return !slices.Equal(r.put[i].Int32s(), t.runs[0].put[i].Int32s()) })
}

// counting makes a constant of whole numbers that has a row for each sample, such as which of all rows are each sample's: of n
// samples, number k of sample s must be s·a[k] + b[k] + n·c[k].
func (t *translating) counting(i int, v *value) error {
	one, two := t.runs[0].put[i].Int32s(), t.runs[min(1, len(t.runs)-1)].put[i].Int32s()
	rows, more := t.Axes[0].Sizes[0], t.Axes[0].Sizes[1]
	per := v.shape[1:].Size()
	if v.shape[0] != rows || t.runs[0].records[i].Value.DType != tensor.Int32 || rows < 2 || len(two) != more*per {
		return fmt.Errorf("a constant depends on how large the input is")
	}
	a, b, c := make([]int, per), make([]int, per), make([]int, per)
	for k := range per {
		a[k], c[k] = int(one[per+k]-one[k]), int(two[k]-one[k])/(more-rows)
		b[k] = int(one[k]) - rows*c[k]
	}
	for _, run := range t.runs {
		ids := run.put[i].Int32s()
		for at, id := range ids {
			if s, k := at/per, at%per; int(id) != s*a[k]+b[k]+len(ids)/per*c[k] {
				return fmt.Errorf("a constant depends on how large the input is, and does not count samples")
			}
		}
	}
	n := t.Axes[0].Dim
	sample := t.g.Op("Unsqueeze", t.g.Op("Range", t.g.Int(0), t.g.Op("Squeeze", n), t.g.Int(1)), t.g.Ints(1))
	ids := t.g.Op("Add", t.g.Op("Mul", sample, t.g.Ints(a...)), t.g.Op("Add", t.g.Ints(b...), t.g.Op("Mul", n, t.g.Ints(c...))))
	dims := []any{-1}
	for _, d := range v.shape[1:] {
		dims = append(dims, d)
	}
	v.plain = t.g.Reshape(ids, dims...)
	return nil
}
