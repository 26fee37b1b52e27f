package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/worker/kind"
	"autodidact/worker/layout"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

var huggingFaceFormat = Format{Name: "huggingface", Line: "of BERTs and PatchTST: a folder that Hugging Face's transformers opens",
	Files: func(s Source) ([]File, error) { return huggingFace(s.Model) }}

// huggingFace lays a model of texts out as Hugging Face's libraries open it.
func huggingFace(s *checkpoint.State) ([]File, error) {
	c, err := run.ConfigOf(s)
	if err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		return nil, err
	}
	enc, tok := run.EmptyEncoder(c, in), in.Tokens
	if patchTST, ok := enc.(*encoder.PatchTST); ok {
		return patchTSTFiles(s, c, patchTST)
	}
	bert, ok := enc.(*encoder.BERT)
	if !ok || tok == nil {
		return nil, report.Mismatch("encoder %s has no place in Hugging Face's layout; BERTs and PatchTST have", c.Encoder)
	}
	size, special := bert.Size(), tok.Special()
	config := layout.BERTConfig{Architectures: []string{"BertModel"}, ModelType: "bert", Tokens: size.Tokens, Width: size.Width, Layers: size.Layers, Heads: size.Heads,
		Hidden: size.Hidden, Activation: layout.Activation(size.Variant), Positions: size.Positions, Segments: 2, Eps: layout.Eps(size.Variant), DropHidden: 0.1, DropAttention: 0.1, Range: 0.02,
		Pad: special.Pad, Placed: "absolute", Decoder: bert.Causal, Type: "float32"}
	weights := &checkpoint.State{Meta: layout.HowMade(s, c, enc, in), Tensors: map[string]*tensor.Tensor{}}
	for name, x := range s.Tensors {
		if strings.HasPrefix(name, run.HeadPrefix) {
			config.Architectures = []string{"BertForMaskedLM"}
			if bert.Causal {
				config.Architectures = []string{"BertLMHeadModel"}
			}
			weights.Tensors[name] = x
			continue
		}
		weights.Tensors["bert."+name] = x
	}
	files := []File{fileOf("README.md", modelCard(s, c, tok, config)), fileOf("config.json", indented(config)),
		{"model.safetensors", func(w io.Writer) error { return checkpoint.Encode(w, weights) }}, fileOf("tokenizer.json", token.JSON(tok))}
	if tok.Kind() == "wordpiece" {
		files = append(files, fileOf("vocab.txt", token.VocabTxt(tok)))
	}
	named := map[string]string{"pad_token": tok.Piece(special.Pad), "unk_token": tok.Piece(special.Unk), "cls_token": tok.Piece(special.Cls),
		"sep_token": tok.Piece(special.Sep), "mask_token": tok.Piece(special.Mask)}
	about := map[string]any{"model_max_length": size.Positions, "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": true}
	if w, ok := tok.(*token.WordPiece); ok {
		about["tokenizer_class"], about["do_lower_case"] = "BertTokenizer", !w.Cased
		about["strip_accents"], about["tokenize_chinese_chars"] = nil, true
	}
	for name, piece := range named {
		about[name] = piece
	}
	return append(files, fileOf("special_tokens_map.json", indented(named)), fileOf("tokenizer_config.json", indented(about))), nil
}

func indented(x any) []byte {
	raw, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(raw, '\n')
}

// modelCard says what a model is and how to open it.
func modelCard(s *checkpoint.State, c run.Config, tok token.Tokenizer, config layout.BERTConfig) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "---\nlibrary_name: transformers\ntags:\n- autodidact\n- %s\n---\n\n# %s\n\n", c.Task, c.Encoder)
	fmt.Fprintf(&b, "A BERT with %d layers, %d wide, %d heads, trained without labels by Autodidact's task `%s` for %s steps (seed %d) on texts that are not part of this model.\n\n",
		config.Layers, config.Width, config.Heads, c.Task, s.Meta[checkpoint.MetaStep], c.Seed)
	fmt.Fprintf(&b, "Its %s vocabulary of %d pieces was learned from the same texts; it reads up to %d tokens. What it knows, and what it is wrong about, are theirs.\n\n", tok.Kind(), tok.Size(), config.Positions)
	b.WriteString("```python\nfrom transformers import pipeline\n")
	if len(config.Architectures) > 0 && config.Architectures[0] == "BertForMaskedLM" {
		fmt.Fprintf(&b, "pipeline('fill-mask', model='PATH')('a text with a %s in it')\n", tok.Piece(tok.Special().Mask))
	} else {
		b.WriteString("pipeline('feature-extraction', model='PATH')('a text')\n")
	}
	b.WriteString("```\n\nFeatures of a text are the mean over its tokens.\n")
	return []byte(b.String())
}
