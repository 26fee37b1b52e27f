package kind

import (
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// maxWidth is the width of features beyond which they are projected: whitening costs its third power.
const maxWidth = 768

// Narrowed is rows as features; wider ones by a random projection, always the same.
func Narrowed(rows [][]float32) probe.Features {
	f := probe.Features{N: len(rows)}
	if len(rows) == 0 {
		return f
	}
	wide := len(rows[0])
	f.Width = min(wide, maxWidth)
	f.Data = make([]float32, f.N*f.Width)
	if wide <= maxWidth {
		for i, row := range rows {
			copy(f.Row(i), row)
		}
		return f
	}
	up := projection(wide)
	for i, row := range rows {
		to := f.Row(i)
		for k, v := range row {
			for c := range to {
				if up(k, c) {
					to[c] += v
				} else {
					to[c] -= v
				}
			}
		}
	}
	return f
}

// projection is that of rows so wide: whether number k is added to number c of the result, or taken from it.
func projection(wide int) (up func(k, c int) bool) {
	const words = (maxWidth + 63) / 64
	r, signs := rng.New(0).For("projection", wide), make([]uint64, wide*words)
	for i := range signs {
		signs[i] = r.Uint64()
	}
	return func(k, c int) bool { return signs[k*words+c/64]>>(c%64)&1 == 1 }
}
