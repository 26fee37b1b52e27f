package probe

import "math"

// centroidTemperature turns cosines to class means into probabilities; it does not change which class is likeliest.
const centroidTemperature = 0.1

// A Centroid predicts the class whose mean is nearest by cosine: with a handful
// of labels hard to beat (Snell et al., prototypical networks, arXiv:1703.05175).
type Centroid struct {
	classes    []string
	multiLabel bool
	means      Features // unit rows, [classes, width]
	without    Features // with several classes: the means of the samples that are not of each
}

// NewCentroid takes the mean of the unit rows of each class.
func NewCentroid(train Labelled) *Centroid {
	u := train.unit()
	c := &Centroid{classes: Classes(train.Labels), multiLabel: MultiLabel(train.Labels)}
	member := MultiHot(train.Labels, c.classes)
	c.means = u.means(len(c.classes), func(i, k int) bool { return member[i*len(c.classes)+k] == 1 }).unit()
	if c.multiLabel {
		c.without = u.means(len(c.classes), func(i, k int) bool { return member[i*len(c.classes)+k] == 0 }).unit()
	}
	return c
}

// means is, for each of k groups, the sum of the rows that are in it; their length does not matter here.
func (f Features) means(k int, in func(i, group int) bool) Features {
	m := f
	m.N, m.Data = k, make([]float32, k*f.Width)
	for i := range f.N {
		for g := range k {
			if in(i, g) {
				to := m.Row(g)
				for j, v := range f.Row(i) {
					to[j] += v
				}
			}
		}
	}
	return m
}

// Predict gives probabilities by softmax of cosines, or, with several classes, by how much nearer those that are of a class are than those that are not.
func (c *Centroid) Predict(queries Features) Probabilities {
	k := len(c.classes)
	s := Probabilities{Classes: c.classes, MultiLabel: c.multiLabel, Data: make([]float32, queries.N*k)}
	u := queries.unit()
	c.means.compare(u, func(i int, dots []float32) {
		copy(s.Row(i), dots)
		if !c.multiLabel {
			softmax(s.Row(i), centroidTemperature)
		}
	})
	if c.multiLabel {
		c.without.compare(u, func(i int, dots []float32) {
			for j, v := range s.Row(i) {
				s.Row(i)[j] = float32(1 / (1 + math.Exp(-float64(v-dots[j])/centroidTemperature)))
			}
		})
	}
	return s
}

// softmax is exp(row / temperature) over its sum, in place.
func softmax(row []float32, temperature float64) {
	most, sum := math.Inf(-1), 0.0
	for _, v := range row {
		most = max(most, float64(v))
	}
	for i, v := range row {
		e := math.Exp((float64(v) - most) / temperature)
		row[i], sum = float32(e), sum+e
	}
	for i := range row {
		row[i] /= float32(sum)
	}
}
