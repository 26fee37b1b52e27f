package exchange

import (
	"cmp"

	"autodidact/worker/exchange/pytorch"
)

var pyTorchFormat = Format{Name: "pytorch", Line: "a folder that goes on pretraining in PyTorch, on any number of GPUs and machines, and whose result import takes back", Whole: true, Files: pyTorch}

// pyTorch lays a run, or a model alone, out as a folder that goes on in PyTorch.
func pyTorch(s Source) (files []File, err error) {
	theirs, err := pytorch.Files(cmp.Or(s.Run, s.Model))
	for _, f := range theirs {
		files = append(files, File(f))
	}
	return files, err
}
