package baseline

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"autodidact/core/data"
)

// What bounds memory.
const (
	mostTerms   = 50_000     // in the vocabulary: those in the most texts
	mostWeights = 1_000_000  // terms times classes: with very many classes there are fewer terms
	leastTerms  = 5_000      // but never fewer than so many
	mostRead    = 16_000_000 // words of all texts
	leastRead   = 200        // but so many of each
)

// terms are the words of a text in small letters: two or more letters, digits and marks side by side. Where a script
// writes no spaces each letter is a term.
func terms(text string) (words []string) {
	for _, run := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '_'
	}) {
		begin := 0
		for i, r := range run {
			if !unspaced(r) {
				continue
			}
			words = appendWord(words, run[begin:i])
			begin = i + utf8.RuneLen(r)
			words = append(words, run[i:begin])
		}
		words = appendWord(words, run[begin:])
	}
	return words
}

func appendWord(words []string, word string) []string {
	if utf8.RuneCountInString(word) < 2 {
		return words
	}
	return append(words, word)
}

func unspaced(r rune) bool {
	return r > 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// vocabulary is the terms that at least two texts of a set have.
type vocabulary struct {
	column map[string]int32
	idf    []float64 // log((1+n)/(1+texts that have it)) + 1
	read   int       // words of each text, at most
}

// newVocabulary reads a set, without labels. Of more than most terms the rarest are left out.
func newVocabulary(set *data.Set, most int) (v vocabulary, notes []string) {
	n, long := set.Texts.Len(), 0
	v = vocabulary{column: map[string]int32{}, read: max(leastRead, mostRead/max(n, 1))}
	in := map[string]int32{}
	for _, text := range set.Texts.All() {
		words := terms(text)
		if len(words) > v.read {
			long++
			words = words[:v.read]
		}
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			if _, ok := in[w]; !ok {
				w = strings.Clone(w) // or the whole text is kept
			}
			in[w]++
		}
	}
	var all []string
	for w, texts := range in {
		if texts > 1 {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(in[b], in[a]), cmp.Compare(a, b)) })
	if long > 0 {
		notes = append(notes, fmt.Sprintf("of %d long texts the baseline reads the first %d words", long, v.read))
	}
	if len(all) > most {
		notes = append(notes, fmt.Sprintf("of %d words that two texts or more have the baseline counts the %d that most texts have", len(all), most))
		all = all[:most]
	}
	for c, w := range all {
		v.column[w] = int32(c)
		v.idf = append(v.idf, math.Log(float64(1+n)/float64(1+in[w]))+1)
	}
	return v, notes
}

// count is how often texts have each term, [n, terms].
func (v vocabulary) count(sets []*data.Set) *sparse {
	s := newSparse(len(v.idf))
	var row []int32
	for _, set := range sets {
		for _, text := range set.Texts.All() {
			words := terms(text)
			row = row[:0]
			for _, w := range words[:min(len(words), v.read)] {
				if c, ok := v.column[w]; ok {
					row = append(row, c)
				}
			}
			slices.Sort(row)
			for i, c := range row {
				if i > 0 && c == row[i-1] {
					s.value[len(s.value)-1]++
					continue
				}
				s.column, s.value = append(s.column, c), append(s.value, 1)
			}
			s.end()
		}
	}
	return s
}

// tfidf is (1 + log count) · idf of each count, rows of length one. The columns are shared.
func (v vocabulary) tfidf(counts *sparse) *sparse {
	t := *counts
	t.value = make([]float32, len(counts.value))
	for i := range t.len() {
		columns, values := counts.row(i)
		_, to := t.row(i)
		row, sum := make([]float64, len(values)), 0.0
		for j, n := range values {
			row[j] = (1 + math.Log(float64(n))) * v.idf[columns[j]]
			sum += row[j] * row[j]
		}
		for j, x := range row {
			to[j] = float32(x / math.Sqrt(sum))
		}
	}
	return &t
}

// Methods for texts: logistic regression (its C, the inverse of the penalty), complement naive Bayes on TF-IDF and
// multinomial naive Bayes on counts (what is added to each count).
func ofTexts(sets []*data.Set, classes int) (*Baseline, []string) {
	v, notes := newVocabulary(sets[0], min(mostTerms, max(leastTerms, mostWeights/max(classes, 1))))
	counts := v.count(sets)
	tfidf := v.tfidf(counts)
	return &Baseline{candidates: []candidate{
		{name: "TF-IDF with logistic regression", settings: []float64{1, 10, 100}, usual: 1, fit: tfidf.logistic},
		{name: "TF-IDF with complement naive Bayes", settings: []float64{1, 0.1}, single: true, fit: tfidf.complement},
		{name: "word counts with multinomial naive Bayes", settings: []float64{1, 0.1}, single: true, fit: counts.multinomial},
	}}, notes
}
