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
	"io/fs"
	"path/filepath"
	"strconv"

	"autodidact"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	probing "autodidact/core/probe"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
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
	_, e, err := see(ctx, *dir, *path, from)
	if err != nil {
		return err
	}
	raw, err := write(e.Features(), e.Samples().Set())
	if err != nil {
		return err
	}
	return toFile(*out, func(to io.Writer) error { _, err := to.Write(raw); return err })
}

// see reads samples and embeds them with the encoder of a run.
func see(ctx context.Context, dir, path string, from reading) (*autodidact.Model, *autodidact.Embeddings, error) {
	m, _, err := opened(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	c := m.Config()
	d, err := from.as(c.Missing).read(ctx, path, c.Size)
	if err != nil {
		return nil, nil, err
	}
	e, err := m.Embed(ctx, d)
	clearShown()
	if err != nil {
		return nil, nil, err
	}
	stdout.notice(e.Notices...)
	return m, e, nil
}

// model opens the model that a run directory holds: the finished one, or what the checkpoint of an unfinished run has so far.
func model(ctx context.Context, dir string) (*autodidact.Model, error) {
	m, err := autodidact.Load(ctx, dir)
	if failed, is := errors.AsType[*fs.PathError](err); is && failed.Op == "load" {
		return nil, fmt.Errorf("run %s: %w", dir, failed.Err)
	}
	if err != nil {
		return nil, err
	}
	stdout.notice(m.Notices()...)
	return m, nil
}

// opened is the model that a run directory holds, and the encoder in it.
func opened(ctx context.Context, dir string) (*autodidact.Model, kind.Embedder, error) {
	m, err := model(ctx, dir)
	if err != nil {
		return nil, kind.Embedder{}, err
	}
	look, err := m.Embedder()
	if err != nil {
		return nil, kind.Embedder{}, fmt.Errorf("run %s: %w", dir, err)
	}
	return m, look, nil
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
