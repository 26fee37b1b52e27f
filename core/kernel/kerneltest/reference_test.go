package kerneltest

import (
	"context"
	"testing"

	"autodidact/core/kernel"
)

func TestRowIdsSurviveTheReference(t *testing.T) {
	b := NewReference()
	ids := kernel.Host(make([]float32, 4))
	copy(ids.Int32s(), []int32{2, 0, 8191, 1})
	rows := b.Alloc(4)
	b.Write(rows, ids)
	table := b.Alloc(8192 * 2)
	for i := range table.(*Floats).F {
		table.(*Floats).F[i] = float64(i)
	}
	dst := b.Alloc(8)
	b.Gather(dst, table, rows, kernel.Pick{Width: 2})
	got := make(kernel.Host, 8)
	if err := b.Read(context.Background(), got, dst); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{4, 5, 0, 1, 16382, 16383, 2, 3} {
		if got[i] != want {
			t.Errorf("element %d is %v, want %v", i, got[i], want)
		}
	}
}
