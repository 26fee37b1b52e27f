package worker

import (
	"slices"
	"testing"

	"autodidact/core/checkpoint"
)

// succeed makes a session that takes the place of k's, with the same data unless there are none any more.
func succeed(t *testing.T, k *talk, files []FileInfo, attached []any) *talk {
	t.Helper()
	r := k.ask(HandOver{})
	h, ok := r.event.(HandedOver)
	if !ok {
		t.Fatalf("handOver was answered by %+v", r.event)
	}
	next := newTalk(t, k.store)
	if len(files) > 0 {
		must[Added](next, Add{Files: files, Size: 16}, attached...)
	}
	states := make([]any, len(r.beside))
	for i, b := range r.beside {
		states[i] = b
	}
	must[OK](next, TakeOver{h.Handed}, states...)
	return next
}

// losses collects the curve as the page hears it.
func losses(k *talk, to *[]float32, at func(Progress)) {
	k.onStep = func(p Progress) {
		*to = append(*to, p.Loss)
		if at != nil {
			at(p)
		}
	}
}

func TestARunGoesOnBitForBitInAnotherSession(t *testing.T) {
	files, attached := pictures(24)
	c := Configure{Config{Size: 16, Batch: 8, Steps: 12, Seed: 3, Encoder: "resnet8"}}
	whole := newTalk(t, checkpoint.NewMemory())
	must[Added](whole, Add{Files: files, Size: 16}, attached...)
	must[Configured](whole, c)
	var want, got []float32
	losses(whole, &want, nil)
	must[Done](whole, Start{})
	model := whole.ask(Export{Format: "safetensors"}).beside[0]

	k := newTalk(t, checkpoint.NewMemory())
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, c)
	reached := make(chan struct{})
	losses(k, &got, func(p Progress) {
		if p.Step == 5 {
			close(reached)
		}
	})
	k.post(Start{})
	<-reached
	next := succeed(t, k, files, attached)
	losses(next, &got, nil)
	done := must[Done](next, Start{})
	if done.Steps != 12 || !slices.Equal(got, want) {
		t.Errorf("%d steps with the curve\n%v, in one session\n%v", done.Steps, got, want)
	}
	if !slices.Equal(next.ask(Export{Format: "safetensors"}).beside[0], model) {
		t.Error("the model is another one")
	}
}

func TestASessionThatTakesOverKnowsWhatTheOtherKnew(t *testing.T) {
	files, attached := pictures(24)
	k := newTalk(t, checkpoint.NewMemory())
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, Configure{Config{Size: 16, Batch: 8, Steps: 3, Seed: 3, Encoder: "resnet8"}})
	done := must[Done](k, Start{})
	must[Told](k, Label{Names: []string{files[0].Path, files[1].Path}, Labels: []string{"one", "two"}})
	next := succeed(t, k, files, attached)
	for _, ask := range []Command{Embed{}, Export{Format: "safetensors"}, Export{Format: "labels"}, Export{Format: "checkpoint"}} {
		if a, b := k.ask(ask), next.ask(ask); len(a.beside) != 1 || len(b.beside) != 1 || !slices.Equal(a.beside[0], b.beside[0]) {
			t.Errorf("%T is answered otherwise: %+v, was %+v", ask, b.event, a.event)
		}
	}
	if again := must[Done](next, Start{}); again.Checkpoint == done.Checkpoint || again.Steps != 3 {
		t.Errorf("the next run is %+v: not a new one", again)
	}
}

func TestWhenDataAreGoneTheLatestRunIsStillThere(t *testing.T) {
	files, attached := pictures(24)
	k := newTalk(t, checkpoint.NewMemory())
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, Configure{Config{Size: 16, Batch: 8, Steps: 3, Seed: 3, Encoder: "resnet8"}})
	must[Done](k, Start{})
	must[OK](k, Clear{})
	next := succeed(t, k, nil, nil)
	third := succeed(t, next, nil, nil) // and a second time
	for _, ask := range []Export{{Format: "safetensors"}, {Format: "checkpoint"}} {
		a, b := k.ask(ask), third.ask(ask)
		if len(b.beside) != 1 || !slices.Equal(a.beside[0], b.beside[0]) {
			t.Errorf("%+v is answered by %+v", ask, b.event)
		}
	}
	for _, k := range []*talk{k, third} {
		must[Added](k, Add{Files: files[:10], Size: 16}, attached[:10]...)
	}
	if a, b := k.ask(Embed{}), third.ask(Embed{}); len(b.beside) != 1 || !slices.Equal(a.beside[0], b.beside[0]) {
		t.Errorf("other data are looked at otherwise: %+v", b.event)
	}
}

func TestASessionIsNotLeftInTheMiddleOfSomething(t *testing.T) {
	files, attached := pictures(24)
	k := newTalk(t, checkpoint.NewMemory())
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, Configure{Config{Size: 16, Batch: 8, Steps: 500, Encoder: "resnet8"}})
	reached := make(chan struct{}, 500)
	k.onStep = func(Progress) { reached <- struct{}{} }
	start := k.post(Start{})
	<-reached
	must[OK](k, Pause{})
	k.mustFail(Misfit, HandOver{})
	must[OK](k, Resume{})
	if _, ok := k.ask(HandOver{}).event.(HandedOver); !ok {
		t.Fatal("a run that is under way is not handed over")
	}
	must[OK](k, Resume{}) // nobody took it
	<-reached
	must[OK](k, Stop{})
	if _, ok := k.await(start).event.(Done); !ok {
		t.Error("the run did not go on")
	}
	k.mustFail(Internal, TakeOver{Handed{States: []string{"run"}}})
}
