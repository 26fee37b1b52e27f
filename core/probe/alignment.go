package probe

import "math"

// The two parts of a contrastive loss (Wang and Isola, arXiv:2005.10242): two views of a sample
// lie together, and samples spread over the sphere. Rows are brought to length one.

// Alignment is the mean squared distance of positive pairs, rows i of a and b: 0 where they lie together, 4 at most.
func Alignment(a, b Features) float64 {
	if a.N == 0 {
		return 0
	}
	a, b, sum := a.unit(), b.unit(), 0.0
	for i := range a.N {
		sum += squaredDistance(a.Row(i), b.Row(i))
	}
	return sum / float64(a.N)
}

// Uniformity is the log of the mean over pairs of exp(-2·distance²), of many samples over some, evenly picked: 0 when
// all are alike, near -4 when they lie all over a sphere of many dimensions.
func Uniformity(f Features) float64 {
	n := min(f.N, mostCompared)
	if n < 2 {
		return 0
	}
	at := make([]int, n)
	for i := range at {
		at[i] = i * f.N / n
	}
	u, sum := f.Pick(at).unit(), 0.0
	u.Squares(u, func(i int, squares []float64) {
		for _, d := range squares[:i] {
			sum += math.Exp(-2 * d)
		}
	})
	return math.Log(sum / float64(n*(n-1)/2))
}
