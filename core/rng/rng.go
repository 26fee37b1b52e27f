// Package rng gives every place that needs chance its own named stream, so a
// run repeats exactly from its seed and its step.
package rng

import "math/rand/v2"

// Rand is a stream of chance.
type Rand struct {
	*rand.Rand
	seed uint64
}

// New returns the stream that seed names.
func New(seed uint64) *Rand { return &Rand{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), seed} }

// For returns the stream named by what and n, whatever was drawn before. Streams
// of different names are unrelated: r.For("views", 12) makes step 12 repeatable alone. Of no stream it is none.
func (r *Rand) For(what string, n int) *Rand {
	if r == nil {
		return nil
	}
	h := mix(r.seed) ^ mix(uint64(n)+0x632be59bd9b4e019)
	for _, c := range []byte(what) {
		h = mix(h ^ uint64(c))
	}
	return New(h)
}

// mix scatters the bits of x: the finalizer of SplitMix64 (Steele et al., 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
