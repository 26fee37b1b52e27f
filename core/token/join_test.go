package token

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLongWordsAreJoinedAsShortOnes(t *testing.T) {
	b := learned(t, Plan{"bpe", 400, false}, append(speech(300), strings.Repeat("aaaa abab aab ", 50))).(*BPE)
	r := rand.New(rand.NewPCG(1, 2))
	text := strings.Join(speech(200), " ") + strings.Repeat("aabab", 100)
	for range 2000 {
		at := r.IntN(len(text) - 150)
		var ids []int32
		for _, c := range []byte(text[at : at+1+r.IntN(150)]) {
			ids = append(ids, b.bytes[c])
		}
		if short, long := b.join(slices.Clone(ids)), b.joinLong(slices.Clone(ids)); !slices.Equal(short, long) {
			t.Fatalf("%v is joined to %v, in a heap to %v", ids, short, long)
		}
	}
}

func TestRunsOfAMillionBytesAreNoTrap(t *testing.T) {
	for _, p := range plans {
		tok := learned(t, p, speech(100))
		for _, s := range []string{" ", "a", "[", "[MASK]", "!", "国", "\u0301", "\xff"} {
			start := time.Now()
			tok.Encode(strings.Repeat(s, 1<<20/len(s)))
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("%+v: a megabyte of %q takes %v", p, s, d)
			}
		}
	}
}

func TestManyEncodeAtOnce(t *testing.T) {
	texts := speech(100)
	for _, p := range plans {
		tok, alone := learned(t, p, texts), learned(t, p, texts)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for _, text := range texts {
					tok.Encode(text)
				}
			})
		}
		all.Wait()
		for _, text := range texts {
			if !slices.Equal(tok.Encode(text), alone.Encode(text)) {
				t.Errorf("%+v: %q came out otherwise", p, text)
			}
		}
	}
}

func TestAMaskMayTakeTheSpaceBeforeIt(t *testing.T) {
	tok := learned(t, plans[2], speech(100))
	text := "the  [MASK] people"
	vocabularyOf(tok).eats = true
	for _, x := range tok.Encode(text) {
		if x.ID == tok.Special().Mask && text[x.From:x.To] != "  [MASK]" {
			t.Errorf("the mask stands for %q", text[x.From:x.To])
		}
	}
}

func TestTooManyWordsAreForgottenRarestFirst(t *testing.T) {
	c := newCounter()
	c.most = 3
	for _, w := range strings.Fields("a a a b b c d a b e f a") {
		c.add([]byte(w))
	}
	if c.words["a"] < 3 || len(c.words) > 3 {
		t.Errorf("kept %v", c.words)
	}
}
