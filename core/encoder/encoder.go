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
	// Multiple is what the side of its pictures must be a multiple of; 0 means any side will do.
	Multiple int
	// Build draws its weights.
	Build func(r *rng.Rand, in Input) nn.Encoder
}

// Input is what an encoder will see.
type Input struct {
	Size   int // a picture's side in pixels, or the most tokens of a text
	Tokens int // of the vocabulary
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
	return Spec{}, fmt.Errorf("no encoder named %q; there are %s", name, strings.Join(names, ", "))
}
