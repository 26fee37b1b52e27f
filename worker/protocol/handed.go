package protocol

import (
	"autodidact/core/data"
	"autodidact/worker/diagnose"
	"autodidact/worker/label"
	"autodidact/worker/run"
)

// Handed is what a session knows beside its data. States travel beside it, encoded, in the order of States.
type Handed struct {
	Config   run.Config         `json:"config"`
	Run      string             `json:"run,omitempty"`  // the id that the next Start saves under
	Last     string             `json:"last,omitempty"` // the id that the latest run is saved under
	Stored   int                `json:"stored"`         // the step at which that was last saved; -1 if it never was
	Unkept   Code               `json:"unkept,omitempty"`
	Given    label.Labels       `json:"given"`
	Unsaved  bool               `json:"unsaved,omitempty"` // some of these no checkpoint has
	Noted    []data.Rejected    `json:"noted,omitempty"`
	Found    []diagnose.Finding `json:"found,omitempty"`
	WellAt   int                `json:"wellAt,omitempty"`
	Training bool               `json:"training,omitempty"` // a run waits to be gone on with
	Print    string             `json:"print,omitempty"`    // of the data
	States   []string           `json:"states"`             // which of loaded, run, model and well there are
}
