package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"autodidact/core/checkpoint"
)

// latest is the run saved in a directory, nil if there is none. To one who resumes it gives the one before, if the latest is
// damaged; rescued then says so.
func latest(ctx context.Context, dir string, resume bool) (saved *checkpoint.State, rescued bool, err error) {
	store := checkpoint.Directory(dir)
	saved, err = store.Load(ctx, checkpointID)
	if errors.Is(err, checkpoint.ErrNotFound) {
		return nil, false, nil
	}
	if _, damaged := errors.AsType[*checkpoint.FormatError](err); damaged && resume {
		if before, other := store.Load(ctx, previousID); other == nil {
			notef(filepath.Join(dir, checkpointID+stateExt), "it is damaged (%v): the run continues from the checkpoint before, of step %s", err, before.Meta[checkpoint.MetaStep])
			return before, true, nil
		}
	}
	return saved, false, remedied(ctx, dir, err)
}

// remedied adds to the error of a file in a run directory that cannot be read what can be done.
func remedied(ctx context.Context, dir string, err error) error {
	if _, damaged := errors.AsType[*checkpoint.FormatError](err); !damaged {
		return err
	}
	store := checkpoint.Directory(dir)
	for _, id := range []string{checkpointID, previousID, healthyID, modelID} {
		s, other := store.Load(ctx, id)
		if other != nil {
			continue
		}
		file, step := filepath.Join(dir, id+stateExt), s.Meta[checkpoint.MetaStep]
		if id == previousID {
			return fmt.Errorf("%w. The checkpoint before, of step %s, is intact: pretrain -resume continues from it, and -run %s uses its encoder", err, step, file)
		}
		return fmt.Errorf("%w. %s, of step %s, is intact: pretrain -from %s starts a new run from its weights, and -run %s uses its encoder", err, file, step, file, file)
	}
	return fmt.Errorf("%w. Nothing else in %s is intact: train again, into another directory", err, dir)
}
