package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
)

const inspectHelp = `autodidact inspect shows what is read of a folder or file, before you train on it: the kind of data, each sample's
size or times, what was guessed, and what was left out and why. It trains nothing.

Sizes are those of the pictures in the files, upright; mean colours are of what is kept of them. Samples of series are
windows of 96 rows, which overlap where there would be few; of collections, and of tables that have one label each, the
whole series. Missing readings are counted over all channels; rows that
are not there between others count as missing. Tokens of a text are its words and marks by BERT's basic rules, before
any vocabulary. -json names at most 1,000 entries of each list; "more" counts the rest.

`

// inspect shows what is read of a folder or file.
func inspect(ctx context.Context, args []string) error {
	f := flags("inspect")
	path := f.String("data", "", "samples: folder, file or zip")
	var from reading
	from.flags(f)
	asJSON := f.Bool("json", false, "one JSON object")
	f.Usage = help(f, inspectHelp)
	if err := parse(f, args, "data"); err != nil {
		return err
	}
	d, err := from.look(ctx, *path, 0)
	if err != nil {
		return err
	}
	set := d.Set()
	in := set.Inspection(notUsed(d))
	if *asJSON {
		err = json.NewEncoder(stdout).Encode(in)
	} else {
		_, err = io.WriteString(stdout, report(in, set.Long(), set.Whole()))
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return d.Usable()
}

// help is what -h prints: what a command is for, and its flags.
func help(f *flag.FlagSet, about string) func() {
	return func() {
		fmt.Fprint(f.Output(), about)
		f.PrintDefaults()
	}
}
