package worker

import (
	"context"
	"fmt"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/train"
)

// FineTuning measures what an encoder of texts is worth as a beginning: the whole of it learns on
// from a few labels. Its contenders are the same network from scratch, and naive Bayes, which needs none.
type FineTuning struct {
	Probe
	Model   *checkpoint.State // the encoder and its vocabulary
	Set     *data.Set
	Backend kernel.Backend
	Seed    uint64
	Each    func(done, total int)
}

// asked is the most texts one fine-tuned classifier is asked about.
const asked = 500

// Results are in the order of Labels, then of contenders.
func (f FineTuning) Results(ctx context.Context) ([]ProbeResult, error) {
	if f.Set.Of != data.Text {
		return nil, &MisfitError{"fine-tuning is for texts so far; knn and linear work for every kind"}
	}
	labelled := &data.Set{Of: data.Text, Texts: &data.Texts{}}
	for i, text := range f.Set.Texts.All() {
		if l := f.Set.Labels[i]; l != "" {
			labelled.Names, labelled.Labels = append(labelled.Names, f.Set.Names[i]), append(labelled.Labels, l)
			labelled.Texts.Append(text)
		}
	}
	if len(labelled.Classes()) < 2 {
		return nil, ErrNoLabels
	}
	if len(f.Labels) == 0 {
		f.Labels = []string{"10"}
	}
	contenders := append([]string{"pretrained"}, f.Against...)
	var out []ProbeResult
	done, total := 0, len(f.Labels)*len(contenders)*max(f.Repeats, 1)
	for _, l := range f.Labels {
		n, err := probe.PerClass(l)
		if err != nil {
			return nil, &ConfigError{"labels", err.Error()}
		}
		trial := probe.Trial{PerClass: n, Repeats: f.Repeats, Rand: rng.New(f.Seed)}
		var ours probe.Accuracy
		for _, contender := range contenders {
			a, err := trial.Ask(labelled.Labels, asked, func(repeat int, given, rest []int) ([]float64, error) {
				defer func() {
					if done++; f.Each != nil {
						f.Each(done, total)
					}
				}()
				return f.answers(ctx, contender, labelled, repeat, given, rest)
			})
			if err != nil {
				return nil, err
			}
			r := ProbeResult{Method: "finetune", Labels: n, Encoder: contender, Accuracy: a.Mean, Low: a.Low, High: a.High, Repeats: a.Repeats}
			if contender == "pretrained" {
				ours = a
			} else {
				mean, low, high := ours.Ahead(a)
				r.Ahead = &Band{mean, low, high}
			}
			out = append(out, r)
		}
	}
	return out, nil
}

func (f FineTuning) answers(ctx context.Context, contender string, set *data.Set, repeat int, given, rest []int) ([]float64, error) {
	text := func(at []int) (texts, labels []string) {
		for _, i := range at {
			texts, labels = append(texts, set.Texts.At(i)), append(labels, set.Labels[i])
		}
		return texts, labels
	}
	known, labels := text(given)
	unknown, right := text(rest)
	var says []string
	switch contender {
	case "raw":
		bayes := probe.NewBayes(known, labels)
		for _, t := range unknown {
			says = append(says, bayes.Label(t))
		}
	case "pretrained", "scratch":
		look, c, err := OpenLooker(f.Model, f.Backend)
		if err != nil {
			return nil, err
		}
		if contender == "scratch" {
			c.Seed += uint64(repeat)
			look.Encoder = newEncoder(c, look.Tokens)
			nn.Place(f.Backend, look.Encoder)
		}
		classifier, err := NewClassifier(look, labels, rng.New(f.Seed).For("classifier", repeat))
		if err != nil {
			return nil, err
		}
		if err := classifier.Learn(ctx, known, labels); err != nil {
			return nil, err
		}
		if says, err = classifier.Label(ctx, unknown); err != nil {
			return nil, err
		}
	default:
		return nil, &ConfigError{"against", fmt.Sprintf("no contender named %q; fine-tuning has scratch and raw (naive Bayes on words)", contender)}
	}
	answers := make([]float64, len(rest))
	for i := range rest {
		if says[i] == right[i] {
			answers[i] = 1
		}
	}
	return answers, nil
}

