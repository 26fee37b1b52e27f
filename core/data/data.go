// Package data turns files into samples and samples into batches.
package data

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Kind says what a sample is, and so which encoders and tasks can take it.
type Kind string

const (
	Images Kind = "image"
	Text   Kind = "text"
	Series Kind = "series"
	Video  Kind = "video"
)

// A File is one file a person gave, named by its path within what they gave,
// with forward slashes.
type File struct {
	Path string
	Size int64
	Open func() (io.ReadCloser, error)
}

// Rejected is a file that cannot be used, and why, in words for that person.
type Rejected struct {
	Name   string `json:"name"`
	Code   string `json:"code"` // as "empty", "truncated", "not-an-image", "not-utf8", "too-large", "unsupported" or "unreadable"; Notice if nothing was
	Reason string `json:"reason"`
}

// Error makes a Rejected what a decoder returns.
func (r Rejected) Error() string { return r.Name + ": " + r.Reason }

// A Sample is one unlabeled thing, decoded: pixels as bytes [height, width, channels],
// a clip's as bytes [frames, height, width, channels], token ids [length] or readings [length, channels].
type Sample struct {
	Name string
	X    *tensor.Tensor
}

// A Batch is samples of one kind, in the order they will be trained on.
type Batch struct {
	Kind    Kind
	Epoch   int
	Samples []Sample
}

// Views is what a task shows its encoder for one batch, as host tensors, in
// the order its Loss takes them.
type Views []*tensor.Tensor

// A Source is a set of samples that can be walked again and again.
type Source interface {
	Kind() Kind
	Len() int
	At(i int) (Sample, error)
}

// ErrTooFew means a source cannot fill one batch.
var ErrTooFew = errors.New("fewer samples than one batch")

// Epochs shuffles and batches a source without end, beginning at batch first.
// The last short batch of an epoch is dropped. It stops after the first error.
func Epochs(s Source, size, first int, r *rng.Rand) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		per := s.Len() / size
		if per == 0 {
			yield(Batch{}, fmt.Errorf("data: %w: %d for a batch of %d", ErrTooFew, s.Len(), size))
			return
		}
		var order []int
		for n := first; ; n++ {
			if order == nil || n%per == 0 {
				order = r.For("epoch", n/per).Perm(s.Len())
			}
			b, err := take(s, order[n%per*size:][:size])
			b.Epoch = n / per
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func take(s Source, which []int) (Batch, error) {
	b := Batch{Kind: s.Kind()}
	for _, i := range which {
		x, err := s.At(i)
		if err != nil {
			return Batch{}, err
		}
		b.Samples = append(b.Samples, x)
	}
	return b, nil
}
