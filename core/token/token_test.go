package token

import (
	"slices"
	"strings"
	"testing"
)

func pieces(t Tokenizer, text string) (out []string) {
	for _, tok := range t.Encode(text) {
		out = append(out, t.Piece(tok.ID))
	}
	return out
}

// The vocabulary and the encodings are those of BERT's own tests.
func TestWordsAreCutAsInBERT(t *testing.T) {
	w, err := OpenVocab([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwant\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\nlow\nlowest\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"UNwant\u00E9d,running":    {"un", "##want", "##ed", ",", "runn", "##ing"},
		"unwanted running":         {"un", "##want", "##ed", "runn", "##ing"},
		"unwantedX running":        {"[UNK]", "runn", "##ing"},
		"":                         nil,
		"low \t\n lowest ":         {"low", "lowest"},
		"a [MASK] low":             {"[UNK]", "[MASK]", "low"},
		"lo\u0000w lo\u200dwest":   {"low", "lowest"},
		strings.Repeat("want", 26): {"[UNK]"}, // over a hundred letters
	} {
		if got := pieces(w, text); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestWordsAreCountedBeforeAnyVocabulary(t *testing.T) {
	for text, want := range map[string]int{"": 0, " \n ": 0, "The cat, it sat.": 6, "Über 中文": 3, "don't": 3, "1.5 %": 4} {
		if got := Words(text); got != want {
			t.Errorf("%q has %d words, want %d", text, got, want)
		}
	}
}
