package worker

import (
	"testing"
	"time"

	"autodidact/core/checkpoint"
)

// until reads events until one of a kind has come.
func until[E Event](k *talk) E {
	k.t.Helper()
	for {
		select {
		case r := <-k.events:
			if e, ok := r.event.(E); ok {
				return e
			}
		case <-time.After(time.Minute):
			var e E
			k.t.Fatalf("no %T came", e)
		}
	}
}

var endless = Compare{Tasks: []string{"simclr", "rotation"}, Steps: 100_000}

func TestWhatAPersonWantsEndsWhatIsMeasured(t *testing.T) {
	files, attached := pictures(8)
	wishes := map[string]func(k *talk) int{
		"configure": func(k *talk) int { return k.post(Configure{small}) },
		"clear":     func(k *talk) int { return k.post(Clear{}) },
		"add":       func(k *talk) int { return k.post(Add{Files: files, Size: 16}, attached...) },
		"start":     func(k *talk) int { return k.post(Start{}) },
	}
	for name, wish := range wishes {
		k := ready(t, checkpoint.NewMemory())
		must[Embedding](k, Embed{})
		long := k.post(endless)
		until[Comparing](k)
		id := wish(k)
		start := time.Now()
		if e, ok := k.await(long).event.(Compared); !ok {
			t.Errorf("%s: the comparison was answered by %+v", name, e)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: the comparison ended after %v", name, took)
		}
		if f, ok := k.await(id).event.(Failed); ok {
			t.Errorf("%s was refused: %+v", name, f)
		}
	}
}

func TestLookingGoesOnWhileSomethingIsMeasured(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	must[Embedding](k, Embed{})
	long := k.post(endless)
	until[Comparing](k)
	must[Mapped](k, Map{})
	must[Listed](k, Checkpoints{})
	waits := k.post(Compare{Tasks: endless.Tasks, Steps: 1})
	k.post(Plot{}) // is heard behind it
	until[Failed](k)
	k.post(Cancel{})
	if f, ok := k.await(waits).event.(Failed); !ok || f.Code != Cancelled {
		t.Errorf("the comparison that waited was answered by %+v", f)
	}
	if _, ok := k.await(long).event.(Compared); !ok {
		t.Error("the first comparison did not say what it knew")
	}
	waits = k.post(Compare{Tasks: endless.Tasks, Steps: 1})
	if e, ok := k.await(waits).event.(Compared); !ok || len(e.Entrants) != 2 {
		t.Errorf("the second comparison was answered by %+v", e)
	}
}

func TestCancelEndsWhatIsDecodedAndLeavesTheDataAsTheyWere(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	files, attached := pictures(200)
	add := k.post(Add{Files: files, Size: 16}, attached...)
	k.post(Cancel{})
	if f, ok := k.await(add).event.(Failed); !ok || f.Code != Cancelled {
		t.Fatalf("adding was answered by %+v", f)
	}
	if e := must[Embedding](k, Embed{}); len(e.Names) != 8 {
		t.Errorf("there are %d samples", len(e.Names))
	}
}

func TestCancelEndsNoRun(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	k.onStep = func(Progress) { k.post(Cancel{}) }
	if done := must[Done](k, Start{}); done.Steps != 5 || done.Saved != 5 {
		t.Errorf("done %+v", done)
	}
}

func TestStoppingEndsWhatIsMeasuredOfARunUnderWay(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	long := small
	long.Steps = 100_000
	must[Configured](k, Configure{long})
	start := k.post(Start{})
	until[Progress](k)
	k.post(Pause{})
	probe := k.post(Probe{Method: "linear", Labels: []string{"1", "2", "all"}, Against: []string{"scratch"}, Repeats: 50})
	k.post(Stop{})
	e := k.await(probe).event
	p, begun := e.(Probed)
	f, _ := e.(Failed) // it had not begun
	if begun && !p.Stopped || !begun && f.Code != Cancelled {
		t.Errorf("the probe was answered by %+v", e)
	}
	if done, ok := k.await(start).event.(Done); !ok || done.Saved != done.Steps {
		t.Errorf("the run was answered by %+v", done)
	}
}
