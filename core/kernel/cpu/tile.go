package cpu

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

	block [mr * 2 * nr]float32 // stands for c where a part of it is missing
}

// hanging runs a tile of so many columns, of which only h rows and w columns are in c.
// The offsets of its other rows must lie in a all the same.
func (t *tile) hanging(kernel func(*tile), width, h, w int) {
	c, rows, block := t.c, t.row, t.block[:]
	for r := range mr {
		t.row[r] = r * width
		if r < h && t.add {
			copy(block[r*width:r*width+w], c[rows[r]:])
		}
	}
	t.c = block
	kernel(t)
	for r := range h {
		copy(c[rows[r]:rows[r]+w], block[r*width:])
	}
	t.c = c
}

// pack copies k rows of n floats, from apart, into panels of nr columns:
// dst [ceil(n/nr), k, nr], zeros past n.
func pack(dst, src []float32, k, from, n int) {
	for j := 0; j < n; j += nr {
		p, w := dst[j*k:(j+nr)*k], n-j
		if w >= nr {
			for i := range k {
				*(*[nr]float32)(p[i*nr:]) = *(*[nr]float32)(src[i*from+j:])
			}
			continue
		}
		clear(p)
		for i := range k {
			copy(p[i*nr:i*nr+w], src[i*from+j:])
		}
	}
}

// packTransposed is pack where the columns of a panel are rows of src, stride apart.
func (b *Backend) packTransposed(dst, src []float32, stride, k, n int) {
	for j := 0; j < n; j += nr {
		p := dst[j*k : (j+nr)*k]
		if n-j < nr {
			clear(p)
		}
		b.transpose(p, src[j*stride:], min(nr, n-j), k, stride, nr)
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
