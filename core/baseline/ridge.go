package baseline

import (
	"cmp"
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/kernel"
	"autodidact/core/probe"
)

const (
	usualPenalty  = 0.1 // of the penalties, where there are too few samples to choose by
	enoughLeftOut = 8   // samples for each class from which it is chosen; of fewer, leave-one-out errors prefer too much
	mostLeftOut   = 400 // samples by which it is chosen at most: it costs their third power
	predictRows   = 256 // samples that are predicted at once
	worthBackend  = 1 << 12
)

var (
	penalties = []float64{1e-3, 1e-2, 1e-1, 1, 10, 100}       // on samples whose mean squared length is 1
	sharpness = []float64{0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16} // that scores are multiplied by
)

// A ridge is a ridge classifier: regression with an L2 penalty to 1 for the classes of a sample and -1 for others, with an
// intercept that is free. Its penalty is the one with the least squared error of leave-one-out predictions, which are
// known in closed form (Rifkin and Lippert, MIT-CSAIL-TR-2007-025).
//
// Scores are no probabilities. Those are softmax, or with several classes the logistic of each, of scores times the number
// at which the log loss of leave-one-out predictions is least (temperature scaling, arXiv:1706.04599), with labels
// smoothed by 1/(n+2) so that few samples never make it sure (Platt 1999).
type ridge struct {
	classes    []string
	multiLabel bool
	w          []float32 // [width, classes]
	bias       []float64 // [classes]
	sharpness  float64
}

// newRidge learns from x [n, width], which is standardised, with the best of penalties, on a backend that may be nil. It
// solves for samples, not features: these are more.
func newRidge(x probe.Features, labels []string, penalties []float64, b kernel.Backend) *ridge {
	r := &ridge{classes: probe.Classes(labels), multiLabel: probe.MultiLabel(labels)}
	y := targets(labels, r.classes)
	y.Apply(func(_, _ int, member float64) float64 { return 2*member - 1 }, y)
	gram := mat.NewSymDense(x.N, multiply(b, x.Data, x.Data, kernel.Mat{Batch: 1, M: x.N, N: x.N, K: x.Width, TransB: true}).RawMatrix().Data)
	dual, left := solve(gram, y, penalties)
	w := multiply(b, x.Data, narrow(dual), kernel.Mat{Batch: 1, M: x.Width, N: len(r.classes), K: x.N, TransA: true})
	r.w, r.bias = narrow(w), means(y)
	for j, m := range columnMeans(x) {
		for c, v := range w.RawRowView(j) {
			r.bias[c] -= m * v
		}
	}
	r.calibrate(left, labels)
	return r
}

// solve returns the dual weights [n, classes] at the best penalty, and the leave-one-out predictions there.
func solve(gram *mat.SymDense, y *mat.Dense, penalties []float64) (dual, left *mat.Dense) {
	best := penalties[0]
	if n, k := y.Dims(); len(penalties) > 1 {
		best = usualPenalty
		if n >= enoughLeftOut*k {
			best = choosePenalty(gram, y, penalties)
		}
	}
	gram = centred(gram)
	dual, left, _ = leaveOneOut(gram, y, best*unit(gram))
	return dual, left
}

// choosePenalty is the one with the least squared error of leave-one-out predictions.
func choosePenalty(gram *mat.SymDense, y *mat.Dense, penalties []float64) (best float64) {
	gram, y = evenly(gram, y, mostLeftOut)
	gram = centred(gram)
	least := math.Inf(1)
	for _, p := range penalties {
		if _, _, squares := leaveOneOut(gram, y, p*unit(gram)); squares < least {
			best, least = p, squares
		}
	}
	return best
}

// leaveOneOut solves (gram + penalty)·dual = y less its mean, gram being centred. What is predicted of a sample without it
// is y less its dual weight over its place in the diagonal of the inverse, less the intercept's share.
func leaveOneOut(gram *mat.SymDense, y *mat.Dense, penalty float64) (dual, left *mat.Dense, squares float64) {
	n, k := y.Dims()
	inverse, ok := inverted(gram, penalty)
	dual, left = mat.NewDense(n, k, nil), mat.NewDense(n, k, nil)
	if !ok {
		return dual, left, math.Inf(1)
	}
	mean := means(y)
	left.Apply(func(_, c int, v float64) float64 { return v - mean[c] }, y)
	dual.Mul(inverse, left)
	for i := range n {
		own := max(inverse.At(i, i)-1/(penalty*float64(n)), 1e-12/penalty)
		for c := range k {
			off := dual.At(i, c) / own
			left.Set(i, c, y.At(i, c)-off)
			squares += off * off
		}
	}
	return dual, left, squares
}

// inverted is the inverse of gram with a penalty on its diagonal.
func inverted(gram *mat.SymDense, penalty float64) (inverse *mat.SymDense, ok bool) {
	n := gram.SymmetricDim()
	inverse = mat.NewSymDense(n, nil)
	inverse.CopySym(gram)
	for i := range n {
		inverse.SetSym(i, i, inverse.At(i, i)+penalty)
	}
	var root mat.Cholesky
	if !root.Factorize(inverse) {
		return nil, false
	}
	err := root.InverseTo(inverse)
	return inverse, err == nil || errors.As(err, new(mat.Condition))
}

