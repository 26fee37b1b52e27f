// Package encoder is the networks that are kept when training is over.
package encoder

import (
	"fmt"
	"strings"

	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

// Spec is an encoder's entry in the catalog.
type Spec struct {
	Name  string
	Line  string // one sentence a newcomer understands
	Kinds []data.Kind
	// Multiple is what the side of its pictures, or the length of its windows, must be a multiple of; 0 means any will do.
	Multiple int
	// Like is the encoder of the catalog that a task must be able to train to train this one; "" if it is of the catalog itself.
	Like string
	// Mixing says that channels of a series are read together, not each by itself.
	Mixing bool
	// Build draws its weights.
	Build func(r *rng.Rand, in Input) nn.Encoder
}

// Input is what an encoder will see.
type Input struct {
	Size     int // a picture's side in pixels, the most tokens of a text, or the rows of a window
	Tokens   int // of the vocabulary
	Channels int // of a series
}

// Find returns the spec of the named encoder.
func Find(name string) (Spec, error) {
	var names []string
	for _, s := range Catalog {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if s, ok := bertOfSize(name); ok {
		return s, nil
	}
	if s, ok := vitOfSize(name); ok {
		return s, nil
	}
	return Spec{}, fmt.Errorf("no encoder named %q; there are %s", name, strings.Join(names, ", "))
}

// LeastWeights is how many numbers, at least, an encoder has whose size is in its name; 0 if it has another name. tokens are those of
// the vocabulary.
func LeastWeights(name string, tokens int) int {
	if s, ok := BERTSizeOf(name); ok {
		s.Tokens = tokens
		return s.Weights()
	}
	if s, ok := ViTSizeOf(name); ok {
		return s.Weights()
	}
	return 0
}
