package exchange

import (
	"bytes"
	"maps"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

// FromHuggingFace is OpenFiles of a folder in memory.
func FromHuggingFace(files map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	return OpenFiles(folderOf(files))
}

func folderOf(files map[string][]byte) []data.File {
	var all []data.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, inMemory(name, files[name]))
	}
	return all
}

// Unzipped is the files of a zip by name.
func Unzipped(raw []byte) (map[string][]byte, []data.Rejected, error) {
	files, err := entries(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, nil, err
	}
	out := map[string][]byte{}
	for _, f := range files {
		if out[f.Path], err = small(f, f.Path, mostWeights); err != nil {
			return nil, nil, err
		}
	}
	return out, nil, nil
}
