package data

import (
	"bytes"
	"compress/flate"
	"iter"
	"slices"
	"sync"
)

// Texts are many texts held compressed, so that 200 MB of them do not need 200 MB of memory.
// They may be read at once, but not while they are added to.
type Texts struct {
	blocks [][]byte // deflated
	ends   []int32  // where each text ends in its block
	in     []int32  // the block of each text
	open   []byte   // the last block, not yet deflated
	total  int64

	mu    sync.Mutex // guards what follows
	last  int        // the block inflated last
	plain []byte     // what it holds; nil when none was
}

// blockSize is large enough to compress well, and small enough to inflate for one text.
const blockSize = 256 << 10

// Append adds a text.
func (t *Texts) Append(text string) {
	if len(t.open) > 0 && len(t.open)+len(text) > blockSize {
		t.seal()
	}
	t.open = append(t.open, text...)
	t.in, t.ends = append(t.in, int32(len(t.blocks))), append(t.ends, int32(len(t.open)))
	t.total += int64(len(text))
}

// deflaters are kept because each takes longer to set up than to fill a block.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // errs only at a level that does not exist
	return w
}}

func (t *Texts) seal() {
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	w.Reset(&b)
	w.Write(t.open) // a buffer takes all
	w.Close()
	deflaters.Put(w)
	t.blocks = append(t.blocks, bytes.Clone(b.Bytes()))
	t.open = t.open[:0]
}

// truncate forgets all texts from the nth on.
func (t *Texts) truncate(n int) {
	if n >= t.Len() {
		return
	}
	for i := n; i < t.Len(); i++ {
		t.total -= int64(t.ends[i] - t.start(i))
	}
	block, end := t.in[n], t.start(n)
	t.open = t.inflate(block, nil)[:end]
	t.blocks, t.in, t.ends, t.plain = t.blocks[:block], t.in[:n], t.ends[:n], nil
}

// clone is the same texts, to add others to.
func (t *Texts) clone() *Texts {
	return &Texts{
		blocks: slices.Clip(t.blocks), ends: slices.Clip(t.ends), in: slices.Clip(t.in),
		open: bytes.Clone(t.open), total: t.total,
	}
}

// start is where text i begins in its block.
func (t *Texts) start(i int) int32 {
	if i == 0 || t.in[i-1] != t.in[i] {
		return 0
	}
	return t.ends[i-1]
}

// inflate appends to plain what block b holds.
func (t *Texts) inflate(b int32, plain []byte) []byte {
	if int(b) == len(t.blocks) {
		return append(plain, t.open...)
	}
	whole := bytes.NewBuffer(plain)
	if _, err := whole.ReadFrom(flate.NewReader(bytes.NewReader(t.blocks[b]))); err != nil {
		panic("data: a block of texts cannot be inflated: " + err.Error()) // it was deflated here
	}
	return whole.Bytes()
}

// Len is how many texts there are.
func (t *Texts) Len() int { return len(t.in) }

// Bytes is the length of all texts together.
func (t *Texts) Bytes() int64 { return t.total }

// At is text i. The block it is in stays inflated until another is asked for.
func (t *Texts) At(i int) string {
	block := t.in[i]
	if int(block) == len(t.blocks) {
		return string(t.open[t.start(i):t.ends[i]])
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.plain == nil || t.last != int(block) {
		t.plain, t.last = t.inflate(block, t.plain[:0]), int(block)
	}
	return string(t.plain[t.start(i):t.ends[i]])
}

// All walks the texts in order, and inflates each block once.
func (t *Texts) All() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		var plain []byte
		for i, block := range t.in {
			if i == 0 || block != t.in[i-1] {
				plain = t.inflate(block, plain[:0])
			}
			if !yield(i, string(plain[t.start(i):t.ends[i]])) {
				return
			}
		}
	}
}
