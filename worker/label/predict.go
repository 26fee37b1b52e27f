package label

import (
	"encoding/csv"
	"fmt"
	"io"

	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/report"
)

// A Prediction is the classes of all samples of a set, by the labels of some.
type Prediction struct {
	Labels        []string // given, by sample
	Probabilities probe.Probabilities
}

// Method predicts the other samples from the ones labelled by hand: as good as class means with few labels, and better with many.
const Method = "linear"

// Predict fits a classifier to the samples that have one of labels and predicts all of them. Of fewer than two classes it predicts
// nothing.
func Predict(f probe.Features, labels []string, method string, r *rng.Rand) (Prediction, error) {
	p := Prediction{Labels: labels}
	if len(probe.Classes(labels)) < 2 {
		return p, nil
	}
	m, err := probe.FindMethod(method)
	if err != nil {
		return p, report.BadField("method", "%v", err)
	}
	f = m.Prepare(f)(f)
	p.Probabilities = m.Fit(probe.Labelled{Features: f, Labels: labels}, r).Predict(f)
	return p, nil
}

// Next is n samples that are worth labelling next, the most informative first, and whether that is because they are typical.
func (p Prediction) Next(f probe.Features, n int, r *rng.Rand) (at []int, typical bool) {
	next := probe.ActiveSampler{Features: probe.FitStandard(f).Apply(f).Pooled(), Known: make([]bool, f.N), Classes: len(probe.Classes(p.Labels)), Rand: r}
	for i, l := range p.Labels {
		next.Known[i] = l != ""
		if p.Probabilities.Len() > 0 {
			next.Margin = append(next.Margin, p.Probabilities.Margin(i))
		}
	}
	return next.Next(n)
}

// WriteCSV writes a table of all samples: the label given, if one was, the class predicted and its probability.
func (p Prediction) WriteCSV(to io.Writer, names []string) error {
	if p.Probabilities.Len() != len(names) {
		return fmt.Errorf("%w: predictions need labels of at least two classes", ErrNone)
	}
	out := csv.NewWriter(to)
	out.Write(append([]string{"name", "given", "predicted", "likely"}, p.Probabilities.Classes...))
	for i, name := range names {
		row := []string{name, p.Labels[i], p.Probabilities.Label(i), decimal(p.Probabilities.Row(i)[p.Probabilities.Best(i)])}
		for _, v := range p.Probabilities.Row(i) {
			row = append(row, decimal(v))
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

func decimal(v float32) string { return fmt.Sprintf("%.4f", v) }
