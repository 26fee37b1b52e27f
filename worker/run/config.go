package run

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/pretext"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// Config is what a run is made of. Zero fields take defaults; Resolve fills them in.
type Config struct {
	Task      string          `json:"task,omitempty"`
	Kind      data.Kind       `json:"kind,omitempty"`
	Encoder   string          `json:"encoder,omitempty"`
	Size      int             `json:"size,omitempty"`   // pixels on a side; tokens of a text; rows of a window, of which 0 is as many as the samples ask for
	Batch     int             `json:"batch,omitempty"`  // samples in a step; 0 is as many as usual, or as there are
	Epochs    int             `json:"epochs,omitempty"` // of these three one is used: Steps, then Minutes, then Epochs
	Steps     int             `json:"steps,omitempty"`
	Minutes   float64         `json:"minutes,omitempty"` // becomes Steps after a few measured steps
	Seed      uint64          `json:"seed,omitempty"`
	Optimizer string          `json:"optimizer,omitempty"` // "adamw", "sgd", "lars"
	Rate      float64         `json:"rate,omitempty"`      // peak learning rate
	Decay     float64         `json:"decay,omitempty"`     // weight decay, never on norms and biases
	Tokenizer string          `json:"tokenizer,omitempty"` // of texts: "wordpiece" or "bpe"; chosen by the script by default
	Vocab     int             `json:"vocab,omitempty"`     // of texts: pieces of words to learn, at most
	Cased     bool            `json:"cased,omitempty"`     // WordPiece: keep capitals and accents
	From      string          `json:"from,omitempty"`      // a checkpoint whose encoder, and vocabulary, it is initialized from
	Joint     float64         `json:"joint,omitempty"`     // of pictures: weight of the labels, learned beside the task; 0 leaves them out
	Missing   []data.Missing  `json:"missing,omitempty"`   // of series: readings that mean that nothing was read; none given leaves them as they are
	Options   json.RawMessage `json:"options,omitempty"`   // the task's
}

// optimizers are the names Config.Optimizer takes, each with its usual peak learning rate and weight decay.
var optimizers = map[string]struct{ rate, decay float64 }{
	"adamw": {2e-3, 1e-4},
	"sgd":   {0.06, 5e-4},
	"lars":  {0.6, 1e-4},
}

// Resolve fills what c leaves open with defaults and refuses what cannot be. A Batch that is left open stays 0: it follows
// from how many samples there are. So does the Size of windows of series, which follows from how long these are.
func (c Config) Resolve() (Config, error) {
	or(&c.Task, "simclr")
	task, err := pretext.Find(c.Task)
	if err != nil {
		return c, report.BadField("task", "%v", err)
	}
	or(&c.Kind, task.Kinds[0])
	traits := kind.TraitsOf(c.Kind)
	if err := c.fill(task, traits); err != nil {
		return c, err
	}
	if !traits.Trains(task.Kinds) {
		return c, report.BadField("kind", "task %s takes %v, not %s", c.Task, task.Kinds, c.Kind)
	}
	if err := c.checkEncoder(task, traits); err != nil {
		return c, err
	}
	if err := c.checkKind(traits); err != nil {
		return c, err
	}
	if err := task.Check(c.Options); err != nil {
		return c, optionsError(err)
	}
	return c, c.checkRanges(traits)
}

// fill fills in defaults.
func (c *Config) fill(task pretext.Spec, t kind.Traits) error {
	if t.Fit == nil {
		or(&c.Size, t.Size)
	}
	or(&c.Vocab, t.Vocab)
	or(&c.Seed, 1)
	or(&c.Optimizer, "adamw")
	if c.Epochs == 0 && c.Steps == 0 && c.Minutes == 0 && task.Steps == nil {
		c.Epochs = 20
	}
	usual, ok := optimizers[c.Optimizer]
	if !ok {
		return report.BadField("optimizer", "no optimizer named %q; there are adamw, sgd, lars", c.Optimizer)
	}
	if c.Encoder == "" {
		c.Encoder = append(task.Encoders, t.Encoder)[0]
	}
	if t.Rate != nil && c.Optimizer == "adamw" {
		rate, decay := t.Rate(c.Encoder)
		or(&rate, usual.rate)
		or(&decay, usual.decay)
		usual.rate, usual.decay = rate, decay
	}
	or(&c.Rate, usual.rate)
	or(&c.Decay, usual.decay)
	return nil
}

// checkEncoder refuses an encoder that the task, the kind or the size does not fit.
func (c Config) checkEncoder(task pretext.Spec, t kind.Traits) error {
	enc, err := encoder.Find(c.Encoder)
	if err != nil {
		return report.BadField("encoder", "%v", err)
	}
	if !slices.Contains(enc.Kinds, c.Kind) {
		return report.BadField("encoder", "encoder %s takes %v, not %s", c.Encoder, enc.Kinds, c.Kind)
	}
	if enc.Multiple > 0 && c.Size%enc.Multiple != 0 {
		return report.BadField("size", "encoder %s takes %s of %d, not %d", c.Encoder, t.SizeWords, enc.Multiple, c.Size)
	}
	if !task.TakesEncoder(enc) {
		return report.BadField("encoder", "task %s trains %s, not %s", c.Task, strings.Join(task.Encoders, " or "), c.Encoder)
	}
	return nil
}

