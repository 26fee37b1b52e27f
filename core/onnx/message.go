package onnx

import (
	"encoding/binary"
	"math"
)

// A message is one of protocol buffers, as bytes: fields by number, each with how it is held
// (https://protobuf.dev/programming-guides/encoding).
type message []byte

// How fields are held.
const (
	varint  = 0
	length  = 2
	fixed32 = 5
)

func (m message) tag(field, held int) message {
	return binary.AppendUvarint(m, uint64(field<<3|held))
}

// int appends a whole number.
func (m message) int(field int, v int64) message {
	return binary.AppendUvarint(m.tag(field, varint), uint64(v))
}

func (m message) float(field int, v float32) message {
	return binary.LittleEndian.AppendUint32(m.tag(field, fixed32), math.Float32bits(v))
}

// begin appends the beginning of a field of n bytes, which are to follow.
func (m message) begin(field int, n int64) message {
	return binary.AppendUvarint(m.tag(field, length), uint64(n))
}

func (m message) text(field int, s string) message {
	return append(m.begin(field, int64(len(s))), s...)
}

// put appends a message within this one.
func (m message) put(field int, x message) message {
	return append(m.begin(field, int64(len(x))), x...)
}
