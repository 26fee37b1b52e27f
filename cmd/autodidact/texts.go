package main

import (
	"fmt"
	"os"

	"autodidact/core/data"
	"autodidact/worker"
)

// tellVocabulary says what texts are made of, and whether there were fewer pieces than asked for.
func tellVocabulary(c worker.Config, set *data.Set) {
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
