package layout

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// timmNames leads from our names of a ViT, which are those of Hugging Face's ViTModel, to those of timm's VisionTransformer.
var timmNames = strings.NewReplacer("embeddings.cls_token", "cls_token", "embeddings.position_embeddings", "pos_embed",
	"embeddings.patch_embeddings.projection.", "patch_embed.proj.", "encoder.layer.", "blocks.",
	"attention.attention.query.", "attn.qkv.", "attention.attention.key.", "attn.qkv.", "attention.attention.value.", "attn.qkv.",
	"attention.output.dense.", "attn.proj.", "intermediate.dense.", "mlp.fc1.", "output.dense.", "mlp.fc2.",
	"layernorm_before.", "norm1.", "layernorm_after.", "norm2.", "layernorm.", "norm.")

// timmNaming has query, key and value in one tensor.
func timmNaming(ours string) (theirs string, part, parts int) {
	for i, name := range []string{".query.", ".key.", ".value."} {
		if strings.Contains(ours, name) {
			part, parts = i, 3
		}
	}
	return timmNames.Replace(ours), part, parts
}

// asIs is the naming of layouts that call tensors as we do.
func asIs(ours string) (string, int, int) { return ours, 0, 0 }

// timmArguments are those of timm's VisionTransformer that make a ViT like v.
func timmArguments(c run.Config, v *encoder.ViT) map[string]any {
	size, foreign := encoder.ViTSizeOf(c.Encoder)
	if !foreign {
		p := v.Encoder.Layer[0]
		size = encoder.ViTSize{Layers: len(v.Encoder.Layer), Width: v.Width(), Heads: v.Heads(), Hidden: nn.TorchShape(p.Intermediate.Dense.Weight)[0],
			Patch: v.Patch(), Side: c.Size, Variant: encoder.Variant{Eps: nn.LayerNormEps}}
	}
	return map[string]any{"img_size": size.Side, "patch_size": size.Patch, "embed_dim": size.Width, "depth": size.Layers, "num_heads": size.Heads,
		"mlp_ratio": float64(size.Hidden) / float64(size.Width), "qkv_bias": true, "class_token": foreign, "global_pool": "", "num_classes": 0,
		"act_layer": map[bool]string{true: "gelu", false: "gelu_tanh"}[size.Erf], "norm_eps": Eps(size.Variant)}
}

// grid is the positions of a ViT that are not learned, as timm has them.
func grid(c run.Config, v *encoder.ViT) *tensor.Tensor {
	n := c.Size / v.Patch()
	return tensor.Float32s(encoder.SinCos(n, n, v.Width()), 1, n*n, v.Width())
}

// toTimm is a ViT's tensors as timm has them.
func toTimm(c run.Config, v *encoder.ViT, ours map[string]*tensor.Tensor) map[string]*tensor.Tensor {
	out := naming(timmNaming).outward(ours)
	if v.Embeddings.PositionEmbeddings == nil {
		out["pos_embed"] = grid(c, v)
	}
	return out
}

// fromTimm is the way back.
func fromTimm(s *checkpoint.State, c run.Config, v *encoder.ViT) error {
	t := Taking{From: s, Used: map[string]bool{}}
	ours := naming(timmNaming).inward(&t, v)
	if v.Embeddings.PositionEmbeddings == nil {
		want := grid(c, v)
		if x := t.Take(want.Shape, "pos_embed"); x != nil && !slices.Equal(x.Buf.(kernel.Host), want.Buf.(kernel.Host)) {
			return report.Mismatch("tensor pos_embed is not that of %s, whose positions are sines and cosines and are not learned", c.Encoder)
		}
	}
	return t.replace(s, ours)
}

