package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"autodidact/core/checkpoint"
	"autodidact/worker/exchange"
)

// export writes a run's encoder for use elsewhere.
func export(ctx context.Context, args []string) error {
	f := flags("export")
	dir := f.String("run", "", "run directory")
	format := f.String("format", "safetensors", "safetensors or, for text encoders, huggingface")
	out := f.String("out", "", "file to write; a folder for huggingface")
	if err := parse(f, args, "run", "out"); err != nil {
		return err
	}
	if *format != "safetensors" && *format != "huggingface" {
		return fmt.Errorf("format: no format named %q; there are safetensors and huggingface", *format)
	}
	store := checkpoint.Directory(*dir)
	state, err := store.Load(ctx, modelID)
	if errors.Is(err, checkpoint.ErrNotFound) {
		return fmt.Errorf("run %s has no finished model: %w", *dir, err)
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", *dir, remedied(ctx, *dir, err))
	}
	if *format == "huggingface" {
		files, err := exchange.HuggingFace(state)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(*out, 0o755); err != nil {
			return err
		}
		for name, raw := range files {
			if err := toFile(filepath.Join(*out, name), func(to io.Writer) error { _, err := to.Write(raw); return err }); err != nil {
				return err
			}
		}
		return nil
	}
	return toFile(*out, func(to io.Writer) error { return checkpoint.Encode(to, state) })
}