// checkKind refuses what is set although it means nothing of this kind of data.
func (c Config) checkKind(t kind.Traits) error {
	for _, f := range []struct {
		name string
		set  bool
	}{{"tokenizer", c.Tokenizer != ""}, {"vocab", c.Vocab != 0}, {"cased", c.Cased}} {
		if f.set && !t.Vocabulary {
			return report.BadField(f.name, "%s is for texts; task %s learns from samples of kind %s", f.name, c.Task, c.Kind)
		}
	}
	if c.Tokenizer != "" && c.Tokenizer != "wordpiece" && c.Tokenizer != "bpe" {
		return report.BadField("tokenizer", "no tokenizer named %q; there are wordpiece and bpe", c.Tokenizer)
	}
	if c.Joint != 0 && !t.Joint {
		return report.BadField("joint", "labels can be learned beside the task from pictures so far, not from samples of kind %s", c.Kind)
	}
	if len(c.Missing) > 0 && !t.Missing {
		return report.BadField("missing", "values that mean missing are of series, not of samples of kind %s", c.Kind)
	}
	return nil
}

// checkRanges refuses numbers that are too small or too large.
func (c Config) checkRanges(t kind.Traits) error {
	for _, f := range []struct {
		name         string
		is, min, max float64
	}{
		{"size", float64(c.Size), float64(t.MinSize), float64(t.MaxSize)},
		{"vocab", float64(c.Vocab), 0, data.MaxVocabulary},
		{"batch", float64(c.Batch), 2, 1024},
		{"epochs", float64(c.Epochs), 0, 100_000},
		{"steps", float64(c.Steps), 0, 10_000_000},
		{"minutes", c.Minutes, 0, 100_000},
		{"rate", c.Rate, 1e-7, 100},
		{"decay", c.Decay, 0, 1},
		{"joint", c.Joint, 0, 10},
	} {
		if f.name == "batch" && c.Batch == 0 || f.name == "size" && c.Size == 0 {
			continue // what fits
		}
		if !(f.is >= f.min && f.is <= f.max) {
			return report.BadField(f.name, "%s is %g; it must lie between %g and %g", f.name, f.is, f.min, f.max)
		}
	}
	return nil
}

// Sized is c with a Size, that of samples of set where c leaves it open.
func (c Config) Sized(set *data.Set) Config {
	if c.Size == 0 {
		enc, _ := encoder.Find(c.Encoder)
		c.Size = kind.SizeFor(set, enc.Multiple)
	}
	return c
}

// plan is how c has samples become what encoders read.
func (c Config) plan() kind.Plan {
	return kind.Plan{Size: c.Size, Tokenizer: c.Tokenizer, Vocab: c.Vocab, Cased: c.Cased, Missing: c.Missing}
}

// SameTask says whether runs of c and d ask the same of the same encoder.
func (c Config) SameTask(d Config) bool {
	task := c.spec()
	return c.Task == d.Task && c.Encoder == d.Encoder && c.Size == d.Size && c.Seed == d.Seed && task.Same(c.Options, d.Options) &&
		c.Tokenizer == d.Tokenizer && c.Vocab == d.Vocab && c.Cased == d.Cased && c.From == d.From && c.Joint == d.Joint && slices.Equal(c.Missing, d.Missing)
}

// spec is that of the task.
func (c Config) spec() pretext.Spec {
	s, err := pretext.Find(c.Task)
	if err != nil {
		panic(err) // Resolve refuses it
	}
	return s
}

// With is c with a change: fields that are set, and single options.
func (c Config) With(change Config) (Config, error) {
	raw, err := json.Marshal(change)
	if err != nil {
		return c, err
	}
	options := map[string]json.RawMessage{}
	for _, from := range []json.RawMessage{c.Options, change.Options} {
		if len(from) == 0 {
			continue
		}
		if err := json.Unmarshal(from, &options); err != nil {
			return c, err
		}
	}
	c.Missing = slices.Clone(c.Missing) // it would be written over
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, err
	}
	if len(options) > 0 {
		c.Options, err = json.Marshal(options)
	}
	return c, err
}

// optionsError names the option at fault, if there is one.
func optionsError(err error) error {
	if e, ok := errors.AsType[*pretext.OptionError](err); ok && e.Option != "" {
		return report.BadField("options."+e.Option, "%v", err)
	}
	return report.BadField("options", "%v", err)
}

func or[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

// fits refuses samples of another kind than c trains on.
func (c Config) fits(set *data.Set) error {
	if c.Kind != set.Of && set.Len() > 0 {
		return report.Mismatch("task %s learns from samples of kind %s; these are of kind %s", c.Task, c.Kind, set.Of)
	}
	return nil
}
