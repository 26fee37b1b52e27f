package probe

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A SavedLinear is a Linear as numbers that can be written down. Opened again it predicts the same, but for the rounding of its
// numbers to float32.
type SavedLinear struct {
	Classes    []string
	MultiLabel bool
	Mean, Std  []float32 // of the features it learned from, [width]
	Weight     []float32 // [width+1, classes], of standardised features; the last row is the bias
}

// Save gives the numbers of l.
func (l *Linear) Save() SavedLinear {
	narrow := func(x []float64) []float32 {
		out := make([]float32, len(x))
		for i, v := range x {
			out[i] = float32(v)
		}
		return out
	}
	return SavedLinear{l.classes, l.multiLabel, narrow(l.mean), narrow(l.std), narrow(l.w.RawMatrix().Data)}
}

// Width is the number of features it reads.
func (l *Linear) Width() int { return len(l.mean) }

// OpenLinear makes a Linear of its numbers. The error is that their counts do not fit, or that one cannot be used.
func OpenLinear(s SavedLinear) (*Linear, error) {
	width, k := len(s.Mean), len(s.Classes)
	if width == 0 || k == 0 || len(s.Std) != width || len(s.Weight) != (width+1)*k {
		return nil, fmt.Errorf("a classifier of %d classes, %d means, %d deviations and %d weights does not fit together", k, width, len(s.Std), len(s.Weight))
	}
	wide := func(x []float32) ([]float64, error) {
		out := make([]float64, len(x))
		for i, v := range x {
			if v-v != 0 {
				return nil, fmt.Errorf("a classifier has %v among its numbers", v)
			}
			out[i] = float64(v)
		}
		return out, nil
	}
	l := &Linear{classes: s.Classes, multiLabel: s.MultiLabel}
	var err error
	if l.mean, err = wide(s.Mean); err != nil {
		return nil, err
	}
	if l.std, err = wide(s.Std); err != nil {
		return nil, err
	}
	for j, v := range l.std {
		if v <= 0 {
			return nil, fmt.Errorf("a classifier has %v for the deviation of feature %d", v, j)
		}
	}
	w, err := wide(s.Weight)
	if err != nil {
		return nil, err
	}
	l.w = mat.NewDense(width+1, k, w)
	return l, nil
}
