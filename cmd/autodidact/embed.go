package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	probing "autodidact/core/probe"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// embed writes the embedding of each sample.
func embed(ctx context.Context, args []string) error {
	f := flags("embed")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "samples: folder, file or zip")
	var from reading
	from.flags(f)
	out := f.String("out", "", "file to write: .safetensors, .npy or .csv")
	if err := parse(f, args, "run", "data", "out"); err != nil {
		return err
	}
	write, ok := writers[filepath.Ext(*out)]
	if !ok {
		return fmt.Errorf("out: %s ends in none of .safetensors, .npy, .csv", *out)
	}
	s, err := see(ctx, *dir, *path, from)
	if err != nil {
		return err
	}
	raw, err := write(s.features, s.set)
	if err != nil {
		return err
	}
	return toFile(*out, func(to io.Writer) error { _, err := to.Write(raw); return err })
}

// A seen is samples as the encoder of a run sees them.
type seen struct {
	look     kind.Embedder
	config   run.Config
	set      *data.Set
	features probing.Features
}

// see reads samples and embeds them with the encoder of a run.
func see(ctx context.Context, dir, path string, from reading) (s seen, err error) {
	if s.look, s.config, err = model(ctx, dir); err != nil {
		return s, err
	}
	if s.set, err = from.as(s.config).read(ctx, path, s.config.Size); err != nil {
		return s, err
	}
	bar := newBar("embedding")
	defer bar.clear()
	if err := learned(ctx, s.look, s.set, bar); err != nil {
		return s, err
	}
	s.features, err = s.look.Embed(ctx, s.set, nil, bar.each)
	bar.clear()
	if err != nil {
		return s, err
	}
	stdout.notice(s.look.Unread(s.set)...)
	return s, s.finite(dir)
}

// finite refuses features that are no numbers, as those of weights that are finite but far too large.
func (s seen) finite(dir string) error {
	for i, v := range s.features.Data {
		if v-v != 0 {
			return fmt.Errorf("run %s: its encoder gives %v for %s: training diverged; use a checkpoint from before that, such as %s", dir, v, s.set.Names[i/s.features.Width], filepath.Join(dir, healthyFile))
		}
	}
	return nil
}

// model opens the encoder a run directory holds: the finished model, or what the
// checkpoint of an unfinished run has so far.
func model(ctx context.Context, dir string) (kind.Embedder, run.Config, error) {
	_, look, c, err := opened(ctx, dir)
	return look, c, err
}

// opened is the model that a run directory holds, or its checkpoint if it is not finished, and the encoder in it.
func opened(ctx context.Context, dir string) (*checkpoint.State, kind.Embedder, run.Config, error) {
	s, err := state(ctx, dir)
	if err != nil {
		return nil, kind.Embedder{}, run.Config{}, fmt.Errorf("run %s: %w", dir, err)
	}
	look, c, err := run.OpenEmbedder(s, cpu.New())
	if err != nil {
		return nil, kind.Embedder{}, run.Config{}, fmt.Errorf("run %s: %w", dir, err)
	}
	return s, look, c, nil
}

// state reads the model that a run directory holds, or its checkpoint if it is not finished, or what a file or a folder of a model
// made elsewhere has.
func state(ctx context.Context, dir string) (*checkpoint.State, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil || !info.IsDir() {
		return brought(dir)
	}
	store := checkpoint.Directory(dir)
	s, err := store.Load(ctx, modelID)
	if err == nil && !ours(s) {
		return brought(dir)
	}
	if !errors.Is(err, checkpoint.ErrNotFound) {
		return s, remedied(ctx, dir, err)
	}
	unfinished, other := store.Load(ctx, checkpointID)
	if errors.Is(other, checkpoint.ErrNotFound) {
		return brought(dir)
	}
	if other == nil {
		notef(dir, "the run is not finished: this is its encoder after step %s", unfinished.Meta[checkpoint.MetaStep])
	}
	return unfinished, remedied(ctx, dir, other)
}

var writers = map[string]func(probing.Features, *data.Set) ([]byte, error){
	".safetensors": asSafetensors,
	".npy":         asNPY,
	".csv":         asCSV,
}

// asSafetensors has one tensor, "embeddings" [n, width], and the samples' names and
// labels as JSON in the metadata.
func asSafetensors(f probing.Features, set *data.Set) ([]byte, error) {
	names, _ := json.Marshal(set.Names)
	labels, _ := json.Marshal(set.Labels)
	var buf bytes.Buffer
	err := checkpoint.Encode(&buf, &checkpoint.State{
		Meta:    map[string]string{"names": string(names), "labels": string(labels)},
		Tensors: map[string]*tensor.Tensor{"embeddings": {Shape: tensor.Shape{f.N, f.Width}, DType: tensor.Float32, Buf: kernel.Host(f.Data)}},
	})
	return buf.Bytes(), err
}

// asNPY is NumPy's own format, version 1.0, little-endian float32 [n, width]. Rows
// are in the order of names, which -out .csv has.
func asNPY(f probing.Features, _ *data.Set) ([]byte, error) {
	head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", f.N, f.Width)
	for (10+len(head)+1)%64 != 0 {
		head += " "
	}
	head += "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	out = append(out, head...)
	return binary.Append(out, binary.LittleEndian, f.Data)
}

// asCSV has a line for each sample: name, label, then the features.
func asCSV(f probing.Features, set *data.Set) ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	head := []string{"name", "label"}
	for j := range f.Width {
		head = append(head, "f"+strconv.Itoa(j))
	}
	w.Write(head)
	for i := range f.N {
		line := []string{set.Names[i], set.Labels[i]}
		for _, v := range f.Row(i) {
			line = append(line, strconv.FormatFloat(float64(v), 'g', -1, 32))
		}
		w.Write(line)
	}
	w.Flush()
	return buf.Bytes(), w.Error()
}
