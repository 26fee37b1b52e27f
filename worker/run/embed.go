package run

import (
	"context"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// Prepare makes of the samples of set what encoders of c read: tokens, those of the vocabulary that saved has or of one that is
// learned from them, or windows as long as c says. Of other kinds there is nothing to do. saved and each may be nil.
func Prepare(ctx context.Context, c Config, saved *checkpoint.State, set *data.Set, each func(done, total int)) error {
	in, err := kind.SavedInput(saved)
	if err != nil {
		return err
	}
	return kind.Of(set.Of).Prepare(ctx, set, c.Sized(set).plan(), in.Tokens, each)
}

// Embedder is the run's encoder as it is by now.
func (r *Run) Embedder() kind.Embedder {
	return kind.Embedder{Backend: r.backend, Encoder: r.Task.Backbone(), Size: r.Config.Size, Input: r.input}
}

// OpenEmbedder builds the encoder that a model or a checkpoint holds, for use without training.
func OpenEmbedder(s *checkpoint.State, b kernel.Backend) (kind.Embedder, Config, error) {
	c, err := ConfigOf(s)
	if err != nil {
		return kind.Embedder{}, c, err
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		return kind.Embedder{}, c, err
	}
	if lacks := kind.TraitsOf(c.Kind).Lacking(in); lacks == "channels" {
		return kind.Embedder{}, c, &checkpoint.FormatError{Reason: "the checkpoint does not say which channels it learned from"}
	}
	e := kind.Embedder{Backend: b, Encoder: EmptyEncoder(c, in), Size: c.Size, Input: in}
	nn.Place(b, e.Encoder)
	return e, c, LoadEncoder(s, e.Encoder, b)
}

// Untrained is the encoder of c as it was before any training: what the architecture is worth by itself. Its BatchNorms know the
// statistics of set, which takes no learning, and without which it would be worth less than it need be. set must be prepared.
func Untrained(ctx context.Context, c Config, set *data.Set, b kernel.Backend) (kind.Embedder, error) {
	k := kind.Of(set.Of)
	in, err := k.Input(set, c.Size)
	if err != nil {
		return kind.Embedder{}, err
	}
	e := kind.Embedder{Backend: b, Size: c.Size, Input: in, Encoder: NewEncoder(c, in)}
	nn.Place(b, e.Encoder)
	return e, k.Calibrate(ctx, e, set)
}

// UntrainedFeatures are those of set by the untrained encoder of c, which knows of its input what all, perhaps another set, says.
func UntrainedFeatures(ctx context.Context, c Config, all, set *data.Set, b kernel.Backend, each func(done, total int)) (probe.Features, error) {
	for _, s := range []*data.Set{all, set} {
		if s.Texts != nil && s.Language == nil {
			if err := Prepare(ctx, c, nil, s, nil); err != nil {
				return probe.Features{}, err
			}
		}
	}
	e, err := Untrained(ctx, c, all, b)
	if err != nil {
		return probe.Features{}, err
	}
	return e.Embed(ctx, set, nil, each)
}

// errNoPreview means that a task has nothing to show.
func errNoPreview(task string) error {
	return report.Mismatch("task %s has no pictures to show", task)
}
