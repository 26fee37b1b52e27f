package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// The states in a run directory, by their id there.
const (
	RunID      = "checkpoint" // everything needed to go on bit for bit
	ModelID    = "model"      // the encoder in its public layout
	HealthyID  = "healthy"    // the weights of when the diagnostics last found nothing serious
	PreviousID = "previous"   // the checkpoint before, in case the disk damages the latest
)

// Ext is what the name of a state's file ends in.
const Ext = ".safetensors"

// A DamagedError is the error of a file in a run directory that cannot be read, with what there is instead.
type DamagedError struct {
	Err    error
	Dir    string // the run directory
	Intact string // another file in it that is whole; "" if there is none
	Step   string // of that, in digits
	Before bool   // that is the checkpoint before, which the run can go on from
}

func (e *DamagedError) Error() string {
	switch {
	case e.Intact == "":
		return fmt.Sprintf("%v. Nothing else in %s is intact", e.Err, e.Dir)
	case e.Before:
		return fmt.Sprintf("%v. The checkpoint before, of step %s, is intact", e.Err, e.Step)
	}
	return fmt.Sprintf("%v. %s, of step %s, is intact", e.Err, e.Intact, e.Step)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Remedied makes the error of loading a state of a run directory a DamagedError, if its file is damaged.
func (d Directory) Remedied(ctx context.Context, err error) error {
	if _, damaged := errors.AsType[*FormatError](err); !damaged {
		return err
	}
	for _, id := range []string{RunID, PreviousID, HealthyID, ModelID} {
		if s, other := d.Load(ctx, id); other == nil {
			return &DamagedError{err, string(d), filepath.Join(string(d), id+Ext), s.Meta[MetaStep], id == PreviousID}
		}
	}
	return &DamagedError{Err: err, Dir: string(d)}
}
