package main

import (
	"context"
	"encoding/json"
	"fmt"

	"autodidact/worker/protocol"
)

// tasks lists all tasks and encoders.
func tasks(_ context.Context, args []string) error {
	f := flags("tasks")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args); err != nil {
		return err
	}
	list, encoders := protocol.Catalog()
	for _, t := range list {
		if *asJSON {
			if err := json.NewEncoder(stdout).Encode(t); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(stdout, "%s  %s  %v  arXiv:%s\n  %s\n", t.Name, t.Title, t.Kinds, t.Paper, t.Line)
		for _, o := range t.Options {
			if o.Type == "boolean" {
				fmt.Fprintf(stdout, "    -option %s=%v  (true or false)  %s\n", o.Name, o.Default, o.Doc)
				continue
			}
			fmt.Fprintf(stdout, "    -option %s=%v  (%g to %g)  %s\n", o.Name, o.Default, o.Min, o.Max, o.Doc)
		}
	}
	if !*asJSON {
		fmt.Fprintln(stdout, "\nencoders, for -encoder:")
		for _, e := range encoders {
			fmt.Fprintf(stdout, "  %s  %v  %s\n", e.Name, e.Kinds, e.Line)
		}
	}
	return nil
}
