package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"autodidact/core/checkpoint"
)

// damaged adds to the error of a checkpoint that cannot be read what can be done: which other saved runs are whole.
func damaged(ctx context.Context, store checkpoint.Store, id string, err error) error {
	if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
		return err
	}
	var whole []string
	for info, err := range store.All(ctx) {
		if err == nil && info.ID != id {
			whole = append(whole, fmt.Sprintf("%s (step %d)", cmp.Or(info.Title, info.ID), info.Step))
		}
	}
	if len(whole) == 0 {
		return fmt.Errorf("%w. It cannot be repaired, and no other run is saved here: train again, or import a file that was exported from it", err)
	}
	return fmt.Errorf("%w. It cannot be repaired; import a file that was exported from it, or go on from another saved run: %s", err, firsts(whole, mostListed))
}
