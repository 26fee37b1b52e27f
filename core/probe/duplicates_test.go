package probe

import (
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"testing"
	"time"

	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// drawn is a picture of soft spots on a ground, the same at any size; each brightness goes through change.
func drawn(seed uint64, height, width int, change func(v float64) float64) *tensor.Tensor {
	r := rng.New(seed)
	var spots [8][6]float64 // x, y, 1/size², colour
	for i := range spots {
		size := 0.05 + 0.15*r.Float64()
		spots[i] = [6]float64{r.Float64(), r.Float64(), 1 / size / size, 120 * r.NormFloat64(), 120 * r.NormFloat64(), 120 * r.NormFloat64()}
	}
	pix := make([]byte, 0, height*width*3)
	for i := range height * width {
		x, y := (float64(i%width)+0.5)/float64(width), (float64(i/width)+0.5)/float64(height)
		colour := [3]float64{110, 120, 100}
		for _, s := range spots {
			near := math.Exp(-s[2] * ((x-s[0])*(x-s[0]) + (y-s[1])*(y-s[1])))
			for c := range colour {
				colour[c] += near * s[3+c]
			}
		}
		for _, v := range colour {
			pix = append(pix, byte(max(0, min(255, math.Round(change(max(0, min(255, v))))))))
		}
	}
	return tensor.Bytes(pix, height, width, 3)
}

func differ(a, b uint64) int { return bits.OnesCount64(a ^ b) }

func TestAPicturePackedAnewResizedOrBrightenedIsFound(t *testing.T) {
	r := rng.New(1)
	same := func(v float64) float64 { return v }
	var hashes []uint64
	for seed := range uint64(30) {
		hash := DifferenceHash(drawn(seed, 64, 80, same))
		hashes = append(hashes, hash)
		for name, x := range map[string]*tensor.Tensor{
			"packed anew": drawn(seed, 64, 80, func(v float64) float64 { return v + float64(rng.New(uint64(v*7)+seed).IntN(5)-2) }),
			"noisy":       drawn(seed, 64, 80, func(v float64) float64 { return v + 4*r.Float64() - 2 }),
			"resized":     drawn(seed, 61, 77, same),
			"halved":      drawn(seed, 32, 40, same),
			"brightened":  drawn(seed, 64, 80, func(v float64) float64 { return 1.1*v + 8 }),
		} {
			if d := differ(hash, DifferenceHash(x)); d > 5 {
				t.Errorf("picture %d %s: %d bits differ", seed, name, d)
			}
		}
	}
	if groups := NearDuplicates(hashes, 7, nil); len(groups) > 0 {
		t.Errorf("of different pictures %v are alike", groups)
	}
}

func TestOnlyABrighterCellSetsItsBit(t *testing.T) {
	// One step down between the fifth and the sixth of nine columns, two pixels each.
	pix := make([]byte, 16*18*3)
	for i := range pix {
		if pix[i] = 200; i/3%18 >= 10 {
			pix[i] = 100
		}
	}
	if hash := DifferenceHash(tensor.Bytes(pix, 16, 18, 3)); bits.OnesCount64(hash) != 8 {
		t.Errorf("%064b", hash)
	}
	slices.Reverse(pix) // up
	if hash := DifferenceHash(tensor.Bytes(pix, 16, 18, 3)); hash != 0 {
		t.Errorf("%064b", hash)
	}
	r := rng.New(2)
	for i := range pix {
		pix[i] = byte(128 + r.IntN(5) - 2)
	}
	if hash := DifferenceHash(tensor.Bytes(pix, 16, 18, 3)); bits.OnesCount64(hash) > 3 {
		t.Errorf("noise decides %064b", hash)
	}
	// Fewer pixels than cells: the middle of three columns is darker than the left one, the right one than it.
	if hash := DifferenceHash(tensor.Bytes([]byte{90, 90, 90, 60, 60, 60, 30, 30, 30}, 1, 3, 3)); bits.OnesCount64(hash) != 16 {
		t.Errorf("of three pixels %064b", hash)
	}
}

// spoken is n words, the frequent ones often, as texts have them.
func spoken(r *rng.Rand, n int) []string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprint("word", int(math.Exp(6*r.Float64())))
	}
	return words
}

func TestATextWithAWordChangedIsFound(t *testing.T) {
	const texts, most = 200, 14
	r, missed, sum := rng.New(3), 0, 0
	hashes := make([]uint64, texts)
	for i := range hashes {
		words := spoken(r, 60)
		hashes[i] = SimHash(words)
		words[r.IntN(60)] = "another"
		d := differ(hashes[i], SimHash(words))
		if sum += d; d > most {
			missed++
		}
	}
	t.Logf("%.1f bits differ in the mean", float64(sum)/texts)
	if missed > texts/50 {
		t.Errorf("%d of %d are missed", missed, texts)
	}
	if groups := NearDuplicates(hashes, most, nil); len(groups) > 0 {
		t.Errorf("of different texts %v are alike", groups)
	}
}

func TestShortTextsHaveAHash(t *testing.T) {
	if SimHash(nil) != 0 {
		t.Error("nothing has one")
	}
	if a, b := SimHash([]string{"good", "morning"}), SimHash([]string{"morning", "good"}); a != b || a == 0 {
		t.Errorf("two words: %x and %x", a, b)
	}
	if a, b := SimHash([]string{"ab", "c", "d"}), SimHash([]string{"a", "bc", "d"}); differ(a, b) < 12 {
		t.Errorf("words run together: %x and %x", a, b)
	}
}

