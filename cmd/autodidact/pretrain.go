package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"

	"autodidact"
	"autodidact/core/checkpoint"
	"autodidact/worker/kind"
)

// The states in a run directory, by their id there.
const (
	checkpointID = checkpoint.RunID
	modelID      = checkpoint.ModelID
	previousID   = checkpoint.PreviousID
	healthyFile  = checkpoint.HealthyID + checkpoint.Ext
)

func pretrain(ctx context.Context, args []string) error {
	f := flags("pretrain")
	var c asked
	var from reading
	var options optionFlags
	c.flags(f)
	f.Var(&options, "option", "key=value, an option of the task; can be repeated")
	path := f.String("data", "", "samples: folder, file or zip")
	out := f.String("out", "", "run directory")
	from.flags(f)
	begin := f.String("from", "", "initialize the encoder and vocabulary from this run directory, or from a file or folder of a model made elsewhere, as import takes")
	resume := f.Bool("resume", false, "continue the run in -out")
	asJSON := f.Bool("json", false, "one JSON object a line on standard output")
	if err := parse(f, args, "data", "out"); err != nil {
		return err
	}
	if err := together(f, "epochs", "steps", "minutes"); err != nil {
		return err
	}
	if c.Task == "" && !*resume {
		return wrong(f, "-task is missing")
	}
	var err error
	if c.Options, err = options.all(); err != nil {
		return err
	}
	if !*resume {
		if err := c.settle(ctx, f, &from, *begin); err != nil {
			return err
		}
	}
	dir, err := autodidact.OpenDir(*out)
	if other, is := errors.AsType[*autodidact.InUseError](err); is {
		return fmt.Errorf("%w; wait for it, stop it, or choose another -out", other)
	}
	if err != nil {
		return err
	}
	if *asJSON {
		dir.Log = stdout
	}
	begun, err := c.open(ctx, f, dir, &from, *begin, *resume)
	if err == nil {
		err = c.trainInto(ctx, dir, *path, from, begun)
	}
	return errors.Join(err, dir.Close())
}

// asked is what the flags say of a run.
type asked struct{ autodidact.Config }

// flags adds the flags of how a run is trained.
func (c *asked) flags(f *flag.FlagSet) {
	f.StringVar(&c.Task, "task", "", "pretext task; autodidact tasks lists them")
	f.StringVar(&c.Encoder, "encoder", "", "network to train")
	f.IntVar(&c.Size, "size", 0, "pixels on a side of what the encoder sees (32 by default), tokens of a text (128), or rows of a window (96; as many as nine of ten have, of series that are samples)")
	f.IntVar(&c.Epochs, "epochs", 0, "epochs, passes over the data (20 by default; ts2vec takes 200 steps or more, by the size of the data)")
	f.IntVar(&c.Steps, "steps", 0, "or: training steps")
	f.Float64Var(&c.Minutes, "minutes", 0, "or: training minutes, at most: runs on few series end earlier")
	f.IntVar(&c.Batch, "batch", 0, "batch size (64 by default; 16 sequences of texts, 32 windows of series, 8 for ts2vec; all samples if there are fewer)")
	f.StringVar(&c.Tokenizer, "tokenizer", "", "for texts: wordpiece or bpe; chosen by the writing system by default")
	f.IntVar(&c.Vocab, "vocab", 0, "for texts: largest vocabulary (4096 by default)")
	f.BoolVar(&c.Cased, "cased", false, "for texts: keep capitals and accents in WordPiece")
	f.Uint64Var(&c.Seed, "seed", 1, "random seed: same seed, same curve")
	f.StringVar(&c.Optimizer, "optimizer", "", "adamw, sgd or lars")
	f.Float64Var(&c.Rate, "rate", 0, "peak learning rate; by default the optimizer's usual one")
	f.Float64Var(&c.Decay, "decay", 0, "weight decay; by default the optimizer's usual one")
	f.Float64Var(&c.Joint, "joint", 0, "for images: weight of a supervised loss on the labels in -data; 0 ignores them")
}

// as makes it like the model that it is to begin with, and refuses flags that say otherwise.
func (c *asked) as(f *flag.FlagSet) error {
	was := c.From.Config()
	for _, d := range []struct {
		flag      string
		was, asks any
	}{
		{"encoder", was.Encoder, c.Encoder}, {"size", was.Size, c.Size}, {"vocab", was.Vocab, c.Vocab},
		{"tokenizer", was.Tokenizer, c.Tokenizer}, {"cased", was.Cased, c.Cased},
	} {
		if given(f, d.flag) && d.was != d.asks {
			return wrong(f, "-%s %v contradicts -from, whose %s is %v", d.flag, d.asks, d.flag, cmp.Or(fmt.Sprint(d.was), "chosen by the writing system"))
		}
	}
	c.Encoder, c.Size, c.Vocab, c.Tokenizer, c.Cased = was.Encoder, was.Size, was.Vocab, was.Tokenizer, was.Cased
	return nil
}

