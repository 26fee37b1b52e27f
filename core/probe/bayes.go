package probe

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
)

// A Bayes is multinomial naive Bayes on words, each counted once more than it was seen: what
// labelled texts are worth without any network (McCallum & Nigam, 1998).
type Bayes struct {
	classes []string
	prior   []float64            // log of each class's share
	told    map[string][]float64 // log of a word's share in each class
}

// Words are the runs of letters and digits of a text, in small letters.
func Words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// NewBayes learns from texts and their labels.
func NewBayes(texts, labels []string) *Bayes {
	b := &Bayes{classes: slices.Compact(slices.Sorted(slices.Values(labels))), told: map[string][]float64{}}
	b.prior = make([]float64, len(b.classes))
	total := make([]float64, len(b.classes))
	for i, text := range texts {
		c, _ := slices.BinarySearch(b.classes, labels[i])
		b.prior[c]++
		for _, w := range Words(text) {
			if b.told[w] == nil {
				b.told[w] = make([]float64, len(b.classes))
			}
			b.told[w][c]++
			total[c]++
		}
	}
	for _, count := range b.told {
		for c := range count {
			count[c] = math.Log((count[c] + 1) / (total[c] + float64(len(b.told))))
		}
	}
	for c := range b.prior {
		b.prior[c] = math.Log(b.prior[c] / float64(len(texts)))
	}
	return b
}

// Label is the likeliest label of a text. Words it never saw say nothing.
func (b *Bayes) Label(text string) string {
	score := slices.Clone(b.prior)
	count := map[string]int{}
	for _, w := range Words(text) {
		count[w]++
	}
	for _, w := range slices.Sorted(maps.Keys(count)) { // in order, so that sums come out alike
		for c, told := range b.told[w] {
			score[c] += float64(count[w]) * told
		}
	}
	best := 0
	for c := range score {
		if score[c] > score[best] {
			best = c
		}
	}
	return b.classes[best]
}
