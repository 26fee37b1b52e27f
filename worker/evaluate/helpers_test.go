package evaluate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// pretrainedOnShapes is a model that was trained for a few seconds on 120 drawn pictures.
var pretrainedOnShapes = sync.OnceValues(func() (*checkpoint.State, error) {
	c := run.Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 32, Steps: 20, Seed: 2}
	r, err := run.New(c, testsets.Shapes(120, 1), cpu.New())
	if err != nil {
		return nil, err
	}
	for _, err := range r.Steps(context.Background()) {
		if err != nil {
			return nil, err
		}
	}
	return r.Model(context.Background())
})

func shapesModel(t *testing.T) *checkpoint.State {
	t.Helper()
	model, err := pretrainedOnShapes()
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// says finds a notice about something that has some words in it.
func says(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}
