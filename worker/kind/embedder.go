package kind

import (
	"context"
	"encoding/json"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/token"
)

// An Input is what an encoder must know of what it reads: the vocabulary of texts, the channels of series.
type Input struct {
	Tokens   token.Tokenizer
	Channels *Channels
}

// An Embedder is an encoder that looks at samples of one size, without learning.
type Embedder struct {
	Backend kernel.Backend
	Encoder nn.Encoder // placed on Backend
	Size    int
	Input
}

// Embed gives the features of set's samples at; nil means all.
func (e Embedder) Embed(ctx context.Context, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	kernel.Trim(e.Backend)
	defer kernel.Trim(e.Backend)
	if at == nil {
		at = probe.All(set.Len())
	}
	return Of(set.Of).Embed(ctx, e, set, at, each)
}

// Unread are notices of what of the samples the encoder does not read.
func (e Embedder) Unread(set *data.Set) []data.Rejected { return Of(set.Of).Unread(e, set) }

// The keys of what travels of an Input in a checkpoint's metadata.
const (
	metaChannels  = "readings"
	metaTokenizer = "tokenizer" // as Hugging Face's tokenizer.json
)

// Save writes the input into a checkpoint's metadata.
func (in Input) Save(meta map[string]string) {
	if in.Channels != nil {
		raw, err := json.Marshal(in.Channels)
		if err != nil {
			panic(err) // numbers that are finite
		}
		meta[metaChannels] = string(raw)
	}
	if in.Tokens != nil {
		meta[metaTokenizer] = string(token.JSON(in.Tokens))
	}
}

// SavedInput reads what a checkpoint's encoder knows of its input; of what is not there, and of no checkpoint, nothing.
func SavedInput(s *checkpoint.State) (in Input, err error) {
	if s == nil {
		return in, nil
	}
	if raw := s.Meta[metaTokenizer]; raw != "" {
		if in.Tokens, err = token.Open([]byte(raw)); err != nil {
			return in, &checkpoint.FormatError{Reason: "the tokenizer in the checkpoint cannot be read: " + err.Error()}
		}
	}
	in.Channels, err = savedChannels(s.Meta[metaChannels])
	return in, err
}

// Lacking says what of its input a checkpoint of a kind does not say; "" if nothing.
func (t Traits) Lacking(in Input) string {
	switch {
	case t.Vocabulary && in.Tokens == nil:
		return "vocabulary"
	case t.Missing && in.Channels == nil:
		return "channels"
	}
	return ""
}
