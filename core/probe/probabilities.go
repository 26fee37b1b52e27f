package probe

import "strings"

// Probabilities is how likely each class is for each sample, row after row. Those of a sample add up to
// one, unless it may be of several classes: then each is a probability of its own.
type Probabilities struct {
	Classes    []string
	MultiLabel bool
	Data       []float32 // [n, len(Classes)]
}

// Len is the number of samples.
func (s Probabilities) Len() int { return len(s.Data) / max(len(s.Classes), 1) }

// Row is the probabilities of sample i.
func (s Probabilities) Row(i int) []float32 {
	return s.Data[i*len(s.Classes):][:len(s.Classes):len(s.Classes)]
}

// Best is the likeliest class of sample i; of equals the first in alphabetical order.
func (s Probabilities) Best(i int) (class int) {
	row := s.Row(i)
	for c, v := range row {
		if v > row[class] {
			class = c
		}
	}
	return class
}

// Label is the predicted label of sample i: the likeliest class, or all that are likelier than not.
func (s Probabilities) Label(i int) string {
	if len(s.Classes) == 0 {
		return ""
	}
	var tags []string
	if s.MultiLabel {
		for c, v := range s.Row(i) {
			if v > 0.5 {
				tags = append(tags, s.Classes[c])
			}
		}
	}
	if len(tags) == 0 {
		return s.Classes[s.Best(i)]
	}
	return strings.Join(tags, "|")
}

// Margin is by how much the likeliest class of sample i leads the next; where it may be of several,
// how far the most doubtful class is from even. A small margin means that its label would be informative.
func (s Probabilities) Margin(i int) float64 {
	first, second := float32(0), float32(0)
	doubt := float32(1)
	for _, v := range s.Row(i) {
		if v > first {
			first, second = v, first
		} else if v > second {
			second = v
		}
		doubt = min(doubt, 2*max(v-0.5, 0.5-v))
	}
	if s.MultiLabel {
		return float64(doubt)
	}
	return float64(first - second)
}
