package worker

import (
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/worker/evaluate"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

func TestASessionObeysOtherCommandsWhileItComparesAndEvaluates(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	must[protocol.Done](k, protocol.Start{})
	compare := k.post(protocol.Compare{Tasks: []string{"simclr", "rotation"}, Steps: 100_000})
	must[protocol.Pixels](k, protocol.Pictures{At: []int{0}, Side: 8})
	must[protocol.OK](k, protocol.Stop{})
	if e, ok := k.await(compare).event.(protocol.Compared); !ok || len(e.Entries) > 1 {
		t.Errorf("%+v", e)
	}
	probe := k.post(protocol.Probe{Plan: evaluate.Plan{Method: "finetune", Labels: []string{"1", "2"}, Repeats: 2, Against: []string{"scratch"}}})
	must[protocol.OK](k, protocol.Stop{})
	r := k.await(probe)
	if e, ok := r.event.(protocol.Probed); !ok || !e.Stopped || e.Method != "finetune" {
		t.Errorf("%+v", r.event)
	}
	e := must[protocol.Probed](k, protocol.Probe{Plan: evaluate.Plan{Method: "knn", Labels: []string{"1"}, Repeats: 2, Against: []string{"raw"}}})
	if e.Stopped || len(e.Results) != 2 || e.Headline == "" {
		t.Errorf("%+v", e)
	}
	k.mustFail(protocol.Misfit, protocol.Probe{Plan: evaluate.Plan{Method: "magic"}})
	k.mustFail(protocol.Internal, protocol.Probe{Plan: evaluate.Plan{Method: "knn"}, Given: true}) // nobody has given a label
	heard := 0
	for _, e := range k.seen {
		if _, ok := e.(protocol.Probing); ok {
			heard++
		}
	}
	if heard < 2 {
		t.Errorf("%d figures were sent as they were measured", heard)
	}
}

func TestAComparisonOfSeriesLeavesTheirWindowsAsTheyAre(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory()) // whose configuration is still one for pictures
	must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "a.csv", Size: 1}}, Size: 16}, seriesTable(900))
	must[protocol.Compared](k, protocol.Compare{Tasks: []string{"forecast"}, Steps: 1})
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Task: "forecast"}})
	must[protocol.Embedding](k, protocol.Embed{})
	for _, e := range k.seen {
		if w, ok := e.(protocol.Windows); ok {
			t.Errorf("windows had to be cut anew, to %d rows", w.Size)
		}
	}
}
