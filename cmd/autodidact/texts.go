package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	probing "autodidact/core/probe"
	"autodidact/worker"
)

// tellVocabulary says what texts are made of, and whether there were fewer pieces than asked for.
func tellVocabulary(set *data.Set) {
	l := set.Language
	if l == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%d texts, %d tokens, %s vocabulary of %d", l.Len(), l.Total(), l.Tokens.Kind(), l.Tokens.Size())
	if l.Plan.Size > l.Tokens.Size() {
		fmt.Fprintf(os.Stderr, " (%d were asked for; the texts have no more)", l.Plan.Size)
	}
	fmt.Fprintln(os.Stderr)
}

// learned reads a set of texts as tokens of the encoder's vocabulary.
func learned(ctx context.Context, look worker.Looker, set *data.Set, bar *bar) error {
	if set.Of != data.Text || look.Tokens == nil {
		return nil
	}
	return set.Speak(ctx, look.Tokens, bar.each)
}

// foreign reads a BERT in Hugging Face's layout.
func foreign(dir string) (*checkpoint.State, error) {
	files := map[string][]byte{}
	for _, name := range worker.HuggingFaceFiles {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[name] = raw
	}
	return worker.FromHuggingFace(files)
}

// importModel turns a BERT made elsewhere into a run directory.
func importModel(ctx context.Context, args []string) error {
	f := flags("import")
	from := f.String("from", "", "folder in Hugging Face's layout: config.json, model.safetensors, tokenizer.json or vocab.txt")
	out := f.String("out", "", "run directory")
	if err := parse(f, args, "from", "out"); err != nil {
		return err
	}
	s, err := foreign(*from)
	if err != nil {
		return fmt.Errorf("%s: %w", *from, err)
	}
	store := checkpoint.Directory(*out)
	if _, err := store.Load(ctx, modelID); err == nil {
		return fmt.Errorf("%s already holds a model: choose another -out", *out)
	}
	_, err = store.Save(ctx, modelID, s)
	return err
}

// fillMask tells what may stand in the blanks of texts.
func fillMask(ctx context.Context, args []string) error {
	f := flags("fill-mask")
	dir := f.String("run", "", "run directory")
	text := f.String("text", "", "a text with ___ where a word is missing")
	path := f.String("data", "", "or: texts with blanks in them")
	k := f.Int("k", 5, "guesses for each blank")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run"); err != nil {
		return err
	}
	look, _, err := model(ctx, *dir)
	if err != nil {
		return err
	}
	saved, err := state(ctx, *dir)
	if err != nil {
		return err
	}
	head, err := worker.OpenHead(saved, look)
	if err != nil {
		return err
	}
	texts := []string{*text}
	if *path != "" {
		set, err := reading{kind: data.Text}.read(ctx, *path, 0)
		if err != nil {
			return err
		}
		texts = nil
		for _, text := range set.Texts.All() {
			texts = append(texts, text)
		}
	}
	out := json.NewEncoder(os.Stdout)
	for _, text := range texts {
		blanks, err := look.Fill(ctx, head, text, *k)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		if *asJSON {
			err := out.Encode(map[string]any{"event": "fill", "text": text, "blanks": blanks})
			if err != nil {
				return err
			}
			continue
		}
		fmt.Println(text)
		for i, guesses := range blanks {
			for _, g := range guesses {
				fmt.Printf("  %d  %-20s %5.1f %%\n", i+1, g.Text, 100*g.Share)
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
	k := f.Int("k", 5, "how many texts")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data", "text"); err != nil {
		return err
	}
	s, err := see(ctx, *dir, *path, reading{kind: data.Text})
	if err != nil {
		return err
	}
	near, err := s.look.Search(ctx, s.features, probing.FitWhitening(s.features), *text, *k)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, n := range near {
		if *asJSON {
			if err := out.Encode(map[string]any{"event": "found", "name": s.set.Names[n.Index], "text": s.set.Texts.At(n.Index), "near": n.Cosine}); err != nil {
				return err
			}
			continue
		}
		fmt.Printf("%.2f  %s\n      %s\n", n.Cosine, s.set.Names[n.Index], s.set.Texts.At(n.Index))
	}
	return nil
}
