package kind

import (
	"math"
	"path"
	"strings"
	"unicode"
)

const orderWords = "in which order the files are named, or when a stretch was read"

// nameOrder is the numbers in the name of a sample's own file, not in its folder's.
func nameOrder(file string) []float32 {
	name, n := path.Base(file), 0.0
	for _, d := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsDigit(r) }) {
		for _, c := range d[:min(len(d), 9)] {
			n = 10*n + float64(c-'0')
		}
		break
	}
	return append(soft(math.Log1p(n)/21), float32(len(name))/32)
}

// soft spreads a number from 0 to 1 over a few bumps, so that a linear model can pick out any range of it.
func soft(x float64) []float32 {
	const bumps = 12
	out := make([]float32, bumps)
	for k := range out {
		d := (x - float64(k)/(bumps-1)) * bumps
		out[k] = float32(math.Exp(-d * d / 2))
	}
	return out
}

// ownFile is the path of the file that a text or a recording is of: without the row of a table or the part of a recording.
func ownFile(name string) string {
	file, _, _ := strings.Cut(name, ", ")
	return file
}

// oneHot hashes a word to one of a few numbers.
func oneHot(word string) []float32 {
	out, sum := make([]float32, 8), 0
	for _, c := range word {
		sum = sum*31 + int(c)
	}
	out[sum&7] = 1
	return out
}

// fileType is what kind of file something is from.
func fileType(file string) []float32 { return oneHot(strings.ToLower(path.Ext(file))) }

// length is how long something is.
func length(n int) []float32 { return soft(math.Log1p(float64(n)) / 12) }