// settle makes it whole: like what it begins with, if that is not "", and with defaults.
func (c *asked) settle(ctx context.Context, f *flag.FlagSet, from *reading, begin string) (err error) {
	if begin != "" {
		if c.From, err = autodidact.Load(ctx, begin); err != nil {
			return fmt.Errorf("-from %s: %w", begin, errors.Unwrap(err))
		}
		stdout.notice(c.From.Notices()...)
		if err := c.as(f); err != nil {
			return err
		}
	}
	c.Kind, c.Missing = from.kind, from.missing
	if c.Config, err = c.Resolve(); err != nil {
		return err
	}
	if !kind.IsPart(c.Kind) {
		from.kind = c.Kind // the task's
	}
	return nil
}

// open says whether dir holds a run that is to go on, and makes c like it.
func (c *asked) open(ctx context.Context, f *flag.FlagSet, dir *autodidact.Dir, from *reading, begin string, resume bool) (begun bool, err error) {
	name := f.Lookup("out").Value.String()
	was, err := dir.Config(ctx)
	if errors.Is(err, autodidact.ErrNotFound) {
		if !resume {
			return false, nil
		}
		if c.Task == "" {
			return false, fmt.Errorf("there is no run in %s to continue; -task starts a new one", name)
		}
		notef("-resume", "there is no run in %s yet: a new one starts", name)
		return false, c.settle(ctx, f, from, begin)
	}
	if err == nil && !resume && dir.Damage() != nil {
		err = dir.Damage()
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("%s: %w", name, err)
	case !resume:
		return false, fmt.Errorf("%s already holds a run: add -resume to continue it, or choose another -out", name)
	case begin != "":
		notef("-from", "it is not read again: the run in %s continues with its own weights", name)
	}
	if err := c.sameAs(f, *from, was); err != nil {
		return false, err
	}
	c.Config = was
	*from = from.as(was.Missing)
	if !kind.IsPart(was.Kind) {
		from.kind = was.Kind
	}
	return true, nil
}

// trainInto runs c, or what is left of the run that was begun, to its end.
func (c asked) trainInto(ctx context.Context, dir *autodidact.Dir, path string, from reading, begun bool) error {
	d, err := from.read(ctx, path, c.Size)
	if err != nil {
		return err
	}
	var r *autodidact.Run
	if begun {
		r, err = dir.Resume(ctx, d)
	} else {
		r, err = dir.Pretrain(ctx, d, c.Config)
	}
	clearShown()
	if err != nil {
		return err
	}
	tellVocabulary(d.Set())
	tellLeftOut("excluded", r.LeftOut())
	stdout.notice(r.Notices()...)
	return (&trainer{run: r, bar: newBar(c.Task)}).train(ctx)
}

// sameAs refuses to resume a run as another than it was. What no flag says is as it was.
func (c asked) sameAs(f *flag.FlagSet, from reading, was autodidact.Config) error {
	options := func(c autodidact.Config) string {
		if len(c.Options) == 0 {
			return ""
		}
		raw, _ := json.Marshal(c.Options) // it was read from such
		return string(raw)
	}
	for _, d := range []struct {
		flag      string
		was, asks any
	}{
		{"task", was.Task, c.Task}, {"encoder", was.Encoder, c.Encoder}, {"size", was.Size, c.Size},
		{"batch", was.Batch, c.Batch}, {"seed", was.Seed, c.Seed}, {"epochs", was.Epochs, c.Epochs},
		{"minutes", was.Minutes, c.Minutes}, {"steps", was.Steps, c.Steps}, {"optimizer", was.Optimizer, c.Optimizer},
		{"rate", was.Rate, c.Rate}, {"decay", was.Decay, c.Decay}, {"joint", was.Joint, c.Joint},
		{"tokenizer", was.Tokenizer, c.Tokenizer}, {"vocab", was.Vocab, c.Vocab}, {"cased", was.Cased, c.Cased}, {"option", options(was), options(c.Config)},
		{"missing", strings.Join(writtenMissing(was.Missing), " -missing "), strings.Join(writtenMissing(from.missing), " -missing ")},
	} {
		if given(f, d.flag) && d.was != d.asks {
			return fmt.Errorf("the run was started with -%s %v, not %v: resume it as it was, or choose another -out", d.flag, d.was, d.asks)
		}
	}
	return nil
}

// remedy is what can be done about a damaged run directory, "" of any other error.
func remedy(err error) string {
	e, damaged := errors.AsType[*autodidact.DamagedError](err)
	switch {
	case !damaged:
		return ""
	case e.Intact == "":
		return ": train again, into another directory"
	case e.Before:
		return fmt.Sprintf(": pretrain -resume continues from it, and -run %s uses its encoder", e.Intact)
	}
	return fmt.Sprintf(": pretrain -from %s starts a new run from its weights, and -run %s uses its encoder", e.Intact, e.Intact)
}
