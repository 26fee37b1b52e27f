package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What a tokenizer made elsewhere may be.
const (
	maxFile   = 64 << 20 // bytes
	maxPieces = 300_000
)

// file is Hugging Face's tokenizer.json, as much of it as these two kinds need.
type file struct {
	Version       string         `json:"version"`
	Truncation    any            `json:"truncation"`
	Padding       any            `json:"padding"`
	AddedTokens   []added        `json:"added_tokens"`
	Normalizer    *normalizer    `json:"normalizer"`
	PreTokenizer  *preTokenizer  `json:"pre_tokenizer"`
	PostProcessor any            `json:"post_processor"`
	Decoder       map[string]any `json:"decoder"`
	Model         model          `json:"model"`
}

type added struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	Lstrip     bool   `json:"lstrip"`
	Rstrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type normalizer struct {
	Type               string `json:"type"`
	CleanText          bool   `json:"clean_text"`
	HandleChineseChars bool   `json:"handle_chinese_chars"`
	StripAccents       *bool  `json:"strip_accents"`
	Lowercase          bool   `json:"lowercase"`
}

type preTokenizer struct {
	Type           string `json:"type"`
	AddPrefixSpace *bool  `json:"add_prefix_space,omitempty"`
	TrimOffsets    *bool  `json:"trim_offsets,omitempty"`
	UseRegex       *bool  `json:"use_regex,omitempty"`
}

type model struct {
	Type        string            `json:"type"`
	UnkToken    *string           `json:"unk_token"`
	Prefix      string            `json:"continuing_subword_prefix"`
	Suffix      string            `json:"end_of_word_suffix,omitempty"`
	MaxChars    int               `json:"max_input_chars_per_word,omitempty"`
	ByteFall    bool              `json:"byte_fallback,omitempty"`
	IgnoreMerge bool              `json:"ignore_merges,omitempty"`
	Vocab       map[string]int32  `json:"vocab"`
	Merges      []json.RawMessage `json:"merges,omitempty"`
}

// JSON is t as Hugging Face's tokenizer.json.
func JSON(t Tokenizer) []byte {
	yes, no := true, false
	f := file{Version: "1.0"}
	v := vocabularyOf(t)
	for _, id := range []int32{v.special.Pad, v.special.Unk, v.special.Cls, v.special.Sep, v.special.Mask} {
		f.AddedTokens = append(f.AddedTokens, added{ID: id, Content: v.pieces[id], Special: true, Lstrip: v.eats && id == v.special.Mask})
	}
	f.Model.Vocab = v.id
	switch t := t.(type) {
	case *WordPiece:
		f.Normalizer = &normalizer{"BertNormalizer", true, true, nil, !t.Cased}
		f.PreTokenizer = &preTokenizer{Type: "BertPreTokenizer"}
		f.Decoder = map[string]any{"type": "WordPiece", "prefix": "##", "cleanup": true}
		f.Model.Type, f.Model.UnkToken, f.Model.Prefix, f.Model.MaxChars = "WordPiece", &v.pieces[v.special.Unk], "##", maxWord
	case *BPE:
		f.PreTokenizer = &preTokenizer{"ByteLevel", &no, &yes, &yes}
		f.Decoder = map[string]any{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}
		f.Model.Type = "BPE"
		for _, m := range t.merges {
			raw, _ := plainJSON(m[0] + " " + m[1]) // no piece has a space in it: it is written Ġ
			f.Model.Merges = append(f.Model.Merges, raw)
		}
	}
	f.PostProcessor = framing(v)
	raw, err := plainJSON(f)
	if err != nil {
		panic(err) // strings and numbers
	}
	return raw
}

// framing says that a text stands between a Cls and a Sep, and a second one before another Sep.
func framing(v *vocabulary) any {
	special := func(id int32, segment int) any {
		return map[string]any{"SpecialToken": map[string]any{"id": v.pieces[id], "type_id": segment}}
	}
	text := func(name string, segment int) any {
		return map[string]any{"Sequence": map[string]any{"id": name, "type_id": segment}}
	}
	entry := func(id int32) any {
		return map[string]any{"id": v.pieces[id], "ids": []int32{id}, "tokens": []string{v.pieces[id]}}
	}
	cls, sep := v.special.Cls, v.special.Sep
	return map[string]any{
		"type":           "TemplateProcessing",
		"single":         []any{special(cls, 0), text("A", 0), special(sep, 0)},
		"pair":           []any{special(cls, 0), text("A", 0), special(sep, 0), text("B", 1), special(sep, 1)},
		"special_tokens": map[string]any{v.pieces[cls]: entry(cls), v.pieces[sep]: entry(sep)},
	}
}

