// Package probe evaluates encoders: it needs only features and, where there are any, the labels
// that training never saw.
package probe

import (
	"context"
	"math"
	"slices"

	"autodidact/core/kernel"
)

// Features is one row for each sample, [N, Width].
type Features struct {
	Data     []float32
	N, Width int
	Cells    int // of a picture whose features lie side by side in a row; 0 is 1

	backend kernel.Backend // multiplies faster than plain Go; nil means plain Go
	stop    func() bool    // whether what is done with them is to break off; nil is never
}

// On lets b do the multiplications that comparing rows takes.
func (f Features) On(b kernel.Backend) Features {
	f.backend = b
	return f
}

// Pooled averages over cells, to [N, Width/Cells].
func (f Features) Pooled() Features {
	if f.Cells <= 1 {
		return f
	}
	p := f
	p.Cells, p.Width = 0, f.Width/f.Cells
	p.Data = make([]float32, p.N*p.Width)
	for i := range p.N {
		to := p.Row(i)
		for j, v := range f.Row(i) {
			to[j%p.Width] += v / float32(f.Cells)
		}
	}
	return p
}

// Row is the features of sample i.
func (f Features) Row(i int) []float32 { return f.Data[i*f.Width:][:f.Width:f.Width] }

// Same reports whether all rows are equal: they distinguish nothing.
func (f Features) Same() bool {
	for i := range f.N {
		if !slices.Equal(f.Row(i), f.Row(0)) {
			return false
		}
	}
	return true
}

// Pick copies the rows named by at.
func (f Features) Pick(at []int) Features {
	p := f
	p.N, p.Data = len(at), make([]float32, 0, len(at)*f.Width)
	for _, i := range at {
		p.Data = append(p.Data, f.Row(i)...)
	}
	return p
}

// unit copies f with rows of length one, so that a dot product is a cosine. A row
// without a direction (zeros, or not finite) becomes zeros: it resembles nothing.
func (f Features) unit() Features {
	u := f
	u.Data = make([]float32, len(f.Data))
	for i := range f.N {
		sum := 0.0
		for _, v := range f.Row(i) {
			sum += float64(v) * float64(v)
		}
		if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
			continue
		}
		scale, to := 1/math.Sqrt(sum), u.Row(i)
		for j, v := range f.Row(i) {
			to[j] = float32(float64(v) * scale)
		}
	}
	return u
}

// A block of rows is compared at a time: the products of 128 rows with some
// thousand samples stay below a megabyte.
const blockRows = 128

// compare calls each with the dot products of every row of q with all rows of f.
// The slice is used again for the next row.
func (f Features) compare(q Features, each func(i int, dots []float32)) {
	if q.N < blockRows/16 { // moving all of f to the backend does not pay off
		f.backend = nil
	}
	multiply, free := f.multiplier()
	defer free()
	dots := make([]float32, blockRows*f.N)
	for from := 0; from < q.N && !f.stopped(); from += blockRows {
		rows := min(blockRows, q.N-from)
		multiply(dots, q.Data[from*q.Width:][:rows*q.Width], rows)
		for i := range rows {
			each(from+i, dots[i*f.N:][:f.N])
		}
	}
}

// Squares calls each with the squared distances of every row of q to all rows of f. The slice is used again for the
// next row.
func (f Features) Squares(q Features, each func(i int, squares []float64)) {
	norm := func(x []float32) (sum float64) {
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
		return sum
	}
	norms, squares := make([]float64, f.N), make([]float64, f.N)
	for k := range f.N {
		norms[k] = norm(f.Row(k))
	}
	f.compare(q, func(i int, dots []float32) {
		own := norm(q.Row(i))
		for k, dot := range dots {
			squares[k] = max(0, own+norms[k]-2*float64(dot))
		}
		each(i, squares)
	})
}

// multiplier returns dots [rows, N] = a [rows, Width] · f [N, Width]ᵀ.
func (f Features) multiplier() (multiply func(dots, a []float32, rows int), free func()) {
	if f.backend == nil || f.N == 0 || f.Width == 0 {
		return f.dot, func() {}
	}
	b := f.backend
	table, left, out := b.Alloc(len(f.Data)), b.Alloc(blockRows*f.Width), b.Alloc(blockRows*f.N)
	b.Write(table, f.Data)
	padded := make(kernel.Host, blockRows*f.Width)
	multiply = func(dots, a []float32, rows int) {
		copy(padded, a) // a last short block is followed by rows nobody reads
		b.Write(left, padded)
		b.MatMul(out, left, table, kernel.Mat{Batch: 1, M: blockRows, N: f.N, K: f.Width, TransB: true})
		if b.Read(context.Background(), dots, out) != nil { // the device is gone
			f.dot(dots, a, rows)
		}
	}
	return multiply, func() { b.Free(table); b.Free(left); b.Free(out) }
}

// dot is multiplier's product in plain Go, four rows of f at a time.
func (f Features) dot(dots, a []float32, rows int) {
	for i := range rows {
		x, to := a[i*f.Width:][:f.Width], dots[i*f.N:][:f.N]
		j := 0
		for ; j+4 <= f.N; j += 4 {
			r0, r1, r2, r3 := f.Row(j)[:len(x)], f.Row(j + 1)[:len(x)], f.Row(j + 2)[:len(x)], f.Row(j + 3)[:len(x)]
			var s0, s1, s2, s3 float32
			for c, v := range x {
				s0 += v * r0[c]
				s1 += v * r1[c]
				s2 += v * r2[c]
				s3 += v * r3[c]
			}
			to[j], to[j+1], to[j+2], to[j+3] = s0, s1, s2, s3
		}
		for ; j < f.N; j++ {
			var s float32
			r := f.Row(j)[:len(x)]
			for c, v := range x {
				s += v * r[c]
			}
			to[j] = s
		}
	}
}
