package pretext

import (
	"context"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// A Labeller predicts the labels of pictures, and of clips by their middle frames: what all supervised training shares.
type Labeller struct {
	Encoder nn.Encoder
	Head    *nn.Linear // of quadrants' features to classes

	classes []string
	class   map[string]int32 // of each sample with a label, by name
	size    int              // of a view
}

// newLabeller is for samples all of which have a label.
func newLabeller(s Setup, r *rng.Rand, names, labels []string) Labeller {
	l := Labeller{Encoder: s.Encoder, classes: slices.Compact(slices.Sorted(slices.Values(labels))), class: map[string]int32{}, size: s.Size}
	for i, name := range names {
		at, _ := slices.BinarySearch(l.classes, labels[i])
		l.class[name] = int32(at)
	}
	l.Head = nn.NewLinear(r, 4*s.Encoder.Width(), len(l.classes))
	return l
}

func (l *Labeller) Backbone() nn.Encoder { return l.Encoder }

// Classes are the labels it can predict, in order.
func (l *Labeller) Classes() []string { return l.classes }

// logits gives logits [n, classes] of pictures x [n, size, size, 3].
func (l *Labeller) logits(x autograd.Var) autograd.Var {
	return l.Head.Forward(Quarters(l.Encoder.Encode(x)))
}

// Predict is the probability of each class for set's samples at, nil for all: [len(at), classes].
// The labels of set are not used.
func (l *Labeller) Predict(ctx context.Context, b kernel.Backend, set *data.Set, at []int) (probabilities []float32, err error) {
	if at == nil {
		for i := range set.Len() {
			at = append(at, i)
		}
	}
	for some := range slices.Chunk(at, 64) {
		views := make([]*tensor.Tensor, len(some))
		for k, i := range some {
			views[k] = view.Center(picture(set.X[i]), l.size)
		}
		t := autograd.NewTape(b, rng.New(0))
		t.Training = false
		p, err := t.Download(ctx, l.logits(t.Input(tensor.Stack(views...))).Softmax().Value())
		t.Free()
		if err != nil {
			return nil, err
		}
		probabilities = append(probabilities, p...)
	}
	return probabilities, nil
}

// Accuracy is the proportion of set's samples whose label it predicts correctly.
func (l *Labeller) Accuracy(ctx context.Context, b kernel.Backend, set *data.Set) (float64, error) {
	probabilities, err := l.Predict(ctx, b, set, nil)
	if err != nil {
		return 0, err
	}
	right, c := 0, len(l.classes)
	for i, label := range set.Labels {
		if l.classes[largest(probabilities[i*c:][:c])] == label {
			right++
		}
	}
	return float64(right) / float64(max(set.Len(), 1)), nil
}

// picture is what stands for sample x: itself, or the middle frame of a clip.
func picture(x *tensor.Tensor) *tensor.Tensor { return data.Frames(x, 1)[0] }

// A known is samples with labels, to draw from.
type labelledSet struct{ of [][]*tensor.Tensor } // pictures, by class

// labelledSamples parts the samples of set that have a label, "" being none, and gives their names and labels.
func labelledSamples(set *data.Set, labels []string) (k labelledSet, names, known []string) {
	for i, label := range labels {
		if label != "" {
			names, known = append(names, set.Names[i]), append(known, label)
		}
	}
	classes := slices.Compact(slices.Sorted(slices.Values(known)))
	k.of = make([][]*tensor.Tensor, len(classes))
	for i, label := range labels {
		if at, labelled := slices.BinarySearch(classes, label); labelled {
			k.of[at] = append(k.of[at], picture(set.X[i]))
		}
	}
	return k, names, known
}

// draw gives n pictures and their classes: each class in turn, and each of its samples in turn, both from
// where chance says.
func (k labelledSet) draw(r *rng.Rand, n int) (x []*tensor.Tensor, class []int32) {
	first := r.IntN(len(k.of))
	order := make([][]int, len(k.of))
	for i := range n {
		c := (first + i) % len(k.of)
		if order[c] == nil {
			order[c] = r.Perm(len(k.of[c]))
		}
		x = append(x, k.of[c][order[c][i/len(k.of)%len(order[c])]])
		class = append(class, int32(c))
	}
	return x, class
}
