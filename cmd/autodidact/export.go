package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"autodidact/core/checkpoint"
	"autodidact/worker"
)

// export writes a run's encoder for use elsewhere.
func export(ctx context.Context, args []string) error {
	f := flags("export")
	dir := f.String("run", "", "run directory")
	format := f.String("format", "safetensors", "safetensors, or, of texts, huggingface")
	out := f.String("out", "", "file to write, or folder")
	if err := parse(f, args, "run", "out"); err != nil {
		return err
	}
	if *format != "safetensors" && *format != "huggingface" {
		return fmt.Errorf("format: no format named %q; there are safetensors and huggingface", *format)
	}
	store := checkpoint.Directory(*dir)
	state, err := store.Load(ctx, modelID)
	if err != nil {
		return fmt.Errorf("run %s has no finished model: %w", *dir, err)
	}
	if *format == "huggingface" {
		files, err := worker.HuggingFace(state)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(*out, 0o755); err != nil {
			return err
		}
		for name, raw := range files {
			if err := os.WriteFile(filepath.Join(*out, name), raw, 0o644); err != nil {
				return err
			}
		}
		return nil
	}
	var buf bytes.Buffer
	if err := checkpoint.Encode(&buf, state); err != nil {
		return err
	}
	return os.WriteFile(*out, buf.Bytes(), 0o644)
}
