package layout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

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

// BERTConfig is Hugging Face's config.json, as much of it as says what a BERT is.
type BERTConfig struct {
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

// refused says why a model of another kind cannot be opened, "" if it can.
func (h BERTConfig) refused(size encoder.BERTSize) string {
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
	h := BERTConfig{Activation: "gelu", Segments: 2, Placed: "absolute", Eps: 1e-12} // what transformers takes for what is not said
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
	t := Taking{From: weights, Used: map[string]bool{}}
	bert := run.EmptyEncoder(c, in).(*encoder.BERT)
	for name, p := range nn.Params(bert) {
		s.Tensors[name] = t.Take(nn.TorchShape(p), "bert."+name, name)
	}
	if wrong := t.Wrong(); wrong != "" {
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

// Activation is what Hugging Face calls the GELU of a variant.
func Activation(v encoder.Variant) string {
	if v.Erf {
		return "gelu"
	}
	return "gelu_pytorch_tanh"
}

// Eps is what the norms of a variant add to a variance.
func Eps(v encoder.Variant) float64 { return cmp.Or(v.Eps, nn.LayerNormEps) }

// head takes the head that predicts words, all of it or none. Notices are of what is not used.
func (t *Taking) head(s *checkpoint.State, size encoder.BERTSize) []data.Rejected {
	head, found := Taking{From: t.From, Used: map[string]bool{}}, map[string]*tensor.Tensor{}
	for name, p := range nn.Params(encoder.NewTokenHead(nil, size)) {
		found[run.HeadPrefix+name] = head.Take(nn.TorchShape(p), run.HeadPrefix+name)
	}
	var notes []data.Rejected
	if wrong := head.Wrong(); wrong != "" {
		notes = append(notes, report.Notice("model.safetensors", "the head that predicts words cannot be used, so blanks cannot be filled: %s", wrong))
	} else {
		maps.Copy(s.Tensors, found)
		maps.Copy(t.Used, head.Used)
	}
	t.copies(s)
	return append(notes, report.UnusedTensors(t.From, t.Unused())...)
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

// HowMade is the metadata of weights whose configuration and tokenizer are files beside them: how they were made.
func HowMade(s *checkpoint.State, c run.Config, enc nn.Encoder, in kind.Input) map[string]string {
	meta := map[string]string{"format": "pt", metaLayout: huggingFaceLayout, metaPreprocessing: string(compact(preprocessing(c, enc, in)))}
	for _, key := range []string{checkpoint.MetaTask, checkpoint.MetaStep, "options", "seed", "encoder", "data", "input"} {
		if s.Meta[key] != "" {
			meta[key] = s.Meta[key]
		}
	}
	return meta
}