// A Classifier of texts is an encoder and a head to classes, both of which learn.
type Classifier struct {
	Encoder *encoder.BERT
	Head    *nn.Linear

	look    Looker
	classes []string
	rand    *rng.Rand
	texts   [][]int32 // what it learns from
	class   []int32
}

// NewClassifier begins with the encoder of look, which is changed when it learns.
func NewClassifier(look Looker, labels []string, r *rng.Rand) (*Classifier, error) {
	bert, ok := look.Encoder.(*encoder.BERT)
	if !ok {
		return nil, &MisfitError{"this encoder does not read texts"}
	}
	c := &Classifier{Encoder: bert, look: look, rand: r, classes: slices.Compact(slices.Sorted(slices.Values(labels)))}
	c.Head = encoder.Dense(r.For("head", 0), bert.Width(), len(c.classes))
	nn.Place(look.Backend, c.Head)
	return c, nil
}

const tuningBatch = 16

// Learn takes a few passes over texts: as many as make 60 steps, three at least, ten from 100 texts on.
func (c *Classifier) Learn(ctx context.Context, texts, labels []string) error {
	for i, t := range texts {
		at, _ := slices.BinarySearch(c.classes, labels[i])
		c.texts, c.class = append(c.texts, c.look.frame(t)), append(c.class, int32(at))
	}
	batch := min(tuningBatch, len(texts))
	steps := max(60, min(10*len(texts)/batch, 600), 3*len(texts)/batch)
	loop := train.Loop{Backend: c.look.Backend, Learner: c, Optim: optim.NewAdamW(0.01), Rand: c.rand, Clip: 1,
		Batches: data.Epochs(c, batch, 0, c.rand), Rate: optim.Cosine(3e-4, steps/10, steps), Until: func() int { return steps }}
	for _, err := range loop.Steps(ctx) {
		if err != nil {
			return fmt.Errorf("fine-tuning: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// A Classifier is the source of what it learns from: samples are numbers of texts.
func (c *Classifier) Kind() data.Kind { return data.Text }
func (c *Classifier) Len() int        { return len(c.texts) }
func (c *Classifier) At(i int) (data.Sample, error) {
	return data.Sample{X: tensor.Int32s([]int32{int32(i)}, 1)}, nil
}

// Views are tokens and which text each is in, [n, longest], and the classes [n].
func (c *Classifier) Views(_ *rng.Rand, b data.Batch) data.Views {
	texts, class := make([][]int32, len(b.Samples)), make([]int32, len(b.Samples))
	for k, s := range b.Samples {
		i := s.X.Buf.(kernel.Host).Int32s()[0]
		texts[k], class[k] = c.texts[i], c.class[i]
	}
	r := c.look.padded(texts)
	return data.Views{r.Tokens, r.Of, tensor.Int32s(class, len(class))}
}

// Loss is the cross-entropy of the classes.
func (c *Classifier) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return c.guess(t, encoder.Reading{Tokens: v[0], Of: v[1]}, 0.1).CrossEntropy(t.Input(v[2]))
}

func (c *Classifier) guess(t *autograd.Tape, r encoder.Reading, drop float32) autograd.Var {
	if !t.Training {
		drop = 0
	}
	x := c.Encoder.Read(t, r, drop)
	mean := t.Input(encoder.Shares(r.Of, 1)).MatMul(x).Reshape(x.Dim(0), x.Dim(2))
	return c.Head.Forward(nn.Dropout(mean, drop))
}

// Label tells the class of each text.
func (c *Classifier) Label(ctx context.Context, texts []string) ([]string, error) {
	says := make([]string, len(texts))
	for from := 0; from < len(texts); from += 2 * tuningBatch {
		some := texts[from:min(from+2*tuningBatch, len(texts))]
		framed := make([][]int32, len(some))
		for i, text := range some {
			framed[i] = c.look.frame(text)
		}
		t := autograd.NewTape(c.look.Backend, rng.New(0))
		t.Training = false
		z, err := t.Download(ctx, c.guess(t, c.look.padded(framed), 0).Value())
		t.Free()
		if err != nil {
			return nil, err
		}
		for i := range some {
			row, best := z[i*len(c.classes):][:len(c.classes)], 0
			for k := range row {
				if row[k] > row[best] {
					best = k
				}
			}
			says[from+i] = c.classes[best]
		}
	}
	return says, nil
}
