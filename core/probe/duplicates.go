package probe

import (
	"hash/fnv"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Near duplicates are found by hashes of 64 bits: those of similar samples differ in few bits,
// those of unrelated samples in about half.

const (
	flatBrightness = 2    // of 255; a cell no brighter than that beside its neighbour is not brighter: noise must not decide
	leastRises     = 8    // bits for each channel of readings
	mostRises      = 32   // bits for a single channel: of more, each is mostly noise
	flatReadings   = 1e-5 // of a channel's mean: a smaller spread is rounding
)

// DifferenceHash is whether each cell of a picture, RGB bytes [height, width, 3], is brighter than the next to its right,
// of 9x8 cells over the whole of it (Neal Krawetz's dHash). Resized, brightened or packed anew it hardly
// ever differs in more than 5 bits; but what lies alike on an empty ground may differ in as few.
func DifferenceHash(x *tensor.Tensor) (hash uint64) {
	const wide, high = 9, 8
	height, width, pix := x.Shape[0], x.Shape[1], x.Buf.(kernel.Bytes)
	if height == 0 || width == 0 {
		return 0
	}
	var cells [high][wide]float32
	columns := boxes(width, wide)
	for cy, rows := range boxes(height, high) {
		for y, wy := range rows.share {
			line := pix[(rows.from+y)*width*3:][:width*3]
			for cx, cols := range columns {
				for x, wx := range cols.share {
					p := line[(cols.from+x)*3:][:3]
					cells[cy][cx] += wy * wx * (0.299*float32(p[0]) + 0.587*float32(p[1]) + 0.114*float32(p[2]))
				}
			}
		}
	}
	for y := range cells {
		for x := range wide - 1 {
			if cells[y][x] > cells[y][x+1]+flatBrightness {
				// Bytes are diagonals: rows and columns at an edge are often flat, and Alike looks for informative bytes.
				hash |= 1 << (8*((x+y)%8) + y)
			}
		}
	}
	return hash
}

// votes are for and against each bit of a hash. Each of many things votes as its own hash says, so that the more two
// samples have in common the fewer bits differ (Charikar, 2002).
type votes [64]float64

func (v *votes) add(hash uint64, weight float64) {
	for b := range v {
		v[b] += weight * float64(int(hash>>b&1)*2-1)
	}
}

func (v *votes) hash() (hash uint64) {
	for b, n := range v {
		if n > 0 {
			hash |= 1 << b
		}
	}
	return hash
}

// SimHash is the votes of each three words that follow each other; of fewer than three, of the words. One word of 60
// makes a difference of some 6 bits, of 13 in one case of a hundred.
func SimHash(words []string) uint64 {
	n := 3
	if len(words) < n {
		n = 1
	}
	var v votes
	for i := range len(words) - n + 1 {
		h := fnv.New64a()
		for _, w := range words[i : i+n] {
			h.Write([]byte(w))
			h.Write([]byte{0}) // or "ab c" would be "a bc"
		}
		v.add(h.Sum64(), 1)
	}
	return v.hash()
}

// CurveHash is the votes of the rises and falls between means over segments of readings [rows, channels], NaN where one
// is missing. Each channel counts in units of its own spread.
func CurveHash(x []float32, channels int) uint64 {
	if channels <= 0 || len(x) < 2*channels {
		return 0
	}
	rises := max(leastRises, mostRises/channels)
	segments := boxes(len(x)/channels, rises+1)
	chance := rng.New(0)
	var v votes
	for c := range channels {
		spread, before := spreadOf(x, c, channels), math.NaN()
		if spread == 0 {
			continue
		}
		for s, segment := range segments {
			sum, read := 0.0, 0.0
			for i, w := range segment.share {
				if reading := float64(x[(segment.from+i)*channels+c]); !math.IsNaN(reading) {
					sum, read = sum+float64(w)*reading, read+float64(w)
				}
			}
			mean := sum / read // NaN where none was read, and so are the rises beside it
			if rise := (mean - before) / spread; !math.IsNaN(rise) {
				v.add(chance.For("rise", c*len(segments)+s).Uint64(), rise)
			}
			before = mean
		}
	}
	return v.hash()
}

// spreadOf is the standard deviation of a channel, 0 if it is no more than rounding.
func spreadOf(x []float32, channel, channels int) float64 {
	var n, sum, squares float64
	for i := channel; i < len(x); i += channels {
		if v := float64(x[i]); !math.IsNaN(v) {
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	mean := sum / n
	if std := math.Sqrt(max(0, squares/n-mean*mean)); std > flatReadings*math.Abs(mean) {
		return std
	}
	return 0
}

// NearDuplicates is groups of samples whose hashes differ in most bits at most and of which same, unless it is nil, says yes. One
// is in a group if it is like any of it. Groups have two or more samples, ascending, and come by their first.
func NearDuplicates(hashes []uint64, most int, same func(i, j int) bool) [][]int {
	parent := make([]int, len(hashes)) // an earlier one of the group, or itself
	for i := range parent {
		parent[i] = i
	}
	first := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]] // the way is shorter next time
			i = parent[i]
		}
		return i
	}
	ask := func(i, j int) {
		if a, b := first(i), first(j); a != b && (same == nil || same(min(i, j), max(i, j))) {
			parent[max(a, b)] = min(a, b)
		}
	}
	distinct, having := slices.Compact(slices.Sorted(slices.Values(hashes))), map[uint64][]int{}
	for i, h := range hashes {
		for _, j := range having[h] {
			ask(i, j)
		}
		having[h] = append(having[h], i)
	}
	pairs(distinct, most, func(g, h uint64) {
		for _, i := range having[g] {
			for _, j := range having[h] {
				ask(i, j)
			}
		}
	})
	members := make([][]int, len(hashes))
	for i := range hashes {
		members[first(i)] = append(members[first(i)], i)
	}
	return slices.DeleteFunc(members, func(m []int) bool { return len(m) < 2 })
}

// pairs calls each once with every two of hashes that differ in most bits at most. If no more than 7 differ, one of the
// 8 bytes is the same; if no more than 15, one of them differs in a bit at most: only such pairs are compared. Beyond
// that comparing all is quicker.
func pairs(hashes []uint64, most int, each func(g, h uint64)) {
	slack := most / 8
	if slack > 1 {
		for k, h := range hashes {
			for _, g := range hashes[:k] {
				if bits.OnesCount64(g^h) <= most {
					each(g, h)
				}
			}
		}
		return
	}
	for place := range 8 {
		var having [256][]uint64
		for _, h := range hashes {
			b := uint8(h >> (8 * place))
			having[b] = append(having[b], h)
		}
		for pair := range 1 << 16 {
			b, c := uint8(pair>>8), uint8(pair)
			if b > c || bits.OnesCount8(b^c) > slack {
				continue
			}
			for k, h := range having[b] {
				others := having[c]
				if b == c {
					others = others[:k]
				}
				for _, g := range others {
					// A pair found by several bytes is reported by the first.
					if bits.OnesCount64(g^h) <= most && firstWithin(g^h, slack) == place {
						each(g, h)
					}
				}
			}
		}
	}
}

// firstWithin is the first byte of x with no more than slack bits set.
func firstWithin(x uint64, slack int) int {
	place := 0
	for place < 8 && bits.OnesCount8(uint8(x>>(8*place))) > slack {
		place++
	}
	return place
}

// Words are the runs of letters and digits of a text, in small letters.
func Words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}
