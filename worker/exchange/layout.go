package exchange

import (
	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

// fromTensors makes a model of an encoder made elsewhere: of its weights, and of the files beside them that say what it is
// (config.json, tokenizer.json and so on, by name). Notices are of what is not used.
func fromTensors(weights *checkpoint.State, about map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	if about["config.json"] != nil {
		return bertOf(weights, about)
	}
	return nil, nil, &checkpoint.FormatError{Reason: "these tensors are not of an encoder that can be opened"}
}
