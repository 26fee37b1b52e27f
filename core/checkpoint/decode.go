package checkpoint

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"math"
	"strings"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

const (
	chunkBytes = 64 << 10
	firstWords = 256 << 10 // a tensor's memory begins no larger, and doubles as its bytes come
)

// Decode reads safetensors, ours or anyone's, and trusts nothing in them: what is
// wrong is a *FormatError. A checksum is verified where there is one. Half and
// double floats become Float32; bytes and 64-bit integers become Int32.
func Decode(r io.Reader) (*State, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	d := decoder{r: r, at: int64(len(h.raw)), sum: crc64.New(crcTable), chunk: make([]byte, chunkBytes)}
	d.sum.Write(h.raw[:h.digits])
	if h.checksum != "" {
		io.WriteString(d.sum, strings.Repeat("0", checksumLen))
	}
	d.sum.Write(h.raw[h.digits+int64(len(h.checksum)):])

	s := &State{Meta: h.meta, Tensors: map[string]*tensor.Tensor{}}
	for _, e := range h.entries {
		if s.Tensors[e.name], err = d.tensor(e); err != nil {
			return nil, err
		}
	}
	switch _, err := io.ReadFull(r, d.chunk[:1]); err {
	case io.EOF:
	case nil:
		return nil, &FormatError{d.at, "the file goes on after its last tensor"}
	default:
		return nil, err
	}
	if h.checksum != "" && h.checksum != fmt.Sprintf("%0*x", checksumLen, d.sum.Sum64()) {
		return nil, &FormatError{h.digits, "the contents do not match their checksum: the file was damaged"}
	}
	return s, nil
}

type decoder struct {
	r     io.Reader
	at    int64
	sum   hash.Hash64
	chunk []byte
}

func (d *decoder) tensor(e entry) (*tensor.Tensor, error) {
	f := formats[e.dtype]
	n := e.shape.Size()
	words := make(kernel.Host, 0, min(n, firstWords))
	for len(words) < n {
		k := min(n-len(words), chunkBytes/int(f.size))
		src := d.chunk[:k*int(f.size)]
		got, err := io.ReadFull(d.r, src)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, &FormatError{d.at + int64(got), fmt.Sprintf("the file ends within tensor %q", e.name)}
		}
		if err != nil {
			return nil, err
		}
		d.sum.Write(src)
		if len(words)+k > cap(words) {
			words = append(make(kernel.Host, 0, min(n, 2*cap(words))), words...)
		}
		words = words[:len(words)+k]
		if i := f.read(words[len(words)-k:].Int32s(), src); i < k {
			return nil, &FormatError{d.at + int64(i)*f.size, fmt.Sprintf("a number of tensor %q does not fit 32 bits", e.name)}
		}
		d.at += int64(len(src))
	}
	return &tensor.Tensor{Shape: e.shape, DType: f.as, Buf: words}, nil
}

// A format is how numbers lie in a file. read turns them into the bits of 32-bit
// words and returns how many it could: fewer than len(dst) when one does not fit.
type format struct {
	size int64 // bytes a number
	as   tensor.DType
	read func(dst []int32, src []byte) int
}

var formats = map[string]format{
	"F32":  {4, tensor.Float32, readWords},
	"I32":  {4, tensor.Int32, readWords},
	"F64":  {8, tensor.Float32, readF64},
	"F16":  {2, tensor.Float32, readF16},
	"BF16": {2, tensor.Float32, readBF16},
	"I64":  {8, tensor.Int32, readI64},
	"U8":   {1, tensor.Int32, readU8},
}

// readWords moves words as integers, so that the bits of a NaN stay what they were.
func readWords(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(binary.LittleEndian.Uint32(src[4*i:]))
	}
	return len(dst)
}

func readF64(dst []int32, src []byte) int {
	for i := range dst {
		v := math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
		if math.Abs(v) > math.MaxFloat32 && !math.IsInf(v, 0) {
			return i
		}
		dst[i] = int32(math.Float32bits(float32(v)))
	}
	return len(dst)
}

func readBF16(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(binary.LittleEndian.Uint16(src[2*i:])) << 16
	}
	return len(dst)
}

func readF16(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(widenF16(uint32(binary.LittleEndian.Uint16(src[2*i:]))))
	}
	return len(dst)
}

// widenF16 turns the bits of a half (1 sign, 5 exponent, 10 fraction) into those of a float32 (1, 8, 23).
func widenF16(h uint32) uint32 {
	sign, exp, frac := h>>15<<31, h>>10&0x1f, h&0x3ff
	switch exp {
	case 0: // zero, or a subnormal: frac * 2^-24
		return sign | math.Float32bits(float32(frac)*0x1p-24)
	case 0x1f: // infinity, or not a number
		return sign | 0xff<<23 | frac<<13
	}
	return sign | (exp+127-15)<<23 | frac<<13
}

func readI64(dst []int32, src []byte) int {
	for i := range dst {
		v := int64(binary.LittleEndian.Uint64(src[8*i:]))
		if v != int64(int32(v)) {
			return i
		}
		dst[i] = int32(v)
	}
	return len(dst)
}

func readU8(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(src[i])
	}
	return len(dst)
}
