package kind

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/worker/testsets"
)

// says finds a notice about something that has some words in it.
func says(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}

// tokenized prepares texts for an encoder of 32 tokens and gives what that must know.
func tokenized(t *testing.T, set *data.Set, known Input) Embedder {
	t.Helper()
	if err := (texts{}).Prepare(t.Context(), set, Plan{Size: 32, Vocab: 200}, known.Tokens, nil); err != nil {
		t.Fatal(err)
	}
	in, err := texts{}.Input(set, 32)
	if err != nil {
		t.Fatal(err)
	}
	return Embedder{Size: 32, Input: in}
}

func TestWhatTheEncoderDoesNotReadOfTextsIsCounted(t *testing.T) {
	var table strings.Builder
	table.WriteString("text\n")
	for i := range 40 {
		fmt.Fprintf(&table, "waves crossed the bay while gulls followed the open sea%s\n", strings.Repeat(" and boats covered the harbour", 10*(i/38)))
	}
	set := testsets.Texts("a.csv", []byte(table.String()))
	e := tokenized(t, set, Input{})
	if notes := e.Unread(set); !says(notes, "long texts", "2 of 40 are longer than the 30 tokens that the encoder reads, the longest, a.csv, row ") {
		t.Errorf("%v", notes)
	}
	strange := testsets.Texts("b.csv", []byte("text\nЖизнь прожить не поле перейти\nwaves crossed the bay\n"))
	tokenized(t, strange, e.Input)
	if notes := e.Unread(strange); !says(notes, "unknown words", "are not in the encoder's vocabulary") {
		t.Errorf("%v", notes)
	}
}

func TestAlteredTextsHaveHalfTheirWordsInTheirOrder(t *testing.T) {
	text := "one two three four five six seven eight nine ten eleven twelve and so they went on to count until nobody listened any more at all"
	got := thinned(text, rng.New(1))
	words := strings.Fields(got)
	if len(words) >= 22 || len(words) < 6 || !slices.IsSortedFunc(words, func(a, b string) int { return strings.Index(text, a) - strings.Index(text, b) }) {
		t.Errorf("%q", got)
	}
	if thinned("one", rng.New(1)) != "one" {
		t.Error("nothing is left of a word")
	}
}

func TestCopiesOfTextsAreFound(t *testing.T) {
	set := testsets.Weather(60)
	for i := range 20 {
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("copy %d", i)), append(set.Labels, set.Labels[i])
		set.Texts.Append(set.Texts.At(i) + ".")
	}
	groups, err := texts{}.Duplicates(t.Context(), Embedder{}, set, func() {})
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]bool{}
	for _, g := range groups {
		for _, i := range g {
			found[i] = true
		}
	}
	for i := range 20 {
		if !found[i] || !found[60+i] {
			t.Errorf("text %d and its copy were not found", i)
		}
	}
}
