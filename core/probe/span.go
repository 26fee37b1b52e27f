package probe

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// mostSpanned is the rows up to which their products are taken apart: it costs the third power of them.
const mostSpanned = 400

// spanned lays rows [n, width+1], the last of each 1, that are much wider than they are many, in the directions that
// they span: z [n, m+1] with m < n. The weights that a penalty of their squares prefers lie in these directions
// (the representer theorem), so v for z is w = turn·v for x, with turn [width+1, m+1], and as long.
func spanned(x *mat.Dense) (z, turn *mat.Dense, ok bool) {
	n, d := x.Dims()
	width := d - 1
	if n > mostSpanned || width < 2*n {
		return nil, nil, false
	}
	features := x.Slice(0, n, 0, width).(*mat.Dense)
	products := mat.NewSymDense(n, nil)
	products.SymOuterK(1, features)
	var e mat.EigenSym
	if !e.Factorize(products, true) {
		return nil, nil, false
	}
	values := e.Values(nil) // ascending
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	first := 0
	for first < n && values[first] <= 1e-9*values[n-1] {
		first++
	}
	m := n - first
	if m == 0 {
		return nil, nil, false
	}
	z, right := mat.NewDense(n, m+1, nil), mat.NewDense(n, m, nil)
	for i := range n {
		for j := range m {
			root := math.Sqrt(values[first+j])
			z.Set(i, j, vectors.At(i, first+j)*root)
			right.Set(i, j, vectors.At(i, first+j)/root)
		}
		z.Set(i, m, 1)
	}
	turn = mat.NewDense(d, m+1, nil)
	turn.Slice(0, width, 0, m).(*mat.Dense).Mul(features.T(), right)
	turn.Set(width, m, 1)
	return z, turn, true
}