// aboutPictures is what config.json, of timm or of Hugging Face, says of a network for pictures.
type aboutPictures struct {
	Type       string  `json:"model_type"`
	Heads      int     `json:"num_attention_heads"`
	Activation string  `json:"hidden_act"`
	Eps        float64 `json:"layer_norm_eps"`

	Pretrained struct {
		Mean  []float64 `json:"mean"`
		Std   []float64 `json:"std"`
		Input []int     `json:"input_size"`
	} `json:"pretrained_cfg"`
	Arguments struct {
		Heads int `json:"num_heads"`
	} `json:"model_args"`
}

func readAboutPictures(about map[string][]byte) (a aboutPictures, err error) {
	if raw := about["config.json"]; raw != nil {
		if err = json.Unmarshal(raw, &a); err != nil {
			return a, &checkpoint.FormatError{Reason: "config.json cannot be read: " + err.Error()}
		}
	}
	for _, x := range [][]float64{a.Pretrained.Mean, a.Pretrained.Std} {
		if len(x) != 0 && (len(x) != 3 || slices.ContainsFunc(x, func(v float64) bool { return !(v > 0 && v < 1000) })) {
			return a, &checkpoint.FormatError{Reason: fmt.Sprintf("config.json says that pixels have mean %v and standard deviation %v; those must be three numbers above 0 each", a.Pretrained.Mean, a.Pretrained.Std)}
		}
	}
	return a, nil
}

// vitOf is the model of a ViT made elsewhere; names says how its layout calls tensors.
func vitOf(w *cleaned, about map[string][]byte, names naming) (*checkpoint.State, []data.Rejected, error) {
	a, err := readAboutPictures(about)
	if err != nil {
		return nil, nil, err
	}
	size, err := vitSize(w.Tensors, a, names)
	if err != nil {
		return nil, nil, err
	}
	c, err := run.Config{Task: "simclr", Encoder: size.Name(), Size: pictureSize(size.Side, size.Patch)}.Resolve()
	if err != nil {
		return nil, nil, &checkpoint.FormatError{Reason: err.Error()}
	}
	if err := run.WeightsFit(w.State, c.Encoder, 0); err != nil {
		return nil, nil, err
	}
	s, notes, err := w.model(c, names)
	if err != nil {
		return nil, nil, err
	}
	if c.Size != size.Side {
		notes = append(notes, report.Notice("weights", "its positions are of pictures of %d pixels; here pictures have %d, and positions are interpolated", size.Side, c.Size))
	}
	return s, append(notes, normalised(s, a)...), nil
}

// pictureSize is the largest size of pictures up to side that patches divide.
func pictureSize(side, patch int) int {
	return min(side, kind.TraitsOf(data.Images).MaxSize) / patch * patch
}

// vitSize tells a ViT's size by its tensors.
func vitSize(x map[string]*tensor.Tensor, a aboutPictures, names naming) (s encoder.ViTSize, err error) {
	shape := func(name string, rank int) tensor.Shape {
		theirs, _, _ := names(name)
		t := x[theirs]
		if t == nil && err == nil {
			err = &checkpoint.FormatError{Reason: fmt.Sprintf("it looks like a ViT, but has no tensor %s: only one with a class token and learned positions can be used", theirs)}
		} else if err == nil && len(t.Shape) != rank {
			err = &checkpoint.FormatError{Reason: fmt.Sprintf("it looks like a ViT, but its tensor %s is %v", theirs, []int(t.Shape))}
		}
		if err != nil {
			return make(tensor.Shape, rank)
		}
		return t.Shape
	}
	shape("embeddings.cls_token", 3)
	patch, places := shape("embeddings.patch_embeddings.projection.weight", 4), shape("embeddings.position_embeddings", 3)
	hidden := shape("encoder.layer.0.intermediate.dense.weight", 2)
	if err != nil {
		return s, err
	}
	side := int(math.Round(math.Sqrt(float64(places[1] - 1))))
	if side*side != places[1]-1 || side < 1 {
		return s, &checkpoint.FormatError{Reason: fmt.Sprintf("it looks like a ViT, but has %d positions: one for a class token and those of a square were expected", places[1])}
	}
	s = encoder.ViTSize{Width: patch[0], Patch: patch[2], Side: side * patch[2], Hidden: hidden[0], Heads: heads(a, patch[0]),
		Variant: encoder.Variant{Erf: a.Activation == "" || a.Activation == "gelu", Eps: 1e-6}}
	for layer := 0; ; layer++ {
		name, _, _ := names(fmt.Sprintf("encoder.layer.%d.layernorm_before.weight", layer))
		if x[name] == nil {
			s.Layers = layer
			break
		}
	}
	if a.Type != "" {
		s.Eps = max(a.Eps, 0)
	}
	if s.Eps == 0 {
		s.Eps = map[bool]float64{true: 1e-12, false: 1e-6}[a.Type != ""] // what transformers and timm take for what is not said
	}
	return s, vitRefused(s, a)
}

