package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// bertConfig is Hugging Face's config.json, as much of it as says what a BERT is.
type bertConfig struct {
	Architectures []string `json:"architectures"`
	ModelType     string   `json:"model_type"`
	Tokens        int      `json:"vocab_size"`
	Width         int      `json:"hidden_size"`
	Layers        int      `json:"num_hidden_layers"`
	Heads         int      `json:"num_attention_heads"`
	Hidden        int      `json:"intermediate_size"`
	Activation    string   `json:"hidden_act"`
	Positions     int      `json:"max_position_embeddings"`
	Segments      int      `json:"type_vocab_size"`
	Eps           float64  `json:"layer_norm_eps"`
	DropHidden    float64  `json:"hidden_dropout_prob"`
	DropAttention float64  `json:"attention_probs_dropout_prob"`
	Range         float64  `json:"initializer_range"`
	Pad           int32    `json:"pad_token_id"`
	Placed        string   `json:"position_embedding_type"`
	Decoder       bool     `json:"is_decoder"`
	Type          string   `json:"torch_dtype"`
}

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
	config := bertConfig{Architectures: []string{"BertModel"}, ModelType: "bert", Tokens: size.Tokens, Width: size.Width, Layers: size.Layers, Heads: size.Heads,
		Hidden: size.Hidden, Activation: activation(size.Variant), Positions: size.Positions, Segments: 2, Eps: eps(size.Variant), DropHidden: 0.1, DropAttention: 0.1, Range: 0.02,
		Pad: special.Pad, Placed: "absolute", Decoder: bert.Causal, Type: "float32"}
	weights := &checkpoint.State{Meta: saysHow(s, c, enc, in), Tensors: map[string]*tensor.Tensor{}}
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

// saysHow is the metadata of weights whose configuration and tokenizer are files beside them: how they were made.
func saysHow(s *checkpoint.State, c run.Config, enc nn.Encoder, in kind.Input) map[string]string {
	meta := map[string]string{"format": "pt", metaLayout: huggingFaceLayout, metaPreprocessing: string(compact(preprocessing(c, enc, in)))}
	for _, key := range []string{checkpoint.MetaTask, checkpoint.MetaStep, "options", "seed", "encoder", "data", "input"} {
		if s.Meta[key] != "" {
			meta[key] = s.Meta[key]
		}
	}
	return meta
}

func indented(x any) []byte {
	raw, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(raw, '\n')
}

