package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A foreign layout is told by tensors that all models in it have, under one prefix.
type foreign struct {
	marks []string
	inner string // a part of the prefix that its names keep
	open  func(w *cleaned, about map[string][]byte) (*checkpoint.State, []data.Rejected, error)
}

// foreigns are the layouts that models made elsewhere come in.
var foreigns = []foreign{
	{[]string{"conv1.weight", "layer1.0.conv1.weight"}, "", resNetOf},
	{[]string{"patch_embed.proj.weight", "blocks.0.norm1.weight"}, "", func(w *cleaned, about map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
		return vitOf(w, about, timmNaming)
	}},
	{[]string{"embeddings.patch_embeddings.projection.weight", "encoder.layer.0.intermediate.dense.weight"}, "", func(w *cleaned, about map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
		return vitOf(w, about, asIs)
	}},
	{[]string{"embeddings.word_embeddings.weight", "encoder.layer.0.intermediate.dense.weight"}, "bert.", cleanBERT},
	{[]string{"encoder.embedder.input_embedding.weight", "encoder.positional_encoder.position_enc"}, "", foreignPatchTST},
	{[]string{"in.weight", "blocks.0.conv1.weight"}, "", ofOurs("a TCN or a dilated CNN")},
	{[]string{"embedding.weight", "position", "norm.weight"}, "", ofOurs("a PatchTST")},
}

// FromTensors makes a model of an encoder made elsewhere, or of one of ours in its public layout: of its weights, and of the files
// beside them that say what it is (config.json, tokenizer.json and so on, by name). Notices are of what is not used.
func FromTensors(weights *checkpoint.State, about map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	if format := weights.Meta[MetaOurFormat]; format != "" { // where transformers wants another one
		weights.Meta["format"] = format
		delete(weights.Meta, MetaOurFormat)
	}
	if run.IsModel(weights) || run.Resumable(weights) {
		notes, err := Inventory(weights)
		return weights, notes, err
	}
	if format := weights.Meta["format"]; strings.HasPrefix(format, "autodidact-") {
		return nil, nil, &checkpoint.FormatError{Reason: fmt.Sprintf("this is a file of Autodidact (%s) that is neither a model nor a checkpoint, such as the run.safetensors that continue.py begins with: import the model.safetensors that it writes", format)}
	}
	for _, f := range foreigns {
		if prefix, ok := f.prefix(weights.Tensors); ok {
			return f.open(clean(weights, strings.TrimSuffix(prefix, f.inner)), about)
		}
	}
	return nil, nil, &checkpoint.FormatError{Reason: "these tensors are not of an encoder that can be used: " + looksLike(weights.Tensors)}
}

// followers are how the slow copy of an encoder is called, beside the encoder itself.
var followers = []string{"encoder_k", "teacher", "momentum", "target", "ema"}

// prefix is the one under which all marks are; ok is false if there is none. Of several the encoder is preferred to its slow copy, then the
// shortest.
func (f foreign) prefix(tensors map[string]*tensor.Tensor) (best string, ok bool) {
	rank := func(p string) [2]int {
		follows := slices.ContainsFunc(followers, func(s string) bool { return strings.Contains(p, s) })
		return [2]int{map[bool]int{true: 1}[follows], len(p)}
	}
	for name := range tensors {
		p, found := strings.CutSuffix(name, f.marks[0])
		if !found || p != "" && !strings.HasSuffix(p, ".") {
			continue
		}
		if slices.ContainsFunc(f.marks, func(m string) bool { return tensors[p+m] == nil }) {
			continue
		}
		a, b := rank(p), rank(best)
		if !ok || slices.Compare(a[:], b[:]) < 0 || a == b && p < best {
			best, ok = p, true
		}
	}
	return best, ok
}

// cleaned is weights made elsewhere under their plain names.
type cleaned struct {
	*checkpoint.State
	notes []data.Rejected
}

// clean takes a prefix off the names of tensors, calls gamma and beta of norms weight and bias, and leaves out counters of batches.
func clean(weights *checkpoint.State, prefix string) *cleaned {
	w := &cleaned{State: &checkpoint.State{Meta: weights.Meta, Tensors: map[string]*tensor.Tensor{}}}
	counters := 0
	for name, x := range weights.Tensors {
		if strings.HasSuffix(name, "num_batches_tracked") {
			counters++
			continue
		}
		w.Tensors[plainNorm(strings.TrimPrefix(name, prefix))] = x
	}
	if prefix != "" {
		w.notes = append(w.notes, report.Notice("weights", "the tensors under %q are read", prefix))
	}
	if counters > 0 {
		w.notes = append(w.notes, report.Notice("weights", "%s called num_batches_tracked: they count batches, and nothing here needs them", report.WereNot(counters, "tensor", "used")))
	}
	return w
}

