package token

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sort"
)

// ErrNoWords means there was nothing to learn a vocabulary from.
var ErrNoWords = errors.New("there is not a single word in these texts")

// counter counts words. When there are too many it forgets the rarest.
type counter struct {
	words map[string]int
	floor int // words seen no more often were forgotten
	told  int
}

const maxWords = 1 << 19

func newCounter() *counter { return &counter{words: map[string]int{}} }

func (c *counter) add(word []byte) {
	c.words[string(word)]++
	for len(c.words) > maxWords {
		c.floor++
		maps.DeleteFunc(c.words, func(_ string, n int) bool { return n <= c.floor })
	}
}

// tell says now and then that work goes on; how much text is to come is not known, so the share
// only creeps up to a half.
func (c *counter) tell(walked int, each func(float64)) bool {
	if walked-c.told < 1<<19 {
		return false
	}
	c.told = walked
	mb := float64(walked) / (1 << 20)
	each(0.5 * mb / (mb + 20))
	return true
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
	size   int // symbols wanted
	words  [][]int32
	counts []int
	symbol []string
	number map[string]int32
	often  []int // by symbol, in words

	pairs map[pair]*tally
	best  ranking
}

type pair struct{ a, b int32 }

// tally is how often a pair stands in words, and in which it may.
type tally struct {
	n  int
	in []int32
}

func newLearner(size int) *learner {
	return &learner{size: size, number: map[string]int32{}, pairs: map[pair]*tally{}}
}

func (l *learner) intern(s string) int32 {
	id, ok := l.number[s]
	if !ok {
		id = int32(len(l.symbol))
		l.number[s], l.symbol, l.often = id, append(l.symbol, s), append(l.often, 0)
	}
	return id
}

func (l *learner) word(symbols []string, n int) {
	w := make([]int32, len(symbols))
	for i, s := range symbols {
		w[i] = l.intern(s)
		l.often[w[i]] += n
	}
	l.words, l.counts = append(l.words, w), append(l.counts, n)
}

// learn returns the alphabet, sorted, and then the pieces in the order they were joined; and what was
// joined to each. join spells a pair.
func (l *learner) learn(ctx context.Context, join func(a, b string) string, each func(float64)) (pieces []string, merges [][2]string, err error) {
	if len(l.words) == 0 {
		return nil, nil, ErrNoWords
	}
	known := l.alphabet()
	pieces = slices.Sorted(maps.Keys(known))
	for i, w := range l.words {
		if slices.ContainsFunc(w, func(s int32) bool { return !known[l.symbol[s]] }) {
			l.words[i] = nil
			continue
		}
		for k := range w[1:] {
			l.count(pair{w[k], w[k+1]}, i, l.counts[i])
		}
	}
	for p, t := range l.pairs {
		l.best.add(l, p, t.n)
	}
	heap.Init(&l.best)
	l.best.ready = true
	have, wanted := map[string]bool{}, l.size-len(pieces)
	for done := 0; done < wanted && l.best.Len() > 0; {
		top := heap.Pop(&l.best).(ranked)
		t := l.pairs[top.pair]
		if t.n != top.n {
			if t.n > 1 {
				l.best.add(l, top.pair, t.n)
			}
			continue
		}
		if t.n < 2 {
			break
		}
		a, b := l.symbol[top.a], l.symbol[top.b]
		spelled := join(a, b)
		merges = append(merges, [2]string{a, b})
		if !have[spelled] && !known[spelled] {
			have[spelled] = true
			pieces = append(pieces, spelled)
			done++
		}
		l.merge(top.pair, l.intern(spelled), t)
		if len(merges)%256 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			each(0.5 + 0.5*float64(done)/float64(wanted))
		}
	}
	each(1)
	return pieces, merges, nil
}

// alphabet is the symbols that words are made of: when there are too many, the most frequent, so that
// a quarter of the vocabulary is left for longer pieces.
func (l *learner) alphabet() map[string]bool {
	order := make([]int, len(l.symbol))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool {
		return cmp.Or(cmp.Compare(l.often[order[j]], l.often[order[i]]), cmp.Compare(l.symbol[order[i]], l.symbol[order[j]])) < 0
	})
	if most := max(l.size*3/4, 1); len(order) > most {
		order = order[:most]
	}
	known := map[string]bool{}
	for _, i := range order {
		known[l.symbol[i]] = true
	}
	return known
}

func (l *learner) count(p pair, word, n int) *tally {
	t := l.pairs[p]
	if t == nil {
		t = &tally{}
		l.pairs[p] = t
	}
	t.n += n
	if n > 0 && (len(t.in) == 0 || t.in[len(t.in)-1] != int32(word)) {
		t.in = append(t.in, int32(word))
	}
	return t
}

// merge puts one symbol in the place of p wherever it stands.
func (l *learner) merge(p pair, to int32, t *tally) {
	grown := map[pair]bool{}
	slices.Sort(t.in)
	for _, i := range slices.Compact(t.in) {
		w, n := l.words[i], l.counts[i]
		out := w[:0:0]
		for k := 0; k < len(w); k++ {
			if k+1 < len(w) && w[k] == p.a && w[k+1] == p.b {
				out = append(out, to)
				k++
				continue
			}
			out = append(out, w[k])
		}
		if len(out) == len(w) {
			continue
		}
		for k := range w[1:] {
			l.count(pair{w[k], w[k+1]}, int(i), -n)
		}
		if len(out) > 1 {
			for k := range out[1:] {
				q := pair{out[k], out[k+1]}
				l.count(q, int(i), n)
				grown[q] = true
			}
		}
		l.words[i] = out
	}
	t.in = nil
	for q := range grown { // in any order: the ranking has no ties
		if l.pairs[q].n > 1 {
			l.best.add(l, q, l.pairs[q].n)
		}
	}
}

// ranked is a pair with the count it had; ranking has the most frequent on top, then the first
// by spelling.
type ranked struct {
	pair
	n           int
	left, right string
}

type ranking struct {
	all   []ranked
	ready bool // it is a heap
}

func (r *ranking) add(l *learner, p pair, n int) {
	x := ranked{p, n, l.symbol[p.a], l.symbol[p.b]}
	if r.ready {
		heap.Push(r, x)
	} else {
		r.all = append(r.all, x)
	}
}

func (r *ranking) Len() int { return len(r.all) }
func (r *ranking) Less(i, j int) bool {
	a, b := &r.all[i], &r.all[j]
	return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.left, b.left), cmp.Compare(a.right, b.right)) < 0
}
func (r *ranking) Swap(i, j int) { r.all[i], r.all[j] = r.all[j], r.all[i] }
func (r *ranking) Push(x any)    { r.all = append(r.all, x.(ranked)) }
func (r *ranking) Pop() any {
	x := r.all[len(r.all)-1]
	r.all = r.all[:len(r.all)-1]
	return x
}