// modelCard says what a model is and how to open it.
func modelCard(s *checkpoint.State, c run.Config, tok token.Tokenizer, config bertConfig) []byte {
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

// refused says why a model of another kind cannot be opened, "" if it can.
func (h bertConfig) refused(size encoder.BERTSize) string {
	switch {
	case h.ModelType != "bert":
		return fmt.Sprintf("this is a model of type %q; only bert can be opened", h.ModelType)
	case !slices.Contains([]string{"gelu", "gelu_new", "gelu_pytorch_tanh"}, h.Activation):
		return fmt.Sprintf("its activation is %q; only gelu can be had", h.Activation)
	case h.Placed != "absolute" || h.Segments != 2:
		return fmt.Sprintf("its positions are %q and its segments %d; only absolute positions and two segments can be had", h.Placed, h.Segments)
	case size.Check() != nil:
		return size.Check().Error()
	case h.Positions > maxPositions():
		return fmt.Sprintf("it reads up to %d tokens; there may be %d", h.Positions, maxPositions())
	}
	return ""
}

// maxPositions is how many tokens a text may have.
func maxPositions() int { return kind.TraitsOf(data.Text).MaxSize }

// bertOf is the model of a BERT's weights and the files beside them.
func bertOf(weights *checkpoint.State, files map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	bad := func(format string, a ...any) (*checkpoint.State, []data.Rejected, error) {
		return nil, nil, &checkpoint.FormatError{Reason: fmt.Sprintf(format, a...)}
	}
	h := bertConfig{Activation: "gelu", Segments: 2, Placed: "absolute", Eps: 1e-12} // what transformers takes for what is not said
	if err := json.Unmarshal(files["config.json"], &h); err != nil {
		return bad("config.json cannot be read: %v", err)
	}
	size := encoder.BERTSize{Positions: h.Positions, Layers: h.Layers, Width: h.Width, Heads: h.Heads, Hidden: h.Hidden,
		Variant: encoder.Variant{Erf: h.Activation == "gelu", Eps: h.Eps}}
	if why := h.refused(size); why != "" {
		return bad("%s", why)
	}
	tok, err := openTokenizer(files)
	if err != nil {
		return bad("%v", err)
	}
	if tok.Size() != h.Tokens {
		return bad("its vocabulary has %d pieces, and config.json says %d", tok.Size(), h.Tokens)
	}
	size.Tokens = tok.Size()
	if err := run.WeightsFit(weights, size.Name(), size.Tokens); err != nil {
		return nil, nil, fmt.Errorf("model.safetensors: %w", err)
	}
	task := "maskedlm"
	if h.Decoder {
		task = "causallm"
	}
	c, err := run.Config{Task: task, Encoder: size.Name(), Size: h.Positions, Vocab: tok.Size()}.Resolve()
	if err != nil {
		return bad("%v", err)
	}
	return bertModel(weights, c, kind.Input{Tokens: tok})
}

// bertModel is a model whose encoder, and head if there is one, have weights in Hugging Face's layout.
func bertModel(weights *checkpoint.State, c run.Config, in kind.Input) (*checkpoint.State, []data.Rejected, error) {
	s := run.NewModel(c, in)
	t := taking{from: weights, used: map[string]bool{}}
	bert := run.EmptyEncoder(c, in).(*encoder.BERT)
	for name, p := range nn.Params(bert) {
		s.Tensors[name] = t.take(nn.TorchShape(p), "bert."+name, name)
	}
	if wrong := t.wrong(); wrong != "" {
		return nil, nil, &checkpoint.FormatError{Reason: "model.safetensors cannot be used: " + wrong}
	}
	if more := t.beyond("bert.encoder.", "encoder."); len(more) > 0 {
		return nil, nil, &checkpoint.FormatError{Reason: "model.safetensors cannot be used: it is of another encoder than config.json describes, which has no " + report.Tensors(weights, more)}
	}
	if err := run.CheckFinite(s); err != nil {
		return nil, nil, err
	}
	return s, t.head(s, bert.Size()), nil
}

// activation is what Hugging Face calls the GELU of a variant.
func activation(v encoder.Variant) string {
	if v.Erf {
		return "gelu"
	}
	return "gelu_pytorch_tanh"
}

// eps is what the norms of a variant add to a variance.
func eps(v encoder.Variant) float64 { return cmp.Or(v.Eps, nn.LayerNormEps) }

// head takes the head that predicts words, all of it or none. Notices are of what is not used.
func (t *taking) head(s *checkpoint.State, size encoder.BERTSize) []data.Rejected {
	head, found := taking{from: t.from, used: map[string]bool{}}, map[string]*tensor.Tensor{}
	for name, p := range nn.Params(encoder.NewTokenHead(nil, size)) {
		found[run.HeadPrefix+name] = head.take(nn.TorchShape(p), run.HeadPrefix+name)
	}
	var notes []data.Rejected
	if wrong := head.wrong(); wrong != "" {
		notes = append(notes, report.Notice("model.safetensors", "the head that predicts words cannot be used, so blanks cannot be filled: %s", wrong))
	} else {
		maps.Copy(s.Tensors, found)
		maps.Copy(t.used, head.used)
	}
	t.copies(s)
	return append(notes, report.UnusedTensors(t.from, t.unused())...)
}

func openTokenizer(files map[string][]byte) (token.Tokenizer, error) {
	if raw := files["tokenizer.json"]; raw != nil {
		return token.Open(raw)
	}
	if files["vocab.txt"] == nil {
		return nil, fmt.Errorf("there is neither tokenizer.json nor vocab.txt")
	}
	about := struct {
		Lower *bool `json:"do_lower_case"`
	}{}
	if raw := files["tokenizer_config.json"]; raw != nil {
		if err := json.Unmarshal(raw, &about); err != nil {
			return nil, fmt.Errorf("tokenizer_config.json cannot be read: %w", err)
		}
	}
	return token.OpenVocab(files["vocab.txt"], about.Lower != nil && !*about.Lower)
}
