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

// FineTuning measures what an encoder of texts or series is worth as a beginning: the whole of it learns on
// from a few labels. Its contenders are the same network from scratch, and what needs none: naive Bayes for texts, the nearest
// neighbour by Euclidean distance for series.
type FineTuning struct {
	Probe
	Model   *checkpoint.State // the encoder and its vocabulary
	Set     *data.Set
	Backend kernel.Backend
	Seed    uint64
	Each    func(done, total int)
}

// asked is the most samples one fine-tuned classifier is asked about.
const asked = 500

// Results are in the order of Labels, then of contenders.
func (f FineTuning) Results(ctx context.Context) ([]ProbeResult, error) {
	if f.Set.Of != data.Text && f.Set.Of != data.Series {
		return nil, &MisfitError{"fine-tuning is for texts and series so far; knn and linear work for every kind"}
	}
	if len(f.Set.Classes()) < 2 {
		return nil, ErrNoLabels
	}
	from, test := f.sides()
	labels := make([]string, len(from))
	for i, at := range from {
		labels[i] = f.Set.Labels[at]
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
			a, err := trial.Ask(labels, asked, func(repeat int, given, rest []int) ([]float64, error) {
				defer func() {
					if done++; f.Each != nil {
						f.Each(done, total)
					}
				}()
				known, unknown := at(from, given), at(from, rest)
				if test != nil {
					unknown = test
				}
				return f.answers(ctx, contender, repeat, known, unknown)
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

// sides are the labelled samples that labels are dealt from, and those that are asked about; nil are the rest of the former.
// Windows of series are parted by time.
func (f FineTuning) sides() (from, test []int) {
	labelled := func(i int) bool { return f.Set.Labels[i] != "" }
	if f.Set.Of == data.Series {
		before, behind := f.Set.Parted()
		for _, i := range behind {
			if labelled(i) {
				test = append(test, i)
			}
		}
		if n := len(test); n > asked {
			for k := range asked {
				test[k] = test[k*n/asked]
			}
			test = test[:asked]
		}
		for _, i := range before {
			if labelled(i) {
				from = append(from, i)
			}
		}
		return from, test
	}
	for i := range f.Set.Labels {
		if labelled(i) {
			from = append(from, i)
		}
	}
	return from, nil
}

// at is the numbers in from at some places.
func at(from, places []int) []int {
	out := make([]int, len(places))
	for k, i := range places {
		out[k] = from[i]
	}
	return out
}

// answers learns from some samples of the set, and says of others whether it tells their labels, 1 or 0.
func (f FineTuning) answers(ctx context.Context, contender string, repeat int, known, unknown []int) ([]float64, error) {
	var says []string
	switch contender {
	case "raw":
		if f.Set.Of == data.Series {
			return f.nearest(known, unknown)
		}
		var texts, labels []string
		for _, i := range known {
			texts, labels = append(texts, f.Set.Texts.At(i)), append(labels, f.Set.Labels[i])
		}
		bayes := probe.NewBayes(texts, labels)
		for _, i := range unknown {
			says = append(says, bayes.Label(f.Set.Texts.At(i)))
		}
	case "pretrained", "scratch":
		look, c, err := OpenLooker(f.Model, f.Backend)
		if err != nil {
			return nil, err
		}
		if contender == "scratch" {
			c.Seed += uint64(repeat)
			look.Encoder = newEncoder(c, look.Tokens, look.Readings)
			nn.Place(f.Backend, look.Encoder)
		}
		classifier, err := NewClassifier(look, f.Set, known, rng.New(f.Seed).For("classifier", repeat))
		if err != nil {
			return nil, err
		}
		if err := classifier.Learn(ctx); err != nil {
			return nil, err
		}
		if says, err = classifier.Label(ctx, unknown); err != nil {
			return nil, err
		}
	default:
		return nil, &ConfigError{"against", fmt.Sprintf("no contender named %q; fine-tuning has scratch and raw", contender)}
	}
	answers := make([]float64, len(unknown))
	for k, i := range unknown {
		if says[k] == f.Set.Labels[i] {
			answers[k] = 1
		}
	}
	return answers, nil
}

// nearest answers by the nearest window.
func (f FineTuning) nearest(known, unknown []int) ([]float64, error) {
	r, err := readingsOf(f.Model)
	if err != nil {
		return nil, err
	}
	raw := rawWindows(f.Set, r.Scale).On(f.Backend)
	return probe.Nearest(part(raw, f.Set.Labels, known), part(raw, f.Set.Labels, unknown)), nil
}

// A Classifier is an encoder and a head to classes, both of which learn.
type Classifier struct {
	Encoder nn.Encoder
	Head    *nn.Linear

	reader  reader
	backend kernel.Backend
	classes []string
	rand    *rng.Rand
	set     *data.Set
	given   []int   // what it learns from
	class   []int32 // and their classes
}

// A reader shows samples of one kind to an encoder.
type reader interface {
	views(at []int) data.Views
	features(t *autograd.Tape, v data.Views, drop float32) autograd.Var // [samples, width]
	width() int
}

// NewClassifier begins with the encoder of look, which is changed when it learns from the samples of set that are given.
func NewClassifier(look Looker, set *data.Set, given []int, r *rng.Rand) (*Classifier, error) {
	c := &Classifier{Encoder: look.Encoder, backend: look.Backend, rand: r, set: set, given: given}
	switch enc := look.Encoder.(type) {
	case *encoder.BERT:
		c.reader = textReader{look, enc, set}
	case encoder.OfSeries:
		if err := look.Readings.fits(set.Recordings); err != nil {
			return nil, err
		}
		c.reader = seriesReader{look, enc, set}
	default:
		return nil, &MisfitError{"this encoder reads neither texts nor series"}
	}
	for _, i := range given {
		c.classes = append(c.classes, set.Labels[i])
	}
	slices.Sort(c.classes)
	c.classes = slices.Compact(c.classes)
	for _, i := range given {
		at, _ := slices.BinarySearch(c.classes, set.Labels[i])
		c.class = append(c.class, int32(at))
	}
	c.Head = encoder.Dense(r.For("head", 0), c.reader.width(), len(c.classes))
	nn.Place(look.Backend, c.Head)
	return c, nil
}

const tuningBatch = 16

// Learn takes a few passes over what is given: as many as make 60 steps, three at least, ten from 100 samples on.
func (c *Classifier) Learn(ctx context.Context) error {
	n := len(c.given)
	batch := min(tuningBatch, n)
	steps := max(60, min(10*n/batch, 600), 3*n/batch)
	rate := float32(3e-4)
	if c.set.Of == data.Series {
		rate = 1e-3
	}
	loop := train.Loop{Backend: c.backend, Learner: c, Optim: optim.NewAdamW(0.01), Rand: c.rand, Clip: 1,
		Batches: data.Epochs(c, batch, 0, c.rand), Rate: optim.Cosine(rate, steps/10, steps), Until: func() int { return steps }}
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

// A Classifier is the source of what it learns from: samples are places among the given.
func (c *Classifier) Kind() data.Kind { return c.set.Of }
func (c *Classifier) Len() int        { return len(c.given) }
func (c *Classifier) At(i int) (data.Sample, error) {
	return data.Sample{X: tensor.Int32s([]int32{int32(i)}, 1)}, nil
}

// Views are what the encoder sees of the samples, and last the classes [n].
func (c *Classifier) Views(_ *rng.Rand, b data.Batch) data.Views {
	which, class := make([]int, len(b.Samples)), make([]int32, len(b.Samples))
	for k, s := range b.Samples {
		i := s.X.Buf.(kernel.Host).Int32s()[0]
		which[k], class[k] = c.given[i], c.class[i]
	}
	return append(c.reader.views(which), tensor.Int32s(class, len(class)))
}

// Loss is the cross-entropy of the classes.
func (c *Classifier) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return c.guess(t, v, 0.1).CrossEntropy(t.Input(v[len(v)-1]))
}

func (c *Classifier) guess(t *autograd.Tape, v data.Views, drop float32) autograd.Var {
	if !t.Training {
		drop = 0
	}
	return c.Head.Forward(nn.Dropout(c.reader.features(t, v, drop), drop))
}

// Label tells the class of each of some samples.
func (c *Classifier) Label(ctx context.Context, which []int) ([]string, error) {
	says := make([]string, 0, len(which))
	for some := range slices.Chunk(which, 2*tuningBatch) {
		t := autograd.NewTape(c.backend, rng.New(0))
		t.Training = false
		z, err := t.Download(ctx, c.guess(t, c.reader.views(some), 0).Value())
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
			says = append(says, c.classes[best])
		}
	}
	return says, nil
}

type textReader struct {
	look Looker
	bert *encoder.BERT
	set  *data.Set
}

func (r textReader) width() int { return r.bert.Width() }

// views are tokens and which text each is in, [n, longest].
func (r textReader) views(at []int) data.Views {
	texts := make([][]int32, len(at))
	for k, i := range at {
		texts[k] = r.look.framed(r.set, i)
	}
	x := r.look.padded(texts)
	return data.Views{x.Tokens, x.Of}
}

// features are the mean of those of a text's tokens.
func (r textReader) features(t *autograd.Tape, v data.Views, drop float32) autograd.Var {
	x := r.bert.Read(t, encoder.Reading{Tokens: v[0], Of: v[1]}, drop)
	return t.Input(encoder.Shares(v[1], 1)).MatMul(x).Reshape(x.Dim(0), x.Dim(2))
}