// heads are those that config.json names; otherwise they are 64 wide, as in the paper and nearly all of timm's.
func heads(a aboutPictures, width int) int {
	switch {
	case a.Heads > 0:
		return a.Heads
	case a.Arguments.Heads > 0:
		return a.Arguments.Heads
	case width == 1280: // the huge one has 80
		return 16
	}
	return max(1, width/64)
}

func vitRefused(s encoder.ViTSize, a aboutPictures) error {
	bad := func(format string, x ...any) error {
		return &checkpoint.FormatError{Reason: "it is a ViT, but " + fmt.Sprintf(format, x...)}
	}
	switch {
	case a.Activation != "" && !slices.Contains([]string{"gelu", "gelu_new", "gelu_pytorch_tanh"}, a.Activation):
		return bad("its activation is %q; only gelu can be had", a.Activation)
	case s.Width%64 != 0 && a.Heads+a.Arguments.Heads == 0:
		return bad("it is %d wide, and nothing says how many heads it has: config.json would, as num_attention_heads", s.Width)
	case s.Check() != nil:
		return &checkpoint.FormatError{Reason: s.Check().Error()}
	}
	return nil
}

// normalised folds into a ViT's patches how pixels were normalised where it comes from: there (p - mean) / std of p from 0 to 1,
// here 2p - 1. Patches have no padding, so that is exact.
func normalised(s *checkpoint.State, a aboutPictures) []data.Rejected {
	const prefix = "embeddings.patch_embeddings.projection."
	mean, std := a.Pretrained.Mean, a.Pretrained.Std
	if len(mean) == 0 || len(std) == 0 {
		return []data.Rejected{report.Notice("weights", "nothing says how its pixels were normalised: mean 0.5 and standard deviation 0.5 are taken; a config.json beside it would say, as pretrained_cfg.mean and std")}
	}
	if slices.Equal(mean, []float64{0.5, 0.5, 0.5}) && slices.Equal(std, mean) {
		return nil
	}
	w, b := s.Tensors[prefix+"weight"], s.Tensors[prefix+"bias"]
	weight, bias := slices.Clone(w.Buf.(kernel.Host)), slices.Clone(b.Buf.(kernel.Host))
	inside := w.Shape[2] * w.Shape[3]
	for o := range bias {
		sum := float64(bias[o])
		for c := range 3 {
			for i := range inside {
				at := (o*3+c)*inside + i
				sum += float64(weight[at]) * (0.5 - mean[c]) / std[c]
				weight[at] = float32(float64(weight[at]) * 0.5 / std[c])
			}
		}
		bias[o] = float32(sum)
	}
	s.Tensors[prefix+"weight"], s.Tensors[prefix+"bias"] = tensor.Float32s(weight, w.Shape...), tensor.Float32s(bias, b.Shape...)
	return []data.Rejected{report.Notice("config.json", "its pixels had mean %v and standard deviation %v; that is now part of its patch embedding, and they have 0.5 and 0.5 here", mean, std)}
}
