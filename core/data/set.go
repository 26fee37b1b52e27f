package data

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// A Set is a Source whose samples are all in memory.
type Set struct {
	Of     Kind
	Names  []string         // paths, unique, sorted
	Labels []string         // by sample; all empty when there are none. Only probes look
	X      []*tensor.Tensor // what Sample.X will be
}

func (s *Set) Kind() Kind { return s.Of }
func (s *Set) Len() int   { return len(s.X) }

// At returns sample i; it cannot fail.
func (s *Set) At(i int) (Sample, error) { return Sample{s.Names[i], s.X[i]}, nil }

// Classes counts the samples of each label; it is empty when there are none.
func (s *Set) Classes() map[string]int {
	n := map[string]int{}
	for _, l := range s.Labels {
		if l != "" {
			n[l]++
		}
	}
	return n
}

// Fingerprint names the samples and their order: a run goes on bit for bit only
// on the data it began with.
func (s *Set) Fingerprint() string {
	h := sha256.New()
	for i, x := range s.X {
		fmt.Fprintf(h, "%q %v\n", s.Names[i], x.Shape)
		if b, ok := x.Buf.(kernel.Bytes); ok {
			h.Write(b)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
