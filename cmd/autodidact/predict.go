package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"autodidact/core/rng"
	"autodidact/worker/label"
)

// predict predicts the labels of all samples from those of some.
func predict(ctx context.Context, args []string) error {
	f := flags("predict")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "samples")
	var from reading
	from.flags(f)
	given := f.String("labels-from", "", "file.csv with a column of names and one of labels, such as the page saves; by default the labels in -data")
	method := f.String("method", "linear", "knn, linear or centroid")
	next := f.Int("next", 0, "instead, list this many samples to label next, the most informative first")
	out := f.String("out", "", "file.csv: name, label given, label predicted, its probability, and the probability of each class; standard output by default")
	seed := f.Uint64("seed", 1, "random seed")
	if err := errors.Join(parse(f, args, "run", "data"), together(f, "next", "out")); err != nil {
		return err
	}
	_, e, err := see(ctx, *dir, *path, from)
	if err != nil {
		return err
	}
	labels := e.Labels
	if *given != "" {
		if labels, err = labelsFrom(*given, e.Samples()); err != nil {
			return err
		}
	}
	chance := rng.New(*seed)
	p, err := label.Predict(e.Features(), labels, *method, chance)
	if err != nil {
		return err
	}
	if *next > 0 {
		at, typical := p.Next(e.Features(), *next, chance)
		for _, i := range at {
			fmt.Fprintln(stdout, e.Names[i])
		}
		fmt.Fprintln(os.Stderr, map[bool]string{true: "the most typical samples", false: "the least certain samples"}[typical])
		return nil
	}
	if *out == "" {
		return p.WriteCSV(stdout, e.Names)
	}
	return toFile(*out, func(to io.Writer) error { return p.WriteCSV(to, e.Names) })
}
