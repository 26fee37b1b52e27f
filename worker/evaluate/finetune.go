package evaluate

import (
	"cmp"
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
	"autodidact/worker/kind"
	"autodidact/worker/label"
)

// Tuning says how a network is fine-tuned on labels.
type Tuning struct {
	Decay   float32 // of the rate from each layer to the one before it, arXiv:1801.06146; 0 is the usual 0.8
	Freeze  float32 // share of the layers, from the first on, that stay as they are
	Scratch bool    // its weights are random: every layer learns alike
}

// layerDecay leaves what early layers know mostly as it is: a few labels say little about them.
const layerDecay = 0.8

// A Classifier is an encoder and a head to classes, which learn from labels. Where samples may be of several classes
// each class is a question of its own.
type Classifier struct {
	Encoder nn.Encoder
	Head    *nn.Linear // to a logit for each class, or to two (no and yes) for each

	samples kind.FineTuning
	backend kernel.Backend
	classes []string
	several bool // samples may be of several classes
	rand    *rng.Rand
	tuning  Tuning
	set     *data.Set
	train   []int   // what it learns from
	member  []int32 // which class each is; with several, whether it is of each, [len(train), classes]
}

// NewClassifier begins with the encoder of e, which is changed when it learns from the samples of set that have one of
// labels.
func NewClassifier(ctx context.Context, e kind.Embedder, set *data.Set, labels []string, tuning Tuning, r *rng.Rand) (*Classifier, error) {
	c := &Classifier{Encoder: e.Encoder, backend: e.Backend, rand: r, tuning: tuning, set: set, train: probe.WithLabel(labels),
		classes: probe.Classes(labels), several: probe.MultiLabel(labels)}
	if len(c.train) == 0 {
		return nil, label.ErrNone
	}
	var err error
	if c.samples, err = kind.Of(set.Of).FineTuning(e, set); err != nil {
		return nil, err
	}
	c.member = memberships(labels, c.train, c.classes, c.several)
	out := len(c.classes)
	if c.several {
		out *= 2
	}
	c.Head = encoder.Dense(r.For("head", 0), c.samples.Width(), out)
	nn.Place(e.Backend, c.Head)
	if !tuning.Scratch {
		c.tuning.Decay = cmp.Or(c.tuning.Decay, layerDecay)
		optim.Layered(nn.Params(c.Encoder), c.tuning.Decay, c.tuning.Freeze)
		nn.Still(c.Encoder)
		return c, c.begin(ctx, labels)
	}
	return c, nil
}

// Notices say of which samples not all is read while it learns.
func (c *Classifier) Notices() []data.Rejected {
	if n, ok := c.samples.(interface {
		Notices(set *data.Set) []data.Rejected
	}); ok {
		return n.Notices(c.set)
	}
	return nil
}

// begin gives the head what a linear probe reads from the features as they are: a network that learns on from a head drawn
// at random first forgets much of what it knew (Kumar et al., arXiv:2202.10054).
func (c *Classifier) begin(ctx context.Context, labels []string) error {
	bank := probe.Labelled{Features: probe.Features{N: len(c.train), Width: c.samples.Width()}.On(c.backend)}
	for some := range slices.Chunk(c.train, 2*tuningBatch) {
		t := autograd.NewTape(c.backend, rng.New(0))
		t.Training = false
		rows, err := t.Download(ctx, c.samples.Features(t, c.samples.Views(c.set, some, nil), 0).Value())
		t.Free()
		if err != nil {
			return err
		}
		bank.Data = append(bank.Data, rows...)
	}
	for _, i := range c.train {
		bank.Labels = append(bank.Labels, labels[i])
	}
	weight, bias := probe.NewLinear(bank, c.rand).Weights()
	k := len(c.classes)
	if c.several { // logits of yes; those of no are 0
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

// memberships is the class of each of the training samples, or, with several, 1 or 0 for each class.
func memberships(labels []string, train []int, classes []string, several bool) (out []int32) {
	for _, i := range train {
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

const tuningBatch = 16

// tuningSteps is as many epochs of what is given as the kind of data needs, and at least three of very much.
func tuningSteps(train int, of data.Kind) int {
	t, batch := kind.TraitsOf(of).Tuning, min(tuningBatch, max(train, 1))
	return max(t.MinSteps, min(t.Epochs*train/batch, t.MaxSteps), 3*train/batch)
}

// tuningRate is AdamW's peak.
func (c *Classifier) tuningRate() float32 {
	t := kind.TraitsOf(c.set.Of).Tuning
	if c.tuning.Scratch {
		return t.ScratchRate
	}
	return t.Rate
}

// Learn takes tuningSteps; tick, if set, is called after each.
func (c *Classifier) Learn(ctx context.Context, tick func()) error {
	n := len(c.train)
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
func (c *Classifier) Len() int        { return len(c.train) }
func (c *Classifier) At(i int) (data.Sample, error) {
	return data.Sample{X: tensor.Int32s([]int32{int32(i)}, 1)}, nil
}

// Views are what the encoder sees of the samples, and last their classes: [n], or with several [n·classes].
func (c *Classifier) Views(r *rng.Rand, b data.Batch) data.Views {
	which, each := make([]int, len(b.Samples)), len(c.member)/len(c.train)
	var class []int32
	for k, s := range b.Samples {
		i := int(s.X.Buf.(kernel.Host).Int32s()[0])
		which[k] = c.train[i]
		class = append(class, c.member[i*each:][:each]...)
	}
	return append(c.samples.Views(c.set, which, r), tensor.Int32s(class, len(class)))
}

// Loss is the cross-entropy of the classes, or, with several, its mean over yes-or-no questions.
func (c *Classifier) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return c.logits(t, v, 0.1).CrossEntropy(t.Input(v[len(v)-1]))
}

// logits gives logits [n, classes], or with several [n·classes, 2].
func (c *Classifier) logits(t *autograd.Tape, v data.Views, drop float32) autograd.Var {
	if !t.Training {
		drop = 0
	}
	z := c.Head.Forward(nn.Dropout(c.samples.Features(t, v, drop), drop))
	if c.several {
		z = z.Reshape(z.Dim(0)*len(c.classes), 2)
	}
	return z
}

// Predict gives the probability of each class for samples of a set.
func (c *Classifier) Predict(ctx context.Context, set *data.Set, which []int) (probe.Probabilities, error) {
	s := probe.Probabilities{Classes: c.classes, MultiLabel: c.several}
	for some := range slices.Chunk(which, 2*tuningBatch) {
		t := autograd.NewTape(c.backend, rng.New(0))
		t.Training = false
		p, err := t.Download(ctx, c.logits(t, c.samples.Views(set, some, nil), 0).Softmax().Value())
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
