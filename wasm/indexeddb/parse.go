package indexeddb

import (
	"encoding/json"
	"fmt"

	"autodidact/core/checkpoint"
)

// pointer says which generation is the state.
type pointer struct {
	checkpoint.Info
	Generation string
	Records    int
}

// parsePointer reads the pointer of id, or gives one of that id alone and a *checkpoint.FormatError.
func parsePointer(id, text string) (pointer, error) {
	var p pointer
	if json.Unmarshal([]byte(text), &p) != nil || p.ID != id || p.Generation == "" || p.Records < 0 || p.Bytes < 0 || p.Step < 0 {
		return pointer{Info: checkpoint.Info{ID: id}}, &checkpoint.FormatError{Reason: fmt.Sprintf("the pointer of %q is damaged", id)}
	}
	return p, nil
}
