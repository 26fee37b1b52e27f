package autodidact

import (
	"context"

	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/label"
	"autodidact/worker/report"
)

// Embeddings are the features of samples, a row for each.
type Embeddings struct {
	Names   []string // of the samples
	Labels  []string // that they came with, "" where there is none
	Width   int
	Data    []float32  // [len(Names), Width], row after row
	Notices []Rejected // what of the samples the encoder did not read, such as the ends of long texts

	features probe.Features
	data     *Data
}

// Row is the features of sample i, a part of Data.
func (e *Embeddings) Row(i int) []float32 { return e.features.Row(i) }

// Features are the rows as the other packages of this module have them.
func (e *Embeddings) Features() probe.Features { return e.features }

// Samples are those that were embedded: those given, or the same decoded for the size of the encoder.
func (e *Embeddings) Samples() *Data { return e.data }

// A Neighbor is a sample like another, with the cosine of their features, from -1 to 1.
type Neighbor = probe.Neighbor

// Neighbors are the k samples most like sample i, nearest first, without i itself.
func (e *Embeddings) Neighbors(i, k int) []Neighbor { return probe.Neighbors(e.features, i, k) }

// A Prediction is what a classifier says of one sample.
type Prediction struct {
	Name        string
	Given       string  // the label it was given; "" if none
	Label       string  // the predicted one; several are separated by |
	Probability float64 // of the likeliest class, 0 to 1
}

// Predict fits a classifier to the samples that have one of labels, by name, and predicts all of them: multinomial logistic regression on
// the features (a linear probe), whose weight decay is chosen by held-out labels. Labels of at least two classes are needed, and each must
// be of a sample. A sample of several classes has them with | in between.
func (e *Embeddings) Predict(ctx context.Context, labels map[string]string) ([]Prediction, error) {
	given := label.Labels(labels)
	if missing := given.Missing(e.data.set); len(missing) > 0 {
		return nil, report.BadField("labels", "%s: %s", map[bool]string{true: "a label names no sample", false: "labels name no sample"}[len(missing) == 1], report.List(missing, report.MostExamples))
	}
	p, err := label.Predict(e.features.WithContext(ctx, nil), given.Of(e.data.set), label.Method, rng.New(1))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if p.Probabilities.Len() == 0 {
		return nil, report.BadField("labels", "predictions need labels of at least two classes; there are %d", len(probe.Classes(p.Labels)))
	}
	out := make([]Prediction, len(e.Names))
	for i, name := range e.Names {
		best := p.Probabilities.Row(i)[p.Probabilities.Best(i)]
		out[i] = Prediction{name, p.Labels[i], p.Probabilities.Label(i), float64(best)}
	}
	return out, nil
}