// curve is rows of readings of channels: waves that are the same at any number of rows.
func curve(seed uint64, rows, channels int, change func(row, channel int, v float64) float64) []float32 {
	x := make([]float32, rows*channels)
	for c := range channels {
		r := rng.New(seed).For("channel", c)
		for range 4 {
			often, phase, height := 1+6*r.Float64(), 2*math.Pi*r.Float64(), r.NormFloat64()
			for i := range rows {
				x[i*channels+c] += float32(height * math.Sin(2*math.Pi*often*(float64(i)+0.5)/float64(rows)+phase))
			}
		}
		for i := range rows {
			x[i*channels+c] = float32(change(i, c, float64(x[i*channels+c])))
		}
	}
	return x
}

func TestReadingsThatAreNearlyTheSameAreFound(t *testing.T) {
	same := func(_, _ int, v float64) float64 { return v }
	for _, channels := range []int{1, 3, 40, 100} {
		r := rng.New(4)
		var hashes []uint64
		for seed := range uint64(30) {
			hash := CurveHash(curve(seed, 96, channels, same), channels)
			hashes = append(hashes, hash)
			for name, x := range map[string][]float32{
				"noisy":           curve(seed, 96, channels, func(_, _ int, v float64) float64 { return v + 0.02*r.NormFloat64() }),
				"in other units":  curve(seed, 96, channels, func(_, c int, v float64) float64 { return 30 + float64(c+2)*v }),
				"read more often": curve(seed, 130, channels, same),
				"with gaps": curve(seed, 96, channels, func(row, c int, v float64) float64 {
					if (row+5*c)%25 == 7 {
						return math.NaN()
					}
					return v
				}),
			} {
				if d := differ(hash, CurveHash(x, channels)); d > 5 {
					t.Errorf("%d channels, %d %s: %d bits differ", channels, seed, name, d)
				}
			}
		}
		if groups := NearDuplicates(hashes, 7, nil); len(groups) > 0 {
			t.Errorf("%d channels: of different ones %v are alike", channels, groups)
		}
	}
}

func TestFlatReadingsDoNotLetRoundingDecide(t *testing.T) {
	nan := float32(math.NaN())
	for name, x := range map[string][]float32{
		"nothing": nil, "one row": {3, 4}, "missing": {nan, nan, nan, nan},
		"flat": {1000, 5, 1000.0001, 5, 1000, 5, 1000, 5},
	} {
		if hash := CurveHash(x, 2); hash != 0 {
			t.Errorf("%s: %x", name, hash)
		}
	}
	one := curve(1, 64, 1, func(_, _ int, v float64) float64 { return v })
	with := make([]float32, 0, 128)
	for _, v := range one {
		with = append(with, v, 7)
	}
	if CurveHash(with, 2) == 0 {
		t.Error("a flat channel hides the other")
	}
}

func TestAlikeIsThatOfTheSlowDoubleLoop(t *testing.T) {
	r := rng.New(5)
	for _, most := range []int{0, 3, 7, 8, 12, 15, 16, 20} {
		hashes := make([]uint64, 500)
		for i := range hashes {
			if hashes[i] = r.Uint64(); i > 0 && r.IntN(2) == 0 { // about as many bits off another as are allowed
				hashes[i] = hashes[r.IntN(i)]
				for range r.IntN(2*most + 3) {
					hashes[i] ^= 1 << r.IntN(64)
				}
			}
		}
		for name, same := range map[string]func(i, j int) bool{"all": nil, "some": func(i, j int) bool { return i < j && (i*7+j)%3 > 0 }} {
			group := make([]int, len(hashes))
			for i := range group {
				group[i] = i
			}
			for j := range hashes {
				for i := range j {
					if a, b := group[i], group[j]; differ(hashes[i], hashes[j]) <= most && (same == nil || same(i, j)) {
						for k, g := range group {
							if g == max(a, b) {
								group[k] = min(a, b)
							}
						}
					}
				}
			}
			var want [][]int
			for g := range group {
				var of []int
				for i := range group {
					if group[i] == g {
						of = append(of, i)
					}
				}
				if len(of) > 1 {
					want = append(want, of)
				}
			}
			if got := NearDuplicates(hashes, most, same); !reflect.DeepEqual(got, want) || len(want) < 5 {
				t.Errorf("%d bits, %s: %d groups, by the slow loop %d", most, name, len(got), len(want))
			}
		}
	}
	if got := NearDuplicates(nil, 3, nil); len(got) != 0 {
		t.Errorf("of nothing %v", got)
	}
}

func TestTwentyThousandHashesAreComparedQuickly(t *testing.T) {
	r, hashes := rng.New(6), make([]uint64, 20000)
	for i := range hashes {
		hashes[i] = r.Uint64()
	}
	hashes[19999] = hashes[3] ^ 1<<5 ^ 1<<60
	for _, most := range []int{7, 12} {
		start := time.Now()
		groups := NearDuplicates(hashes, most, nil)
		took := time.Since(start)
		t.Logf("%d bits: %v", most, took)
		if most == 7 && !reflect.DeepEqual(groups, [][]int{{3, 19999}}) || took > 4*time.Second {
			t.Errorf("%d bits: %v after %v", most, groups, took)
		}
	}
}
