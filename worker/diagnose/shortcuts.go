package diagnose

import (
	"context"
	"fmt"

	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/pretext"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// Shortcuts is with what accuracy right answers, or labels, are predicted from the encoder's features, and from cues that need no
// understanding.
type Shortcuts struct {
	N        int
	Chance   float64
	Encoder  float64
	Cues     []Cue
	Pairs    bool    // the answer is which view is of the same sample
	TooAlike float64 // then: how many are found by comparing small gray pictures
}

// A Cue is a control probe, and its accuracy.
type Cue struct {
	Name, What string
	Accuracy   float64
}

// labelSamples is how many samples' labels are predicted.
const labelSamples = 400

// taskCues answers the task's questions about pictures by cues.
func taskCues(ctx context.Context, r *run.Run) (*Shortcuts, error) {
	task, ok := r.Task.(pretext.QuestionTask)
	if !ok {
		return nil, nil
	}
	b, err := r.Batch(min(run.QuestionSamples, r.Source().Len()))
	if err != nil {
		return nil, err
	}
	q := task.Questions(r.Task.Views(rng.New(r.Config.Seed).For("asked", 0), b))
	if len(q.Right) == 0 { // beside labels there may be a task that has none
		return nil, nil
	}
	f, err := r.FeaturesOf(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &Shortcuts{N: len(q.Right), Chance: 1 / float64(max(q.Choices, 1)), Pairs: q.Pairs}
	accuracy := func(f probe.Features) float64 { return pairsFound(f, q.Right) }
	if q.Pairs {
		a.Chance = 1 / float64(max(len(q.Right)-1, 1))
		a.TooAlike = accuracy(cue(q, glimpse).Centred())
		f = f.Centred()
	} else {
		r := rng.New(r.Config.Seed)
		accuracy = func(f probe.Features) float64 { return answerAccuracy(f, q.Right, r) }
	}
	a.Encoder = accuracy(f)
	for _, c := range probe.Cues {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a.Cues = append(a.Cues, Cue{c.Name, c.What, accuracy(cue(q, c.Of))})
	}
	return a, nil
}

// cue is what a control probe has instead of features.
func cue(q pretext.Questions, of func(x []float32, size int) []float32) (f probe.Features) {
	f.N = len(q.Images)
	for _, x := range q.Images {
		f.Data = append(f.Data, of(x, q.Side)...)
	}
	f.Width = len(f.Data) / max(f.N, 1)
	return f
}

// glimpse is a picture as one sees it from afar: brightness in 8 by 8 cells.
func glimpse(x []float32, size int) []float32 {
	const cells = 8
	out := make([]float32, cells*cells)
	for y := range size {
		for z := range size {
			at := (y*size + z) * 3
			out[y*cells/size*cells+z*cells/size] += x[at] + x[at+1] + x[at+2]
		}
	}
	return out
}

// pairsFound is the fraction of rows whose nearest by cosine is the right one.
func pairsFound(f probe.Features, right []int32) (share float64) {
	for i, at := range probe.Closest(f) {
		if at == int(right[i]) {
			share += 1 / float64(len(right))
		}
	}
	return share
}

// answerAccuracy is that of a linear probe fitted to other questions: on two fifths of them, which is enough to compare by.
func answerAccuracy(f probe.Features, right []int32, r *rng.Rand) (share float64) {
	l := probe.Labelled{Features: f}
	for _, c := range right {
		l.Labels = append(l.Labels, fmt.Sprint(c))
	}
	const fifths = 2
	for repeat := range fifths {
		d := probe.DrawLabels(l.Labels, repeat, r)
		test := l.Pick(d.Test)
		share += probe.ScoreOf(probe.NewLinearAt(l.Pick(d.Train(0)), probe.DefaultDecay).Predict(test.Features), test.Labels).Accuracy / fifths
	}
	return share
}

// neighborAccuracy is the kNN accuracy of labels.
func neighborAccuracy(f probe.Features, labels []string) float64 {
	return probe.KNN(probe.FitStandard(f).Apply(f), labels, 10).Mean
}

// labelCues predicts the labels of some samples from the encoder's features, and from cues: what pictures show without
// being understood, where samples lie in their folder or in time, what kind of file they are or how long.
func labelCues(ctx context.Context, r *run.Run, labels []string, hear func()) (*Shortcuts, error) {
	at := probe.Evenly(probe.WithLabel(labels), labelSamples)
	some := make([]string, len(at))
	count, most := map[string]int{}, 0
	for k, i := range at {
		some[k] = labels[i]
		count[labels[i]]++
		most = max(most, count[labels[i]])
	}
	if len(count) < 2 || len(at) < 50 || len(count)*5 > len(at) || probe.MultiLabel(some) {
		return nil, nil
	}
	set := r.Set()
	f, err := r.Embedder().Embed(ctx, set, at, func(int, int) { hear() })
	if err != nil {
		return nil, err
	}
	accuracy := func(f probe.Features) float64 { hear(); return neighborAccuracy(f.On(r.Backend()), some) }
	a := &Shortcuts{N: len(at), Chance: float64(most) / float64(len(at)), Encoder: accuracy(f)}
	for _, c := range kind.Of(set.Of).Cues(set, r.Config.Size) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := probe.Features{N: len(at)}
		for _, i := range at {
			rows.Data = append(rows.Data, c.Of(i)...)
		}
		if rows.Width = len(rows.Data) / len(at); rows.Same() { // it distinguishes nothing
			continue
		}
		a.Cues = append(a.Cues, Cue{c.Name, c.What, accuracy(rows)})
	}
	return a, nil
}
