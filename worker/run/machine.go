package run

import (
	"encoding/json"
	"fmt"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel"
	"autodidact/worker/report"
)

// A run may begin in a tab and go on natively, or the other way. Machines add in another order and round otherwise, so that the curve
// is then close to that of one machine, but not the same bits: a checkpoint says where its steps were trained.

// A Sitting is steps that were trained on one machine: those after Since, up to the next Sitting.
type Sitting struct {
	Since   int    `json:"since"`
	Machine string `json:"machine"`
}

const metaMachines = "machines"

// machineOf names what a backend computes with, such as "linux/amd64 with SIMD".
func machineOf(b kernel.Backend) string {
	if m, ok := b.(kernel.MachineBackend); ok {
		return m.Machine()
	}
	return b.Name()
}

// saveMachines writes where the run was trained.
func (r *Run) saveMachines(meta map[string]string) {
	raw, err := json.Marshal(r.Sittings)
	if err != nil {
		panic(err) // numbers and strings
	}
	meta[metaMachines] = string(raw)
}

// restoreMachines reads where the run was trained, and notes it if it goes on elsewhere. Older checkpoints do not say.
func (r *Run) restoreMachines(s *checkpoint.State) error {
	r.Sittings = nil
	here := Sitting{r.Done, machineOf(r.backend)}
	if raw := s.Meta[metaMachines]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &r.Sittings); err != nil {
			return &checkpoint.FormatError{Reason: "where the run was trained cannot be read in the checkpoint"}
		}
	}
	n := len(r.Sittings)
	if n > 0 && r.Sittings[n-1].Machine == here.Machine {
		return nil
	}
	if n > 0 && r.Done > 0 {
		last := r.Sittings[n-1]
		r.Notices = append(r.Notices, report.Notice("resumed", "%s trained by %s; from step %d on it is %s. They round differently: the curve is close to that of one machine, but not bit for bit the same",
			steps(last.Since+1, r.Done), last.Machine, r.Done+1, here.Machine))
	}
	r.Sittings = append(r.Sittings, here)
	return nil
}

// sameData refuses samples that are not those the run began with. Files that are the same may lie in another folder, and their
// pictures may be decoded otherwise elsewhere: the run goes on with those as they are.
func (r *Run) sameData(s *checkpoint.State) error {
	if s.Meta[metaData] == r.print {
		return nil
	}
	if s.Meta[metaOrigin] == "" || s.Meta[metaOrigin] != r.origin {
		return ErrOtherData
	}
	if len(r.set.X) > 0 {
		r.Notices = append(r.Notices, report.Notice("resumed", "the files are those that it began with, in another folder or decoded by another program: pixels may differ a little, so that it does not go on bit for bit"))
	}
	return nil
}

func steps(from, to int) string {
	if from >= to {
		return fmt.Sprintf("step %d was", to)
	}
	return fmt.Sprintf("steps %d to %d were", from, to)
}
