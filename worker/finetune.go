package worker

import (
	"context"
	"fmt"
	"slices"

	"autodidact/core/autograd"
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

// Tuning says how a network learns on from labels.
type Tuning struct {
	Decay   float32 // of the rate from each layer to the one before it, arXiv:1801.06146; 0 is the usual 0.8
	Freeze  float32 // share of the layers, from the first on, that stay as they are
	Scratch bool    // nothing was learned before: every layer learns alike
}

// usualTuningDecay leaves what early layers know mostly as it is: a few labels tell little about them.
const usualTuningDecay = 0.8

// A Classifier is an encoder and a head to classes, which learn from labels. Where samples may be of several classes
// each class is a question of its own.
type Classifier struct {
	Encoder nn.Encoder
	Head    *nn.Linear // to a logit for each class, or to two (no and yes) for each

	reader  reader
	backend kernel.Backend
	classes []string
	several bool
	rand    *rng.Rand
	tuning  Tuning
	set     *data.Set
	given   []int   // what it learns from
	member  []int32 // which class each is; with several, whether it is of each, [given, classes]
}

// A reader shows samples of one kind to an encoder.
type reader interface {
	// views are of set's samples at; r, if it is not nil, lets each differ from how it was seen before.
	views(set *data.Set, at []int, r *rng.Rand) data.Views
	features(t *autograd.Tape, v data.Views, drop float32) autograd.Var // [samples, width]
	width() int
}

// NewClassifier begins with the encoder of look, which is changed when it learns from the samples of set that have one of
// labels.
func NewClassifier(ctx context.Context, look Looker, set *data.Set, labels []string, tuning Tuning, r *rng.Rand) (*Classifier, error) {
	c := &Classifier{Encoder: look.Encoder, backend: look.Backend, rand: r, tuning: tuning, set: set, given: labelled(labels),
		classes: probe.Classes(labels), several: probe.MultiLabel(labels)}
	if len(c.given) == 0 {
		return nil, ErrNoLabels
	}
	var err error
	if c.reader, err = look.reader(set); err != nil {
		return nil, err
	}
	c.member = memberships(labels, c.given, c.classes, c.several)
	out := len(c.classes)
	if c.several {
		out *= 2
	}
	c.Head = encoder.Dense(r.For("head", 0), c.reader.width(), out)
	nn.Place(look.Backend, c.Head)
	if !tuning.Scratch {
		or(&c.tuning.Decay, usualTuningDecay)
		optim.Layered(nn.Params(c.Encoder), c.tuning.Decay, c.tuning.Freeze)
		nn.Still(c.Encoder)
		return c, c.begin(ctx, labels)
	}
	return c, nil
}

// begin gives the head what a linear probe reads from the features as they are: a network that learns on from a head drawn
// at random first forgets much of what it knew (Kumar et al., arXiv:2202.10054).
func (c *Classifier) begin(ctx context.Context, labels []string) error {
	bank := probe.Labelled{Features: probe.Features{N: len(c.given), Width: c.reader.width()}.On(c.backend)}
	for some := range slices.Chunk(c.given, 2*tuningBatch) {
		t := autograd.NewTape(c.backend, rng.New(0))
		t.Training = false
		rows, err := t.Download(ctx, c.reader.features(t, c.reader.views(c.set, some, nil), 0).Value())
		t.Free()
		if err != nil {
			return err
		}
		bank.Data = append(bank.Data, rows...)
	}
	for _, i := range c.given {
		bank.Labels = append(bank.Labels, labels[i])
	}
	weight, bias := probe.NewLinear(bank, c.rand).Weights()
	k := len(c.classes)
	if c.several { // what speaks for yes; for no speaks nothing
		w, b := make([]float32, 2*len(weight)), make([]float32, 2*k)
		for i, v := range weight {
			w[i/k*2*k+i%k*2+1] = v
		}
		for i, v := range bias {
			b[2*i+1] = v
		}
		weight, bias = w, b
	}
	c.backend.Write(c.Head.Weight.Value.Buf, weight)
	c.backend.Write(c.Head.Bias.Value.Buf, bias)
	return nil
}

// memberships is the class of each of the samples given, or, with several, 1 or 0 for each class.
func memberships(labels []string, given []int, classes []string, several bool) (out []int32) {
	for _, i := range given {
		row := probe.MultiHot(labels[i:i+1], classes)
		if !several {
			out = append(out, int32(slices.Index(row, 1)))
			continue
		}
		for _, is := range row {
			out = append(out, int32(is))
		}
	}
	return out
}

// reader is how the encoder reads samples of a set's kind.
func (l Looker) reader(set *data.Set) (reader, error) {
	switch enc := l.Encoder.(type) {
	case *encoder.BERT:
		return textReader{l, enc}, nil
	case encoder.SeriesEncoder:
		if err := l.Readings.fits(set.Recordings); err != nil {
			return nil, err
		}
		return seriesReader{l, enc}, nil
	}
	switch set.Of {
	case data.Images:
		return pictureReader{l, 1}, nil
	case data.Video:
		return pictureReader{l, glances}, nil
	}
	return nil, &MisfitError{fmt.Sprintf("this encoder does not read samples of kind %s", set.Of)}
}

const tuningBatch = 16

// tuningSteps is as many passes over what is given as make 60 steps, ten of up to 1,000 samples and three of more; of pictures,
// which are never seen the same way twice, 100 steps and twenty passes.
func tuningSteps(given int, of data.Kind) int {
	batch := min(tuningBatch, max(given, 1))
	if of == data.Images || of == data.Video {
		return max(100, min(20*given/batch, 1200), 3*given/batch)
	}
	return max(60, min(10*given/batch, 600), 3*given/batch)
}

// tuningRate is AdamW's peak: what fits a network that knows something, and one that does not.
func (c *Classifier) tuningRate() float32 {
	switch {
	case c.set.Of == data.Text:
		return 3e-4
	case c.set.Of != data.Series && c.tuning.Scratch:
		return 2e-3
	}
	return 1e-3
}

// Learn takes tuningSteps; tick, if set, is called after each.
func (c *Classifier) Learn(ctx context.Context, tick func()) error {
	n := len(c.given)
	steps := tuningSteps(n, c.set.Of)
	loop := train.Loop{Backend: c.backend, Learner: c, Optim: optim.NewAdamW(0.01), Rand: c.rand, Clip: 1,
		Batches: data.Epochs(c, min(tuningBatch, n), 0, c.rand), Rate: optim.Cosine(c.tuningRate(), steps/10, steps), Until: func() int { return steps }}
	for _, err := range loop.Steps(ctx) {
		if err != nil {
			return fmt.Errorf("fine-tuning: %w", err)
		}
		if tick != nil {
			tick()
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

// Views are what the encoder sees of the samples, and last their classes: [n], or with several [n·classes].
func (c *Classifier) Views(r *rng.Rand, b data.Batch) data.Views {
	which, each := make([]int, len(b.Samples)), len(c.member)/len(c.given)
	var class []int32
	for k, s := range b.Samples {
		i := int(s.X.Buf.(kernel.Host).Int32s()[0])
		which[k] = c.given[i]
		class = append(class, c.member[i*each:][:each]...)
	}
	return append(c.reader.views(c.set, which, r), tensor.Int32s(class, len(class)))
}

// Loss is the cross-entropy of the classes, or, with several, its mean over yes-or-no questions.
func (c *Classifier) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return c.guess(t, v, 0.1).CrossEntropy(t.Input(v[len(v)-1]))
}

// guess gives logits [n, classes], or with several [n·classes, 2].
func (c *Classifier) guess(t *autograd.Tape, v data.Views, drop float32) autograd.Var {
	if !t.Training {
		drop = 0
	}
	z := c.Head.Forward(nn.Dropout(c.reader.features(t, v, drop), drop))
	if c.several {
		z = z.Reshape(z.Dim(0)*len(c.classes), 2)
	}
	return z
}

// Tell gives the shares of each class for samples of a set.
func (c *Classifier) Tell(ctx context.Context, set *data.Set, which []int) (probe.Probabilities, error) {
	s := probe.Probabilities{Classes: c.classes, MultiLabel: c.several}
	for some := range slices.Chunk(which, 2*tuningBatch) {
		t := autograd.NewTape(c.backend, rng.New(0))
		t.Training = false
		p, err := t.Download(ctx, c.guess(t, c.reader.views(set, some, nil), 0).Softmax().Value())
		t.Free()
		if err != nil {
			return s, err
		}
		for i := 0; c.several && i < len(p)/2; i++ {
			s.Data = append(s.Data, p[2*i+1]) // of yes
		}
		if !c.several {
			s.Data = append(s.Data, p...)
		}
	}
	return s, nil
}

type textReader struct {
	look Looker
	bert *encoder.BERT
}

func (r textReader) width() int { return r.bert.Width() }

// views are tokens and which text each is in, [n, longest].
func (r textReader) views(set *data.Set, at []int, _ *rng.Rand) data.Views {
	texts := make([][]int32, len(at))
	for k, i := range at {
		texts[k] = r.look.framed(set, i)
	}
	x := r.look.padded(texts, 0)
	return data.Views{x.Tokens, x.Of}
}

// features are the mean of those of a text's tokens.
func (r textReader) features(t *autograd.Tape, v data.Views, drop float32) autograd.Var {
	x := r.bert.EncodeTokens(t, encoder.TokenBatch{Tokens: v[0], Of: v[1]}, drop)
	return t.Input(encoder.MeanWeights(v[1], 1)).MatMul(x).Reshape(x.Dim(0), x.Dim(2))
}
