package main

import (
	"context"
	"fmt"
	"strings"

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
	m, err := model(ctx, *dir)
	if err != nil {
		return err
	}
	if !to.Portable {
		defer hold()()
		return m.Export(*format, *out, given)
	}
	source, err := with.source(ctx, *dir, m, given)
	if err != nil {
		return err
	}
	files, err := to.Laid(source)
	if err != nil {
		return err
	}
	return toFile(*out, files[0].Write)
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
