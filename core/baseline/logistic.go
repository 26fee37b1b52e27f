package baseline

import (
	"gonum.org/v1/gonum/mat"

	"autodidact/core/probe"
)

// What L-BFGS may take: few gradients are remembered, since weights are many.
const (
	logisticSteps = 100
	logisticStore = 6
	logisticEnd   = 1e-5 // gradient at which it is done
)

// A weighing is a linear classifier of sparse rows: logits are bias plus weights times row.
type linearModel struct {
	x          *sparse
	place      []int32 // of each column of x its row in w, or -1
	w          *mat.Dense
	classes    []string
	multiLabel bool
}

// logistic is logistic regression with L2 penalty at each of Cs, smallest first: C·(sum of losses) + ½·|w|².
func (s *sparse) logistic(b trainSet, cs []float64) []predictor {
	x, place := s.pick(b.at)
	classes, multiLabel := probe.Classes(b.labels), probe.MultiLabel(b.labels)
	w, y := mat.NewDense(x.width+1, len(classes), nil), targets(b.labels, classes)
	var out []predictor
	for _, c := range cs {
		probe.Regression{Decay: 1 / (c * float64(len(b.at))), MultiLabel: multiLabel, Steps: logisticSteps, Store: logisticStore, End: logisticEnd, Stopped: b.stopped}.Fit(x, y, w)
		out = append(out, linearModel{s, place, mat.DenseCopyOf(w), classes, multiLabel}.predict)
	}
	return out
}

func targets(labels, classes []string) *mat.Dense {
	y := mat.NewDense(len(labels), len(classes), nil)
	for i, v := range probe.MultiHot(labels, classes) {
		y.RawMatrix().Data[i] = float64(v)
	}
	return y
}

// predict is softmax of logits, or with several classes the logistic of each.
func (m linearModel) predict(at []int) probe.Probabilities {
	k := len(m.classes)
	s := probe.Probabilities{Classes: m.classes, MultiLabel: m.multiLabel, Data: make([]float32, len(at)*k)}
	d, _ := m.w.Dims()
	logits := make([]float64, k)
	for n, i := range at {
		copy(logits, m.w.RawRowView(d-1))
		columns, values := m.x.row(i)
		for j, c := range columns {
			if p := m.place[c]; p >= 0 {
				for e, v := range m.w.RawRowView(int(p)) {
					logits[e] += v * float64(values[j])
				}
			}
		}
		probe.Softmax(logits, m.multiLabel)
		for e, v := range logits {
			s.Row(n)[e] = float32(v)
		}
	}
	return s
}
