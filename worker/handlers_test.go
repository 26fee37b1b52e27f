package worker

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"autodidact/worker/protocol"
)

func TestEveryCommandHasAHandler(t *testing.T) {
	raw, err := os.ReadFile("protocol/testdata/protocol.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		To      string
		Message json.RawMessage
	}
	if err := json.Unmarshal(raw, &examples); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	for _, e := range examples {
		if e.To != "trainer" {
			continue
		}
		r, err := protocol.Decode(e.Message)
		if err != nil {
			t.Fatal(err)
		}
		of := reflect.TypeOf(r.Command)
		seen[of] = true
		if _, ok := handlers[of]; !ok && of != reflect.TypeFor[protocol.Start]() {
			t.Errorf("nobody handles %v", of)
		}
	}
	if len(seen) != len(handlers)+1 {
		t.Errorf("%d commands have an example, %d a handler", len(seen), len(handlers))
	}
}
