package cpu

import "unsafe"

// A tile is one register block of a product: mr rows by nr columns of c. Offsets name
// where each row lies, so rows need no even spacing.
type tile struct {
	c   []float32
	row [mr]int // of c
	add bool    // to what c holds

	// Row r of a begins at a[at[r]], its k floats are aStep apart, and so again each segment
	// later. So in a rowTile aStep is 1, and in a panelTile at[r] is r.
	a                 []float32
	at                [mr]int
	aStep             int
	k                 int
	segments, segment int // count, and their distance in a

	b     []float32 // segments * k times nr floats
	bStep int       // nr for a rowTile
	panel int       // floats from one panel of b to the next, for tiles of more than one
}

// hanging runs a tile of so many columns, of which only h rows and w columns are in c.
// The offsets of its other rows must lie in a all the same.
func (t *tile) hanging(kernel func(*tile), width, h, w int) {
	var block [mr * 2 * nr]float32
	c, rows := t.c, t.row
	for r := range mr {
		t.row[r] = r * width
		if r < h && t.add {
			copy(block[r*width:r*width+w], c[rows[r]:])
		}
	}
	t.c = block[:]
	kernel(t)
	for r := range h {
		copy(c[rows[r]:rows[r]+w], block[r*width:])
	}
	t.c = c
}

// packColumns copies, for each of the starts, w consecutive floats of src at a time
// into panels of w columns: dst [ceil(n/w), len(starts), w], zeros past n.
func packColumns(dst, src []float32, starts []int, n, w int) {
	k, j := len(starts), 0
	for ; j+16 <= n; j += 16 {
		switch p := dst[j*k : (j+16)*k]; w {
		case 4:
			packFours(p, src[j:], starts)
		case 8:
			packEights(p, src[j:], starts)
		case 16:
			packSixteen(p, src[j:], starts)
		}
	}
	for ; j < n; j += w {
		p, m := dst[j*k:(j+w)*k], min(w, n-j)
		clear(p)
		for i, s := range starts {
			copy(p[i*w:i*w+m], src[s+j:s+j+m])
		}
	}
}

// Sixteen columns at once, for the three widths there are. Arrays of four floats move
// without a call, and are checked once a row.

type four [4]float32

func fours(x []float32) []four {
	return unsafe.Slice((*four)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/4)
}

func packFours(dst, src []float32, starts []int) {
	d, k := fours(dst), len(starts)
	d0, d1, d2, d3 := d[:k], d[k:2*k], d[2*k:3*k], d[3*k:4*k]
	for i, s := range starts {
		q := (*[4]four)(unsafe.Pointer((*[16]float32)(src[s:])))
		d0[i], d1[i], d2[i], d3[i] = q[0], q[1], q[2], q[3]
	}
}

func packEights(dst, src []float32, starts []int) {
	d, k := fours(dst), 2*len(starts)
	d0, d1 := d[:k], d[k:2*k]
	for i, s := range starts {
		q := (*[4]four)(unsafe.Pointer((*[16]float32)(src[s:])))
		p0, p1 := (*[2]four)(d0[2*i:]), (*[2]four)(d1[2*i:])
		p0[0], p0[1], p1[0], p1[1] = q[0], q[1], q[2], q[3]
	}
}

func packSixteen(dst, src []float32, starts []int) {
	for i, s := range starts {
		*(*[16]float32)(dst[16*i:]) = *(*[16]float32)(src[s:])
	}
}

// packTransposed is packColumns where the columns of the panel are rows of src,
// stride apart: dst [ceil(n/w), k, w].
func (b *Backend) packTransposed(dst, src []float32, stride, k, n, w int) {
	for j := 0; j < n; j += w {
		p := dst[j*k : (j+w)*k]
		if n-j < w {
			clear(p)
		}
		b.transpose(p, src[j*stride:], min(w, n-j), k, stride, w)
	}
}

func transpose(dst, src []float32, rows, cols, from, to int) {
	for r := range rows {
		at := r
		for _, v := range src[r*from : r*from+cols] {
			dst[at] = v
			at += to
		}
	}
}

// up rounds n up to a multiple of w.
func up(n, w int) int { return (n + w - 1) / w * w }