func plainJSON(x any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(x)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func vocabularyOf(t Tokenizer) *vocabulary {
	if w, ok := t.(*WordPiece); ok {
		return &w.vocabulary
	}
	return &t.(*BPE).vocabulary
}

// Open reads a tokenizer.json of WordPiece as BERT has it, or of byte-level BPE as GPT-2 and
// RoBERTa have it.
func Open(raw []byte) (Tokenizer, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("token: a tokenizer of %d MB; there may be %d", len(raw)>>20, maxFile>>20)
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("token: this is not a tokenizer.json: %w", err)
	}
	pieces, err := f.pieces()
	if err != nil {
		return nil, err
	}
	var t Tokenizer
	switch f.Model.Type {
	case "WordPiece":
		t, err = f.wordPiece(pieces)
	case "BPE":
		t, err = f.bpe(pieces)
	default:
		err = fmt.Errorf("token: a tokenizer of the model %q; WordPiece and byte-level BPE can be read", f.Model.Type)
	}
	if err != nil {
		return nil, err
	}
	v := vocabularyOf(t)
	for _, a := range f.AddedTokens {
		switch isMask := a.ID == v.special.Mask; {
		case !v.isSpecial(a.ID):
			return nil, fmt.Errorf("token: the token %q was added to this tokenizer; only those for padding, unknown, beginning, end and mask can be read", a.Content)
		case a.SingleWord || a.Rstrip || a.Lstrip && !isMask:
			return nil, fmt.Errorf("token: the token %q depends on what stands around it, which cannot be read", a.Content)
		case isMask:
			v.eats = a.Lstrip
		}
	}
	return t, nil
}

// pieces puts the vocabulary, with what was added to it, in order of its numbers.
func (f *file) pieces() ([]string, error) {
	if f.Model.Vocab == nil {
		return nil, fmt.Errorf("token: the tokenizer has no vocabulary")
	}
	all := make(map[string]int32, len(f.Model.Vocab))
	for p, id := range f.Model.Vocab {
		all[p] = id
	}
	for _, a := range f.AddedTokens {
		if id, ok := all[a.Content]; ok && id != a.ID {
			return nil, fmt.Errorf("token: piece %q is both %d and %d", a.Content, id, a.ID)
		}
		all[a.Content] = a.ID
	}
	if len(all) > maxPieces {
		return nil, fmt.Errorf("token: a vocabulary of %d pieces; there may be %d", len(all), maxPieces)
	}
	pieces, taken := make([]string, len(all)), make([]bool, len(all))
	for p, id := range all {
		if id < 0 || int(id) >= len(all) || taken[id] {
			return nil, fmt.Errorf("token: piece %q has the number %d: every number from 0 to %d must be there once", p, id, len(all)-1)
		}
		pieces[id], taken[id] = p, true
	}
	return pieces, nil
}

func (f *file) wordPiece(pieces []string) (Tokenizer, error) {
	switch n, m := f.Normalizer, f.Model; {
	case n == nil || n.Type != "BertNormalizer":
		return nil, fmt.Errorf("token: WordPiece with a normalizer other than BertNormalizer cannot be read")
	case !n.CleanText || !n.HandleChineseChars || n.StripAccents != nil && *n.StripAccents != n.Lowercase:
		return nil, fmt.Errorf("token: WordPiece can be read cased with its accents, or neither; this one has other rules")
	case f.PreTokenizer == nil || f.PreTokenizer.Type != "BertPreTokenizer":
		return nil, fmt.Errorf("token: WordPiece with a pre-tokenizer other than BertPreTokenizer cannot be read")
	case m.Prefix != "##" || m.MaxChars != 0 && m.MaxChars != maxWord:
		return nil, fmt.Errorf("token: WordPiece can be read with the prefix ## and words of up to %d characters", maxWord)
	}
	return newWordPiece(pieces, !f.Normalizer.Lowercase)
}

func (f *file) bpe(pieces []string) (Tokenizer, error) {
	m, p := f.Model, f.PreTokenizer
	switch {
	case f.Normalizer != nil || p == nil || p.Type != "ByteLevel" || p.UseRegex != nil && !*p.UseRegex:
		return nil, fmt.Errorf("token: BPE can be read if it is byte-level, with no normalizer, as GPT-2 has it")
	case p.AddPrefixSpace != nil && *p.AddPrefixSpace:
		return nil, fmt.Errorf("token: byte-level BPE that adds a space before texts cannot be read")
	case m.Prefix != "" || m.Suffix != "" || m.ByteFall || m.IgnoreMerge:
		return nil, fmt.Errorf("token: BPE with a prefix, a suffix, byte fallback or ignored merges cannot be read")
	case len(m.Merges) > maxPieces:
		return nil, fmt.Errorf("token: %d merges; there may be %d", len(m.Merges), maxPieces)
	}
	merges := make([][2]string, len(m.Merges))
	for i, raw := range m.Merges {
		var two []string
		var one string
		if json.Unmarshal(raw, &two) != nil && json.Unmarshal(raw, &one) == nil {
			two = strings.Split(one, " ")
		}
		if len(two) != 2 {
			return nil, fmt.Errorf("token: merge %d is not of two pieces", i)
		}
		merges[i] = [2]string{two[0], two[1]}
	}
	return newBPE(pieces, merges)
}

// VocabTxt is BERT's vocab.txt: one piece a line.
func VocabTxt(t Tokenizer) []byte {
	return []byte(strings.Join(vocabularyOf(t).pieces, "\n") + "\n")
}

// OpenVocab reads BERT's vocab.txt.
func OpenVocab(raw []byte, cased bool) (Tokenizer, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("token: a vocabulary of %d MB; there may be %d", len(raw)>>20, maxFile>>20)
	}
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("token: this vocab.txt is not UTF-8")
	}
	pieces := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n"), "\n")
	if len(pieces) > maxPieces {
		return nil, fmt.Errorf("token: a vocabulary of %d pieces; there may be %d", len(pieces), maxPieces)
	}
	return newWordPiece(pieces, cased)
}
