package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// The states in a run directory, by their id there.
const (
	checkpointID = "checkpoint" // everything needed to go on bit for bit
	modelID      = "model"      // the encoder in its public layout
	healthyID    = "healthy"    // the weights of when the doctor last found nothing grave
	previousID   = "previous"   // the checkpoint before, in case the disk damages the latest
	stateExt     = ".safetensors"
	healthyFile  = healthyID + stateExt
)

func pretrain(ctx context.Context, args []string) error {
	f := flags("pretrain")
	var c asked
	var options optionFlags
	f.StringVar(&c.Task, "task", "", "pretext task; autodidact tasks lists them")
	path := f.String("data", "", "samples: folder, file or zip")
	out := f.String("out", "", "run directory")
	var from reading
	from.flags(f)
	f.StringVar(&c.Encoder, "encoder", "", "network to train")
	f.IntVar(&c.Size, "size", 0, "pixels on a side of what the encoder sees (32 by default), tokens of a text (128), or rows of a window (96; as many as nine of ten have, of series that are samples)")
	f.IntVar(&c.Epochs, "epochs", 0, "epochs, passes over the data (20 by default; ts2vec takes 200 steps or more, by the size of the data)")
	f.IntVar(&c.Steps, "steps", 0, "or: training steps")
	f.Float64Var(&c.Minutes, "minutes", 0, "or: training minutes, at most: runs on few series end earlier")
	f.IntVar(&c.Batch, "batch", 0, "batch size (64 by default; 16 sequences of texts, 32 windows of series, 8 for ts2vec; all samples if there are fewer)")
	f.StringVar(&c.Tokenizer, "tokenizer", "", "for texts: wordpiece or bpe; chosen by the writing system by default")
	f.IntVar(&c.Vocab, "vocab", 0, "for texts: largest vocabulary (4096 by default)")
	f.BoolVar(&c.Cased, "cased", false, "for texts: keep capitals and accents in WordPiece")
	begin := f.String("from", "", "initialize the encoder and vocabulary from this run directory, or from a file or folder of a model made elsewhere, as import takes")
	f.Uint64Var(&c.Seed, "seed", 1, "random seed: same seed, same curve")
	f.StringVar(&c.Optimizer, "optimizer", "", "adamw, sgd or lars")
	f.Float64Var(&c.Rate, "rate", 0, "peak learning rate; by default the optimizer's usual one")
	f.Float64Var(&c.Decay, "decay", 0, "weight decay; by default the optimizer's usual one")
	f.Float64Var(&c.Joint, "joint", 0, "for images: weight of a supervised loss on the labels in -data; 0 ignores them")
	f.Var(&options, "option", "key=value, an option of the task; can be repeated")
	resume := f.Bool("resume", false, "continue the run in -out")
	asJSON := f.Bool("json", false, "one JSON object a line on standard output")
	if err := parse(f, args, "task", "data", "out"); err != nil {
		return err
	}
	if err := together(f, "epochs", "steps", "minutes"); err != nil {
		return err
	}
	var err error
	if c.Options, err = options.json(); err != nil {
		return err
	}
	var first *checkpoint.State // what a new run begins with
	if *begin != "" {
		if first, err = state(ctx, *begin); err != nil {
			return fmt.Errorf("-from %s: %w", *begin, err)
		}
		if err := c.as(f, first); err != nil {
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
	release, err := lock(*out)
	if err != nil {
		return err
	}
	defer release()
	return trainInto(ctx, *out, c.Config, *path, from, first, *resume, *asJSON)
}

// asked is what the flags say of a run.
type asked struct{ run.Config }

// as makes it like the state that it is to begin with, and refuses flags that say otherwise.
func (c *asked) as(f *flag.FlagSet, first *checkpoint.State) error {
	was, err := run.ConfigOf(first)
	if err != nil {
		return err
	}
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

// trainInto runs c, or what was left of it, to its end.
func trainInto(ctx context.Context, dir string, c run.Config, path string, from reading, first *checkpoint.State, resume, asJSON bool) error {
	saved, rescued, err := latest(ctx, dir, resume)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", dir, err)
	case saved == nil && resume:
		notef("-resume", "there is no run in %s yet: a new one starts", dir)
	case saved != nil && !resume:
		return fmt.Errorf("%s already holds a run: add -resume to continue it, or choose another -out", dir)
	}
	if saved != nil {
		was, err := run.ConfigOf(saved)
		if err != nil {
			return err
		}
		from = from.as(was)
		c.Missing = from.missing
	}
	set, err := from.read(ctx, path, c.Size)
	if err != nil {
		return err
	}
	if first != nil && saved != nil {
		notef("-from", "it is not read again: the run in %s continues with its own weights", dir)
		first = nil
	}
	bar := newBar("tokenizing")
	if err := run.Prepare(ctx, c, cmp.Or(saved, first), set, bar.each); err != nil {
		return err
	}
	bar.clear()
	r, err := open(saved, first, c, set)
	if err != nil {
		return err
	}
	tellVocabulary(set)
	tellLeftOut("excluded", r.Aside)
	stdout.notice(r.NewNotices()...)
	log, err := openLog(filepath.Join(dir, "log.jsonl"), r.Done, asJSON)
	if err != nil {
		return err
	}
	t := trainer{run: r, store: checkpoint.Directory(dir), log: log, bar: newBar(c.Task), labels: set.Labels, stored: -1, again: retryFor}
	if saved != nil {
		t.stored, t.rescued = r.Done, rescued
	}
	t.doctor.Watch(r)
	err = t.train(ctx)
	if err == nil {
		err = log.write(doneEvent{"done", r.Done, t.loss, r.Seconds, filepath.Join(dir, "model.safetensors")})
	}
	return errors.Join(err, log.Close())
}

// open makes the run: a new one, or the saved one if it is what c asks for.
func open(saved, first *checkpoint.State, c run.Config, set *data.Set) (*run.Run, error) {
	if first != nil {
		return run.NewFrom(first, c, set, cpu.New())
	}
	if saved == nil {
		return run.New(c, set, cpu.New())
	}
	was, err := run.ConfigOf(saved)
	if err != nil {
		return nil, err
	}
	for _, d := range []struct {
		flag      string
		was, asks any
	}{
		{"task", was.Task, c.Task}, {"encoder", was.Encoder, c.Encoder}, {"size", was.Size, c.Size},
		{"batch", was.Batch, c.Batch}, {"seed", was.Seed, c.Seed}, {"epochs", was.Epochs, c.Epochs},
		{"minutes", was.Minutes, c.Minutes}, {"steps", was.Steps, c.Steps}, {"optimizer", was.Optimizer, c.Optimizer},
		{"rate", was.Rate, c.Rate}, {"decay", was.Decay, c.Decay}, {"joint", was.Joint, c.Joint},
		{"tokenizer", was.Tokenizer, c.Tokenizer}, {"vocab", was.Vocab, c.Vocab}, {"cased", was.Cased, c.Cased}, {"option", string(was.Options), string(c.Options)},
		{"missing", strings.Join(writtenMissing(was.Missing), " -missing "), strings.Join(writtenMissing(c.Missing), " -missing ")},
	} {
		if d.flag == "steps" && c.Steps == 0 || d.flag == "batch" && c.Batch == 0 || d.flag == "size" && c.Size == 0 {
			continue // they were worked out from the others, and the data
		}
		if d.was != d.asks {
			return nil, fmt.Errorf("the run was started with -%s %v, not %v: resume it as it was, or choose another -out", d.flag, d.was, d.asks)
		}
	}
	return run.Open(saved, set, cpu.New())
}
