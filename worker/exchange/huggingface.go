package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
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

// HuggingFace lays a model of texts out as a folder that Hugging Face's libraries open as an
// ordinary BERT: files by name.
func HuggingFace(s *checkpoint.State) (map[string][]byte, error) {
	c, err := run.ConfigOf(s)
	if err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		return nil, err
	}
	tok := in.Tokens
	if !run.IsModel(s) || tok == nil {
		return nil, report.Mismatch("only a model of texts can be exported in Hugging Face's layout so far")
	}
	bert, ok := run.NewEncoder(c, in).(*encoder.BERT)
	if !ok {
		return nil, report.Mismatch("encoder %s has no place in Hugging Face's layout", c.Encoder)
	}
	size, special := bert.Size(), tok.Special()
	config := bertConfig{Architectures: []string{"BertModel"}, ModelType: "bert", Tokens: size.Tokens, Width: size.Width, Layers: size.Layers, Heads: size.Heads,
		Hidden: size.Hidden, Activation: "gelu_pytorch_tanh", Positions: size.Positions, Segments: 2, Eps: normEps, DropHidden: 0.1, DropAttention: 0.1, Range: 0.02,
		Pad: special.Pad, Placed: "absolute", Decoder: bert.Causal, Type: "float32"}
	weights := &checkpoint.State{Meta: map[string]string{"format": "pt"}, Tensors: map[string]*tensor.Tensor{}}
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
	files := map[string][]byte{"tokenizer.json": token.JSON(tok), "README.md": modelCard(s, c, tok, config)}
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, weights); err != nil {
		return nil, err
	}
	files["model.safetensors"] = raw.Bytes()
	if tok.Kind() == "wordpiece" {
		files["vocab.txt"] = token.VocabTxt(tok)
	}
	files["config.json"] = indented(config)
	named := map[string]string{"pad_token": tok.Piece(special.Pad), "unk_token": tok.Piece(special.Unk), "cls_token": tok.Piece(special.Cls),
		"sep_token": tok.Piece(special.Sep), "mask_token": tok.Piece(special.Mask)}
	files["special_tokens_map.json"] = indented(named)
	about := map[string]any{"model_max_length": size.Positions, "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": true}
	if w, ok := tok.(*token.WordPiece); ok {
		about["tokenizer_class"], about["do_lower_case"] = "BertTokenizer", !w.Cased
		about["strip_accents"], about["tokenize_chinese_chars"] = nil, true
	}
	for name, piece := range named {
		about[name] = piece
	}
	files["tokenizer_config.json"] = indented(about)
	return files, nil
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

