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
	var options optionFlags
	f.Var(&options, "option", optionsHelp())
	var with companion
	with.from.flags(f)
	f.StringVar(&with.data, "data", "", "for html: samples, for a classifier of their labels, for others to be compared with, and of series for what is usual")
	f.StringVar(&with.labels, "labels-from", "", "for html: file.csv with a column of names and one of labels; by default the labels in -data")
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
	given, err := options.each()
	if err != nil {
		return err
	}
	source, err := exported(ctx, *dir, to)
	if err == nil && to.Portable {
		source, err = with.source(ctx, *dir, source, given)
	}
	if err != nil {
		return err
	}
	source.Options = given
	files, err := to.Laid(source)
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

// optionsHelp lists the options of all formats.
func optionsHelp() string {
	lines := []string{"key=value, an option of the format; can be repeated"}
	for _, f := range exchange.Formats {
		for _, o := range f.Options {
			lines = append(lines, fmt.Sprintf("of %s %s=%s", f.Name, o.Name, o.Line))
		}
	}
	return strings.Join(lines, "; ")
}

// exported is what of a run directory is exported.
func exported(ctx context.Context, dir string, to exchange.Format) (s exchange.Source, err error) {
	store := checkpoint.Directory(dir)
	if to.Whole {
		if s.Run, err = store.Load(ctx, checkpointID); err == nil {
			return s, nil
		}
		if !errors.Is(err, checkpoint.ErrNotFound) {
			return s, fmt.Errorf("run %s: %w", dir, store.Remedied(ctx, err))
		}
	}
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
