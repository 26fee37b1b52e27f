package main

import (
	"context"
	"errors"
	"fmt"

	"autodidact"
	"autodidact/core/checkpoint"
	"autodidact/worker/run"
)

// importModel makes a run directory of a saved run, or of a model made here or elsewhere.
func importModel(ctx context.Context, args []string) error {
	f := flags("import")
	from := f.String("from", "", "a file that was exported, weights (.safetensors, or PyTorch's .pth, .pt, .bin, .ckpt), or a folder or a zip of one as Hugging Face has them: model.safetensors or its shards, config.json, and of texts tokenizer.json or vocab.txt")
	out := f.String("out", "", "run directory")
	f.Bool("json", false, "report what was not used as one JSON object a line on standard output too")
	if err := parse(f, args, "from", "out"); err != nil {
		return err
	}
	m, err := autodidact.Import(*from)
	if err != nil {
		return fmt.Errorf("-from %s: %w", *from, errors.Unwrap(err))
	}
	stdout.notice(m.Notices()...)
	store, id := checkpoint.Directory(*out), modelID
	if run.Resumable(m.State()) {
		id = checkpointID
	}
	if _, err := store.Load(ctx, id); err == nil {
		return fmt.Errorf("%s already holds a %s: choose another -out", *out, id)
	}
	_, err = store.Save(ctx, id, m.State())
	return err
}
