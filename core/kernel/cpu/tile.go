package cpu

// A tile is one register block of a product: mr rows by nr columns of c. Its b is
// packed: k rows of nr floats, padded with zeros. Offsets name where each row lies,
// so rows need no even spacing.
type tile struct {
	c   []float32
	row [mr]int // of c
	add bool    // to what c holds

	// a of a rowTile: row r is k floats from a[at[r]], and so again each segment later.
	// a of a panelTile: k rows of mr floats, packed.
	a                 []float32
	at                [mr]int
	k                 int
	segments, segment int // count, and their distance in a; b just goes on

	b []float32
}

// hanging runs a tile of which only h rows and w columns are in c. The offsets of its
// other rows must lie in a all the same.
func (t *tile) hanging(kernel func(*tile), h, w int) {
	var block [mr * nr]float32
	c, rows := t.c, t.row
	for r := range mr {
		t.row[r] = r * nr
		if r < h && t.add {
			copy(block[r*nr:r*nr+w], c[rows[r]:])
		}
	}
	t.c = block[:]
	kernel(t)
	for r := range h {
		copy(c[rows[r]:rows[r]+w], block[r*nr:])
	}
	t.c = c
}

// packColumns copies, for each of the starts, w consecutive floats of src at a time
// into panels of w columns: dst [ceil(n/w), len(starts), w], zeros past n.
func packColumns(dst, src []float32, starts []int, n, w int) {
	k := len(starts)
	for j := 0; j < n; j += w {
		p := dst[j*k : (j+w)*k]
		if m := n - j; m < w {
			clear(p)
			for i, s := range starts {
				copy(p[i*w:i*w+m], src[s+j:])
			}
			continue
		}
		switch w {
		case 4:
			packFour(p, src[j:], starts)
		case 8:
			packEight(p, src[j:], starts)
		default:
			for i, s := range starts {
				copy(p[i*w:(i+1)*w], src[s+j:s+j+w])
			}
		}
	}
}

// The two widths there are, as whole arrays: several times faster than copy.
func packFour(dst, src []float32, starts []int) {
	for i, s := range starts {
		*(*[4]float32)(dst[4*i:]) = *(*[4]float32)(src[s:])
	}
}

func packEight(dst, src []float32, starts []int) {
	for i, s := range starts {
		*(*[8]float32)(dst[8*i:]) = *(*[8]float32)(src[s:])
	}
}

// packTransposed is packColumns where the columns of the panel are rows of src,
// stride apart: dst [ceil(n/w), k, w].
func packTransposed(dst, src []float32, stride, k, n, w int) {
	for j := 0; j < n; j += w {
		p := dst[j*k : (j+w)*k]
		if n-j < w {
			clear(p)
		}
		for c := range min(w, n-j) {
			row := src[(j+c)*stride : (j+c)*stride+k]
			at := c
			for _, v := range row {
				p[at] = v
				at += w
			}
		}
	}
}

// up rounds n up to a multiple of w.
func up(n, w int) int { return (n + w - 1) / w * w }
