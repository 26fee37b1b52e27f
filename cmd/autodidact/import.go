package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"autodidact/core/checkpoint"
	"autodidact/worker/exchange"
	"autodidact/worker/run"
)

// brought opens a file or a folder of a model, made here or elsewhere, and reports what of it is not used.
func brought(path string) (*checkpoint.State, error) {
	s, notes, err := exchange.OpenPath(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	if err != nil {
		return nil, err
	}
	stdout.notice(notes...)
	return s, nil
}

// ours says whether a state is a run's, or a model's, as they are saved here.
func ours(s *checkpoint.State) bool { return run.IsModel(s) || run.Resumable(s) }

// importModel makes a run directory of a saved run, or of a model made here or elsewhere.
func importModel(ctx context.Context, args []string) error {
	f := flags("import")
	from := f.String("from", "", "a file that was exported, weights (.safetensors, or PyTorch's .pth, .pt, .bin, .ckpt), or a folder or a zip of one as Hugging Face has them: model.safetensors or its shards, config.json, and of texts tokenizer.json or vocab.txt")
	out := f.String("out", "", "run directory")
	f.Bool("json", false, "report what was not used as one JSON object a line on standard output too")
	if err := parse(f, args, "from", "out"); err != nil {
		return err
	}
	path, err := filepath.Abs(*from)
	if err != nil {
		return err
	}
	s, err := brought(path)
	if err != nil {
		return fmt.Errorf("%s: %w", *from, err)
	}
	store, id := checkpoint.Directory(*out), modelID
	if run.Resumable(s) {
		id = checkpointID
	}
	if _, err := store.Load(ctx, id); err == nil {
		return fmt.Errorf("%s already holds a %s: choose another -out", *out, id)
	}
	_, err = store.Save(ctx, id, s)
	return err
}
