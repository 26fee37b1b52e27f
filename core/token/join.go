package token

import (
	"container/heap"
	"slices"
	"strings"
)

const (
	// cacheWords bounds the words whose pieces are remembered.
	cacheWords = 1 << 15
	// longWord is the bytes beyond which a word is not remembered, and joinLong is the quicker.
	longWord = 48
)

// pieces is the pieces of a word.
func (t *BPE) pieces(word string) []int32 {
	t.mu.RLock()
	ids, ok := t.cache[word]
	t.mu.RUnlock()
	if ok {
		return ids
	}
	ids = make([]int32, len(word))
	for i := range len(word) {
		ids[i] = t.bytes[word[i]]
	}
	if len(ids) > longWord {
		return t.joinLong(ids)
	}
	ids = t.join(ids)
	t.mu.Lock()
	if len(t.cache) < cacheWords {
		t.cache[strings.Clone(word)] = ids
	}
	t.mu.Unlock()
	return ids
}

// join looks for the pair that was learned first and joins it wherever it stands, until there is none.
func (t *BPE) join(ids []int32) []int32 {
	for {
		var p pair
		first := joined{rank: -1}
		for i := range len(ids) - 1 {
			q := pair{ids[i], ids[i+1]}
			if j, ok := t.rank[q]; ok && (first.rank < 0 || j.rank < first.rank) {
				first, p = j, q
			}
		}
		if first.rank < 0 {
			return ids
		}
		kept := ids[:0]
		for i := 0; i < len(ids); i++ {
			if i+1 < len(ids) && ids[i] == p.a && ids[i+1] == p.b {
				kept = append(kept, first.to)
				i++
				continue
			}
			kept = append(kept, ids[i])
		}
		ids = kept
	}
}

// joinLong does what join does, with the pairs in a heap: a run of a million spaces does not take
// a thousand walks along it.
func (t *BPE) joinLong(ids []int32) []int32 {
	before, after := make([]int32, len(ids)), make([]int32, len(ids))
	for i := range ids {
		before[i], after[i] = int32(i-1), int32(i+1)
	}
	var open spots
	see := func(at int32) {
		if at < 0 || int(after[at]) == len(ids) {
			return
		}
		if j, ok := t.rank[pair{ids[at], ids[after[at]]}]; ok {
			heap.Push(&open, spot{j.rank, at})
		}
	}
	for i := range ids {
		see(int32(i))
	}
	for len(open) > 0 {
		s := heap.Pop(&open).(spot)
		next := after[s.at]
		if ids[s.at] < 0 || int(next) == len(ids) {
			continue
		}
		j, ok := t.rank[pair{ids[s.at], ids[next]}]
		if !ok || j.rank != s.rank {
			continue // something was joined here since
		}
		ids[s.at], ids[next] = j.to, -1
		after[s.at] = after[next]
		if int(after[s.at]) < len(ids) {
			before[after[s.at]] = s.at
		}
		see(before[s.at])
		see(s.at)
	}
	return slices.DeleteFunc(ids, func(id int32) bool { return id < 0 })
}

// A spot is where a pair stands, and how early it was learned.
type spot struct{ rank, at int32 }

type spots []spot

func (s spots) Len() int { return len(s) }
func (s spots) Less(i, j int) bool {
	return s[i].rank < s[j].rank || s[i].rank == s[j].rank && s[i].at < s[j].at
}
func (s spots) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *spots) Push(x any)   { *s = append(*s, x.(spot)) }
func (s *spots) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
