package main

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"autodidact"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/server"
	"autodidact/worker/exchange"
	"autodidact/worker/forecast"
	"autodidact/worker/kind"
	"autodidact/worker/portable"
	"autodidact/worker/run"
)

// A companion is what goes along with a model that is exported to be used by itself.
type companion struct {
	data, labels string // paths; "" for none
	from         reading
}

// asked names the first of its flags that was given, "" if none was.
func (c companion) asked() string {
	for _, name := range []string{"data", "labels-from", "kind", "fps", "frames", "missing"} {
		if given(c.from.given, name) {
			return name
		}
	}
	return ""
}

// source is a run's model with what c names, and the page around it.
func (c companion) source(ctx context.Context, dir string, m *autodidact.Model, options map[string]string) (s exchange.Source, err error) {
	s.Options = options
	if s.Model, err = run.ModelOf(m.State()); err != nil {
		return s, err
	}
	to := portable.Source{Model: s.Model, References: portable.References, Title: titleOf(ctx, dir), Chance: rng.New(1)}
	if err := to.Choose(options); err != nil {
		return s, err
	}
	if c.data == "" {
		if c.labels != "" {
			return s, errors.New("-labels-from needs -data, the samples that the labels are of")
		}
		notef("references", "without -data the file has the encoder alone: it will show which samples are alike among those that are dropped onto it, and predict no classes")
	} else if err := c.take(ctx, dir, &to); err != nil {
		return s, err
	}
	packed, notes, err := portable.Pack(to)
	if err != nil {
		return s, err
	}
	stdout.notice(notes...)
	s.Model, s.Title = packed, to.Title
	config, err := run.ConfigOf(packed)
	if err != nil {
		return s, err
	}
	s.Page, err = page(server.Bundle(), kind.TraitsOf(config.Kind).Film)
	return s, err
}

// take reads the data, and fits what goes along.
func (c companion) take(ctx context.Context, dir string, to *portable.Source) error {
	m, e, err := see(ctx, dir, c.data, c.from)
	if err != nil {
		return err
	}
	look, err := m.Embedder()
	if err != nil {
		return err
	}
	to.Set, to.Features, to.Labels = e.Samples().Set(), e.Features(), e.Labels
	if c.labels != "" {
		if to.Labels, err = labelsFrom(c.labels, e.Samples()); err != nil {
			return err
		}
	}
	of := to.Set.Recordings
	if of == nil {
		return nil
	}
	head, err := forecast.OpenHead(ctx, to.Model, look)
	if err != nil {
		return err
	}
	if to.Detector, err = detectorOf(ctx, look, head, of); errors.Is(err, data.ErrTooFew) {
		notef("anomalies", "the page will find none: %v", err)
		return nil
	}
	return err
}

// detectorOf fits what finds anomalies.
func detectorOf(ctx context.Context, look kind.Embedder, head *forecast.Head, of *data.Recordings) (*forecast.Detector, error) {
	bar := newBar("fitting")
	defer bar.clear()
	caster, err := forecast.FitForecaster(ctx, look, head, of, head.DetectorHorizon(), bar.each)
	if err != nil {
		return nil, err
	}
	stdout.notice(caster.Notices...)
	return forecast.FitDetector(ctx, caster, of, bar.each)
}

// titleOf is what a person called a run; "" if it has no title but its id.
func titleOf(ctx context.Context, dir string) string {
	s, err := checkpoint.Directory(dir).Load(ctx, checkpointID)
	if err != nil || strings.HasPrefix(s.Meta[checkpoint.MetaTitle], s.Meta[checkpoint.MetaTask]+"-") {
		return ""
	}
	return s.Meta[checkpoint.MetaTitle]
}

// page is what of the page's files goes into one file: with the reader of films if that is needed.
func page(bundle fs.FS, films bool) (*exchange.Page, error) {
	html, err := fs.ReadFile(bundle, path.Join("autodidact", exchange.PageHTML))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a program built without the page
	}
	p := &exchange.Page{HTML: html}
	names := []string{"worker", "wasm"}
	if films {
		names = append(names, "clips")
	}
	for _, name := range names {
		if err != nil {
			break
		}
		f := exchange.PageFile{Name: name}
		f.Gzip, err = fs.ReadFile(bundle, path.Join("autodidact", exchange.PageNames[name]+".gz"))
		p.Files = append(p.Files, f)
	}
	return p, err
}
