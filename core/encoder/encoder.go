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
	// Build draws its weights; size is of what it will see: a picture's side in pixels.
	Build func(r *rng.Rand, size int) nn.Encoder
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
	return Spec{}, fmt.Errorf("no encoder named %q; there are %s", name, strings.Join(names, ", "))
}
