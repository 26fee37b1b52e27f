// Package torchfile reads the tensors out of a file that PyTorch wrote with torch.save: the zip of today and the pickles in a
// row of before version 1.6. Such a file is a program for Python's pickle. Here only what builds tensors and plain containers
// is followed, nothing is ever called, and a file that asks for more is refused by the name of what it asks for.
package torchfile

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/core/tensor"
)

// A File is what was read.
type File struct {
	State  *checkpoint.State // the weights by name; without metadata
	Under  string            // where in the file they lie, as "state_dict"; "" if they are all there is
	Left   []string          // what lies beside them and was not read, each with what it is
	Unread map[string]string // tensors among them that cannot be held here, and why
}

// Magic numbers that a pickle, and a zip, begin with.
const (
	pickleStart = '\x80'
	zipStart    = "PK\x03\x04"
)

// Is says whether a file that begins with some bytes, 4 or more, may be PyTorch's: a pickle, or a zip that has one.
func Is(at io.ReaderAt, size int64) bool {
	head := make([]byte, 4)
	if n, _ := at.ReadAt(head, 0); n < len(head) {
		return false
	}
	if head[0] == pickleStart && head[1] >= 2 && head[1] <= 5 {
		return true
	}
	if string(head) != zipStart {
		return false
	}
	z, err := zip.NewReader(at, size)
	return err == nil && pickleIn(z) != nil
}

// pickleIn is the entry of a zip that describes what torch.save saved, nil if there is none.
func pickleIn(z *zip.Reader) *zip.File {
	i := slices.IndexFunc(z.File, func(e *zip.File) bool { return path.Base(e.Name) == "data.pkl" })
	if i < 0 {
		return nil
	}
	return z.File[i]
}

// Decode reads a file. What is wrong with it is a *checkpoint.FormatError.
func Decode(at io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, 1)
	if _, err := at.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	if head[0] == pickleStart {
		return decodeLegacy(bufio.NewReaderSize(io.NewSectionReader(at, 0, size), 1<<16))
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, bad("this is no file of PyTorch, or it is cut off: %v", err)
	}
	return decodeZip(z)
}

func bad(format string, a ...any) error {
	return &checkpoint.FormatError{Reason: fmt.Sprintf(format, a...)}
}

// file makes a File of an unpickled root: it finds the weights, and read gives the numbers of the storages that they lie in.
func file(root any, read func(used map[string]*storage) error) (*File, error) {
	weights, under, left, err := choose(root)
	if err != nil {
		return nil, err
	}
	f := &File{State: &checkpoint.State{Meta: map[string]string{}, Tensors: map[string]*tensor.Tensor{}}, Under: under, Left: left, Unread: map[string]string{}}
	used := map[string]*storage{}
	for _, v := range weights.values {
		if x, ok := v.(*tensorRef); ok && checkpoint.SizeOf(x.of.dtype) > 0 {
			used[x.of.key] = x.of
		}
	}
	var numbers int64
	for _, s := range used {
		if numbers += s.count; numbers > maxNumbers {
			return nil, bad("it is too large: there are more than %d million numbers in it", maxNumbers>>20)
		}
	}
	if err := read(used); err != nil {
		return nil, err
	}
	room := 2*numbers + 1<<16 // numbers that tensors which are no plain part of their storage may have
	for i, key := range weights.keys {
		name, isName := key.(string)
		x, isTensor := weights.values[i].(*tensorRef)
		if !isName || !isTensor {
			f.Left = append(f.Left, described(key, weights.values[i]))
			continue
		}
		made, why := x.tensor(&room)
		if why != "" {
			f.Unread[name] = why
			continue
		}
		f.State.Tensors[name] = made
	}
	return f, nil
}
