package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// mostBytes is how long a message may be: protocol buffers count with 31 bits.
const mostBytes = math.MaxInt32

// A File is a graph laid out: what is before the weights, and the weights, each with what is before it.
type File struct {
	head, tail message
	weights    []weights
	before     []message
}

// File lays the graph out, without what no output needs; meta travels with it. It is an error if it is too large for one file.
func (g *Graph) File(meta map[string]string) (*File, error) {
	nodes, constants := g.used()
	f := &File{}
	var inner message
	for _, n := range nodes {
		inner = inner.put(1, n.message())
	}
	inner = inner.text(2, "autodidact")
	size := int64(len(inner))
	for _, w := range constants {
		before := w.message()
		all := int64(len(before)) + w.bytes()
		before = append(message(nil).begin(5, all), before...)
		f.weights, f.before = append(f.weights, w), append(f.before, before)
		size += int64(len(before)) + w.bytes()
	}
	for _, p := range g.inputs {
		f.tail = f.tail.put(11, p.message())
	}
	for _, p := range g.outputs {
		f.tail = f.tail.put(12, p.message())
	}
	size += int64(len(f.tail))
	f.head = append(message(nil).int(1, irVersion).text(2, "autodidact").begin(7, size), inner...)
	f.tail = f.tail.put(8, message(nil).text(1, "").int(2, opset))
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		f.tail = f.tail.put(14, message(nil).text(1, key).text(2, meta[key]))
	}
	if n := f.Bytes(); n > mostBytes {
		return nil, fmt.Errorf("this model would take %d bytes as ONNX, which holds at most %d in one file", n, mostBytes)
	}
	return f, nil
}

// Bytes is how long the file is.
func (f *File) Bytes() int64 {
	n := int64(len(f.head) + len(f.tail))
	for i, w := range f.weights {
		n += int64(len(f.before[i])) + w.bytes()
	}
	return n
}

// Write writes the file; weights are read from where they are, a little at a time.
func (f *File) Write(w io.Writer) error {
	if _, err := w.Write(f.head); err != nil {
		return err
	}
	for i, x := range f.weights {
		if _, err := w.Write(f.before[i]); err != nil {
			return err
		}
		if err := x.write(w); err != nil {
			return err
		}
	}
	_, err := w.Write(f.tail)
	return err
}

// used are the nodes and the weights that outputs need, in the order in which they were made.
func (g *Graph) used() (nodes []node, constants []weights) {
	need := map[string]bool{}
	for _, p := range g.outputs {
		need[p.name] = true
	}
	for _, n := range slices.Backward(g.nodes) {
		if need[n.out] {
			nodes = append(nodes, n)
			for _, in := range n.in {
				need[in] = true
			}
		}
	}
	slices.Reverse(nodes)
	for _, w := range g.weights {
		if need[w.name] {
			constants = append(constants, w)
		}
	}
	return nodes, constants
}

func (n node) message() (m message) {
	for _, in := range n.in {
		m = m.text(1, in)
	}
	m = m.text(2, n.out).text(3, n.out).text(4, n.op)
	for _, name := range slices.Sorted(maps.Keys(n.attrs)) {
		m = m.put(5, attribute(name, n.attrs[name]))
	}
	return m
}

// attribute is an AttributeProto.
func attribute(name string, v any) message {
	m := message(nil).text(1, name)
	switch v := v.(type) {
	case int:
		return m.int(3, int64(v)).int(20, 2)
	case float32:
		return m.float(2, v).int(20, 1)
	case string:
		return m.text(4, v).int(20, 3)
	case []int:
		for _, x := range v {
			m = m.int(8, int64(x))
		}
		return m.int(20, 7)
	}
	panic(fmt.Sprintf("onnx: attribute %s is a %T", name, v))
}

func (p port) message() message {
	var shape message
	for _, d := range p.dims {
		switch d := d.(type) {
		case int:
			shape = shape.put(1, message(nil).int(1, int64(d)))
		case string:
			shape = shape.put(1, message(nil).text(2, d))
		}
	}
	of := message(nil).int(1, int64(p.of)).put(2, shape)
	return message(nil).text(1, p.name).put(2, message(nil).put(1, of))
}

// message is a TensorProto up to its bytes, which are to follow.
func (w weights) message() (m message) {
	for _, d := range w.dims {
		m = m.int(1, int64(d))
	}
	return m.int(2, int64(w.of)).text(8, w.name).begin(9, w.bytes())
}

func (w weights) bytes() int64 {
	if w.x != nil {
		return 4 * int64(w.x.Shape.Size())
	}
	return int64(len(w.raw))
}

func (w weights) write(to io.Writer) error {
	if w.x == nil {
		_, err := to.Write(w.raw)
		return err
	}
	return writeFloats(to, w.x, w.axes)
}

// inOneWrite is how many bytes of weights are written at once.
const inOneWrite = 32 << 10

// writeFloats writes a host tensor, little-endian, its axes in another order if there are any.
func writeFloats(to io.Writer, x *tensor.Tensor, axes []int) error {
	from, buf := x.Buf.(kernel.Host), make([]byte, 0, inOneWrite)
	walk := newWalk(x.Shape, axes)
	for range x.Shape.Size() {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(from[walk.at]))
		if len(buf) == inOneWrite {
			if _, err := to.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
		walk.next()
	}
	_, err := to.Write(buf)
	return err
}

// A walk goes through a tensor's numbers with its axes in another order.
type walk struct {
	at                  int
	dims, stride, place []int
}

func newWalk(s tensor.Shape, axes []int) *walk {
	w := &walk{place: make([]int, len(s))}
	for i := range s {
		k := i
		if axes != nil {
			k = axes[i]
		}
		w.dims, w.stride = append(w.dims, s[k]), append(w.stride, s[k+1:].Size())
	}
	return w
}

func (w *walk) next() {
	for k := len(w.dims) - 1; k >= 0; k-- {
		w.at += w.stride[k]
		if w.place[k]++; w.place[k] < w.dims[k] {
			return
		}
		w.at -= w.place[k] * w.stride[k]
		w.place[k] = 0
	}
}

func littleEndian(raw message, v int64) message {
	return binary.LittleEndian.AppendUint64(raw, uint64(v))
}
