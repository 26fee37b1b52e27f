package forecast

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

const (
	blockRows = 256   // rows that are added to the sums at once
	faint     = 1e-12 // of a column's mean square: less variance than that is rounding
)

// ErrNoRows is returned when something to be learned was never seen.
var ErrNoRows = errors.New("forecast: no rows to learn from")

// A Normal gathers rows for a least squares fit of several outputs with an L2 penalty, as
// the sums of the normal equations: its size does not grow with the rows.
type Normal struct {
	in, out int
	shift   []float64     // [in+out], taken off every row so that sums of squares stay small: the means of the first block
	x, y    *mat.Dense    // the block being filled, [blockRows, in+1] with ones last and [blockRows, out]
	rows    int           // of it
	missed  [][]int       // [out], its rows that lack this output
	gram    *mat.SymDense // Σ (x,1)(x,1)ᵀ over all rows
	cross   *mat.Dense    // Σ (x,1) yᵀ over those that have y, [in+1, out]
	lack    []*mat.SymDense
}

// NewNormal has no rows yet.
func NewNormal(in, out int) *Normal {
	return &Normal{in: in, out: out,
		x: mat.NewDense(blockRows, in+1, nil), y: mat.NewDense(blockRows, out, nil), missed: make([][]int, out),
		gram: mat.NewSymDense(in+1, nil), cross: mat.NewDense(in+1, out, nil),
		lack: make([]*mat.SymDense, out)} // gram over the rows that lack this output, nil while there are none
}

// Add copies a row: x [in], without NaN, and y [out]. An output that is NaN does without
// this row; the others learn from it.
func (n *Normal) Add(x, y []float64) {
	row, to := n.x.RawRowView(n.rows), n.y.RawRowView(n.rows)
	copy(row, x[:n.in])
	row[n.in] = 1
	copy(to, y[:n.out])
	for o, v := range to {
		if math.IsNaN(v) {
			n.missed[o] = append(n.missed[o], n.rows)
		}
	}
	if n.rows++; n.rows == blockRows {
		n.flush()
	}
}

// flush adds the block to the sums.
func (n *Normal) flush() {
	if n.rows == 0 {
		return
	}
	if n.shift == nil {
		n.shift = n.means()
	}
	for r := range n.rows {
		row, to := n.x.RawRowView(r), n.y.RawRowView(r)
		for j := range n.in {
			row[j] -= n.shift[j]
		}
		for o := range to {
			to[o] -= n.shift[n.in+o]
			if math.IsNaN(to[o]) {
				to[o] = 0
			}
		}
	}
	x, y := n.x.Slice(0, n.rows, 0, n.in+1).(*mat.Dense), n.y.Slice(0, n.rows, 0, n.out).(*mat.Dense)
	n.gram.SymRankK(n.gram, 1, x.T())
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, x.RawMatrix(), y.RawMatrix(), 1, n.cross.RawMatrix())
	for o, rows := range n.missed {
		if len(rows) == 0 {
			continue
		}
		if n.lack[o] == nil {
			n.lack[o] = mat.NewSymDense(n.in+1, nil)
		}
		some := mat.NewDense(len(rows), n.in+1, nil)
		for i, r := range rows {
			some.SetRow(i, n.x.RawRowView(r))
		}
		n.lack[o].SymRankK(n.lack[o], 1, some.T())
		n.missed[o] = rows[:0]
	}
	n.rows = 0
}

// means of the block's columns, 0 where nothing is known.
func (n *Normal) means() []float64 {
	sum, count := make([]float64, n.in+n.out), make([]float64, n.in+n.out)
	for r := range n.rows {
		for j, v := range n.x.RawRowView(r)[:n.in] {
			sum[j] += v
			count[j]++
		}
		for o, v := range n.y.RawRowView(r) {
			if !math.IsNaN(v) {
				sum[n.in+o] += v
				count[n.in+o]++
			}
		}
	}
	for j := range sum {
		sum[j] /= max(count[j], 1)
	}
	return sum
}

// moments is what a fit needs to know of the rows that some outputs have in common.
type moments struct {
	outs   []int
	mean   []float64     // of x, [in]
	toward []float64     // mean of y, [outs]
	cov    *mat.SymDense // of x, [in, in]; a column that does not change has zeros
	cross  *mat.Dense    // covariance of x and y, [in, outs]
}

