package run

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/testsets"
)

// Files of each version of the format are kept in testdata, in a folder of the version's name, as they were written then:
// a checkpoint and a model of each kind of data, and what they came to. They are never written again; a new version gets a new folder,
// by WRITE_FORMAT=testdata/NAME go test -run TestWriteFormat ./worker/run.

var earlierRuns = map[string]struct {
	config Config
	set    func() *data.Set
}{
	"pictures": {Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 4, Steps: 4, Seed: 5}, func() *data.Set { return testsets.Shapes(8, 1) }},
	"texts": {Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 4, Vocab: 200, Seed: 5},
		func() *data.Set { return testsets.Weather(40) }},
	"series": {Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 4, Steps: 4, Seed: 5, Options: []byte(`{"horizon":3}`)},
		func() *data.Set { return testsets.Waves(400) }},
}

// An earlierResult is what a run came to when it was written.
type earlierResult struct {
	Losses   []float32 // of all its steps; it was saved before the last
	Features []float32 // of its first sample, by the model
}

func TestFilesOfEarlierVersionsOpenAndGoOn(t *testing.T) {
	folders, err := os.ReadDir("testdata/format")
	if err != nil || len(folders) == 0 {
		t.Fatal(err, folders)
	}
	if _, err := os.Stat(filepath.Join("testdata/format", formatRun)); err != nil {
		t.Errorf("the present version has no files: %v", err)
	}
	for _, folder := range folders {
		for name, r := range earlierRuns {
			t.Run(folder.Name()+"/"+name, func(t *testing.T) { opensAndGoesOn(t, filepath.Join("testdata/format", folder.Name(), name), r.set()) })
		}
	}
}

func opensAndGoesOn(t *testing.T, path string, set *data.Set) {
	var was earlierResult
	raw, err := os.ReadFile(path + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &was)
	}
	if err != nil {
		t.Fatal(err)
	}
	open := func(part string) *checkpoint.State {
		raw, err := os.ReadFile(path + part)
		if err != nil {
			t.Fatal(err)
		}
		s, err := checkpoint.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	r, err := Open(open(".checkpoint.safetensors"), set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	n := len(was.Losses)
	if r.Done != n-1 {
		t.Fatalf("it goes on after step %d, not %d", r.Done, n-1)
	}
	for p, err := range r.Steps(t.Context()) {
		if err != nil || math.Abs(float64(p.Loss-was.Losses[n-1])) > 1e-4 {
			t.Errorf("the last step has a loss of %v, not %v: %v", p.Loss, was.Losses[n-1], err)
		}
	}
	e, c, err := OpenEmbedder(open(".model.safetensors"), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if err := Prepare(t.Context(), c, open(".model.safetensors"), set, nil); err != nil {
		t.Fatal(err)
	}
	f, err := e.Embed(t.Context(), set, []int{0}, nil)
	if err != nil || len(f.Data) != len(was.Features) {
		t.Fatal(err, len(f.Data), len(was.Features))
	}
	for i, v := range f.Data {
		if math.Abs(float64(v-was.Features[i])) > 1e-4 {
			t.Fatalf("feature %d is %v, not %v", i, v, was.Features[i])
		}
	}
}

func TestWriteFormat(t *testing.T) {
	dir := os.Getenv("WRITE_FORMAT")
	if dir == "" {
		t.Skip("it writes files of a new version; WRITE_FORMAT names the folder")
	}
	if err := os.Mkdir(dir, 0o755); err != nil { // also of a version that is there already
		t.Fatal(err)
	}
	for name, one := range earlierRuns {
		set, path := one.set(), filepath.Join(dir, name)
		r, err := New(one.config, set, cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		var was earlierResult
		for p, err := range r.Steps(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if was.Losses = append(was.Losses, p.Loss); r.Done == r.Config.Steps-1 {
				writeState(t, path+".checkpoint.safetensors", stateOf(t, r))
			}
		}
		model, err := r.Model(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		writeState(t, path+".model.safetensors", model)
		f, err := r.Embedder().Embed(t.Context(), set, []int{0}, nil)
		if err != nil {
			t.Fatal(err)
		}
		was.Features = f.Data
		raw, _ := json.Marshal(was)
		if err := os.WriteFile(path+".json", raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func writeState(t *testing.T, path string, s *checkpoint.State) {
	t.Helper()
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
