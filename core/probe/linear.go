package probe

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"autodidact/core/kernel"
	"autodidact/core/rng"
)

// Linear is the linear probe: multinomial logistic regression on standardised features, by L-BFGS in
// float64, its weight decay chosen on a fifth of the labels (Alain and Bengio, arXiv:1610.01644). Where samples may be
// of several classes it is one yes-or-no regression for each.
type Linear struct {
	classes    []string
	multiLabel bool
	mean, std  []float64  // of the features it learned from
	w          *mat.Dense // [width+1, classes]

	backend kernel.Backend
	stopped func() bool // whether learning is to break off
}

// decays per sample, on standardised features; strongest first, so that each begins where the last ended.
var decays = []float64{1, 0.1, 0.01, 0.001}

// DefaultDecay is where there are too few labels to choose by.
const DefaultDecay = 0.1

const (
	linearSteps    = 60   // of L-BFGS: more change answers no longer
	linearGradient = 1e-4 // at which it is done
)

// NewLinear learns from train, all labelled. r draws the fifth of the labels by which the decay is chosen.
func NewLinear(train Labelled, r *rng.Rand) *Linear {
	l := newLinear(train)
	x, y := l.rows(train.Features), l.targets(train.Labels)
	decay := DefaultDecay
	if train, test := holdOut(train.Labels, r); len(test) > 0 {
		least := math.Inf(1)
		xa, ya := pickRows(x, test), pickRows(y, test)
		fit, free := l.fitter(pickRows(x, train), pickRows(y, train))
		for _, d := range decays {
			fit(d)
			o := &objective{x: &design{x: xa}, y: ya, multiLabel: l.multiLabel}
			if loss := o.at(l.w.RawMatrix().Data).loss; loss < least { // of equals the stronger
				least, decay = loss, d
			}
		}
		free()
		l.w.Zero()
	}
	l.fit(x, y, decay)
	return l
}

// NewLinears learns from train once with each of decays, each from where the last ended: strongest first.
func NewLinears(train Labelled, decays []float64) []*Linear {
	l := newLinear(train)
	all := make([]*Linear, len(decays))
	fit, free := l.fitter(l.rows(train.Features), l.targets(train.Labels))
	defer free()
	for i, d := range decays {
		fit(d)
		one := *l
		one.w = mat.DenseCopyOf(l.w)
		all[i] = &one
	}
	return all
}

// NewLinearAt learns from train with a decay that is settled.
func NewLinearAt(train Labelled, decay float64) *Linear {
	l := newLinear(train)
	l.fit(l.rows(train.Features), l.targets(train.Labels), decay)
	return l
}

// Predict gives the softmax of the logits, or, with several classes, each one's logistic.
func (l *Linear) Predict(queries Features) Probabilities {
	s := Probabilities{Classes: l.classes, MultiLabel: l.multiLabel, Data: make([]float32, queries.N*len(l.classes))}
	if queries.N == 0 {
		return s
	}
	for from := 0; from < queries.N; from += blockRows {
		n := min(blockRows, queries.N-from)
		block := Features{Data: queries.Data[from*queries.Width:][:n*queries.Width], N: n, Width: queries.Width}
		rows, free := newDesign(l.rows(block), l.backend)
		p := rows.Times(l.w)
		free()
		for i := range n {
			row := p.RawRowView(i)
			Softmax(row, l.multiLabel)
			for c, v := range row {
				s.Row(from + i)[c] = float32(v)
			}
		}
	}
	return s
}

// Weights are the same regression on features as they are: weight [width, classes], row after row, and bias [classes].
func (l *Linear) Weights() (weight, bias []float32) {
	k := len(l.classes)
	width := len(l.mean)
	weight, bias = make([]float32, width*k), make([]float32, k)
	for c := range k {
		sum := l.w.At(width, c)
		for j := range width {
			w := l.w.At(j, c) / l.std[j]
			weight[j*k+c] = float32(w)
			sum -= w * l.mean[j]
		}
		bias[c] = float32(sum)
	}
	return weight, bias
}

