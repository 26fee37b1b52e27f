package torchfile

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"

	"autodidact/core/checkpoint"
)

// A packed storage hardly becomes smaller, so one that unpacks to many times its size is none.
const maxRatio, maxSurplus = 32, 16 << 20

// read reads the numbers of a storage. That one does not fit is told where tensors are made of it.
func (s *storage) read(r io.Reader) error {
	counted := io.LimitReader(r, s.count*checkpoint.SizeOf(s.dtype))
	words, as, err := checkpoint.ReadNumbers(counted, s.dtype, int(s.count))
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return bad("it ends within its tensors: it is cut off, or damaged")
	}
	s.words, s.as = words, as
	if errors.Is(err, checkpoint.ErrRange) {
		s.beyond, err = true, nil
	}
	if err == nil {
		_, err = io.Copy(io.Discard, counted)
	}
	return err
}

// decodeZip reads a zip: data.pkl, and data/KEY for each storage.
func decodeZip(z *zip.Reader) (*File, error) {
	pickled := pickleIn(z)
	if pickled == nil {
		return nil, bad("this zip has no data.pkl: it is not one that PyTorch wrote")
	}
	entries := map[string]*zip.File{}
	for _, e := range z.File {
		entries[e.Name] = e
	}
	in := path.Dir(pickled.Name)
	for name := range entries {
		if strings.HasPrefix(name, path.Join(in, "code")+"/") {
			return nil, bad("%s", global{"__torch__", ""}.refused())
		}
	}
	if order := entries[path.Join(in, "byteorder")]; order != nil {
		if raw, err := unpacked(order, 16); err != nil || strings.TrimSpace(string(raw)) != "little" {
			return nil, bad("its numbers were written by a machine that has their highest byte first, which is not read here")
		}
	}
	body, err := pickled.Open()
	if err != nil {
		return nil, bad("data.pkl in it cannot be read: %v", err)
	}
	defer body.Close()
	m := newMachine(bufio.NewReader(body))
	root, err := m.run()
	if err != nil {
		return nil, unzipping(err)
	}
	return file(root, func(used map[string]*storage) error {
		for key, s := range used {
			if err := s.readEntry(entries[path.Join(in, "data", key)]); err != nil {
				return err
			}
		}
		return nil
	})
}

// readEntry reads a storage from its entry in a zip, to its end, where the checksum is found right.
func (s *storage) readEntry(e *zip.File) error {
	need := uint64(s.count * checkpoint.SizeOf(s.dtype))
	switch {
	case e == nil:
		return bad("the numbers of storage %.40q are not in it: it is damaged", s.key)
	case e.UncompressedSize64 < need:
		return bad("storage %.40q has %d bytes and should have %d: the file is damaged", s.key, e.UncompressedSize64, need)
	case e.Method != zip.Store && need > maxRatio*e.CompressedSize64+maxSurplus:
		return bad("storage %.40q unpacks to more than %d times its size, which no weights do", s.key, maxRatio)
	}
	body, err := e.Open()
	if err != nil {
		return bad("storage %.40q cannot be read: %v", s.key, err)
	}
	defer body.Close()
	if err := s.read(body); err != nil {
		return unzipping(err)
	}
	if _, err := io.CopyN(io.Discard, body, 1<<20); err != io.EOF && err != nil {
		return unzipping(err)
	}
	return nil
}

// unzipping words what can be wrong with an entry of a zip.
func unzipping(err error) error {
	if _, flawed := errors.AsType[flate.CorruptInputError](err); flawed || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return bad("its contents do not match their checksum, or are cut off: the file was damaged")
	}
	return err
}

// unpacked is what a small entry holds, of at most so many bytes.
func unpacked(e *zip.File, most int64) ([]byte, error) {
	body, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, most))
}

// legacyMagic is the number that files of before PyTorch 1.6 begin with, 0x1950a86a20f9469cfc6c.
const legacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// decodeLegacy reads pickles in a row: a magic number, a version, the machine, the root, and the keys of the storages; then these,
// each after its count.
func decodeLegacy(in *bufio.Reader) (*File, error) {
	m := newMachine(in)
	first, err := m.run()
	if err != nil {
		return nil, err
	}
	if n, ok := first.(big); !ok || string(n) != legacyMagic {
		return nil, bad("this is a pickle of Python (%s), but not one that torch.save wrote. "+save(`torch.load("FILE")`), what(first))
	}
	var parts [4]any // version, machine, root, keys
	for i := range parts {
		if parts[i], err = m.run(); err != nil {
			return nil, err
		}
	}
	if about, ok := parts[1].(*dict); ok {
		if i, there := about.index["little_endian"]; there && about.values[i] == false {
			return nil, bad("its numbers were written by a machine that has their highest byte first, which is not read here")
		}
	}
	keys, ok := parts[3].(*list)
	if parts[0] != int64(1001) || !ok {
		return nil, bad("it is of version %v of PyTorch's files, which is not read here", parts[0])
	}
	return file(parts[2], func(used map[string]*storage) error { return m.legacyStorages(keys, used) })
}

// legacyStorages reads storages in the order of their keys.
func (m *machine) legacyStorages(keys *list, used map[string]*storage) error {
	for _, k := range keys.values {
		key, _ := k.(string)
		s := m.stores[key]
		if s == nil {
			return bad("it lists a storage %.40q that no tensor lies in: it is damaged", key)
		}
		count := make([]byte, 8)
		if _, err := io.ReadFull(m.in, count); err != nil {
			return bad("it ends within its tensors: it is cut off, or damaged")
		}
		if binary.LittleEndian.Uint64(count) != uint64(s.count) {
			return bad("storage %.40q is said to have %d numbers and has %d: the file is damaged", key, s.count, binary.LittleEndian.Uint64(count))
		}
		if used[key] == nil {
			if _, err := io.CopyN(io.Discard, m.in, s.count*max(unreadSizes[s.dtype], checkpoint.SizeOf(s.dtype))); err != nil {
				return bad("it ends within its tensors: it is cut off, or damaged")
			}
			continue
		}
		if err := s.read(m.in); err != nil {
			return err
		}
	}
	for key, s := range used {
		if s.words == nil && !s.beyond {
			return bad("the numbers of storage %.40q are not in it: it is damaged", key)
		}
	}
	return nil
}