// Zipped packs files as one.
func Zipped(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// most is how many bytes each file of a model made elsewhere may have: what the largest of its kind need.
var most = map[string]int64{
	"config.json":           1 << 20,
	"tokenizer_config.json": 16 << 20,
	"tokenizer.json":        64 << 20,
	"vocab.txt":             32 << 20,
	weightsFile:             2<<30 + 16<<20, // what package checkpoint reads
}

const weightsFile = "model.safetensors"

// limited reads a file of at most so many bytes.
func limited(r io.Reader, name string, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, &checkpoint.FormatError{Reason: name + " cannot be read: " + err.Error()}
	}
	if int64(len(content)) > limit {
		return nil, &checkpoint.FormatError{Reason: fmt.Sprintf("%s is too large: it has more than %s, which no such file of a model needs", name, megabytes(limit))}
	}
	return content, nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.4g MB", float64(n)/(1<<20)) }

// unpacked is how much a packed file may unpack to: weights hardly become smaller, so ones that unpack to many times their
// size are none.
func unpacked(e *zip.File, name string) int64 {
	limit := most[name]
	if name == weightsFile {
		limit = min(limit, 16<<20+32*int64(e.CompressedSize64))
	}
	return limit
}

// Unzipped reads the files that make a model in Hugging Face's layout from a zip of its folder. Notices are of files that it does not read.
func Unzipped(raw []byte) (map[string][]byte, []data.Rejected, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, nil, &checkpoint.FormatError{Reason: "this is neither safetensors nor a zip: " + err.Error()}
	}
	files, others := map[string][]byte{}, []string(nil)
	for _, e := range z.File {
		name := path.Base(strings.ReplaceAll(e.Name, `\`, "/"))
		if !slices.Contains(HuggingFaceFiles, name) || files[name] != nil {
			if !e.Mode().IsDir() {
				others = append(others, e.Name)
			}
			continue
		}
		body, err := e.Open()
		if err != nil {
			return nil, nil, &checkpoint.FormatError{Reason: name + " in the zip cannot be read: " + err.Error()}
		}
		files[name], err = limited(body, name+" in the zip", unpacked(e, name))
		body.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return files, unreadNote(others), nil
}

// unreadNote is the notice of files of a model's folder that are not read, none if there are none. A card, and a list of tokens
// that are named elsewhere too, are no loss.
func unreadNote(files []string) []data.Rejected {
	files = slices.DeleteFunc(files, func(f string) bool {
		return slices.Contains([]string{"README.md", "special_tokens_map.json"}, path.Base(f))
	})
	if len(files) == 0 {
		return nil
	}
	slices.Sort(files)
	return []data.Rejected{report.Notice("the folder", "%s: %s", report.WereNot(len(files), "file", "read"), report.List(files, report.MostListed))}
}

// Folder reads the files that make a model in Hugging Face's layout from its folder.
func Folder(fsys fs.FS) (map[string][]byte, []data.Rejected, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, nil, err
	}
	files, others := map[string][]byte{}, []string(nil)
	for _, e := range entries {
		if !slices.Contains(HuggingFaceFiles, e.Name()) {
			others = append(others, e.Name())
			continue
		}
		file, err := fsys.Open(e.Name())
		if err != nil {
			return nil, nil, err
		}
		files[e.Name()], err = limited(file, e.Name(), most[e.Name()])
		file.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return files, unreadNote(others), nil
}

// HuggingFaceFiles are the files that a BERT made elsewhere is read from.
var HuggingFaceFiles = []string{"config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "tokenizer_config.json"}

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

// FromHuggingFace makes a model of the files of a BERT in Hugging Face's layout. Notices are of what is not used.
func FromHuggingFace(files map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	bad := func(format string, a ...any) (*checkpoint.State, []data.Rejected, error) {
		return nil, nil, &checkpoint.FormatError{Reason: fmt.Sprintf(format, a...)}
	}
	for _, name := range []string{"config.json", "model.safetensors"} {
		if files[name] == nil {
			return bad("there is no %s: a model in Hugging Face's layout has config.json, model.safetensors, and tokenizer.json or vocab.txt", name)
		}
	}
	h := bertConfig{Activation: "gelu", Segments: 2, Placed: "absolute", Eps: normEps}
	if err := json.Unmarshal(files["config.json"], &h); err != nil {
		return bad("config.json cannot be read: %v", err)
	}
	size := encoder.BERTSize{Positions: h.Positions, Layers: h.Layers, Width: h.Width, Heads: h.Heads, Hidden: h.Hidden}
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
	weights, err := checkpoint.Decode(bytes.NewReader(files["model.safetensors"]))
	if err != nil {
		return nil, nil, fmt.Errorf("model.safetensors: %w", err)
	}
	size.Tokens = tok.Size()
	if err := run.WeightsFit(weights, size); err != nil {
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
	s, notes, err := bertModel(weights, c, kind.Input{Tokens: tok})
	if err != nil {
		return nil, nil, err
	}
	if h.Eps != normEps {
		notes = append(notes, report.Notice("config.json", "layer_norm_eps is %g there; %g is used", h.Eps, float64(normEps)))
	}
	return s, notes, nil
}

// bertModel is a model whose encoder, and head if there is one, have weights in Hugging Face's layout.
func bertModel(weights *checkpoint.State, c run.Config, in kind.Input) (*checkpoint.State, []data.Rejected, error) {
	s := run.NewModel(c, in)
	t := taking{from: weights, used: map[string]bool{}}
	bert := run.NewEncoder(c, in).(*encoder.BERT)
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

// normEps is what the norms of a BERT add to a variance.
const normEps = 1e-5

// head takes the head that predicts words, all of it or none. Notices are of what is not used.
func (t *taking) head(s *checkpoint.State, size encoder.BERTSize) []data.Rejected {
	head, found := taking{from: t.from, used: map[string]bool{}}, map[string]*tensor.Tensor{}
	for name, p := range nn.Params(encoder.NewTokenHead(rng.New(0), size)) {
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
