package data

import (
	"bytes"
	"compress/flate"
	"io"
	"iter"
	"strings"
	"sync"
)

// Texts are many texts held compressed, so that 200 MB of them do not need 200 MB of memory.
type Texts struct {
	mu     sync.Mutex
	blocks [][]byte // deflated
	ends   []int    // where each text ends in its block
	in     []int32  // the block of each text
	open   []byte   // the last block, not yet deflated
	total  int64

	last  int // the block inflated last
	plain []byte
}

// blockSize is large enough to compress well, and small enough to inflate for one text.
const blockSize = 256 << 10

// Append adds a text.
func (t *Texts) Append(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.open) > 0 && len(t.open)+len(text) > blockSize {
		t.seal()
	}
	t.open = append(t.open, text...)
	t.in, t.ends = append(t.in, int32(len(t.blocks))), append(t.ends, len(t.open))
	t.total += int64(len(text))
}

func (t *Texts) seal() {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // errs only at a level that does not exist
	w.Write(t.open)
	w.Close()
	t.blocks = append(t.blocks, bytes.Clone(b.Bytes()))
	t.open = t.open[:0]
}

// truncate forgets all texts from the nth on.
func (t *Texts) truncate(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n >= len(t.in) {
		return
	}
	block := int(t.in[n])
	text := bytes.Clone(t.block(block))
	for i := n; i < len(t.in); i++ {
		t.total -= int64(t.ends[i] - t.start(i))
	}
	t.open = append([]byte(nil), text[:t.start(n)]...)
	t.blocks, t.in, t.ends = t.blocks[:block], t.in[:n], t.ends[:n]
	t.plain = nil
}

func (t *Texts) start(i int) int {
	if i == 0 || t.in[i-1] != t.in[i] {
		return 0
	}
	return t.ends[i-1]
}

// block is the plain bytes of block b, which stay until another is asked for.
func (t *Texts) block(b int) []byte {
	if b == len(t.blocks) {
		return t.open
	}
	if t.plain == nil || t.last != b {
		t.plain, t.last = t.plain[:0], b
		plain := bytes.NewBuffer(t.plain)
		if _, err := plain.ReadFrom(flate.NewReader(bytes.NewReader(t.blocks[b]))); err != nil && err != io.EOF {
			panic("data: a block of texts cannot be inflated: " + err.Error()) // it was deflated here
		}
		t.plain = plain.Bytes()
	}
	return t.plain
}

// Len is how many texts there are.
func (t *Texts) Len() int { return len(t.in) }

// Bytes is the length of all texts together.
func (t *Texts) Bytes() int64 { return t.total }

// At is text i.
func (t *Texts) At(i int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.block(int(t.in[i]))[t.start(i):t.ends[i]])
}

// All walks the texts in order.
func (t *Texts) All() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range t.Len() {
			if !yield(i, t.At(i)) {
				return
			}
		}
	}
}

// snippet is the beginning of a text, for a list.
func snippet(text string, most int) string {
	text = strings.Join(strings.Fields(text[:min(len(text), 4*most)]), " ")
	for i := range text {
		if i > most {
			return text[:i] + "…"
		}
	}
	return text
}
