package worker

import (
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/worker/evaluate"
	"autodidact/worker/protocol"
)

var endless = protocol.Compare{Tasks: []string{"simclr", "rotation"}, Steps: 100_000}

func TestWhatAPersonWantsEndsWhatIsMeasured(t *testing.T) {
	files, attached := pictures(8)
	wishes := map[string]func(k *talk) int{
		"configure": func(k *talk) int { return k.post(protocol.Configure{Config: small}) },
		"clear":     func(k *talk) int { return k.post(protocol.Clear{}) },
		"add":       func(k *talk) int { return k.post(protocol.Add{Files: files, Size: 16}, attached...) },
		"start":     func(k *talk) int { return k.post(protocol.Start{}) },
	}
	for name, wish := range wishes {
		k := ready(t, checkpoint.NewMemory())
		must[protocol.Embedding](k, protocol.Embed{})
		long := k.post(endless)
		until[protocol.Comparing](k)
		id := wish(k)
		start := time.Now()
		if e, ok := k.await(long).event.(protocol.Compared); !ok {
			t.Errorf("%s: the comparison was answered by %+v", name, e)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: the comparison ended after %v", name, took)
		}
		if f, ok := k.await(id).event.(protocol.Failed); ok {
			t.Errorf("%s was refused: %+v", name, f)
		}
	}
}

func TestLookingGoesOnWhileSomethingIsMeasured(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	must[protocol.Embedding](k, protocol.Embed{})
	long := k.post(endless)
	until[protocol.Comparing](k)
	must[protocol.Mapped](k, protocol.Map{})
	must[protocol.Listed](k, protocol.Checkpoints{})
	waits := k.post(protocol.Compare{Tasks: endless.Tasks, Steps: 1})
	k.post(protocol.Plot{}) // is heard behind it
	until[protocol.Failed](k)
	k.post(protocol.Cancel{})
	if f, ok := k.await(waits).event.(protocol.Failed); !ok || f.Code != protocol.Cancelled {
		t.Errorf("the comparison that waited was answered by %+v", f)
	}
	if _, ok := k.await(long).event.(protocol.Compared); !ok {
		t.Error("the first comparison did not say what it knew")
	}
	waits = k.post(protocol.Compare{Tasks: endless.Tasks, Steps: 1})
	if e, ok := k.await(waits).event.(protocol.Compared); !ok || len(e.Entries) != 2 {
		t.Errorf("the second comparison was answered by %+v", e)
	}
}

func TestCancelEndsWhatIsDecodedAndLeavesTheDataAsTheyWere(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	files, attached := pictures(200)
	add := k.post(protocol.Add{Files: files, Size: 16}, attached...)
	k.post(protocol.Cancel{})
	if f, ok := k.await(add).event.(protocol.Failed); !ok || f.Code != protocol.Cancelled {
		t.Fatalf("adding was answered by %+v", f)
	}
	if e := must[protocol.Embedding](k, protocol.Embed{}); len(e.Names) != 8 {
		t.Errorf("there are %d samples", len(e.Names))
	}
}

func TestCancelEndsNoRun(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	k.onStep = func(protocol.Progress) { k.post(protocol.Cancel{}) }
	if done := must[protocol.Done](k, protocol.Start{}); done.Steps != 5 || done.Saved != 5 {
		t.Errorf("done %+v", done)
	}
}

func TestStoppingEndsWhatIsMeasuredOfARunUnderWay(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	long := small
	long.Steps = 100_000
	must[protocol.Configured](k, protocol.Configure{Config: long})
	start := k.post(protocol.Start{})
	until[protocol.Progress](k)
	k.post(protocol.Pause{})
	probe := k.post(protocol.Probe{Plan: evaluate.Plan{Method: "linear", Labels: []string{"1", "2", "all"}, Against: []string{"scratch"}, Repeats: 50}})
	k.post(protocol.Stop{})
	e := k.await(probe).event
	p, begun := e.(protocol.Probed)
	f, _ := e.(protocol.Failed) // it had not begun
	if begun && !p.Stopped || !begun && f.Code != protocol.Cancelled {
		t.Errorf("the probe was answered by %+v", e)
	}
	if done, ok := k.await(start).event.(protocol.Done); !ok || done.Saved != done.Steps {
		t.Errorf("the run was answered by %+v", done)
	}
}