// groups are the outputs that missed nothing, together, and each of the others by itself.
func (n *Normal) groups() ([]moments, error) {
	n.flush()
	var whole []int
	for o, lack := range n.lack {
		if lack == nil {
			whole = append(whole, o)
		}
	}
	var all []moments
	if len(whole) > 0 {
		m, err := n.moments(whole, n.gram)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	for o, lack := range n.lack {
		if lack == nil {
			continue
		}
		gram := mat.NewSymDense(n.in+1, nil)
		for i := range n.in + 1 {
			for j := i; j <= n.in; j++ {
				gram.SetSym(i, j, n.gram.At(i, j)-lack.At(i, j))
			}
		}
		m, err := n.moments([]int{o}, gram)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func (n *Normal) moments(outs []int, gram *mat.SymDense) (moments, error) {
	rows := gram.At(n.in, n.in)
	if rows < 1 {
		return moments{}, fmt.Errorf("%w for output %d", ErrNoRows, outs[0])
	}
	m := moments{outs: outs, mean: make([]float64, n.in), toward: make([]float64, len(outs)),
		cov: mat.NewSymDense(max(n.in, 1), nil), cross: mat.NewDense(max(n.in, 1), len(outs), nil)}
	still := make([]bool, n.in)
	for j := range n.in {
		mean, square := gram.At(j, n.in)/rows, gram.At(j, j)/rows
		still[j] = square-mean*mean <= faint*square
		m.mean[j] = mean
	}
	for k, o := range outs {
		m.toward[k] = n.cross.At(n.in, o) / rows
	}
	for i := range n.in {
		if still[i] {
			continue
		}
		for j := i; j < n.in; j++ {
			if !still[j] {
				m.cov.SetSym(i, j, gram.At(i, j)/rows-m.mean[i]*m.mean[j])
			}
		}
		for k, o := range outs {
			m.cross.Set(i, k, n.cross.At(i, o)/rows-m.mean[i]*m.toward[k])
		}
	}
	for j := range m.mean {
		m.mean[j] += n.shift[j]
	}
	for k, o := range outs {
		m.toward[k] += n.shift[n.in+o]
	}
	return m, nil
}

// solve returns the weights [in, outs] at which this is least, where s is x's deviation:
//
//	mean of (y - ȳ - w·(x - x̄))²  +  lambda · Σ (w s)²
func (m moments) solve(lambda float64) (*mat.Dense, error) {
	in, outs := m.cross.Dims()
	std := make([]float64, in)
	for j := range std {
		std[j] = math.Sqrt(max(m.cov.At(j, j), 0))
	}
	a, w := mat.NewSymDense(in, nil), mat.NewDense(in, outs, nil)
	for i, si := range std {
		a.SetSym(i, i, 1)
		if si == 0 {
			continue
		}
		for j := i + 1; j < in; j++ {
			if std[j] > 0 {
				a.SetSym(i, j, m.cov.At(i, j)/si/std[j])
			}
		}
		for k := range outs {
			w.Set(i, k, m.cross.At(i, k)/si)
		}
	}
	var c mat.Cholesky
	if !factorize(&c, a, lambda) {
		return nil, errors.New("forecast: the rows hold values too large or not finite")
	}
	if err := c.SolveTo(w, w); err != nil && !errors.As(err, new(mat.Condition)) {
		return nil, fmt.Errorf("forecast: solving for the weights: %w", err)
	}
	for i, si := range std {
		for k := range outs {
			if si > 0 {
				w.Set(i, k, w.At(i, k)/si)
			}
		}
	}
	return w, nil
}

// factorize a + lambda, or with ever more on the diagonal where rounding left a not positive.
func factorize(c *mat.Cholesky, a *mat.SymDense, lambda float64) bool {
	in := a.SymmetricDim()
	for jitter := 0.0; jitter < 1; jitter = max(jitter*10, 1e-12) {
		b := mat.NewSymDense(in, nil)
		b.CopySym(a)
		for j := range in {
			b.SetSym(j, j, a.At(j, j)+lambda+jitter)
		}
		if c.Factorize(b) {
			return true
		}
	}
	return false
}

// Solve fits what was added so far. The penalty is lambda × rows on the weights of
// standardised columns: it means the same whatever the units and the number of rows. The intercept
// goes free; a column that never changes gets no weight. The error is [ErrNoRows] where an
// output was never known.
func (n *Normal) Solve(lambda float64) (*Linear, error) {
	groups, err := n.groups()
	if err != nil {
		return nil, err
	}
	l := newLinear(n.in, n.out)
	for _, m := range groups {
		w, err := m.solve(lambda)
		if err != nil {
			return nil, err
		}
		l.set(m, w)
	}
	return l, nil
}

// Linear is a fitted map: Weights·x + Bias.
type Linear struct {
	In, Out int
	Weights []float64 // [Out, In]
	Bias    []float64 // [Out]
}

func newLinear(in, out int) *Linear {
	return &Linear{In: in, Out: out, Weights: make([]float64, out*in), Bias: make([]float64, out)}
}

// set puts in place weights [in, outs] of some outputs; the fit goes through the means.
func (l *Linear) set(m moments, w *mat.Dense) {
	for k, o := range m.outs {
		l.Bias[o] = m.toward[k]
		for j := range l.In {
			l.Weights[o*l.In+j] = w.At(j, k)
			l.Bias[o] -= w.At(j, k) * m.mean[j]
		}
	}
}

// Apply maps x [In] to out [Out].
func (l *Linear) Apply(x, out []float64) {
	for o := range l.Out {
		sum, x := l.Bias[o], x[:l.In]
		for j, w := range l.Weights[o*l.In:][:l.In] {
			sum += w * x[j]
		}
		out[o] = sum
	}
}
