package probe

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"autodidact/core/rng"
)

// The linear probe: multinomial logistic regression on standardised features, by L-BFGS in
// float64, its weight decay chosen on a fifth of the labels (Alain and Bengio, arXiv:1610.01644).
var decays = []float64{0.1, 0.01, 0.001} // per sample, on standardised features; strongest first, so that each begins where the last ended

const (
	folds          = 5
	linearSteps    = 60   // of L-BFGS: more change answers no longer
	linearGradient = 1e-4 // at which it is done
)

// Linear gives the classifier labels from train and asks it about test, or, without a test
// set, about the samples of train whose labels it was not given; given all of them, about each fifth by the others.
func (t Trial) Linear(train, test Labelled) Accuracy {
	train, test = train.known(), test.known()
	if t.Rand == nil {
		t.Rand = rng.New(1)
	}
	if t.PerClass == 0 && test.N == 0 {
		return t.crossed(train)
	}
	if t.PerClass == 0 {
		return answered(classify(train, test, t.Rand))
	}
	return t.repeated(train, test, func(bank, queries Labelled) []float64 { return classify(bank, queries, t.Rand) })
}

// crossed asks about each fifth of the samples by the other four.
func (t Trial) crossed(all Labelled) Accuracy {
	order, answers := t.Rand.For("folds", 0).Perm(all.N), make([]float64, all.N)
	for f := range folds {
		var given, asked []int
		for k, i := range order {
			if k%folds == f {
				asked = append(asked, i)
			} else {
				given = append(given, i)
			}
		}
		if len(given) == 0 || len(asked) == 0 {
			continue
		}
		for k, right := range classify(all.pick(given), all.pick(asked), t.Rand) {
			answers[asked[k]] = right
		}
	}
	return answered(answers)
}

// classify learns from bank and says of each query whether it is told right, 1 or 0.
func classify(bank, queries Labelled, r *rng.Rand) []float64 {
	l := newLogistic(bank)
	x, y := l.rows(bank.Features), l.indices(bank.Labels)
	w := mat.NewDense(bank.Width+1, len(l.classes), nil)
	decay := decays[len(decays)/2]
	if given, asked := apart(y, r); len(asked) > 0 {
		best := -1
		xg, xa, trial := pickRows(x, given), pickRows(x, asked), mat.DenseCopyOf(w)
		for _, d := range decays {
			l.fit(trial, xg, pickInts(y, given), d)
			right := 0
			for k, c := range l.answers(trial, xa) {
				if c == y[asked[k]] {
					right++
				}
			}
			if right > best { // of equals the stronger
				best, decay = right, d
			}
		}
	}
	l.fit(w, x, y, decay)
	right := make([]float64, queries.N)
	for i, c := range l.answers(w, l.rows(queries.Features)) {
		if l.classes[c] == queries.Labels[i] {
			right[i] = 1
		}
	}
	return right
}

// apart keeps a fifth of the samples of each class that has five or more to judge by.
func apart(y []int, r *rng.Rand) (given, asked []int) {
	seen := map[int]int{}
	for _, i := range r.For("decay", 0).Perm(len(y)) {
		if seen[y[i]]++; seen[y[i]]%folds == 0 {
			asked = append(asked, i)
		} else {
			given = append(given, i)
		}
	}
	slices.Sort(given)
	slices.Sort(asked)
	return given, asked
}

// logistic standardises features and numbers classes.
type logistic struct {
	classes   []string
	mean, std []float64
}

func newLogistic(bank Labelled) *logistic {
	l := &logistic{classes: slices.Compact(slices.Sorted(slices.Values(bank.Labels))),
		mean: make([]float64, bank.Width), std: make([]float64, bank.Width)}
	n := float64(bank.N)
	for i := range bank.N {
		for j, v := range bank.Row(i) {
			l.mean[j] += float64(v) / n
		}
	}
	for i := range bank.N {
		for j, v := range bank.Row(i) {
			l.std[j] += (float64(v) - l.mean[j]) * (float64(v) - l.mean[j]) / n
		}
	}
	for j, v := range l.std {
		l.std[j] = math.Sqrt(v + 1e-12)
	}
	return l
}

// rows are standardised features and a 1, which the bias is multiplied by: [n, width+1].
func (l *logistic) rows(f Features) *mat.Dense {
	x := mat.NewDense(f.N, f.Width+1, nil)
	for i := range f.N {
		row := x.RawRowView(i)
		for j, v := range f.Row(i) {
			row[j] = (float64(v) - l.mean[j]) / l.std[j]
		}
		row[f.Width] = 1
	}
	return x
}

func (l *logistic) indices(labels []string) []int {
	y := make([]int, len(labels))
	for i, label := range labels {
		y[i], _ = slices.BinarySearch(l.classes, label)
	}
	return y
}

// fit takes w [width+1, classes] to where this is least:
//
//	mean of -log softmax(x·w)[y]  +  decay/2 · Σ w² but for the bias
func (l *logistic) fit(w, x *mat.Dense, y []int, decay float64) {
	p := &objective{x: x, y: y, decay: decay, classes: len(l.classes)}
	problem := optimize.Problem{
		Func: func(w []float64) float64 { return p.at(w).loss },
		Grad: func(grad, w []float64) { copy(grad, p.at(w).grad) },
	}
	settings := &optimize.Settings{MajorIterations: linearSteps, GradientThreshold: linearGradient}
	// Running out of steps, or of digits, leaves the best there is so far.
	if result, err := optimize.Minimize(problem, w.RawMatrix().Data, settings, &optimize.LBFGS{}); result != nil && (err == nil || len(result.X) > 0) {
		copy(w.RawMatrix().Data, result.X)
	}
}

// objective is fit's, and remembers where it was asked for last: loss and gradient cost one pass.
type objective struct {
	x       *mat.Dense
	y       []int
	decay   float64
	classes int

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
	weights := mat.NewDense(d, o.classes, o.last)
	var p, g mat.Dense
	p.Mul(o.x, weights)
	o.loss = 0
	for i := range n {
		row := p.RawRowView(i)
		o.loss += surprise(row, o.y[i]) / float64(n)
		for c := range row {
			row[c] /= float64(n)
		}
	}
	g.Mul(o.x.T(), &p)
	o.grad = g.RawMatrix().Data
	for k, v := range o.last[:(d-1)*o.classes] {
		o.loss += o.decay / 2 * v * v
		o.grad[k] += o.decay * v
	}
	return o
}

// surprise is -log softmax(row)[y]; it leaves in row how it changes with row: softmax - 1 at y.
func surprise(row []float64, y int) float64 {
	most, all := slices.Max(row), 0.0
	logit := row[y] - most
	for c, v := range row {
		row[c] = math.Exp(v - most)
		all += row[c]
	}
	for c := range row {
		row[c] /= all
	}
	row[y]--
	return math.Log(all) - logit
}

// answers is the likeliest class of each row.
func (l *logistic) answers(w, x *mat.Dense) []int {
	var p mat.Dense
	p.Mul(x, w)
	n, _ := p.Dims()
	out := make([]int, n)
	for i := range out {
		row := p.RawRowView(i)
		out[i] = slices.Index(row, slices.Max(row))
	}
	return out
}

func pickRows(x *mat.Dense, at []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(at), d, nil)
	for i, j := range at {
		out.SetRow(i, x.RawRowView(j))
	}
	return out
}

func pickInts(xs, at []int) []int {
	out := make([]int, len(at))
	for i, j := range at {
		out[i] = xs[j]
	}
	return out
}
