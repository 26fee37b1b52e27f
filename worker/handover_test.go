package worker

import (
	"slices"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

// succeed makes a session that takes the place of k's, with the same data unless there are none any more.
func succeed(t *testing.T, k *talk, files []protocol.FileInfo, attached []any) *talk {
	t.Helper()
	r := k.ask(protocol.HandOver{})
	h, ok := r.event.(protocol.HandedOver)
	if !ok {
		t.Fatalf("handOver was answered by %+v", r.event)
	}
	next := newTalk(t, k.store)
	if len(files) > 0 {
		must[protocol.Added](next, protocol.Add{Files: files, Size: 16}, attached...)
	}
	states := make([]any, len(r.beside))
	for i, b := range r.beside {
		states[i] = b
	}
	must[protocol.OK](next, protocol.TakeOver{Handed: h.Handed}, states...)
	return next
}

// losses collects the curve as the page hears it.
func losses(k *talk, to *[]float32, at func(protocol.Progress)) {
	k.onStep = func(p protocol.Progress) {
		*to = append(*to, p.Loss)
		if at != nil {
			at(p)
		}
	}
}

func TestARunGoesOnBitForBitInAnotherSession(t *testing.T) {
	files, attached := pictures(24)
	c := protocol.Configure{Config: run.Config{Size: 16, Batch: 8, Steps: 12, Seed: 3, Encoder: "resnet6"}}
	whole := newTalk(t, checkpoint.NewMemory())
	must[protocol.Added](whole, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](whole, c)
	var want, got []float32
	losses(whole, &want, nil)
	must[protocol.Done](whole, protocol.Start{})
	model := whole.ask(protocol.Export{Format: "safetensors"}).beside[0]

	k := newTalk(t, checkpoint.NewMemory())
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, c)
	reached := make(chan struct{})
	losses(k, &got, func(p protocol.Progress) {
		if p.Step == 5 {
			close(reached)
		}
	})
	k.post(protocol.Start{})
	<-reached
	next := succeed(t, k, files, attached)
	losses(next, &got, nil)
	done := must[protocol.Done](next, protocol.Start{})
	if done.Steps != 12 || !slices.Equal(got, want) {
		t.Errorf("%d steps with the curve\n%v, in one session\n%v", done.Steps, got, want)
	}
	if !slices.Equal(next.ask(protocol.Export{Format: "safetensors"}).beside[0], model) {
		t.Error("the model is another one")
	}
}

func TestASessionThatTakesOverKnowsWhatTheOtherKnew(t *testing.T) {
	files, attached := pictures(24)
	k := newTalk(t, checkpoint.NewMemory())
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Size: 16, Batch: 8, Steps: 3, Seed: 3, Encoder: "resnet6"}})
	done := must[protocol.Done](k, protocol.Start{})
	must[protocol.Predicted](k, protocol.Label{Names: []string{files[0].Path, files[1].Path}, Labels: []string{"one", "two"}})
	next := succeed(t, k, files, attached)
	for _, ask := range []protocol.Command{protocol.Embed{}, protocol.Export{Format: "safetensors"}, protocol.Export{Format: "labels"}, protocol.Export{Format: "checkpoint"}} {
		if a, b := k.ask(ask), next.ask(ask); len(a.beside) != 1 || len(b.beside) != 1 || !slices.Equal(a.beside[0], b.beside[0]) {
			t.Errorf("%T is answered otherwise: %+v, was %+v", ask, b.event, a.event)
		}
	}
	if again := must[protocol.Done](next, protocol.Start{}); again.Checkpoint == done.Checkpoint || again.Steps != 3 {
		t.Errorf("the next run is %+v: not a new one", again)
	}
}

func TestWhenDataAreGoneTheLatestRunIsStillThere(t *testing.T) {
	files, attached := pictures(24)
	k := newTalk(t, checkpoint.NewMemory())
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Size: 16, Batch: 8, Steps: 3, Seed: 3, Encoder: "resnet6"}})
	must[protocol.Done](k, protocol.Start{})
	must[protocol.OK](k, protocol.Clear{})
	next := succeed(t, k, nil, nil)
	third := succeed(t, next, nil, nil) // and a second time
	for _, ask := range []protocol.Export{{Format: "safetensors"}, {Format: "checkpoint"}} {
		a, b := k.ask(ask), third.ask(ask)
		if len(b.beside) != 1 || !slices.Equal(a.beside[0], b.beside[0]) {
			t.Errorf("%+v is answered by %+v", ask, b.event)
		}
	}
	for _, k := range []*talk{k, third} {
		must[protocol.Added](k, protocol.Add{Files: files[:10], Size: 16}, attached[:10]...)
	}
	if a, b := k.ask(protocol.Embed{}), third.ask(protocol.Embed{}); len(b.beside) != 1 || !slices.Equal(a.beside[0], b.beside[0]) {
		t.Errorf("other data are looked at otherwise: %+v", b.event)
	}
}

func TestASessionIsNotLeftInTheMiddleOfSomething(t *testing.T) {
	files, attached := pictures(24)
	k := newTalk(t, checkpoint.NewMemory())
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Size: 16, Batch: 8, Steps: 500, Encoder: "resnet6"}})
	reached := make(chan struct{}, 500)
	k.onStep = func(protocol.Progress) { reached <- struct{}{} }
	start := k.post(protocol.Start{})
	<-reached
	must[protocol.OK](k, protocol.Pause{})
	k.mustFail(protocol.Misfit, protocol.HandOver{})
	must[protocol.OK](k, protocol.Resume{})
	if _, ok := k.ask(protocol.HandOver{}).event.(protocol.HandedOver); !ok {
		t.Fatal("a run that is under way is not handed over")
	}
	must[protocol.OK](k, protocol.Resume{}) // nobody took it
	<-reached
	must[protocol.OK](k, protocol.Stop{})
	if _, ok := k.await(start).event.(protocol.Done); !ok {
		t.Error("the run did not go on")
	}
	k.mustFail(protocol.Internal, protocol.TakeOver{Handed: protocol.Handed{States: []string{"run"}}})
}
