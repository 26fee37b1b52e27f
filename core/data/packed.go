package data

import (
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Packed is texts as sequences of tokens, all of one length: a Source. Several short texts
// share a sequence; a long one goes on in another.
type Packed struct {
	Long   int // tokens of a sequence
	Filled int // tokens of all sequences that are not padding
	of     *Language
	seqs   [][]chunk
}

// chunk is tokens of a Language, less than a sequence by a Cls and a Sep.
type chunk struct{ from, n int32 }

// openSequences is how many sequences wait for a text that fits: enough that little is padding.
const openSequences = 32

// Pack lays out the texts that keep names, in their order. With whole each is a sequence of its own, cut
// to its length.
func (l *Language) Pack(long int, whole bool, keep func(text int) bool) *Packed {
	p := &Packed{Long: long, of: l}
	var open []int // sequences with room
	room := map[int]int{}
	for i := range l.Len() {
		if !keep(i) {
			continue
		}
		from, until := l.bounds(i)
		for first := true; from < until || first; first = false {
			n := min(until-from, long-2)
			c := chunk{int32(from), int32(n)}
			from += n
			p.Filled += n + 2
			if whole {
				p.seqs = append(p.seqs, []chunk{c})
				break
			}
			open = p.place(c, open, room)
		}
	}
	return p
}

// place puts c into the first open sequence with room, or a new one; when too many are open, the
// fullest is closed.
func (p *Packed) place(c chunk, open []int, room map[int]int) []int {
	need := int(c.n) + 2
	for k, s := range open {
		if room[s] >= need {
			p.seqs[s] = append(p.seqs[s], c)
			if room[s] -= need; room[s] < 4 {
				delete(room, s)
				return append(open[:k], open[k+1:]...)
			}
			return open
		}
	}
	s := len(p.seqs)
	p.seqs = append(p.seqs, []chunk{c})
	if left := p.Long - need; left >= 4 {
		open, room[s] = append(open, s), left
	}
	if len(open) > openSequences {
		full := 0
		for k, s := range open {
			if room[s] < room[open[full]] {
				full = k
			}
		}
		delete(room, open[full])
		open = append(open[:full], open[full+1:]...)
	}
	return open
}

func (p *Packed) Kind() Kind { return Text }
func (p *Packed) Len() int   { return len(p.seqs) }

// At is sequence i, int32 [2, Long]: its tokens, and which of its texts each is in, counted from 1; 0
// is padding. Every text stands between a Cls and a Sep.
func (p *Packed) At(i int) (Sample, error) {
	x := make(kernel.Host, 2*p.Long)
	tokens, of := x.Int32s()[:p.Long], x.Int32s()[p.Long:]
	s, at := p.of.Tokens.Special(), 0
	put := func(id int32, text int) {
		tokens[at], of[at] = id, int32(text)
		at++
	}
	for k, c := range p.seqs[i] {
		put(s.Cls, k+1)
		for _, id := range p.of.ids[c.from : c.from+c.n] {
			put(int32(id), k+1)
		}
		put(s.Sep, k+1)
	}
	for at < p.Long {
		put(s.Pad, 0)
	}
	return Sample{Name: p.of.name(int(p.seqs[i][0].from)), X: &tensor.Tensor{Shape: tensor.Shape{2, p.Long}, DType: tensor.Int32, Buf: x}}, nil
}
