//go:build js && wasm && goexperiment.simd && wasmkernel

package cpu

import "unsafe"

// With the tag wasmkernel the tiles of a sweep are not Go's but those of a small
// WebAssembly module that cmd/kernels writes. It works in Go's own memory. JavaScript
// binds it to these imports (ui/src/kernels/kernels.ts); a call costs some 50 ns, so one does
// a whole sweep. Where it could not be bound, Go's tiles remain.

//go:wasmimport kernels variant
func moduleVariant() int32

//go:wasmimport kernels rows6
//go:noescape
func moduleRows6(c, rows unsafe.Pointer, add bool, a, at unsafe.Pointer, k, segments, segment int32, b unsafe.Pointer, tiles, panels int32)

//go:wasmimport kernels rows4
//go:noescape
func moduleRows4(c, rows unsafe.Pointer, add bool, a, at unsafe.Pointer, k, segments, segment int32, b unsafe.Pointer, tiles, panels int32)

//go:wasmimport kernels columns6
//go:noescape
func moduleColumns6(c, rows unsafe.Pointer, add bool, a unsafe.Pointer, aStep, k, segments, segment int32, b unsafe.Pointer, bStep, bPanel, tiles, panels int32)

//go:wasmimport kernels columns4
//go:noescape
func moduleColumns4(c, rows unsafe.Pointer, add bool, a unsafe.Pointer, aStep, k, segments, segment int32, b unsafe.Pointer, bStep, bPanel, tiles, panels int32)

// module names the kernels that are bound, "" if none are, and puts them into l.
func module(l *loops) (name string) {
	name = [...]string{"", "simd", "relaxed"}[moduleVariant()]
	if name != "" {
		l.tiles = sweep.module
		moduleLoops(l)
	}
	return name
}

// heights says how many of m rows go into tiles of six and of four: all if m is even, but for two.
func heights(m int) (six, four int) {
	m -= m % 2
	four = [...]int{0: 0, 2: 8, 4: 4}[m%6]
	if m < four {
		return 0, 0
	}
	return m - four, four
}

// module sends whole tiles to where they belong, and the rest through a block.
func (s sweep) module() {
	six, four := heights(len(s.rows))
	rows, cols := six+four, s.n/nr*nr
	whole := s
	whole.rows, whole.n = s.rows[:rows], cols
	whole.call()
	for j := 0; j < cols && rows < len(s.rows); j += hangingCols {
		s.hanging(rows, j, min(hangingCols, cols-j))
	}
	for i := 0; i < len(s.rows) && cols < s.n; i += hangingRows {
		s.hanging(i, cols, s.n-cols)
	}
}

// What hangs over goes through a block of up to hangingRows rows of one panel; or of one
// tile's rows of up to hangingCols columns.
const hangingRows, hangingCols = 96, 128

// hanging does the rows from i on, up to hangingRows, of w columns from j on, in whole
// tiles of which c may have only a part.
func (s *sweep) hanging(i, j, w int) {
	var block [hangingRows * nr]float32
	var to, from [hangingRows]int
	m, width := min(hangingRows, len(s.rows)-i), up(w, nr)
	part := *s
	part.c, part.rows, part.n = block[:], to[:max(4, up(m, 2))], width
	if s.at == nil {
		part.a, part.b = s.a[i:], s.b[j/nr*s.bCols.panel:]
	} else {
		part.at, part.b = from[:], s.b[j*s.segments*s.k:]
	}
	for r := range part.rows {
		to[r] = r * width
		if s.at != nil {
			from[r] = s.at[min(i+r, len(s.at)-1)]
		}
		if s.add && r < m {
			copy(block[r*width:r*width+w], s.c[s.rows[i+r]+j:])
		}
	}
	part.call()
	for r := range m {
		at := s.rows[i+r] + j
		copy(s.c[at:at+w], block[r*width:])
	}
}

// call hands whole tiles to the module, having checked that they lie within their slices.
func (s *sweep) call() {
	if len(s.rows) == 0 || s.n == 0 {
		return
	}
	for _, at := range s.rows {
		_ = s.c[at : at+s.n]
	}
	six, four := heights(len(s.rows))
	if s.at == nil {
		s.callColumns(six, four)
		return
	}
	_ = s.b[:s.n*s.segments*s.k]
	reach := (s.segments-1)*s.segment + s.k
	for _, at := range s.at[:len(s.rows)] {
		_ = s.a[at : at+reach]
	}
	c, a, b, k, segments, segment, panels := first(s.c), first(s.a), first(s.b), int32(s.k), int32(s.segments), int32(s.segment), int32(s.n/nr)
	if six > 0 {
		moduleRows6(c, first(s.rows), s.add, a, first(s.at), k, segments, segment, b, int32(six/6), panels)
	}
	if four > 0 {
		moduleRows4(c, first(s.rows[six:]), s.add, a, first(s.at[six:]), k, segments, segment, b, int32(four/4), panels)
	}
}

func (s *sweep) callColumns(six, four int) {
	_ = s.a[(s.segments-1)*s.segment+(s.k-1)*s.aStep+len(s.rows)-1]
	_ = s.b[(s.n/nr-1)*s.bCols.panel+(s.segments*s.k-1)*s.bCols.step+nr-1]
	c, b, k, segments, segment, panels := first(s.c), first(s.b), int32(s.k), int32(s.segments), int32(s.segment), int32(s.n/nr)
	aStep, bStep, bPanel := int32(s.aStep), int32(s.bCols.step), int32(s.bCols.panel)
	if six > 0 {
		moduleColumns6(c, first(s.rows), s.add, first(s.a), aStep, k, segments, segment, b, bStep, bPanel, int32(six/6), panels)
	}
	if four > 0 {
		moduleColumns4(c, first(s.rows[six:]), s.add, first(s.a[six:]), aStep, k, segments, segment, b, bStep, bPanel, int32(four/4), panels)
	}
}

func first[E any](s []E) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
