package data

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/token"
)

func TestTextsComeBackAsTheyWere(t *testing.T) {
	var texts Texts
	var all []string
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		text := strings.Repeat(fmt.Sprint("text ", i, " "), r.IntN(60))
		all = append(all, text)
		texts.Append(text)
	}
	for range 500 {
		if i := r.IntN(len(all)); texts.At(i) != all[i] {
			t.Fatalf("text %d is %q, want %q", i, texts.At(i), all[i])
		}
	}
	texts.truncate(1700)
	texts.Append("after")
	n := int64(0)
	for i, text := range texts.All() {
		n += int64(len(text))
		if i < 1700 && text != all[i] || i == 1700 && text != "after" {
			t.Fatalf("text %d is %q", i, text)
		}
	}
	if texts.Len() != 1701 || texts.Bytes() != n {
		t.Errorf("%d texts of %d bytes, want 1701 of %d", texts.Len(), texts.Bytes(), n)
	}
}

func TestTextsTakeLessMemoryThanTheyAreLong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 5000)
	for i := range words {
		for range 2 + r.IntN(8) {
			words[i] += string(rune('a' + r.IntN(26)))
		}
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	texts := &Texts{}
	var b strings.Builder
	for texts.Bytes() < 20<<20 {
		b.Reset()
		for range 80 {
			b.WriteString(words[int(float64(len(words))*r.Float64()*r.Float64()*r.Float64())])
			b.WriteByte(' ')
		}
		texts.Append(b.String())
	}
	if held := int64(heap() - before); held > texts.Bytes()*6/10 {
		t.Errorf("%d bytes are held for %d", held, texts.Bytes())
	}
	runtime.KeepAlive(texts)
}

// language is a set of texts as tokens.
func language(t *testing.T, texts ...string) *Set {
	t.Helper()
	set := &Set{Of: Text, Texts: &Texts{}}
	for i, text := range texts {
		set.Names, set.Labels = append(set.Names, fmt.Sprint(i)), append(set.Labels, "")
		set.Texts.Append(text)
	}
	if err := set.LearnVocabulary(t.Context(), token.Plan{Kind: "wordpiece", Size: 100}, nil); err != nil {
		t.Fatal(err)
	}
	return set
}

func all(int) bool { return true }

func TestPackedTextsLieSideBySideAndAreAllThere(t *testing.T) {
	var texts []string
	for i := range 50 {
		texts = append(texts, strings.TrimSpace(strings.Repeat(string(rune('a'+i%7))+" ", 1+i*7%23)))
	}
	set := language(t, texts...)
	l := set.Language
	p := l.Pack(16, false, all)
	found, filled, special := map[int32]int{}, 0, l.Tokens.Special()
	for i := range p.Len() {
		s, err := p.At(i)
		if err != nil {
			t.Fatal(err)
		}
		x := s.X.Buf.(kernel.Host).Int32s()
		tokens, of := x[:16], x[16:]
		for k, id := range tokens {
			if of[k] == 0 {
				if id != special.Pad {
					t.Fatalf("padding holds %d", id)
				}
				continue
			}
			filled++
			first, last := k == 0 || of[k-1] != of[k], k == 15 || of[k+1] != of[k]
			if first != (id == special.Cls) || last != (id == special.Sep) {
				t.Fatalf("sequence %d: text %d has %d at place %d", i, of[k], id, k)
			}
			if id != special.Cls && id != special.Sep {
				found[id]++
			}
		}
	}
	want := map[int32]int{}
	for i := range l.Len() {
		for _, id := range l.Of(i) {
			want[id]++
		}
	}
	if fmt.Sprint(found) != fmt.Sprint(want) || filled != p.Filled {
		t.Errorf("found %v in %d, want %v in %d", found, filled, want, p.Filled)
	}
	if share := float64(filled) / float64(16*p.Len()); share < 0.85 {
		t.Errorf("only %.0f %% of the places are filled", 100*share)
	}
	whole := l.Pack(8, true, func(i int) bool { return i%2 == 0 })
	if whole.Len() != 25 {
		t.Errorf("%d sequences, want one for each of 25 texts", whole.Len())
	}
}

func TestAVocabularyIsLearnedOnceAndForgottenWithOtherTexts(t *testing.T) {
	set := language(t, "a b a b", "b a")
	was := set.Language
	if err := set.LearnVocabulary(t.Context(), token.Plan{Kind: "wordpiece", Size: 100}, nil); err != nil || set.Language != was {
		t.Errorf("it was learned again, %v", err)
	}
	if err := set.Tokenize(t.Context(), was.Tokens, nil); err != nil || set.Language != was {
		t.Errorf("it was read again, %v", err)
	}
	frequencies := was.Frequencies(all)
	sum := float32(0)
	for _, share := range frequencies {
		if share <= 0 {
			t.Error("a token has no share")
		}
		sum += share
	}
	if sum < 0.999 || sum > 1.001 {
		t.Errorf("shares add up to %g", sum)
	}
	set.Add(language(t, "c"))
	if set.Language != nil {
		t.Error("what was learned of fewer texts is kept")
	}
}

func TestASubsetOfTextsKeepsNamesLabelsAndTexts(t *testing.T) {
	set := language(t, "a", "b", "c", "d", "e")
	set.Labels[2] = "x"
	kept := set.Subset(func(i int) bool { return i%2 == 0 })
	if kept.Len() != 3 || kept.Texts.At(1) != "c" || kept.Texts.At(2) != "e" || kept.Names[1] != set.Names[2] || kept.Labels[1] != set.Labels[2] {
		t.Errorf("kept %d texts: %v", kept.Len(), kept.Names)
	}
}
