package exchange

import (
	"io"
	"maps"

	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/pretext/view"
	"autodidact/worker/layout"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// patchTSTFiles lays a PatchTST out as Hugging Face's transformers opens it.
func patchTSTFiles(s *checkpoint.State, c run.Config, e *encoder.PatchTST) ([]File, error) {
	if e.Channels() != 1 {
		return nil, report.Mismatch("encoder %s has no place in Hugging Face's layout: its PatchTST reads each channel by itself, as patchtst does", c.Encoder)
	}
	p, err := layout.Published(s)
	if err != nil {
		return nil, err
	}
	p.Meta = maps.Clone(p.Meta)
	p.Meta[layout.MetaOurFormat], p.Meta["format"] = p.Meta["format"], "pt"
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
