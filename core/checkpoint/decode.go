package checkpoint

import (
	"encoding/binary"
	"errors"
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
// double floats become Float32; whole numbers and booleans Int32.
func Decode(r io.Reader) (*State, error) {
	h, err := readHeader(r, false)
	if err != nil {
		return nil, err
	}
	s, _, err := decode(r, h)
	return s, err
}

// DecodeForeign is Decode of a file that may hold tensors which cannot be held here, but perhaps nobody asks for: those of
// other number types, and of numbers beyond 32 bits. They are left out; unread says why, by name.
func DecodeForeign(r io.Reader) (s *State, unread map[string]string, err error) {
	h, err := readHeader(r, true)
	if err != nil {
		return nil, nil, err
	}
	return decode(r, h)
}

func decode(r io.Reader, h *header) (*State, map[string]string, error) {
	d := decoder{r: r, at: int64(len(h.raw)), sum: crc64.New(crcTable)}
	d.sum.Write(h.raw[:h.digits])
	if h.checksum != "" {
		io.WriteString(d.sum, strings.Repeat("0", checksumLen))
	}
	d.sum.Write(h.raw[h.digits+int64(len(h.checksum)):])

	s, unread := &State{Meta: h.meta, Tensors: map[string]*tensor.Tensor{}}, map[string]string{}
	for _, e := range h.entries {
		x, err := d.tensor(e)
		if why, ok := errors.AsType[*FormatError](err); ok && h.lenient && d.at == int64(len(h.raw))+e.end {
			unread[e.name] = why.Reason
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		s.Tensors[e.name] = x
	}
	switch _, err := io.ReadFull(r, make([]byte, 1)); err {
	case io.EOF:
	case nil:
		return nil, nil, &FormatError{d.at, "the file goes on after its last tensor"}
	default:
		return nil, nil, err
	}
	if h.checksum != "" && h.checksum != fmt.Sprintf("%0*x", checksumLen, d.sum.Sum64()) {
		return nil, nil, &FormatError{h.digits, "the contents do not match their checksum: the file was damaged"}
	}
	return s, unread, nil
}

// A decoder reads the data of a file.
type decoder struct {
	r   io.Reader
	at  int64
	sum hash.Hash64
}

func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.sum.Write(p[:n])
	d.at += int64(n)
	return n, err
}

// tensor reads one. The error of one that cannot be held comes when its bytes are past.
func (d *decoder) tensor(e entry) (*tensor.Tensor, error) {
	begin := d.at
	words, as, err := ReadNumbers(d, e.dtype, e.shape.Size())
	beyond, ok := errors.AsType[*rangeError](err)
	if ok {
		err = &FormatError{begin + int64(beyond.index)*formats[e.dtype].size, fmt.Sprintf("a number of tensor %q does not fit 32 bits", e.name)}
	} else if errors.Is(err, errUnknown) {
		err = &FormatError{begin, fmt.Sprintf("tensor %q has dtype %q, which is not read here", e.name, e.dtype)}
	}
	if left := begin + e.end - e.begin - d.at; err != nil && left > 0 {
		if _, past := io.CopyN(io.Discard, d, left); past != nil {
			err = past
		}
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = &FormatError{d.at, fmt.Sprintf("the file ends within tensor %q", e.name)}
	}
	if err != nil {
		return nil, err
	}
	return &tensor.Tensor{Shape: e.shape, DType: as, Buf: words}, nil
}

var errUnknown = errors.New("numbers of a type that is not read here")

// ErrRange means that a number does not fit 32 bits.
var ErrRange = errors.New("a number does not fit 32 bits")

// A rangeError says which.
type rangeError struct{ index int }

func (e *rangeError) Unwrap() error { return ErrRange }

func (e *rangeError) Error() string { return fmt.Sprintf("number %d does not fit 32 bits", e.index) }

// ReadNumbers reads n numbers of a type of safetensors ("F32", "BF16", "I64" and so on) as 32-bit words of the DType that it
// returns. Memory grows as they come. io.EOF and io.ErrUnexpectedEOF mean that there are fewer; ErrRange leaves the rest unread.
func ReadNumbers(r io.Reader, dtype string, n int) (kernel.Host, tensor.DType, error) {
	f, known := formats[dtype]
	if !known {
		return nil, 0, errUnknown
	}
	chunk := make([]byte, min(n, chunkBytes/int(f.size))*int(f.size))
	words := make(kernel.Host, 0, min(n, firstWords))
	for len(words) < n {
		k := min(n-len(words), chunkBytes/int(f.size))
		src := chunk[:k*int(f.size)]
		if _, err := io.ReadFull(r, src); err != nil {
			return nil, 0, err
		}
		if len(words)+k > cap(words) {
			words = append(make(kernel.Host, 0, min(n, 2*cap(words))), words...)
		}
		words = words[:len(words)+k]
		if i := f.read(words[len(words)-k:].Int32s(), src); i < k {
			return nil, 0, &rangeError{len(words) - k + i}
		}
	}
	return words, f.as, nil
}

// SizeOf is the bytes of a number of a type of safetensors; 0 if ReadNumbers does not read it.
func SizeOf(dtype string) int64 { return formats[dtype].size }

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
	"BOOL": {1, tensor.Int32, readU8},
	"I8":   {1, tensor.Int32, readI8},
	"I16":  {2, tensor.Int32, readI16},
	"U16":  {2, tensor.Int32, readU16},
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

func readI8(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(int8(src[i]))
	}
	return len(dst)
}

func readI16(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(int16(binary.LittleEndian.Uint16(src[2*i:])))
	}
	return len(dst)
}

func readU16(dst []int32, src []byte) int {
	for i := range dst {
		dst[i] = int32(binary.LittleEndian.Uint16(src[2*i:]))
	}
	return len(dst)
}
