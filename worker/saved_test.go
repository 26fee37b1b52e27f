package worker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
)

// failures are what was told beside answers.
func (k *talk) failures() (all []Failed) {
	for _, e := range k.seen {
		if f, ok := e.(Failed); ok {
			all = append(all, f)
		}
	}
	return all
}

// savesAtEachStep pauses and resumes after each step, which saves.
func (k *talk) savesAtEachStep() {
	k.onStep = func(Progress) {
		k.post(Pause{})
		k.post(Resume{})
	}
}

func TestASaveThatFailsIsSaidOnceAndTheLastGoodOneStays(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, &fullStore{Store: store, room: 2})
	k.savesAtEachStep()
	done := must[Done](k, Start{})
	if done.Steps != 5 || done.Checkpoint == "" || done.Stored != 2 {
		t.Errorf("done %+v", done)
	}
	told := k.failures()
	if len(told) != 1 || told[0].Code != StorageFull || !strings.HasPrefix(told[0].Message, "step 3 could not be saved") || !strings.HasSuffix(told[0].Message, "what was saved at step 2 is still there") {
		t.Errorf("told %+v", told)
	}
	if c := must[Configured](k, Load{done.Checkpoint}); c.Step != 2 {
		t.Errorf("the store holds step %d", c.Step)
	}
}

func TestTheRunCanBeTakenAsItStandsWhereItCannotBeSaved(t *testing.T) {
	k := ready(t, &fullStore{Store: checkpoint.NewMemory()})
	k.mustFail(Misfit, Export{Format: "checkpoint"}) // of what?
	done := must[Done](k, Start{})
	if done.Checkpoint != "" || done.Stored != 0 {
		t.Errorf("a run that was never saved is said to be under %q", done.Checkpoint)
	}
	r := k.ask(Export{Format: "checkpoint"})
	if e, ok := r.event.(Exported); !ok || !strings.HasSuffix(e.Name, ".safetensors") || len(e.Name) < 20 {
		t.Fatalf("export was answered by %+v", r.event)
	}
	again := ready(t, checkpoint.NewMemory())
	imported := must[Imported](again, Import{}, r.beside[0])
	if c := must[Configured](again, Load{imported.Checkpoint.ID}); c.Step != 5 {
		t.Errorf("it came back at step %d", c.Step)
	}
}

// brokenStore cannot be written to any more.
type brokenStore struct{ checkpoint.Store }

func (brokenStore) Save(context.Context, string, *checkpoint.State) (checkpoint.Info, error) {
	return checkpoint.Info{}, errors.New("the connection to the database was lost")
}

func TestASaveThatFailsForAnotherReasonNamesIt(t *testing.T) {
	k := ready(t, brokenStore{checkpoint.NewMemory()})
	k.savesAtEachStep()
	must[Done](k, Start{})
	if told := k.failures(); len(told) != 1 || told[0].Code != NotSaved || told[0].Message != "step 1 could not be saved: the connection to the database was lost" {
		t.Errorf("told %+v", told)
	}
}

func TestReadySaysWhereRunsAreSaved(t *testing.T) {
	for forgets, want := range map[string]string{"": "indexeddb", "this browser offers none here": "memory"} {
		var said Ready
		in := make(chan Request)
		close(in)
		Serve(t.Context(), in, Deps{Backend: cpu.New(), Forgets: forgets, Send: func(_ int, e Event, _ ...[]byte) {
			if r, ok := e.(Ready); ok {
				said = r
			}
		}})
		if said.Storage != want || said.StorageReason != forgets {
			t.Errorf("said %q because %q", said.Storage, said.StorageReason)
		}
	}
}