// calibrate chooses what scores are multiplied by, by leave-one-out predictions.
func (r *ridge) calibrate(left *mat.Dense, labels []string) {
	least, k := math.Inf(1), len(r.classes)
	doubt := 1 / float64(len(labels)+2)
	member := probe.MultiHot(labels, r.classes)
	for _, s := range sharpness {
		loss := 0.0
		for i := range labels {
			loss += doubtfulLoss(likely(left.RawRowView(i), s, r.multiLabel), member[i*k:][:k], doubt, r.multiLabel)
		}
		if loss < least {
			r.sharpness, least = s, loss
		}
	}
}

// doubtfulLoss is the cross-entropy of probabilities where a class is the right one but for a doubt.
func doubtfulLoss(p []float64, member []float32, doubt float64, multiLabel bool) (loss float64) {
	log := func(p float64) float64 { return math.Log(max(p, leastProbability)) }
	for c, p := range p {
		if multiLabel {
			right := doubt + (1-2*doubt)*float64(member[c])
			loss -= right*log(p) + (1-right)*log(1-p)
		} else {
			loss -= (doubt/float64(len(member)) + (1-doubt)*float64(member[c])) * log(p)
		}
	}
	return loss
}

// likely is the probabilities that scores say, sharper or less so.
func likely(scores []float64, sharpness float64, multiLabel bool) []float64 {
	p := make([]float64, len(scores))
	for c, v := range scores {
		p[c] = v * sharpness
	}
	probe.Softmax(p, multiLabel)
	return p
}

// none is predictions of no samples.
func (r *ridge) none() probe.Probabilities {
	return probe.Probabilities{Classes: r.classes, MultiLabel: r.multiLabel}
}

// predict is the probabilities of samples [n, width], [n, classes].
func (r *ridge) predict(x probe.Features, b kernel.Backend) (all []float32) {
	scores := multiply(b, x.Data, r.w, kernel.Mat{Batch: 1, M: x.N, N: len(r.classes), K: x.Width})
	for i := range x.N {
		row := scores.RawRowView(i)
		for c, v := range r.bias {
			row[c] += v
		}
		for _, v := range likely(row, r.sharpness, r.multiLabel) {
			all = append(all, float32(v))
		}
	}
	return all
}

// evenly is so many of the samples, at most.
func evenly(gram *mat.SymDense, y *mat.Dense, most int) (*mat.SymDense, *mat.Dense) {
	n, k := y.Dims()
	at := probe.Evenly(probe.All(n), most)
	some, ys := mat.NewSymDense(len(at), nil), mat.NewDense(len(at), k, nil)
	for a, i := range at {
		ys.SetRow(a, y.RawRowView(i))
		for b := a; b < len(at); b++ {
			some.SetSym(a, b, gram.At(i, at[b]))
		}
	}
	return some, ys
}

// unit is the mean of the samples' squared lengths, or 1 if they have none.
func unit(gram *mat.SymDense) float64 {
	return cmp.Or(mat.Trace(gram)/float64(gram.SymmetricDim()), 1)
}

// centred is the products of samples less their mean.
func centred(gram *mat.SymDense) *mat.SymDense {
	n := gram.SymmetricDim()
	mean, all := make([]float64, n), 0.0
	for i := range n {
		for j := range n {
			mean[i] += gram.At(i, j) / float64(n)
		}
		all += mean[i] / float64(n)
	}
	out := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			out.SetSym(i, j, gram.At(i, j)-mean[i]-mean[j]+all)
		}
	}
	return out
}

// means of columns.
func means(x *mat.Dense) []float64 {
	n, k := x.Dims()
	mean := make([]float64, k)
	for i := range n {
		for c, v := range x.RawRowView(i) {
			mean[c] += v / float64(n)
		}
	}
	return mean
}

func columnMeans(x probe.Features) []float64 {
	mean := make([]float64, x.Width)
	for i := range x.N {
		for j, v := range x.Row(i) {
			mean[j] += float64(v) / float64(x.N)
		}
	}
	return mean
}

// multiply is x·y on a backend, or in float64 where that is nil or does not pay off.
func multiply(b kernel.Backend, x, y []float32, m kernel.Mat) *mat.Dense {
	out := mat.NewDense(m.M, m.N, nil)
	if b == nil || len(x) < worthBackend {
		out.Mul(operand(x, m.M, m.K, m.TransA), operand(y, m.K, m.N, m.TransB))
		return out
	}
	left, right, to := b.Alloc(len(x)), b.Alloc(len(y)), b.Alloc(m.M*m.N)
	defer func() { b.Free(left); b.Free(right); b.Free(to) }()
	b.Write(left, x)
	b.Write(right, y)
	b.MatMul(to, left, right, m)
	z := make(kernel.Host, m.M*m.N)
	if b.Read(context.Background(), z, to) != nil { // the device is gone
		return multiply(nil, x, y, m)
	}
	for i, v := range z {
		out.RawMatrix().Data[i] = float64(v)
	}
	return out
}

// operand is one side of a product, [rows, columns], which may lie in memory the other way round.
func operand(x []float32, rows, columns int, turned bool) mat.Matrix {
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	if turned {
		return mat.NewDense(columns, rows, wide).T()
	}
	return mat.NewDense(rows, columns, wide)
}

func narrow(x *mat.Dense) []float32 {
	out := make([]float32, len(x.RawMatrix().Data))
	for i, v := range x.RawMatrix().Data {
		out[i] = float32(v)
	}
	return out
}
