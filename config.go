package autodidact

import (
	"encoding/json"
	"fmt"

	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A ConfigError is a field of a [Config] or a [Reading] that cannot be, by its name in lower case, as "batch" or "options.temperature".
type ConfigError = report.ConfigError

// Config says how an encoder is trained. Fields that are left zero take defaults, those of the task and the kind of data;
// [Config.Resolve] says which. Of Steps, Minutes and Epochs one is used, in this order.
type Config struct {
	Task    string // "simclr" by default; `autodidact tasks` lists them with their options
	Kind    Kind   // of data; that of the task by default
	Encoder string // "resnet6" for pictures and clips, else by the task; `autodidact tasks` lists them

	Size    int     // pixels on a side (32), tokens of a text (128), rows of a window (96; as many as nine of ten have, of series that are samples)
	Batch   int     // samples in a step; as many as usual for the task, or all if there are fewer
	Epochs  int     // passes over the data; 20 if Steps and Minutes are 0 too
	Steps   int     // steps of the optimizer
	Minutes float64 // of training; becomes Steps after a few measured ones

	Seed      uint64  // 1 if 0. Same seed, data, Config and build: same weights, bit for bit
	Optimizer string  // "adamw" by default, "sgd" or "lars"
	Rate      float64 // peak learning rate of a cosine schedule with warm-up; the optimizer's usual one by default
	Decay     float64 // weight decay; never of norms and biases

	Tokenizer string // of texts: "wordpiece" or "bpe"; by their script by default
	Vocab     int    // of texts: pieces to learn, at most; 4096 by default
	Cased     bool   // of texts: WordPiece keeps capitals and accents

	Joint   float64        // of pictures: weight of a supervised loss on their labels; 0 leaves labels out
	Missing []Missing      // of series, as in Reading
	Options map[string]any // the task's own: numbers and booleans by name, as {"temperature": 0.2}

	// From is a model whose encoder, vocabulary, Size and Cased the run begins with; nil is random weights.
	From *Model
}

// Resolve is c with its defaults filled in. What cannot be is a [*ConfigError] that names the field.
func (c Config) Resolve() (Config, error) {
	inner, err := c.resolved()
	if err != nil {
		return c, err
	}
	out, err := configOf(inner)
	out.From = c.From
	return out, err
}

// resolved is c with its defaults, and with what From decides.
func (c Config) resolved() (run.Config, error) {
	r, err := c.run()
	if err != nil {
		return r, err
	}
	if c.From != nil {
		was := c.From.config
		r.Encoder, r.Size, r.Vocab, r.Tokenizer, r.Cased = was.Encoder, was.Size, was.Vocab, was.Tokenizer, was.Cased
	}
	return r.Resolve()
}

// run is c as package run has it.
func (c Config) run() (run.Config, error) {
	r := run.Config{Task: c.Task, Kind: c.Kind, Encoder: c.Encoder, Size: c.Size, Batch: c.Batch, Epochs: c.Epochs, Steps: c.Steps, Minutes: c.Minutes, Seed: c.Seed,
		Optimizer: c.Optimizer, Rate: c.Rate, Decay: c.Decay, Tokenizer: c.Tokenizer, Vocab: c.Vocab, Cased: c.Cased, Joint: c.Joint, Missing: c.Missing}
	if len(c.Options) == 0 {
		return r, nil
	}
	raw, err := json.Marshal(c.Options)
	if err != nil {
		return r, report.BadField("options", "options: %v", err)
	}
	r.Options = raw
	return r, nil
}

// configOf is c as this package has it.
func configOf(c run.Config) (Config, error) {
	out := Config{Task: c.Task, Kind: c.Kind, Encoder: c.Encoder, Size: c.Size, Batch: c.Batch, Epochs: c.Epochs, Steps: c.Steps, Minutes: c.Minutes, Seed: c.Seed,
		Optimizer: c.Optimizer, Rate: c.Rate, Decay: c.Decay, Tokenizer: c.Tokenizer, Vocab: c.Vocab, Cased: c.Cased, Joint: c.Joint, Missing: c.Missing}
	if len(c.Options) > 0 {
		if err := json.Unmarshal(c.Options, &out.Options); err != nil {
			return out, fmt.Errorf("the task's options cannot be read: %w", err)
		}
	}
	return out, nil
}
