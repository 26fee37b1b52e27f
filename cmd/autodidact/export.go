package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/worker/exchange"
)

// export writes a run's encoder for use elsewhere.
func export(ctx context.Context, args []string) error {
	f := flags("export")
	dir := f.String("run", "", "run directory")
	format := f.String("format", "safetensors", formatsHelp())
	out := f.String("out", "", "file to write, or folder")
	var with companion
	with.from.flags(f)
	f.StringVar(&with.data, "data", "", "for html: samples, for a classifier of their labels, for others to be compared with, and of series for what is usual")
	f.StringVar(&with.labels, "labels-from", "", "for html: file.csv with a column of names and one of labels; by default the labels in -data")
	f.Var(&with.options, "option", "for html: references=N, how many of the samples go along, 200 by default, 0 for none; title=TEXT; can be repeated")
	if err := parse(f, args, "run", "out"); err != nil {
		return err
	}
	to, err := exchange.FindFormat(*format)
	if err != nil {
		return err
	}
	if flag := with.asked(); flag != "" && !to.Portable {
		return wrong(f, "-%s is for format html", flag)
	}
	source, err := exported(ctx, *dir)
	if err == nil && to.Portable {
		source, err = with.source(ctx, *dir, source)
	}
	if err != nil {
		return err
	}
	files, err := to.Files(source)
	if err != nil {
		return err
	}
	return writeAll(files, *out, to.Ext == "")
}

// formatsHelp lists the formats.
func formatsHelp() string {
	var lines []string
	for _, f := range exchange.Formats {
		lines = append(lines, fmt.Sprintf("%s (%s)", f.Name, f.Line))
	}
	return strings.Join(lines, "; ")
}

// exported is what of a run directory is exported.
func exported(ctx context.Context, dir string) (s exchange.Source, err error) {
	store := checkpoint.Directory(dir)
	if s.Model, err = store.Load(ctx, modelID); errors.Is(err, checkpoint.ErrNotFound) {
		return s, fmt.Errorf("run %s has no finished model: %w", dir, err)
	}
	if err != nil {
		return s, fmt.Errorf("run %s: %w", dir, store.Remedied(ctx, err))
	}
	return s, nil
}

// writeAll writes files to a path: one file, or a folder.
func writeAll(files []exchange.File, path string, folder bool) error {
	if !folder {
		return toFile(path, files[0].Write)
	}
	for _, file := range files {
		to := filepath.Join(path, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := toFile(to, file.Write); err != nil {
			return err
		}
	}
	return nil
}
