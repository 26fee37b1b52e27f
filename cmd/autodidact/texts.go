package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"autodidact/core/data"
	probing "autodidact/core/probe"
	"autodidact/worker/kind"
	"autodidact/worker/language"
)

// tellVocabulary reports the vocabulary of texts, and whether it is smaller than asked for.
func tellVocabulary(set *data.Set) {
	l := set.Language
	if l == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%d texts, %d tokens, %s vocabulary of %d", l.Len(), l.Total(), l.Tokens.Kind(), l.Tokens.Size())
	if l.Plan.Size > l.Tokens.Size() {
		fmt.Fprintf(os.Stderr, " (%d were asked for; the texts have no more)", l.Plan.Size)
	}
	if n := kind.UnknownTokens(l); n > 0 {
		fmt.Fprintf(os.Stderr, "; %d tokens are not in it and are read as unknown", n)
	}
	fmt.Fprintln(os.Stderr)
}

// fillMask predicts the words in the blanks of texts.
func fillMask(ctx context.Context, args []string) error {
	f := flags("fill-mask")
	dir := f.String("run", "", "run directory")
	text := f.String("text", "", "a text with ___ where a word is missing")
	path := f.String("data", "", "or: texts with blanks in them")
	k := f.Int("k", 5, "predictions for each blank")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := errors.Join(parse(f, args, "run"), together(f, "text", "data")); err != nil {
		return err
	}
	if *text == "" && *path == "" {
		return wrong(f, "-text or -data is missing")
	}
	m, look, err := opened(ctx, *dir)
	if err != nil {
		return err
	}
	head, err := language.OpenHead(m.State(), look)
	if err != nil {
		return err
	}
	texts := []string{*text}
	if *path != "" {
		d, err := reading{kind: data.Text}.read(ctx, *path, 0)
		if err != nil {
			return err
		}
		texts = nil
		for _, text := range d.Set().Texts.All() {
			texts = append(texts, text)
		}
	}
	out := json.NewEncoder(stdout)
	for _, text := range texts {
		blanks, err := language.Fill(ctx, look, head, text, *k)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		stdout.notice(language.Unread(look, fmt.Sprintf("%.40q", text), text)...)
		if *asJSON {
			err := out.Encode(map[string]any{"event": "fill", "text": text, "blanks": blanks})
			if err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(stdout, text)
		for i, guesses := range blanks {
			for _, g := range guesses {
				fmt.Fprintf(stdout, "  %d  %-20s %5.1f %%\n", i+1, g.Text, 100*g.Share)
			}
		}
	}
	return nil
}

// search finds the texts nearest in meaning to some words.
func search(ctx context.Context, args []string) error {
	f := flags("search")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "folder or file of texts")
	text := f.String("text", "", "what to look for")
	k := f.Int("k", 5, "number of texts to find")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data", "text"); err != nil {
		return err
	}
	m, e, err := see(ctx, *dir, *path, reading{kind: data.Text})
	if err != nil {
		return err
	}
	look, err := m.Embedder()
	if err != nil {
		return fmt.Errorf("run %s: %w", *dir, err)
	}
	stdout.notice(language.Unread(look, "-text", *text)...)
	all := e.Samples().Set().Texts
	near, err := language.Search(ctx, look, e.Features(), probing.FitWhitening(e.Features()), *text, *k)
	if err != nil {
		return err
	}
	out := json.NewEncoder(stdout)
	for _, n := range near {
		if *asJSON {
			if err := out.Encode(map[string]any{"event": "found", "name": e.Names[n.Index], "text": all.At(n.Index), "near": n.Cosine}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(stdout, "%.2f  %s\n      %s\n", n.Cosine, e.Names[n.Index], all.At(n.Index))
	}
	return nil
}
