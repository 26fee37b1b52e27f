package probe

import (
	"fmt"
	"slices"
	"strings"

	"autodidact/core/rng"
)

// A Classifier predicts the classes of samples from their features.
type Classifier interface {
	Predict(queries Features) Probabilities
}

// A Method trains a Classifier on labelled samples, all of whose labels it may use; its randomness comes from r.
type Method struct {
	Name    string
	Line    string                                   // for people
	prepare func(f Features) func(Features) Features // fits, without labels, a transformation of features
	fit     func(train Labelled, r *rng.Rand) Classifier
}

// Methods are the classifiers on frozen features.
var Methods = []Method{
	{"knn", "a vote of the nearest neighbours", whitened, func(train Labelled, _ *rng.Rand) Classifier { return NewKNN(train, 0) }},
	{"linear", "logistic regression", plain, func(train Labelled, r *rng.Rand) Classifier { return NewLinear(train, r) }},
	{"centroid", "the nearest class mean", standardised, func(train Labelled, _ *rng.Rand) Classifier { return NewCentroid(train) }},
	{"nearest", "the nearest sample by Euclidean distance", plain, func(train Labelled, _ *rng.Rand) Classifier { return NewNearest(train) }},
}

func whitened(f Features) func(Features) Features     { return FitWhitening(f).Apply }
func standardised(f Features) func(Features) Features { return FitStandard(f).Apply }
func plain(Features) func(Features) Features          { return func(f Features) Features { return f } }

// Prepare learns from the features of all samples, labelled or not, how the method wants features.
func (m Method) Prepare(f Features) func(Features) Features { return m.prepare(f) }

// FindMethod returns the method of that name.
func FindMethod(name string) (Method, error) {
	at := slices.IndexFunc(Methods, func(m Method) bool { return m.Name == name })
	if at < 0 {
		var names []string
		for _, m := range Methods {
			names = append(names, m.Name)
		}
		return Method{}, fmt.Errorf("no method named %q; there are %s", name, strings.Join(names, ", "))
	}
	return Methods[at], nil
}

// Fit makes a classifier of the samples of train, prepared, that have a label. Of one class it predicts that class.
func (m Method) Fit(train Labelled, r *rng.Rand) Classifier { return m.fit(train.labelledOnly(), r) }
