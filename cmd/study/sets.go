package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
)

// size is what encoders see, in pixels on a side.
const size = 32

func load(ctx context.Context, name string) (train, test *data.Set, err error) {
	switch name {
	case "emoji", "clips":
		return sample(ctx, name)
	case "fashion-mnist":
		return fashion()
	}
	return nil, nil, errors.New("there are emoji, fashion-mnist and clips")
}

// whole is a bundled set.
func whole(ctx context.Context, name string) (set *data.Set, err error) {
	raw, err := os.ReadFile("build/samples/" + name + ".zip")
	if err != nil {
		return nil, fmt.Errorf("%w (make build writes it)", err)
	}
	files, err := data.Zip(raw)
	if err != nil {
		return nil, err
	}
	set, _, err = kind.Of(data.KindOf(files)).Read(ctx, files, kind.Format{Size: size, Decode: data.DecodePicture, DecodeClip: data.DecodeClip}, nil)
	return set, err
}

// sample is a bundled set: every fifth sample of a shuffle is asked about.
func sample(ctx context.Context, name string) (train, test *data.Set, err error) {
	all, err := whole(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	train, test = &data.Set{Of: all.Of}, &data.Set{Of: all.Of}
	for k, i := range rng.New(1).Perm(all.Len()) {
		to := train
		if k%5 == 0 {
			to = test
		}
		to.Names, to.Labels, to.X = append(to.Names, all.Names[i]), append(to.Labels, all.Labels[i]), append(to.X, all.X[i])
	}
	return train, test, nil
}

// Fashion-MNIST (Xiao et al., arXiv:1708.07747, MIT) as Debian installs it; its first pictures,
// so that a study ends in hours, not days.
const (
	fashionFolder = "/usr/share/datasets/fashion-mnist/"
	fashionTrain  = 6000
	fashionTest   = 2000
)

func fashion() (train, test *data.Set, err error) {
	if train, err = idx("train", fashionTrain); err != nil {
		return nil, nil, err
	}
	test, err = idx("t10k", fashionTest)
	return train, test, err
}

// idx reads the first n pictures of one half of the set, and their labels.
func idx(half string, n int) (*data.Set, error) {
	pictures, err := unzip(half + "-images-idx3-ubyte.gz")
	if err != nil {
		return nil, err
	}
	labels, err := unzip(half + "-labels-idx1-ubyte.gz")
	if err != nil {
		return nil, err
	}
	const head, labelHead, side = 16, 8, 28
	if len(pictures) < head+n*side*side || len(labels) < labelHead+n || binary.BigEndian.Uint32(pictures[8:]) != side {
		return nil, fmt.Errorf("%s: not %d pictures of %d by %d", half, n, side, side)
	}
	set := &data.Set{Of: data.Images}
	for i := range n {
		rgb := make([]byte, 0, side*side*3)
		for _, v := range pictures[head+i*side*side:][:side*side] {
			rgb = append(rgb, v, v, v)
		}
		set.Names = append(set.Names, fmt.Sprintf("%s-%05d", half, i))
		set.Labels = append(set.Labels, fmt.Sprint(labels[labelHead+i]))
		set.X = append(set.X, tensor.Bytes(rgb, side, side, 3))
	}
	return set, nil
}

func unzip(name string) ([]byte, error) {
	raw, err := os.ReadFile(fashionFolder + name)
	if err != nil {
		return nil, fmt.Errorf("%w (apt-get install dataset-fashion-mnist brings it)", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return io.ReadAll(z)
}
