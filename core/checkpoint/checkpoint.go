// Package checkpoint saves a run so that it goes on as if never stopped.
// The bytes are safetensors.
package checkpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strconv"
	"time"

	"autodidact/core/tensor"
)

// State is a run at rest.
type State struct {
	Meta    map[string]string         // strings by key; the keys below have a meaning here, the rest is the run's
	Tensors map[string]*tensor.Tensor // "model.…" and "optim.…", on the host
}

// The keys of State.Meta that become Info.
const (
	MetaTitle = "title" // what a person calls it
	MetaStep  = "step"  // steps done, decimal
	MetaTask  = "task"
)

// Info describes a saved state without reading its tensors.
type Info struct {
	ID    string
	Title string
	Task  string
	Step  int
	Bytes int64
	Saved time.Time
}

// Describe makes the Info of a state from its Meta. Step is 0 where that has none.
func Describe(id string, meta map[string]string, bytes int64, saved time.Time) Info {
	step, _ := strconv.Atoi(meta[MetaStep])
	return Info{ID: id, Title: meta[MetaTitle], Task: meta[MetaTask], Step: step, Bytes: bytes, Saved: saved}
}

// NewestFirst orders Infos as All gives them.
func NewestFirst(a, b Info) int {
	return cmp.Or(b.Saved.Compare(a.Saved), cmp.Compare(a.ID, b.ID))
}

// A Store keeps states by id. Save replaces whole or not at all: after a crash at
// any moment Load gives the old state or the new one.
type Store interface {
	Save(ctx context.Context, id string, s *State) (Info, error) // ErrFull
	Load(ctx context.Context, id string) (*State, error)         // ErrNotFound, *FormatError
	Rename(ctx context.Context, id, title string) error          // ErrNotFound; cheap: no tensor is rewritten
	Delete(ctx context.Context, id string) error                 // ErrNotFound
	All(ctx context.Context) iter.Seq2[Info, error]              // newest first
}

var (
	// ErrNotFound is also fs.ErrNotExist.
	ErrNotFound = fmt.Errorf("checkpoint: not found: %w", fs.ErrNotExist)
	// ErrFull means the disk, or the browser's quota, has no room left. What was saved before is still there.
	ErrFull = errors.New("checkpoint: no room left")
)

// A FormatError says where bytes stop being safetensors, or, with no Offset, why a file or what is in it cannot be used.
type FormatError struct {
	Offset int64
	Reason string
}

func (e *FormatError) Error() string {
	if e.Offset == 0 {
		return e.Reason
	}
	return fmt.Sprintf("checkpoint: byte %d: %s", e.Offset, e.Reason)
}
