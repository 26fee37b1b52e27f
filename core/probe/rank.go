package probe

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Health shows whether features have collapsed: an encoder that answers the same
// to everything has a loss, and may even lower it, but is useless.
type Health struct {
	// EffectiveRank is how many directions the features really use, from 1 up to
	// the width: RankMe, arXiv:2210.02885.
	EffectiveRank float64
	// Std is the spread of the features, rows scaled to length one, averaged over
	// dimensions: near 1/sqrt(width) when they fill the sphere, 0 when all are alike.
	Std float64
}

// HealthOf measures the health of features.
func HealthOf(f Features) Health { return Health{EffectiveRank(f), Std(f)} }

// EffectiveRank is exp(-Σ p log p), p the singular values over their sum.
// It is 0 when there are no features, or only zeros.
func EffectiveRank(f Features) float64 {
	sum, sigma := 0.0, singular(f)
	for _, s := range sigma {
		sum += s
	}
	if !(sum > 0) { // also when not a number
		return 0
	}
	entropy := 0.0
	for _, s := range sigma {
		if p := s / sum; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy)
}

// singular returns the singular values of f: the square roots of the eigenvalues
// of whichever is smaller, fᵀ·f or f·fᵀ.
func singular(f Features) []float64 {
	if f.N == 0 || f.Width == 0 {
		return nil
	}
	x := dense(f)
	var gram mat.SymDense
	if f.Width <= f.N {
		gram.SymOuterK(1, x.T())
	} else {
		gram.SymOuterK(1, x)
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, false) {
		return nil
	}
	sigma := eigen.Values(nil)
	// Squaring has cost half the digits: below this fraction of the largest there is only rounding.
	floor := sigma[len(sigma)-1] * 1e-13
	for i, v := range sigma {
		if sigma[i] = 0; v > floor {
			sigma[i] = math.Sqrt(v)
		}
	}
	return sigma
}

// Std is the mean over dimensions of the standard deviation of rows of length one.
func Std(f Features) float64 {
	if f.N < 2 || f.Width == 0 {
		return 0
	}
	x, sum := dense(f.unit()), 0.0
	column := make([]float64, f.N)
	for j := range f.Width {
		sum += stat.PopStdDev(mat.Col(column, j, x), nil)
	}
	return sum / float64(f.Width)
}

func dense(f Features) *mat.Dense {
	d := make([]float64, len(f.Data))
	for i, v := range f.Data {
		d[i] = float64(v)
	}
	return mat.NewDense(f.N, f.Width, d)
}
