package worker

import (
	"encoding/json"
	"slices"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/worker/diagnose"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

func TestARemedyBeginsWithTheWeightsOfWhenAllWasWell(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	files, attached := pictures(40)
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Encoder: "resnet6", Size: 16, Batch: 8, Steps: 24, Seed: 3, Options: json.RawMessage(`{"temperature":1,"crop":1,"jitter":0,"gray":0,"blur":0,"flip":false}`)}})
	k.mustFail(protocol.Misfit, protocol.Remedy{Code: "collapse"})
	must[protocol.Done](k, protocol.Start{})
	e := must[protocol.Examined](k, protocol.Examine{})
	var codes []string
	for _, f := range e.Findings {
		codes = append(codes, f.Code)
	}
	if !slices.Contains(codes, "augmentation-weak") || len(e.Checked) != len(diagnose.Checked()) {
		t.Fatalf("the doctor finds %v", codes)
	}
	c := must[protocol.Configured](k, protocol.Remedy{Code: "augmentation-weak"})
	given := map[string]any{}
	if err := json.Unmarshal(c.Config.Options, &given); err != nil || given["crop"] != 0.35 || given["temperature"] != 0.2 {
		t.Errorf("options are now %s, %v", c.Config.Options, err)
	}
	if e.Healthy > 0 != (c.Config.From == diagnose.Healthy) {
		t.Errorf("well at step %d, begins from %q", e.Healthy, c.Config.From)
	}
	must[protocol.Done](k, protocol.Start{})

	for i := range files[:10] { // once more, under other names
		files[i].Path = "again/" + files[i].Path
	}
	must[protocol.Added](k, protocol.Add{Files: files[:10], Size: 16}, attached[:10]...)
	must[protocol.Done](k, protocol.Start{})
	must[protocol.Examined](k, protocol.Examine{})
	must[protocol.Configured](k, protocol.Remedy{Code: "duplicates"})
	if after := must[protocol.Embedding](k, protocol.Embed{}); len(after.Names) > 40 || len(after.Names) < 30 {
		t.Errorf("%d samples are left of 40 and 10 copies", len(after.Names))
	}
	must[protocol.Done](k, protocol.Start{})
}
