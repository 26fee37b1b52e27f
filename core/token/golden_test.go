package token

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goldenPlans are the tokenizers in testdata, learned from speech by this package.
var goldenPlans = map[string]Plan{"wordpiece": {"wordpiece", 300, false}, "wordpiece-cased": {"wordpiece", 300, true}, "bpe": {"bpe", 400, false}}

func goldenTexts() []string {
	return append(speech(400), strings.Repeat("the people of the United States and the union constitution constitutional ab abab ", 9),
		"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 zyxwvutsrqponmlkjihgfedcba ZYXWVUTSRQPONMLKJIHGFEDCBA 987654321",
		"αβγσς ίσυφοας привет мир йогурт 你好世界 東京タワー ひらがな ガ 한국어 문장 입니다 สวัสดีครับ नमस्ते שלום مرحبا Tiếng Việt = < ; ` é É ñ ä ạ ő ű ł ø đ æ œ ß")
}

// The encodings in testdata/goldens.json are of Hugging Face's own library: testdata/golden.mjs.
func TestEncodingsAreThoseOfHuggingFace(t *testing.T) {
	if os.Getenv("WRITE_TOKENIZERS") != "" {
		writeTokenizers(t)
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "goldens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens map[string][][2]string
	if err := json.Unmarshal(raw, &goldens); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wordpiece", "wordpiece-cased", "bpe", "bpe-spaces"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Open(raw)
		if err != nil {
			t.Fatal(err)
		}
		if len(goldens[name]) < 60 {
			t.Fatalf("%s: %d goldens", name, len(goldens[name]))
		}
		for _, g := range goldens[name] {
			if got := numbers(tok, g[0]); got != g[1] {
				t.Errorf("%s: %q is %q, %s, want %s", name, g[0], pieces(tok, g[0]), got, g[1])
			}
		}
		s := tok.Special()
		a, b := numbers(tok, "the people"), numbers(tok, "of the union")
		first, second := len(strings.Fields(a))+2, len(strings.Fields(b))+1
		want := fmt.Sprintf("%d %s %d %s %d / %s", s.Cls, a, s.Sep, b, s.Sep, strings.TrimSpace(strings.Repeat("0 ", first)+strings.Repeat("1 ", second)))
		if got := goldens[name+" framed"][0][1]; got != want {
			t.Errorf("%s: two texts are framed %s, want %s", name, got, want)
		}
	}
}

func numbers(t Tokenizer, text string) string {
	var ids []int32
	for _, x := range t.Encode(text) {
		ids = append(ids, x.ID)
	}
	return strings.Trim(fmt.Sprint(ids), "[]")
}

func writeTokenizers(t *testing.T) {
	write := func(name string, raw []byte) {
		if err := os.WriteFile(filepath.Join("testdata", name+".json"), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, p := range goldenPlans {
		write(name, JSON(learned(t, p, goldenTexts())))
	}
	b := learned(t, goldenPlans["bpe"], goldenTexts())
	vocabularyOf(b).eats = true // as in RoBERTa
	write("bpe-spaces", JSON(b))
}
