package onnx

import (
	"fmt"

	"autodidact/core/tensor"
)

// shape is that of record i in one of the runs.
func (t *translating) shape(run, i int) tensor.Shape { return t.runs[run].records[i].Value.Shape }

// settled says whether an axis of record i is the same in all runs.
func (t *translating) settled(i, axis int) bool {
	for run := range t.runs {
		if t.shape(run, i)[axis] != t.shape(0, i)[axis] {
			return false
		}
	}
	return true
}

// sameDim says whether an axis of record i is as large as one of record j in all runs.
func (t *translating) sameDim(i, axis, j, other int) bool {
	for run := range t.runs {
		if t.shape(run, i)[axis] != t.shape(run, j)[other] {
			return false
		}
	}
	return true
}

// target is the shape of record i for a Reshape of record from: order says which axis of either is where.
func (t *translating) target(i, from int, order, fromOrder []int) ([]any, error) {
	dims, loose := make([]any, len(order)), []int(nil)
	for k, axis := range order {
		switch {
		case t.settled(i, axis):
			dims[k] = t.shape(0, i)[axis]
		case k < len(fromOrder) && t.sameDim(i, axis, from, fromOrder[k]):
			dims[k] = 0
		default:
			loose = append(loose, k)
		}
	}
	if len(loose) == 1 {
		dims[loose[0]] = -1
		return dims, nil
	}
	for _, k := range loose {
		dim, err := t.product(i, order[k])
		if err != nil {
			return nil, err
		}
		dims[k] = dim
	}
	return dims, nil
}

// product is how large an axis of record i is, int64 [1] in the graph: a number times the sizes that it follows.
func (t *translating) product(i, axis int) (string, error) {
	rest, name := t.shape(0, i)[axis], ""
	for k, a := range t.Axes {
		was, is := t.shape(0, i)[axis], t.shape(k+1, i)[axis]
		if is == was {
			continue
		}
		if is*a.Sizes[0] != was*a.Sizes[1] || rest%a.Sizes[0] != 0 {
			return "", fmt.Errorf("its axis %d is %d, then %d, when the input's size is %d, then %d", axis, was, is, a.Sizes[0], a.Sizes[1])
		}
		rest /= a.Sizes[0]
		if name == "" {
			name = a.Dim
		} else {
			name = t.g.Op("Mul", name, a.Dim)
		}
	}
	if rest != 1 {
		name = t.g.Op("Mul", name, t.g.Ints(rest))
	}
	return name, nil
}
