package server

import (
	"io/fs"
	"testing"
)

// budget is the most bytes that the trainer may travel as, compressed with Brotli: what it was when this was set, and 3 % more.
const budget = 2_650_000

func TestTheTrainerIsWithinItsBudget(t *testing.T) {
	f, err := fs.Stat(Bundle(), "autodidact/autodidact.wasm.br")
	if err != nil {
		t.Skip("nothing is built yet: make build")
	}
	t.Logf("%d of %d bytes", f.Size(), budget)
	if f.Size() > budget {
		t.Errorf("the trainer is %d bytes as it travels, more than %d: see what it imports that it did not", f.Size(), budget)
	}
}
