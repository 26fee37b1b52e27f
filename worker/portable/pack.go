package portable

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"strconv"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/forecast"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A Source is a model and what it takes with it.
type Source struct {
	Model *checkpoint.State
	Title string
	Set   *data.Set // nil: the encoder alone

	Features   probe.Features     // of Set
	Labels     []string           // of Set, "" where there is none
	Detector   *forecast.Detector // of series; nil if there is none
	References int                // samples to take along, at most
	Chance     *rng.Rand
}

// References are how many samples go along where nobody says, MostReferences at most.
const (
	References     = 200
	MostReferences = 2000
)

// Choose takes the options of an export: references and title.
func (s *Source) Choose(options map[string]string) (err error) {
	if n, given := options["references"]; given {
		if s.References, err = strconv.Atoi(n); err != nil {
			return report.BadField("options.references", "references is %q, which is no whole number", n)
		}
	}
	s.Title = cmp.Or(options["title"], s.Title)
	return nil
}

// Pack makes a model that Open opens. Notices are of what does not go along.
func Pack(s Source) (*checkpoint.State, []data.Rejected, error) {
	if s.References < 0 || s.References > MostReferences {
		return nil, nil, report.BadField("references", "references is %d; it must lie between 0 and %d", s.References, MostReferences)
	}
	c, err := run.ConfigOf(s.Model)
	if err != nil {
		return nil, nil, err
	}
	out := &checkpoint.State{Meta: maps.Clone(s.Model.Meta), Tensors: maps.Clone(s.Model.Tensors)}
	a := About{Title: s.Title, Task: c.Task, Encoder: c.Encoder}
	a.Step, _ = strconv.Atoi(s.Model.Meta[checkpoint.MetaStep])
	in, err := kind.SavedInput(s.Model)
	if err != nil {
		return nil, nil, err
	}
	if in.Channels != nil {
		a.Channels = in.Channels.Names
	}
	var notes []data.Rejected
	if s.Set != nil {
		a.Samples, a.Noun, a.Trained = s.Set.Len(), kind.NounOf(s.Set), run.Fingerprint(s.Model) == s.Set.Fingerprint()
		if err := s.classify(&a, out); err != nil {
			return nil, nil, err
		}
		notes = s.refer(&a, out)
	}
	if s.Detector != nil {
		a.Detector = true
		s.Detector.Save(out)
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, nil, err
	}
	out.Meta[metaAbout] = string(raw)
	return out, notes, nil
}

// classify puts a classifier of the labels there are, the one by which label.Predict predicts.
func (s Source) classify(a *About, out *checkpoint.State) error {
	classes := probe.Classes(s.Labels)
	if len(classes) < 2 {
		return nil
	}
	if len(classes) > label.MaxClasses {
		return report.BadField("labels", "there are %d classes; at most %d can be distinguished here", len(classes), label.MaxClasses)
	}
	m, err := probe.FindMethod(label.Method)
	if err != nil {
		return err
	}
	for _, l := range s.Labels {
		if l != "" {
			a.Labelled++
		}
	}
	l := m.Fit(probe.Labelled{Features: s.Features, Labels: s.Labels}, s.Chance).(*probe.Linear).Save()
	a.Classes, a.Several, a.Accuracy = l.Classes, l.MultiLabel, s.accuracy(m)
	for name, x := range map[string][]float32{"mean": l.Mean, "std": l.Std, "weight": l.Weight} {
		out.Tensors[prefix+"classifier."+name] = tensor.Float32s(x, len(x))
	}
	return nil
}

// leastTests is how many labelled samples must be left to test on, for an accuracy that says something.
const leastTests = 10

// accuracy is that of a classifier that learned from four fifths of the labels, on the rest: every fifth of each class.
// nil where there are too few.
func (s Source) accuracy(m probe.Method) *Accuracy {
	var train, test []int
	count := map[string]int{}
	for i, l := range s.Labels {
		if l == "" {
			continue
		}
		if count[l]++; count[l]%5 == 0 {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	if len(test) < leastTests {
		return nil
	}
	all := probe.Labelled{Features: s.Features, Labels: s.Labels}
	tested := all.Pick(test)
	p := m.Fit(all.Pick(train), s.Chance).Predict(tested.Features)
	x := probe.AccuracyOf(probe.ScoreOf(p, tested.Labels).Right)
	return &Accuracy{x.Mean, x.Low, x.High, len(test)}
}

const (
	thumbnail = 72  // pixels on a side
	quality   = 82  // of its JPEG
	excerpt   = 240 // bytes
)

// refer puts samples to compare others with, evenly picked.
func (s Source) refer(a *About, out *checkpoint.State) []data.Rejected {
	n := min(s.References, s.Set.Len())
	if s.Set.Recordings != nil && len(a.Classes) == 0 { // windows without labels tell a person nothing
		n = 0
	}
	var at []int
	for k := range n {
		at = append(at, k*s.Set.Len()/n)
	}
	for _, i := range at {
		r := Reference{Name: s.Set.Names[i], Label: s.Labels[i]}
		switch {
		case s.Set.Texts != nil:
			r.Excerpt = shortened(s.Set.Texts.At(i))
		case s.Set.Recordings == nil:
			r.Picture = drawn(data.Frames(s.Set.X[i], 1)[0])
		}
		a.References = append(a.References, r)
	}
	if n > 0 {
		f := s.Features.Pick(at)
		out.Tensors[prefix+"references"] = tensor.Float32s(f.Data, f.N, f.Width)
	}
	if n == s.Set.Len() || n == 0 {
		return nil
	}
	return []data.Rejected{report.Notice("references", "%d of %d samples go along for others to be compared with; any number up to %d can", n, s.Set.Len(), MostReferences)}
}

func shortened(text string) string {
	text = strings.Join(strings.Fields(text[:min(len(text), 4*excerpt)]), " ")
	if len(text) <= excerpt {
		return strings.ToValidUTF8(text, "")
	}
	return strings.ToValidUTF8(text[:excerpt], "") + "…"
}

// drawn is a picture, bytes [h, w, 3], as a small JPEG of its middle square.
func drawn(x *tensor.Tensor) []byte {
	rgb := view.Square(x, thumbnail).Buf.(kernel.Bytes)
	img := image.NewRGBA(image.Rect(0, 0, thumbnail, thumbnail))
	for i := range thumbnail * thumbnail {
		img.SetRGBA(i%thumbnail, i/thumbnail, color.RGBA{rgb[3*i], rgb[3*i+1], rgb[3*i+2], 255})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(fmt.Sprintf("portable: %v", err)) // into memory
	}
	return out.Bytes()
}
