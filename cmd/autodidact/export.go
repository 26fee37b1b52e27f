package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"autodidact/core/checkpoint"
)

// export writes a run's encoder for use elsewhere.
func export(ctx context.Context, args []string) error {
	f := flags("export")
	dir := f.String("run", "", "run directory")
	format := f.String("format", "safetensors", "safetensors")
	out := f.String("out", "", "file to write")
	if err := parse(f, args, "run", "out"); err != nil {
		return err
	}
	if *format != "safetensors" {
		return fmt.Errorf("format: no format named %q; there is safetensors", *format)
	}
	store := checkpoint.Directory(*dir)
	state, err := store.Load(ctx, modelID)
	if err != nil {
		return fmt.Errorf("run %s has no finished model: %w", *dir, err)
	}
	var buf bytes.Buffer
	if err := checkpoint.Encode(&buf, state); err != nil {
		return err
	}
	return os.WriteFile(*out, buf.Bytes(), 0o644)
}
