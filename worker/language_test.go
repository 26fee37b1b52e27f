package worker

import (
	"math"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/worker/evaluate"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

func TestASessionTrainsOnTextsFillsBlanksAndSearches(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	raw := testsets.WeatherCSV(60)
	added := must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "weather.csv", Size: int64(len(raw))}}}, raw)
	if added.Kind != data.Text || added.Total != 60 || added.Labels["sea"] != 30 {
		t.Fatalf("added %+v", added)
	}
	c := run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-tiny", Size: 32, Batch: 4, Steps: 3, Vocab: 200, Seed: 2}
	shown := must[protocol.Previewed](k, protocol.Preview{N: 3, Config: &c})
	if len(shown.Exhibits) != 3 || len(shown.Exhibits[0].Text) == 0 {
		t.Errorf("shown %+v", shown)
	}
	must[protocol.Configured](k, protocol.Configure{Config: c})
	done := must[protocol.Done](k, protocol.Start{})
	if done.Steps != 3 || math.IsNaN(float64(done.Loss)) {
		t.Errorf("done %+v", done)
	}
	var v protocol.Vocabulary
	for _, e := range k.seen {
		if is, ok := e.(protocol.Vocabulary); ok {
			v = is
		}
	}
	if v.Texts != 60 || v.Size == 0 || v.Asked != 200 || len(v.Most) == 0 {
		t.Errorf("vocabulary %+v", v)
	}
	if f := must[protocol.Filled](k, protocol.Fill{Text: "waves crossed the ___", K: 4}); len(f.Blanks) != 1 || len(f.Blanks[0]) != 4 {
		t.Errorf("filled %+v", f)
	}
	if n := must[protocol.Neighbored](k, protocol.Search{Text: "gulls over the sea", K: 3}); len(n.At) != 3 || len(n.Names) != 3 {
		t.Errorf("found %+v", n)
	}
	if e := must[protocol.Excerpts](k, protocol.Texts{At: []int{0}}); !strings.Contains(e.Texts[0], "while") {
		t.Errorf("excerpt %+v", e)
	}
	k.mustFail(protocol.Internal, protocol.Texts{At: []int{99}})
	k.mustFail(protocol.Misfit, protocol.Pictures{At: []int{0}, Side: 8})
	if p := must[protocol.Probed](k, protocol.Probe{Plan: evaluate.Plan{Method: "knn", Against: []string{"random", "raw"}}}); len(p.Results) != 3 {
		t.Errorf("probed %+v", p)
	}
	reply := k.await(k.post(protocol.Export{Format: "huggingface"}))
	e, ok := reply.event.(protocol.Exported)
	if !ok || !strings.HasSuffix(e.Name, ".zip") {
		t.Fatalf("exported %+v", reply.event)
	}
	back := must[protocol.Imported](k, oneFile, reply.beside[0])
	if c := must[protocol.Configured](k, protocol.Load{Checkpoint: back.Checkpoint.ID}); c.Config.Encoder != "bert-2x128x2x512x32" {
		t.Errorf("loaded %+v", c.Config)
	}
	k.onStep = func(p protocol.Progress) {
		if p.Step == 2 {
			k.post(protocol.Stop{})
		}
	}
	if d := must[protocol.Done](k, protocol.Start{}); d.Steps == 0 {
		t.Errorf("going on from it: %+v", d)
	}
}
