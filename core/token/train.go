package token

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
)

// ErrNoWords means there was nothing to learn a vocabulary from.
var ErrNoWords = errors.New("there is not a single word in these texts")

// counter counts words. When there are too many it forgets the rarest.
type counter struct {
	words    map[string]int
	floor    int // words seen no more often were forgotten
	most     int // words
	reported int // bytes walked when each was last called
}

const maxWords = 1 << 19

func newCounter() *counter { return &counter{words: map[string]int{}, most: maxWords} }

func (c *counter) add(word []byte) {
	c.words[string(word)]++
	for len(c.words) > c.most {
		c.floor++
		maps.DeleteFunc(c.words, func(_ string, n int) bool { return n <= c.floor })
	}
}

// walk hands every text to count. How much is to come is not known, so the fraction reported only
// creeps up to a half.
func (c *counter) walk(ctx context.Context, texts iter.Seq[string], each func(float64), count func(text string)) error {
	walked := 0
	for text := range texts {
		count(text)
		if walked += len(text); walked-c.reported < 1<<19 {
			continue
		}
		c.reported = walked
		if err := ctx.Err(); err != nil {
			return err
		}
		mb := float64(walked) / (1 << 20)
		each(0.5 * mb / (mb + 20))
	}
	if len(c.words) == 0 {
		return ErrNoWords
	}
	return ctx.Err()
}

// sorted is the words in order, so that the same texts give the same vocabulary.
func (c *counter) sorted() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, w := range slices.Sorted(maps.Keys(c.words)) {
			if !yield(w, c.words[w]) {
				return
			}
		}
	}
}

// learner joins the most frequent pair of neighbouring symbols, again and again (Sennrich et al.,
// arXiv:1508.07909).
type learner struct {
	join   func(a, b string) string // how a pair is spelled
	words  [][]int32                // by symbols
	counts []int                    // of each word
	symbol []string
	number map[string]int32

	pairs   map[pair]int32 // their place in tallies
	tallies []tally
	best    ranking
	grown   []int32 // tallies, since the ranking last knew them
}

type pair struct{ a, b int32 }

// tally is how often a pair stands in words, and in which it may.
type tally struct {
	pair
	n     int
	in    []int32
	grown bool
}

func newLearner(join func(a, b string) string) *learner {
	return &learner{join: join, number: map[string]int32{}, pairs: map[pair]int32{}}
}

func (l *learner) intern(s string) int32 {
	id, ok := l.number[s]
	if !ok {
		id = int32(len(l.symbol))
		l.number[s], l.symbol = id, append(l.symbol, s)
	}
	return id
}

// word adds a word of symbols that stands n times in the texts.
func (l *learner) word(w []int32, n int) {
	l.words, l.counts = append(l.words, w), append(l.counts, n)
	for k := range len(w) - 1 {
		l.count(w[k], w[k+1], len(l.words)-1, n)
	}
}

// count adds n, which may be less than nothing, to the pair of a and b in a word.
func (l *learner) count(a, b int32, word, n int) {
	at, ok := l.pairs[pair{a, b}]
	if !ok {
		at = int32(len(l.tallies))
		l.pairs[pair{a, b}] = at
		l.tallies = append(l.tallies, tally{pair: pair{a, b}})
	}
	t := &l.tallies[at]
	t.n += n
	if n < 0 {
		return
	}
	if len(t.in) == 0 || t.in[len(t.in)-1] != int32(word) {
		t.in = append(t.in, int32(word))
	}
	if !t.grown {
		t.grown = true
		l.grown = append(l.grown, at)
	}
}

// learn finds wanted new symbols, fewer if no pair stands anywhere twice, and what was joined to
// what, in order.
func (l *learner) learn(ctx context.Context, wanted int, each func(float64)) (pieces []string, merges [][2]string, err error) {
	l.best.of = l
	l.rank()
	done := map[pair]bool{}
	for len(pieces) < wanted && len(l.best.all) > 0 {
		top := &l.best.all[0]
		t := &l.tallies[top.tally]
		switch {
		case t.n < 2:
			heap.Pop(&l.best)
			continue
		case t.n != top.n: // it was joined away in part since
			top.n = t.n
			heap.Fix(&l.best, 0)
			continue
		}
		heap.Pop(&l.best)
		a, b, known := l.symbol[t.a], l.symbol[t.b], len(l.symbol)
		to := l.intern(l.join(a, b))
		if len(l.symbol) > known {
			pieces = append(pieces, l.symbol[to])
		}
		if !done[t.pair] { // it comes again when a symbol has been made in another way
			done[t.pair] = true
			merges = append(merges, [2]string{a, b})
		}
		l.merge(t.pair, to)
		l.rank()
		if len(pieces)%256 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			each(0.5 + 0.5*float64(len(pieces))/float64(wanted))
		}
	}
	each(1)
	return pieces, merges, nil
}

// merge puts one symbol in the place of p wherever it stands.
func (l *learner) merge(p pair, to int32) {
	t := &l.tallies[l.pairs[p]]
	in := t.in
	t.in = nil
	for _, i := range in {
		w, n, word := l.words[i], l.counts[i], int(i)
		out := w[:0]
		for k := 0; k < len(w); k++ {
			if k+1 == len(w) || w[k] != p.a || w[k+1] != p.b {
				out = append(out, w[k])
				continue
			}
			l.count(p.a, p.b, word, -n)
			if len(out) > 0 {
				before := out[len(out)-1]
				l.count(before, p.a, word, -n)
				l.count(before, to, word, n)
			}
			if k+2 < len(w) {
				l.count(p.b, w[k+2], word, -n)
				l.count(to, w[k+2], word, n)
			}
			out = append(out, to)
			k++
		}
		l.words[i] = out
	}
}

// rank lets the ranking know of the pairs that have grown. What a pair counted for before stays
// in it, and is too high or too low when its turn comes, or gone.
func (l *learner) rank() {
	for _, at := range l.grown {
		t := &l.tallies[at]
		t.grown = false
		if t.n > 1 {
			heap.Push(&l.best, ranked{at, t.n})
		}
	}
	l.grown = l.grown[:0]
}

// ranked is a pair with the count it had; ranking has the most frequent on top, then the first
// by spelling.
type ranked struct {
	tally int32
	n     int
}

type ranking struct {
	of  *learner
	all []ranked
}

func (r *ranking) Len() int { return len(r.all) }
func (r *ranking) Less(i, j int) bool {
	if a, b := r.all[i].n, r.all[j].n; a != b {
		return a > b
	}
	a, b, s := &r.of.tallies[r.all[i].tally], &r.of.tallies[r.all[j].tally], r.of.symbol
	return cmp.Or(cmp.Compare(s[a.a], s[b.a]), cmp.Compare(s[a.b], s[b.b])) < 0
}
func (r *ranking) Swap(i, j int) { r.all[i], r.all[j] = r.all[j], r.all[i] }
func (r *ranking) Push(x any)    { r.all = append(r.all, x.(ranked)) }
func (r *ranking) Pop() any {
	x := r.all[len(r.all)-1]
	r.all = r.all[:len(r.all)-1]
	return x
}
