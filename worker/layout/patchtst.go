package layout

import (
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/worker/report"
)

// What our PatchTST has and Hugging Face's PatchTSTModel has not, beside its tensors: the weights of the marks of what was read, which are part of
// the embedding's bias there, as if nothing were missing; that bias without them; and the norm after the last layer.
const (
	markWeight = "autodidact.mark_embedding.weight"
	ownBias    = "autodidact.input_embedding.bias"
	lastNorm   = "autodidact.norm."

	theirEmbedding = "encoder.embedder.input_embedding."
	MetaOurFormat  = "autodidact.format" // our format, where transformers wants "format" to be its own
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
	t := Taking{From: s, Used: map[string]bool{}}
	width, patch := e.Width(), e.Patch()
	values, folded := t.Take(tensor.Shape{width, patch}, theirEmbedding+"weight"), t.Take(tensor.Shape{width}, theirEmbedding+"bias")
	marks, own := t.Take(tensor.Shape{width, patch}, markWeight), t.Take(tensor.Shape{width}, ownBias)
	ours := map[string]*tensor.Tensor{}
	for name, p := range nn.Params(e) {
		if !strings.HasPrefix(name, "embedding.") {
			theirs, _, _ := patchTSTNaming(name)
			ours[name] = t.Take(nn.TorchShape(p), theirs)
		}
	}
	if wrong := t.Wrong(); wrong != "" {
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
