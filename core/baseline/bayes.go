package baseline

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/probe"
)

// sums adds the rows of each class, [columns, classes]; in adds up over columns, of says how many rows a class has.
func (s *sparse) sums(labels, classes []string) (by *mat.Dense, in, of []float64) {
	k := len(classes)
	by, in, of = mat.NewDense(max(s.width, 1), k, nil), make([]float64, k), make([]float64, k)
	member := probe.MultiHot(labels, classes)
	for i := range labels {
		columns, values := s.row(i)
		for c := range k {
			if member[i*k+c] == 0 {
				continue
			}
			of[c]++
			for j, column := range columns {
				by.RawRowView(int(column))[c] += float64(values[j])
				in[c] += float64(values[j])
			}
		}
	}
	return by, in, of
}

// multinomial is multinomial naive Bayes (McCallum and Nigam 1998): log of a class's prior, plus of each term its count
// times the log of (count in the class + alpha) over the sum of these. Terms that no given text has say nothing.
func (s *sparse) multinomial(b trainSet, alphas []float64) []predictor {
	x, place := s.pick(b.at)
	classes := probe.Classes(b.labels)
	by, in, of := x.sums(b.labels, classes)
	var out []predictor
	for _, alpha := range alphas {
		w := mat.NewDense(x.width+1, len(classes), nil)
		for c := range classes {
			total := math.Log(in[c] + alpha*float64(x.width))
			for t := range x.width {
				w.Set(t, c, math.Log(by.At(t, c)+alpha)-total)
			}
			w.Set(x.width, c, math.Log(of[c]/float64(len(b.at))))
		}
		out = append(out, linearModel{s, place, w, classes, false}.predict)
	}
	return out
}

// complement is complement naive Bayes (Rennie et al. 2003): a term speaks against a class as it is usual in the others.
func (s *sparse) complement(b trainSet, alphas []float64) []predictor {
	x, place := s.pick(b.at)
	classes := probe.Classes(b.labels)
	by, in, _ := x.sums(b.labels, classes)
	all := 0.0
	for _, v := range in {
		all += v
	}
	var out []predictor
	for _, alpha := range alphas {
		w := mat.NewDense(x.width+1, len(classes), nil)
		for t := range x.width {
			row, sum := by.RawRowView(t), 0.0
			for _, v := range row {
				sum += v
			}
			for c, v := range row {
				w.Set(t, c, math.Log(all-in[c]+alpha*float64(x.width))-math.Log(sum-v+alpha))
			}
		}
		out = append(out, linearModel{s, place, w, classes, false}.predict)
	}
	return out
}
