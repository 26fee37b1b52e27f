package worker

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/pretext"
)

// A ConfigError names the field of a Config that cannot be.
type ConfigError struct {
	Field  string // as on the wire: "batch", "options.temperature"
	Reason string
}

func (e *ConfigError) Error() string { return e.Reason }

// optimizers are the names Config.Optimizer takes, each with its usual peak
// learning rate and weight decay.
var optimizers = map[string]struct{ rate, decay float64 }{
	"adamw": {2e-3, 1e-4},
	"sgd":   {0.06, 5e-4},
	"lars":  {0.6, 1e-4},
}

// Resolve fills what c leaves open with defaults and refuses what cannot be. A Batch that is left open stays 0: it follows
// from how many samples there are (see Run.batch).
func (c Config) Resolve() (Config, error) {
	or(&c.Task, "simclr")
	task, err := pretext.Find(c.Task)
	if err != nil {
		return c, &ConfigError{"task", err.Error()}
	}
	or(&c.Kind, task.Kinds[0])
	usually := usual[c.Kind]
	or(&c.Size, usually.size)
	or(&c.Vocab, usually.vocab)
	or(&c.Seed, 1)
	or(&c.Optimizer, "adamw")
	if c.Epochs == 0 && c.Steps == 0 && c.Minutes == 0 {
		c.Epochs = 20
	}
	pace, ok := optimizers[c.Optimizer]
	if !ok {
		return c, &ConfigError{"optimizer", fmt.Sprintf("no optimizer named %q; there are adamw, sgd, lars", c.Optimizer)}
	}
	if c.Encoder == "" {
		c.Encoder = append(task.Encoders, usually.encoder)[0]
	}
	if c.Kind == data.Text && c.Optimizer == "adamw" {
		pace.rate, pace.decay = 5e-4, 0.01 // as BERTs of this size are used to
		if c.Encoder == "bert-tiny" {
			pace.rate = 1e-3
		}
	}
	if c.Kind == data.Series && c.Optimizer == "adamw" {
		pace.rate = 1e-3
	}
	or(&c.Rate, pace.rate)
	or(&c.Decay, pace.decay)
	stills := c.Kind == data.Video && slices.Contains(task.Kinds, data.Images) // a clip is pictures too
	if !slices.Contains(task.Kinds, c.Kind) && !stills {
		return c, &ConfigError{"kind", fmt.Sprintf("task %s takes %v, not %s", c.Task, task.Kinds, c.Kind)}
	}
	enc, err := encoder.Find(c.Encoder)
	if err != nil {
		return c, &ConfigError{"encoder", err.Error()}
	}
	if !slices.Contains(enc.Kinds, c.Kind) {
		return c, &ConfigError{"encoder", fmt.Sprintf("encoder %s takes %v, not %s", c.Encoder, enc.Kinds, c.Kind)}
	}
	if err := c.textual(); err != nil {
		return c, err
	}
	if c.Tokenizer != "" && c.Tokenizer != "wordpiece" && c.Tokenizer != "bpe" {
		return c, &ConfigError{"tokenizer", fmt.Sprintf("no tokenizer named %q; there are wordpiece and bpe", c.Tokenizer)}
	}
	if enc.Multiple > 0 && c.Size%enc.Multiple != 0 {
		return c, &ConfigError{"size", fmt.Sprintf("encoder %s takes %s of %d, not %d", c.Encoder, map[bool]string{true: "windows whose rows are a multiple", false: "pictures whose side is a multiple"}[c.Kind == data.Series], enc.Multiple, c.Size)}
	}
	if len(task.Encoders) > 0 && !slices.Contains(task.Encoders, c.Encoder) {
		return c, &ConfigError{"encoder", fmt.Sprintf("task %s trains %s, not %s", c.Task, strings.Join(task.Encoders, " or "), c.Encoder)}
	}
	if c.Joint != 0 && c.Kind != data.Images && c.Kind != data.Video {
		return c, &ConfigError{"joint", fmt.Sprintf("labels can be learned beside the task from pictures so far, not from samples of kind %s", c.Kind)}
	}
	if len(c.Missing) > 0 && c.Kind != data.Series {
		return c, &ConfigError{"missing", fmt.Sprintf("values that mean missing are of series, not of samples of kind %s", c.Kind)}
	}
	if err := task.Check(c.Options); err != nil {
		return c, optionsError(err)
	}
	for _, f := range []struct {
		name         string
		is, min, max float64
	}{
		{"size", float64(c.Size), float64(usually.least), float64(usually.most)},
		{"vocab", float64(c.Vocab), 0, data.MaxVocabulary},
		{"batch", float64(c.Batch), 2, 1024},
		{"epochs", float64(c.Epochs), 0, 100_000},
		{"steps", float64(c.Steps), 0, 10_000_000},
		{"minutes", c.Minutes, 0, 100_000},
		{"rate", c.Rate, 1e-7, 100},
		{"decay", c.Decay, 0, 1},
		{"joint", c.Joint, 0, 10},
	} {
		if f.name == "batch" && c.Batch == 0 {
			continue // what fits
		}
		if !(f.is >= f.min && f.is <= f.max) {
			return c, &ConfigError{f.name, fmt.Sprintf("%s is %g; it must lie between %g and %g", f.name, f.is, f.min, f.max)}
		}
	}
	return c, nil
}

