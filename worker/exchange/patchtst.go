package exchange

import (
	"io"
	"maps"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// What our PatchTST has and Hugging Face's PatchTSTModel has not, beside its tensors: the weights of the marks of what was read, which are part of
// the embedding's bias there, as if nothing were missing; that bias without them; and the norm after the last layer.
const (
	markWeight = "autodidact.mark_embedding.weight"
	ownBias    = "autodidact.input_embedding.bias"
	lastNorm   = "autodidact.norm."

	theirEmbedding = "encoder.embedder.input_embedding."
	metaOurFormat  = "autodidact.format" // our format, where transformers wants "format" to be its own
)

var patchTSTNames = strings.NewReplacer("attention.attention.query.", "self_attn.q_proj.", "attention.attention.key.", "self_attn.k_proj.",
	"attention.attention.value.", "self_attn.v_proj.", "attention.output.dense.", "self_attn.out_proj.", "intermediate.dense.", "ff.0.", "output.dense.", "ff.3.",
	"layernorm_before.", "norm_sublayer1.", "layernorm_after.", "norm_sublayer3.")

// patchTSTNaming is that of all but the embedding.
func patchTSTNaming(ours string) (theirs string, part, parts int) {
	switch layer, found := strings.CutPrefix(ours, "layer."); {
	case found:
		return "encoder.layers." + patchTSTNames.Replace(layer), 0, 0
	case ours == "position":
		return "encoder.positional_encoder.position_enc", 0, 0
	case strings.HasPrefix(ours, "norm."):
		return lastNorm + ours[len("norm."):], 0, 0
	}
	return ours, 0, 0
}

// toPatchTST is the tensors of a PatchTST as Hugging Face has them, and of its head as they are.
func toPatchTST(ours map[string]*tensor.Tensor) map[string]*tensor.Tensor {
	out := naming(patchTSTNaming).outward(ours)
	weight, bias := out["embedding.weight"], out["embedding.bias"]
	delete(out, "embedding.weight")
	delete(out, "embedding.bias")
	values, marks := apart(weight)
	out[theirEmbedding+"weight"], out[markWeight], out[ownBias] = values, marks, bias
	out[theirEmbedding+"bias"] = withMarks(bias, marks, 1)
	return out
}

// apart parts the weights [width, 2·patch] of values and marks that take turns.
func apart(w *tensor.Tensor) (values, marks *tensor.Tensor) {
	x := w.Buf.(kernel.Host)
	halves := [2]kernel.Host{}
	for i, v := range x {
		halves[i%2] = append(halves[i%2], v)
	}
	shape := []int{w.Shape[0], w.Shape[1] / 2}
	return tensor.Float32s(halves[0], shape...), tensor.Float32s(halves[1], shape...)
}

// together is the way back of apart.
func together(values, marks *tensor.Tensor) *tensor.Tensor {
	v, m := values.Buf.(kernel.Host), marks.Buf.(kernel.Host)
	out := make(kernel.Host, 0, 2*len(v))
	for i := range v {
		out = append(out, v[i], m[i])
	}
	return tensor.Float32s(out, values.Shape[0], 2*values.Shape[1])
}

// withMarks is a bias plus, times sign, what the marks of a patch add of which all was read.
func withMarks(bias, marks *tensor.Tensor, sign float64) *tensor.Tensor {
	out, n := slices.Clone(bias.Buf.(kernel.Host)), marks.Shape[1]
	for i := range out {
		sum := float64(out[i])
		for _, m := range marks.Buf.(kernel.Host)[i*n:][:n] {
			sum += sign * float64(m)
		}
		out[i] = float32(sum)
	}
	return tensor.Float32s(out, bias.Shape...)
}

// fromPatchTST is the way back of toPatchTST. Where the embedding's bias was trained on, what the marks add is taken out of it.
func fromPatchTST(s *checkpoint.State, e *encoder.PatchTST) error {
	t := taking{from: s, used: map[string]bool{}}
	width, patch := e.Width(), e.Patch()
	values, folded := t.take(tensor.Shape{width, patch}, theirEmbedding+"weight"), t.take(tensor.Shape{width}, theirEmbedding+"bias")
	marks, own := t.take(tensor.Shape{width, patch}, markWeight), t.take(tensor.Shape{width}, ownBias)
	ours := map[string]*tensor.Tensor{}
	for name, p := range nn.Params(e) {
		if !strings.HasPrefix(name, "embedding.") {
			theirs, _, _ := patchTSTNaming(name)
			ours[name] = t.take(nn.TorchShape(p), theirs)
		}
	}
	if wrong := t.wrong(); wrong != "" {
		return report.Mismatch("this PatchTST cannot be used: %s", wrong)
	}
	if !slices.Equal(withMarks(own, marks, 1).Buf.(kernel.Host), folded.Buf.(kernel.Host)) {
		own = withMarks(folded, marks, -1)
	}
	ours["embedding.weight"], ours["embedding.bias"] = together(values, marks), own
	return t.replace(s, ours)
}

// foreignPatchTST refuses one that is not of ours.
func foreignPatchTST(w *cleaned, _ map[string][]byte) (*checkpoint.State, []data.Rejected, error) {
	if w.Tensors[markWeight] == nil {
		return nil, nil, &checkpoint.FormatError{Reason: "it is a PatchTST of Hugging Face's that was not made by Autodidact: ours marks what is missing and has a norm after its last layer, so it lacks " + markWeight + " and others"}
	}
	return ofOurs("a PatchTST")(w, nil)
}

// patchTSTFiles lays a PatchTST out as Hugging Face's transformers opens it.
func patchTSTFiles(s *checkpoint.State, c run.Config, e *encoder.PatchTST) ([]File, error) {
	if e.Channels() != 1 {
		return nil, report.Mismatch("encoder %s has no place in Hugging Face's layout: its PatchTST reads each channel by itself, as patchtst does", c.Encoder)
	}
	p, err := published(s)
	if err != nil {
		return nil, err
	}
	p.Meta = maps.Clone(p.Meta)
	p.Meta[metaOurFormat], p.Meta["format"] = p.Meta["format"], "pt"
	config := map[string]any{"architectures": []string{"PatchTSTModel"}, "model_type": "patchtst", "num_input_channels": 1, "context_length": e.Length(),
		"patch_length": e.Patch(), "patch_stride": e.Patch(), "num_hidden_layers": len(e.Layer), "d_model": e.Width(), "num_attention_heads": e.Heads(),
		"ffn_dim": 4 * e.Width(), "share_embedding": true, "channel_attention": false, "norm_type": "layernorm", "norm_eps": nn.LayerNormEps, "pre_norm": true,
		"bias": true, "activation_function": "gelu_pytorch_tanh", "positional_encoding_type": "random", "use_cls_token": false,
		"scaling": "std", "minimum_scale": view.LeastSpread * view.LeastSpread, // a channel is less its mean and by sqrt(variance + minimum_scale) there
		"attention_dropout": 0.0, "positional_dropout": 0.0, "path_dropout": 0.0, "ff_dropout": 0.0, "do_mask_input": false, "torch_dtype": "float32"}
	return []File{fileOf("README.md", []byte(patchTSTCard)), fileOf("config.json", indented(config)),
		{weightsFile, func(w io.Writer) error { return checkpoint.Encode(w, p) }}}, nil
}

const patchTSTCard = `---
library_name: transformers
tags:
- autodidact
---

# PatchTST

A PatchTST trained by Autodidact. It reads each channel by itself, so channels go into the batch: ` + "`past_values`" + ` is [batch · channels, context_length, 1].
Hugging Face's PatchTSTModel has no norm after its last layer; the one of this model, by which its features are meant to be taken, is in the file:

` + "```python" + `
import torch
from safetensors.torch import load_file
from transformers import PatchTSTModel

model, extra = PatchTSTModel.from_pretrained('PATH').eval(), load_file('PATH/model.safetensors')
h = model(past_values=x).last_hidden_state
h = torch.nn.functional.layer_norm(h, h.shape[-1:], extra['autodidact.norm.weight'], extra['autodidact.norm.bias'])
` + "```" + `

What was read and what is missing is marked here by a weight of its own (autodidact.mark_embedding.weight [width, patch]); input_embedding.bias has what
those marks add where nothing is missing. A model of next-token kind (causal) masks later patches, which PatchTSTModel does not.
`
