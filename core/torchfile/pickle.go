package torchfile

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"strings"
)

// What a pickle may ask for. The largest model's has some hundred thousand objects.
const (
	maxPickle  = 64 << 20 // bytes
	maxOps     = 16 << 20
	maxObjects = 1 << 20 // containers
	maxStack   = 1 << 20
	maxLine    = 1 << 10
)

// A machine runs a pickle: instructions that put values on a stack, and take them off to make others. It knows those that
// Python writes from protocol 2 on, but none that extend it.
type machine struct {
	in      *bufio.Reader
	at      int64 // bytes read
	stack   []any
	marks   []int
	memo    map[uint64]any
	objects int
	stores  map[string]*storage // by key
}

func newMachine(in *bufio.Reader) *machine {
	return &machine{in: in, memo: map[uint64]any{}, stores: map[string]*storage{}}
}

// run runs one pickle to its end.
func (m *machine) run() (any, error) {
	m.stack, m.marks, m.memo = nil, nil, map[uint64]any{}
	for range maxOps {
		op, err := m.byte()
		if err != nil {
			return nil, err
		}
		if op == '.' {
			return m.pop()
		}
		do := instructions[op]
		if do == nil {
			return nil, m.bad("instruction 0x%02x is none that weights need", op)
		}
		if err := do(m); err != nil {
			return nil, err
		}
	}
	return nil, m.bad("it has more instructions than any weights need")
}

func (m *machine) bad(format string, a ...any) error {
	return bad("its pickle cannot be read at byte %d: "+format, append([]any{m.at}, a...)...)
}

func (m *machine) byte() (byte, error) {
	b, err := m.in.ReadByte()
	if err == io.EOF {
		return 0, m.bad("it ends in the middle")
	}
	if m.at++; m.at > maxPickle {
		return 0, m.bad("it has more than %d MB, which no weights need", maxPickle>>20)
	}
	return b, err
}

// bytes reads n bytes.
func (m *machine) bytes(n uint64) ([]byte, error) {
	if n > maxPickle || m.at+int64(n) > maxPickle {
		return nil, m.bad("it has more than %d MB, which no weights need", maxPickle>>20)
	}
	var out []byte
	for uint64(len(out)) < n { // memory grows with what comes
		k := min(n-uint64(len(out)), 1<<16)
		out = append(out, make([]byte, k)...)
		got, err := io.ReadFull(m.in, out[uint64(len(out))-k:])
		m.at += int64(got)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, m.bad("it ends in the middle")
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// number reads a whole number of n bytes, little-endian.
func (m *machine) number(n uint64) (uint64, error) {
	raw, err := m.bytes(n)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(append(raw, make([]byte, 8-n)...)), nil
}

// sized reads bytes after their count, itself a number of n bytes.
func (m *machine) sized(n uint64) ([]byte, error) {
	count, err := m.number(n)
	if err != nil {
		return nil, err
	}
	return m.bytes(count)
}

func (m *machine) line() (string, error) {
	var out strings.Builder
	for out.Len() < maxLine {
		b, err := m.byte()
		if err != nil {
			return "", err
		}
		if b == '\n' {
			return out.String(), nil
		}
		out.WriteByte(b)
	}
	return "", m.bad("a name has more than %d bytes", maxLine)
}

func (m *machine) push(v any) error {
	if len(m.stack) == maxStack {
		return m.bad("it puts more than %d values beside each other", maxStack)
	}
	m.stack = append(m.stack, v)
	return nil
}

// made pushes a container that was made.
func (m *machine) made(v any) error {
	if m.objects++; m.objects > maxObjects {
		return m.bad("it has more than %d objects", maxObjects)
	}
	return m.push(v)
}

// floor is where the values end that an instruction may take: at the last mark.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	last := len(m.stack) - 1
	if last < m.floor() {
		return nil, m.bad("it takes a value where there is none")
	}
	v := m.stack[last]
	m.stack = m.stack[:last]
	return v, nil
}

// top is the value that was pushed last and stays there.
func (m *machine) top() (any, error) {
	v, err := m.pop()
	if err != nil {
		return nil, err
	}
	return v, m.push(v)
}

// taken takes n values off, in the order in which they were pushed.
func (m *machine) taken(n int) ([]any, error) {
	from := len(m.stack) - n
	if from < m.floor() {
		return nil, m.bad("it takes %d values where there are fewer", n)
	}
	out := append([]any(nil), m.stack[from:]...)
	m.stack = m.stack[:from]
	return out, nil
}

// marked takes off the values since the last mark, and it.
func (m *machine) marked() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, m.bad("it goes back to a mark where there is none")
	}
	out, err := m.taken(len(m.stack) - m.floor())
	m.marks = m.marks[:len(m.marks)-1]
	return out, err
}

// keep remembers the top under a number.
func (m *machine) keep(n uint64) error {
	v, err := m.top()
	if err == nil {
		m.memo[n] = v
	}
	return err
}

func (m *machine) recall(n uint64) error {
	v, ok := m.memo[n]
	if !ok {
		return m.bad("it recalls value %d, which it never kept", n)
	}
	return m.push(v)
}

// float reads a number of 8 bytes, big-endian.
func (m *machine) float() error {
	raw, err := m.bytes(8)
	if err != nil {
		return err
	}
	return m.push(math.Float64frombits(binary.BigEndian.Uint64(raw)))
}

// long reads a whole number of any length. One beyond 64 bits stays bytes.
func (m *machine) long(n uint64) error {
	raw, err := m.sized(n)
	if err != nil {
		return err
	}
	if len(raw) > 8 {
		return m.push(big(raw))
	}
	var v uint64
	for i, b := range raw {
		v |= uint64(b) << (8 * i)
	}
	if n := len(raw); n > 0 && n < 8 && raw[n-1] >= 0x80 {
		v |= ^uint64(0) << (8 * n)
	}
	return m.push(int64(v))
}