// plainNorm calls a norm's gamma and beta weight and bias.
func plainNorm(name string) string {
	for was, is := range map[string]string{".gamma": ".weight", ".beta": ".bias"} {
		if layer, ok := strings.CutSuffix(name, was); ok && (strings.HasSuffix(strings.ToLower(layer), "norm") || strings.Contains(layer[strings.LastIndexByte(layer, '.')+1:], "bn")) {
			return layer + is
		}
	}
	return name
}

// extras are tensors of ViTs with more than ours have.
var extras = []string{"reg_token", "dist_token", "norm_pre.", "embeddings.distillation_token"}

// model is the model of a configuration with the weights, each of which must be there; names is how the layout calls them.
func (w *cleaned) model(c run.Config, names naming) (*checkpoint.State, []data.Rejected, error) {
	s, enc := run.NewModel(c, kind.Input{}), run.EmptyEncoder(c, kind.Input{})
	t, layers := Taking{From: w.State, Used: map[string]bool{}}, map[string]bool{}
	s.Tensors = names.inward(&t, enc)
	for name := range nn.Params(enc) {
		theirs, _, _ := names(name)
		layer, _, _ := strings.Cut(theirs, ".")
		layers[layer+"."] = true
	}
	if wrong := t.Wrong(); wrong != "" {
		return nil, nil, &checkpoint.FormatError{Reason: fmt.Sprintf("these weights look like %s and cannot be used: %s", c.Encoder, wrong)}
	}
	if more := t.beyond(slices.Concat(slices.Collect(maps.Keys(layers)), extras)...); len(more) > 0 {
		return nil, nil, &checkpoint.FormatError{Reason: fmt.Sprintf("these weights look like %s, but are of an encoder with more than it has: %s", c.Encoder, report.Tensors(w.State, more))}
	}
	s.Meta["input"] = kind.Of(c.Kind).Layout(c.Size, kind.Input{})
	return s, append(w.notes, report.UnusedTensors(w.State, t.Unused())...), run.CheckFinite(w.State)
}

// cleanBERT is bertOf, which needs the files beside the weights.
func cleanBERT(w *cleaned, about map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	if about["config.json"] == nil {
		return nil, nil, &checkpoint.FormatError{Reason: "it looks like a BERT: config.json, and tokenizer.json or vocab.txt, must lie beside its weights"}
	}
	s, notes, err := bertOf(w.State, about)
	return s, append(w.notes, notes...), err
}

// ofOurs refuses tensors of an encoder of ours whose metadata was lost: they do not say what its channels are.
func ofOurs(what string) func(*cleaned, map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	return func(*cleaned, map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
		return nil, nil, &checkpoint.FormatError{Reason: fmt.Sprintf("it looks like %s of ours without its metadata, which says what its channels are: keep that of the exported file when tensors are saved anew", what)}
	}
}

// looks are parts of names that tell what a model is that cannot be used.
var looks = []struct{ part, what string }{
	{"lora_A", "adapters (LoRA) of another model, without that model"}, {"relative_position_bias_table", "a Swin transformer"},
	{"down_blocks.", "a diffusion model's U-Net"}, {"visual.", "CLIP, or another model of pictures and texts"},
	{".self_attn.q_proj.", "a language model such as Llama"}, {".attn.c_attn.", "GPT-2"}, {".SelfAttention.q.", "T5"},
	{"transformer.layer.0.attention.q_lin.", "DistilBERT"}, {".dwconv.", "a ConvNeXt"}, {"stages.0.", "a network in stages, such as ConvNeXt or RegNet"},
	{"conv_stem.", "an EfficientNet or a MobileNet"}, {"features.0.0.", "a MobileNet or an EfficientNet"}, {"features.denseblock1.", "a DenseNet"}, {"features.0.weight", "a VGG or an AlexNet"},
	{"conv1.0.weight", "a ResNet with a stem of several convolutions"}, {"class_token", "torchvision's ViT, whose names are not timm's"},
}

// looksLike says what tensors seem to be of.
func looksLike(tensors map[string]*tensor.Tensor) string {
	names := slices.Sorted(maps.Keys(tensors))
	for _, l := range looks {
		if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, l.part) }) {
			return "they look like " + l.what
		}
	}
	if len(names) == 0 {
		return "there are none"
	}
	return "they are called " + report.List(names, 5)
}