// textual refuses what is set of a vocabulary where there are no texts.
func (c Config) textual() error {
	for _, f := range []struct {
		name string
		set  bool
	}{{"tokenizer", c.Tokenizer != ""}, {"vocab", c.Vocab != 0}, {"cased", c.Cased}} {
		if f.set && c.Kind != data.Text {
			return &ConfigError{f.name, fmt.Sprintf("%s is for texts; task %s learns from samples of kind %s", f.name, c.Task, c.Kind)}
		}
	}
	return nil
}

// usual is what a run on a kind of data is made of if nothing else is said, and the sizes it can have.
var usual = map[data.Kind]struct {
	size, least, most, batch, vocab int
	encoder                         string
}{
	data.Images: {32, 16, 224, 64, 0, "resnet6"},
	data.Video:  {32, 16, 224, 64, 0, "resnet6"},
	data.Text:   {128, 8, 512, 16, 4096, "bert-tiny"},
	data.Series: {96, 16, 2048, 32, 0, "tcn-small"},
}

// asks says whether runs of c and d ask the same question of the same encoder.
func (c Config) asks(d Config) bool {
	task, err := pretext.Find(c.Task)
	return err == nil && c.Task == d.Task && c.Encoder == d.Encoder && c.Size == d.Size && c.Seed == d.Seed && task.Same(c.Options, d.Options) &&
		c.Tokenizer == d.Tokenizer && c.Vocab == d.Vocab && c.Cased == d.Cased && c.From == d.From && c.Joint == d.Joint && slices.Equal(c.Missing, d.Missing)
}

// optionsError names the option at fault, if there is one.
func optionsError(err error) *ConfigError {
	if e, ok := errors.AsType[*pretext.OptionError](err); ok && e.Option != "" {
		return &ConfigError{"options." + e.Option, err.Error()}
	}
	return &ConfigError{"options", err.Error()}
}

func or[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

// Keep is the short side, in pixels, at which pictures wait for training at size:
// larger, so that a crop still has detail.
func Keep(size int) int { return max(2*size, 64) }

// Catalog tells a page, or a command line, what there is to choose from.
func Catalog() (tasks []TaskInfo, encoders []EncoderInfo) {
	for _, s := range pretext.Catalog {
		t := TaskInfo{Name: s.Name, Title: s.Title, Line: s.Line, Kinds: s.Kinds, Paper: s.Paper, Encoders: s.Encoders}
		for _, f := range s.Fields() {
			t.Options = append(t.Options, OptionInfo(f))
		}
		tasks = append(tasks, t)
	}
	for _, s := range encoder.Catalog {
		encoders = append(encoders, EncoderInfo{s.Name, s.Line, s.Kinds})
	}
	return tasks, encoders
}