// holdOut keeps a fifth of the samples of each class that has five or more to judge by.
func holdOut(labels []string, r *rng.Rand) (train, test []int) {
	seen := map[string]int{}
	for _, i := range r.For("decay", 0).Perm(len(labels)) {
		if seen[labels[i]]++; seen[labels[i]]%folds == 0 {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test
}

// newLinear numbers the classes of train and knows how its features are spread.
func newLinear(train Labelled) *Linear {
	l := &Linear{classes: Classes(train.Labels), multiLabel: MultiLabel(train.Labels), backend: train.backend, stopped: train.stopped,
		mean: make([]float64, train.Width), std: make([]float64, train.Width)}
	n := float64(train.N)
	for i := range train.N {
		for j, v := range train.Row(i) {
			l.mean[j] += float64(v) / n
		}
	}
	for i := range train.N {
		for j, v := range train.Row(i) {
			l.std[j] += (float64(v) - l.mean[j]) * (float64(v) - l.mean[j]) / n
		}
	}
	for j, v := range l.std {
		l.std[j] = math.Sqrt(v + 1e-12) // hardly anything where a feature never changes
	}
	l.w = mat.NewDense(train.Width+1, max(len(l.classes), 1), nil)
	return l
}

// rows are standardised features and a 1, which the bias is multiplied by: [n, width+1].
func (l *Linear) rows(f Features) *mat.Dense {
	x := mat.NewDense(max(f.N, 1), f.Width+1, nil)
	for i := range f.N {
		row := x.RawRowView(i)
		for j, v := range f.Row(i) {
			row[j] = (float64(v) - l.mean[j]) / l.std[j]
		}
		row[f.Width] = 1
	}
	return x
}

// targets says which classes each sample is of, [n, classes].
func (l *Linear) targets(labels []string) *mat.Dense {
	y := mat.NewDense(max(len(labels), 1), max(len(l.classes), 1), nil)
	for i, v := range MultiHot(labels, l.classes) {
		y.RawMatrix().Data[i] = float64(v)
	}
	return y
}

func (l *Linear) fit(x, y *mat.Dense, decay float64) {
	fit, free := l.fitter(x, y)
	defer free()
	fit(decay)
}

// fitter returns what takes w to where the loss of a Regression with a decay is least, each from where the last ended.
func (l *Linear) fitter(x, y *mat.Dense) (fit func(decay float64), free func()) {
	at, back := x, func(w *mat.Dense) { l.w.Copy(w) }
	if z, turn, ok := spanned(x); ok {
		at, back = z, func(v *mat.Dense) { l.w.Mul(turn, v) }
	}
	rows, free := newDesign(at, l.backend)
	_, width := at.Dims()
	_, classes := l.w.Dims()
	w := mat.NewDense(width, classes, nil)
	return func(decay float64) {
		Regression{Decay: decay, MultiLabel: l.multiLabel, Steps: linearSteps, Stopped: l.stopped}.Fit(rows, y, w)
		back(w)
	}, free
}

// Rows are what a regression learns from, [n, d]. The last number of each is 1, by which the bias is multiplied.
type Rows interface {
	Dims() (n, d int)
	Times(w *mat.Dense) *mat.Dense  // x·w [n, classes] of w [d, classes]
	Across(p *mat.Dense) *mat.Dense // xᵀ·p [d, classes] of p [n, classes]
}

// A Regression is logistic regression with an L2 penalty, by L-BFGS in float64: multinomial, or one for each class.
type Regression struct {
	Decay      float64
	MultiLabel bool        // a sample may be of several classes
	Steps      int         // of L-BFGS, at most
	Store      int         // gradients that L-BFGS remembers; 0 is 15
	End        float64     // gradient at which it is done; 0 is 1e-4
	Stopped    func() bool // asked after each step whether it is to break off; nil never is
}

// Fit takes w [d, classes], from where it is, to where this is least, with y [n, classes] 1 or 0:
//
//	mean over samples of -Σ y log softmax(x·w)  +  decay/2 · Σ w² but for the bias
//
// or, with several classes, of -Σ y log σ(x·w) + (1-y) log (1-σ(x·w)).
func (r Regression) Fit(x Rows, y, w *mat.Dense) {
	p := &objective{x: x, y: y, decay: r.Decay, multiLabel: r.MultiLabel}
	problem := optimize.Problem{
		Func: func(w []float64) float64 { return p.at(w).loss },
		Grad: func(grad, w []float64) { copy(grad, p.at(w).grad) },
	}
	problem.Status = func() (optimize.Status, error) {
		if r.Stopped != nil && r.Stopped() {
			return optimize.Success, nil
		}
		return optimize.NotTerminated, nil
	}
	settings := &optimize.Settings{MajorIterations: r.Steps, GradientThreshold: cmp.Or(r.End, linearGradient)}
	// Running out of steps, or of digits, leaves the best there is so far.
	if result, err := optimize.Minimize(problem, w.RawMatrix().Data, settings, &optimize.LBFGS{Store: r.Store}); result != nil && (err == nil || len(result.X) > 0) {
		copy(w.RawMatrix().Data, result.X)
	}
}

// objective is Fit's, and remembers where it was asked for last: loss and gradient cost one pass.
type objective struct {
	x          Rows
	y          *mat.Dense
	decay      float64
	multiLabel bool

	last []float64
	loss float64
	grad []float64
}

func (o *objective) at(w []float64) *objective {
	if o.last != nil && slices.Equal(o.last, w) {
		return o
	}
	o.last = slices.Clone(w)
	n, d := o.x.Dims()
	_, classes := o.y.Dims()
	p := o.x.Times(mat.NewDense(d, classes, o.last))
	o.loss = 0
	for i := range n {
		row, y := p.RawRowView(i), o.y.RawRowView(i)
		o.loss += crossEntropy(row, y, o.multiLabel) / float64(n)
		for c := range row {
			row[c] /= float64(n)
		}
	}
	o.grad = o.x.Across(p).RawMatrix().Data
	for k, v := range o.last[:(d-1)*classes] {
		o.loss += o.decay / 2 * v * v
		o.grad[k] += o.decay * v
	}
	return o
}

// crossEntropy is the cross-entropy of y [classes] under logits; it leaves its gradient in logits:
// probabilities less y.
func crossEntropy(logits, y []float64, multiLabel bool) (loss float64) {
	if multiLabel {
		for c, z := range logits {
			loss += math.Max(z, 0) - z*y[c] + math.Log1p(math.Exp(-math.Abs(z)))
		}
	} else {
		most, all := slices.Max(logits), 0.0
		for _, z := range logits {
			all += math.Exp(z - most)
		}
		for c, z := range logits {
			loss += y[c] * (math.Log(all) + most - z)
		}
	}
	Softmax(logits, multiLabel)
	for c := range logits {
		logits[c] -= y[c]
	}
	return loss
}

// Softmax turns logits into probabilities, or with several classes into the logistic of each, in place.
func Softmax(logits []float64, multiLabel bool) {
	if multiLabel {
		for c, z := range logits {
			logits[c] = 1 / (1 + math.Exp(-z))
		}
		return
	}
	most, all := slices.Max(logits), 0.0
	for c, z := range logits {
		logits[c] = math.Exp(z - most)
		all += logits[c]
	}
	for c := range logits {
		logits[c] /= all
	}
}

func pickRows(x *mat.Dense, at []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(at), d, nil)
	for i, j := range at {
		out.SetRow(i, x.RawRowView(j))
	}
	return out
}
