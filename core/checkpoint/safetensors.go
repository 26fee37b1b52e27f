package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc64"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Safetensors (https://github.com/huggingface/safetensors) is eight bytes of
// little-endian header length, a header of JSON padded with spaces, and the
// tensors' bytes, little-endian, end to end:
//
//	{"__metadata__": {key: string, …},
//	 name: {"dtype": "F32", "shape": [2,3], "data_offsets": [0,24]}, …}
//
// Encode writes the same bytes for the same state, and adds to the metadata a
// checksum over the whole file, its own digits counted as zeros. CRC-64 (that of
// xz) finds every change within 64 bits for sure, and costs 25 ms for 20 MB in a
// tab, where SHA-256 takes 320 ms.
const (
	metadataKey  = "__metadata__"
	checksumKey  = "autodidact.checksum"
	checksumSays = "CRC-64/XZ of this file with these digits zero: "
	checksumLen  = 16 // hexadecimal digits
)

// What a reader agrees to; a writer stays within it.
const (
	maxHeader  = 16 << 20 // bytes
	maxData    = 2 << 30  // bytes; a tab's memory ends at 4 GiB
	maxTensors = 1 << 16
	maxRank    = 8
)

var crcTable = crc64.MakeTable(crc64.ECMA)

// Encode writes s, whose tensors must be on the host, as safetensors.
func Encode(w io.Writer, s *State) error {
	names := slices.Sorted(maps.Keys(s.Tensors))
	head, digits, err := encodeHeader(s, names)
	if err != nil {
		return err
	}
	sum := crc64.New(crcTable)
	sum.Write(head)
	if err := encodeData(sum, s, names); err != nil {
		return err
	}
	copy(head[digits:], fmt.Sprintf("%0*x", checksumLen, sum.Sum64()))
	if _, err := w.Write(head); err != nil {
		return err
	}
	return encodeData(w, s, names)
}

// encodeHeader gives the length and the header, and where in them the checksum's digits go.
func encodeHeader(s *State, names []string) (head []byte, digits int, err error) {
	if _, taken := s.Meta[checksumKey]; taken {
		return nil, 0, fmt.Errorf("checkpoint: metadata %q is written by Encode itself", checksumKey)
	}
	if len(names) > maxTensors {
		return nil, 0, fmt.Errorf("checkpoint: %d tensors, at most %d fit one file", len(names), maxTensors)
	}
	meta := map[string]string{checksumKey: checksumSays + strings.Repeat("0", checksumLen)}
	maps.Copy(meta, s.Meta)

	b := bytes.NewBuffer(make([]byte, 8)) // the length, once known
	fmt.Fprintf(b, `{"%s":{`, metadataKey)
	for i, k := range slices.Sorted(maps.Keys(meta)) {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeStrings(b, k, meta[k]); err != nil {
			return nil, 0, err
		}
		if k == checksumKey {
			digits = b.Len() - 1 - checksumLen
		}
	}
	b.WriteByte('}')
	var end int64
	for _, name := range names {
		begin := end
		if end, err = writeEntry(b, name, s.Tensors[name], begin); err != nil {
			return nil, 0, err
		}
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if n := b.Len() - 8; n > maxHeader {
		return nil, 0, fmt.Errorf("checkpoint: names and metadata take %d bytes, at most %d fit one file", n, maxHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-8))
	return b.Bytes(), digits, nil
}

// writeEntry describes one tensor whose bytes begin at begin, and returns where they end.
func writeEntry(b *bytes.Buffer, name string, x *tensor.Tensor, begin int64) (end int64, err error) {
	dtype := map[tensor.DType]string{tensor.Float32: "F32", tensor.Int32: "I32"}[x.DType]
	words, onHost := x.Buf.(kernel.Host)
	switch {
	case name == metadataKey:
		return 0, fmt.Errorf("checkpoint: a tensor cannot be called %q", name)
	case !utf8.ValidString(name):
		return 0, fmt.Errorf("checkpoint: tensor name %q is not UTF-8", name)
	case dtype == "" || !onHost:
		return 0, fmt.Errorf("checkpoint: tensor %q is not of 32-bit words on the host", name)
	case len(words) != x.Shape.Size():
		return 0, fmt.Errorf("checkpoint: tensor %q has %d words for shape %v", name, len(words), x.Shape)
	case len(x.Shape) > maxRank:
		return 0, fmt.Errorf("checkpoint: tensor %q has %d dimensions, at most %d fit", name, len(x.Shape), maxRank)
	}
	end = begin + 4*int64(len(words))
	if end > maxData {
		return 0, fmt.Errorf("checkpoint: the tensors take more than %d bytes", maxData)
	}
	shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(x.Shape), "[]"), " ", ",")
	fmt.Fprintf(b, `,%s:{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}`, quote(name), dtype, shape, begin, end)
	return end, nil
}

func writeStrings(b *bytes.Buffer, key, value string) error {
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		return fmt.Errorf("checkpoint: metadata %q: %q is not UTF-8", key, value)
	}
	fmt.Fprintf(b, "%s:%s", quote(key), quote(value))
	return nil
}

// quote makes a JSON string, with no more escapes than JSON needs.
func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// encodeData writes the tensors' words, little-endian, a chunk at a time.
func encodeData(w io.Writer, s *State, names []string) error {
	chunk := make([]byte, 0, chunkBytes)
	for _, name := range names {
		for part := range slices.Chunk(s.Tensors[name].Buf.(kernel.Host).Int32s(), chunkBytes/4) {
			chunk = chunk[:4*len(part)]
			for i, word := range part {
				binary.LittleEndian.PutUint32(chunk[4*i:], uint32(word))
			}
			if _, err := w.Write(chunk); err != nil {
				return err
			}
		}
	}
	return nil
}
