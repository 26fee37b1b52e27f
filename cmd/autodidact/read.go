package main

import (
	"context"
	"fmt"
	"os"

	"autodidact/core/data"
	"autodidact/worker"
)

// read decodes every picture under path for an encoder that sees size pixels, and
// names on standard error what had to be left out.
func read(ctx context.Context, path string, size int) (*data.Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("data: %s is a file; name the folder that holds the pictures", path)
	}
	files, err := data.FromFS(os.DirFS(path))
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	bar := newBar("decoding")
	set, rejected, err := data.ReadImages(ctx, files, worker.Keep(size), data.DecodePicture, bar.each)
	bar.clear()
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	for _, r := range rejected {
		fmt.Fprintf(os.Stderr, "left out %s: %s\n", r.Name, r.Reason)
	}
	if set.Len() == 0 {
		return nil, fmt.Errorf("data: no picture in %s can be used (%d files were left out)", path, len(rejected))
	}
	return set, nil
}
