package baseline

import (
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
)

// What is usual for each kind of data. Samples of test, which may be nil, are numbered behind those of set. Notes say what
// was cut for want of memory.

// OfPictures is for pictures, and for clips by some of their frames.
func OfPictures(set, test *data.Set, b kernel.Backend) *Baseline {
	return ofPictures(both(set, test), b)
}

// OfTexts is for texts of so many classes.
func OfTexts(set, test *data.Set, classes int) (*Baseline, []string) {
	return ofTexts(both(set, test), classes)
}

// OfSeries is for windows of series with a scale.
func OfSeries(set, test *data.Set, scale data.Scale, b kernel.Backend) (*Baseline, []string) {
	return ofSeries(both(set, test), scale, b)
}

// OfFeatures is logistic regression on features of all samples, which have a name.
func OfFeatures(name string, f probe.Features, b kernel.Backend) *Baseline {
	return &Baseline{candidates: []candidate{linearCandidate(name, f, b)}}
}

func both(set, test *data.Set) []*data.Set {
	if test == nil {
		return []*data.Set{set}
	}
	return []*data.Set{set, test}
}
