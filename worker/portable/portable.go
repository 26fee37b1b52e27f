// Package portable is a model with what it needs of its data to be used without them: a classifier where there are labels, some
// samples as references, and of series what is usual.
package portable

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/tensor"
	"autodidact/worker/forecast"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/run"
)

// metaAbout is where a portable model says what it has beside its encoder; its tensors have a prefix.
const (
	metaAbout = "portable"
	prefix    = "portable."
)

// About is what a portable model says of itself.
type About struct {
	Title      string      `json:"title,omitempty"`
	Task       string      `json:"task"`
	Encoder    string      `json:"encoder"`
	Step       int         `json:"step"`
	Samples    int         `json:"samples,omitempty"` // of the data it was packed with
	Noun       string      `json:"noun,omitempty"`    // what one of them is called
	Trained    bool        `json:"trained,omitempty"` // they are what it was trained on
	Classes    []string    `json:"classes,omitempty"` // of its classifier
	Several    bool        `json:"several,omitempty"` // a sample may be of several
	Labelled   int         `json:"labelled,omitempty"`
	Accuracy   *Accuracy   `json:"accuracy,omitempty"` // of a classifier like it
	Detector   bool        `json:"detector,omitempty"` // it finds what is unusual in series
	Channels   []string    `json:"channels,omitempty"` // that series must have
	References []Reference `json:"references,omitempty"`
}

// Accuracy is measured on labelled samples that a classifier did not learn from, with its 95 % confidence interval.
type Accuracy struct {
	Mean  float64 `json:"mean"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Tests int     `json:"tests"` // samples
}

// A Reference is a sample of the data that others are compared with.
type Reference struct {
	Name    string `json:"name"`
	Label   string `json:"label,omitempty"`
	Excerpt string `json:"excerpt,omitempty"` // the beginning of a text
	Picture []byte `json:"picture,omitempty"` // JPEG, a small one, of a picture or the first frame of a clip
}

// A Model is one that was opened.
type Model struct {
	About
	Config   run.Config
	Look     kind.Embedder
	Detector *forecast.Detector // nil if there is none

	state      *checkpoint.State
	classifier *probe.Linear  // nil without labels
	references probe.Features // as they are
	names      []string       // of samples that were embedded already, the first of the data
	seen       probe.Features
}

// Open opens what Pack made.
func Open(ctx context.Context, s *checkpoint.State, b kernel.Backend) (*Model, error) {
	if s.Meta[metaAbout] == "" {
		return nil, &checkpoint.FormatError{Reason: "this model was not exported to be used by itself"}
	}
	m := &Model{state: s}
	if err := json.Unmarshal([]byte(s.Meta[metaAbout]), &m.About); err != nil {
		return nil, &checkpoint.FormatError{Reason: "what the model says of itself cannot be read: " + err.Error()}
	}
	var err error
	if m.Look, m.Config, err = run.OpenEmbedder(s, b); err != nil {
		return nil, err
	}
	if m.references, err = referencesIn(s, m.About, b); err != nil {
		return nil, err
	}
	if m.classifier, err = classifierIn(s, m.About); err != nil {
		return nil, err
	}
	head, err := forecast.OpenHead(ctx, s, m.Look)
	if err != nil {
		return nil, err
	}
	m.Detector, err = forecast.OpenDetector(s, m.Look, head)
	return m, err
}

// Kind is the kind of data it takes.
func (m *Model) Kind() data.Kind { return m.Config.Kind }

// An Answer is what a model finds of samples.
type Answer struct {
	probe.Probabilities                    // of classes; none without a classifier
	Near                [][]probe.Neighbor // of each sample, the nearest first
	Among               string             // what Near counts: "references", or "samples" where there are no references
}

// Apply looks at all samples of set: those that it saw before are not embedded again.
func (m *Model) Apply(ctx context.Context, set *data.Set, k int, each func(done, total int)) (a Answer, err error) {
	if err := run.Prepare(ctx, m.Config, m.state, set, each); err != nil {
		return a, err
	}
	if err := m.embed(ctx, set, each); err != nil {
		return a, err
	}
	if m.classifier != nil {
		a.Probabilities = m.classifier.Predict(m.seen)
	}
	a.Near, a.Among = m.near(k)
	return a, nil
}

// embed makes seen what the encoder makes of set.
func (m *Model) embed(ctx context.Context, set *data.Set, each func(done, total int)) error {
	n := len(m.names)
	if n > set.Len() || !slices.Equal(m.names, set.Names[:n]) {
		m.names, m.seen, n = nil, probe.Features{}, 0
	}
	if n == set.Len() {
		return nil
	}
	f, err := m.Look.Embed(ctx, set, probe.All(set.Len())[n:], each)
	if err != nil {
		return err
	}
	if m.classifier != nil && m.classifier.Width() != f.Width || m.references.N > 0 && m.references.Width != f.Width {
		return &checkpoint.FormatError{Reason: fmt.Sprintf("the encoder in the file gives %d features, its classifier or references have another number", f.Width)}
	}
	f.N, f.Data = set.Len(), append(m.seen.Data, f.Data...)
	m.names, m.seen = slices.Clone(set.Names), f
	return nil
}

// near finds the k nearest of each sample, by the cosine of whitened features, as the page does. The whitening is learned from the
// references; without any, from the samples themselves.
func (m *Model) near(k int) (all [][]probe.Neighbor, among string) {
	if m.references.N == 0 {
		white := probe.Whiten(m.seen)
		for i := range m.seen.N {
			all = append(all, probe.Neighbors(white, i, k))
		}
		return all, "samples"
	}
	white := probe.FitWhitening(m.references)
	of, seen := white.Apply(m.references), white.Apply(m.seen)
	for i := range m.seen.N {
		all = append(all, probe.NearestTo(of, seen.Pick([]int{i}), k))
	}
	return all, "references"
}

// floats is a float32 tensor of a portable model.
func floats(s *checkpoint.State, name string) []float32 {
	x := s.Tensors[prefix+name]
	if x == nil || x.DType != tensor.Float32 {
		return nil
	}
	return x.Buf.(kernel.Host)
}

func referencesIn(s *checkpoint.State, a About, b kernel.Backend) (f probe.Features, err error) {
	if len(a.References) == 0 {
		return f, nil
	}
	x := floats(s, "references")
	if f.N = len(a.References); len(x) == 0 || len(x)%f.N != 0 {
		return f, &checkpoint.FormatError{Reason: fmt.Sprintf("the model names %d references and has %d numbers of them", f.N, len(x))}
	}
	f.Data, f.Width = x, len(x)/f.N
	return f.On(b), nil
}

func classifierIn(s *checkpoint.State, a About) (*probe.Linear, error) {
	if len(a.Classes) == 0 {
		return nil, nil
	}
	if len(a.Classes) > label.MaxClasses {
		return nil, &checkpoint.FormatError{Reason: fmt.Sprintf("the classifier in the file has %d classes; at most %d can be distinguished here", len(a.Classes), label.MaxClasses)}
	}
	l, err := probe.OpenLinear(probe.SavedLinear{Classes: a.Classes, MultiLabel: a.Several,
		Mean: floats(s, "classifier.mean"), Std: floats(s, "classifier.std"), Weight: floats(s, "classifier.weight")})
	if err != nil {
		return nil, &checkpoint.FormatError{Reason: err.Error()}
	}
	return l, nil
}
