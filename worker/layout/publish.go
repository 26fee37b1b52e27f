package layout

import (
	"encoding/json"
	"maps"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// What an exported file says beside what any model of ours does.
const (
	metaLayout        = "layout"        // whose names its tensors have
	metaPreprocessing = "preprocessing" // JSON: how a sample becomes what the encoder reads
	metaTimm          = "timm"          // JSON: arguments of timm's VisionTransformer
)

// The layouts. Tensors of all but timm's and PatchTST's have the same names in a model of ours.
const (
	torchvisionLayout = "torchvision"
	timmLayout        = "timm"
	huggingFaceLayout = "huggingface"
	ownLayout         = "autodidact"
)

// layoutOf is the layout that an encoder leaves in.
func layoutOf(c run.Config, enc nn.Encoder) string {
	switch e := enc.(type) {
	case *encoder.ResNet:
		if slices.Contains(torchvisionEncoders, c.Encoder) {
			return torchvisionLayout
		}
	case *encoder.ViT:
		return timmLayout
	case *encoder.BERT:
		return huggingFaceLayout
	case *encoder.PatchTST:
		if e.Channels() == 1 {
			return huggingFaceLayout
		}
	}
	return ownLayout
}

// Published is a model with the names that others know, and with how its samples are prepared.
func Published(s *checkpoint.State) (*checkpoint.State, error) {
	c, enc, in, err := encoderOf(s)
	if err != nil {
		return nil, err
	}
	p := &checkpoint.State{Meta: maps.Clone(s.Meta), Tensors: maps.Clone(s.Tensors)}
	p.Meta[metaLayout], p.Meta[metaPreprocessing] = layoutOf(c, enc), string(compact(preprocessing(c, enc, in)))
	switch e := enc.(type) {
	case *encoder.ViT:
		p.Meta[metaTimm] = string(compact(timmArguments(c, e)))
		p.Tensors = toTimm(c, e, s.Tensors)
	case *encoder.PatchTST:
		if e.Channels() == 1 {
			p.Tensors = toPatchTST(s.Tensors)
		}
	}
	return p, nil
}

// encoderOf is what a model of ours is of; its encoder has no weights.
func encoderOf(s *checkpoint.State) (c run.Config, enc nn.Encoder, in kind.Input, err error) {
	if c, err = run.ConfigOf(s); err != nil {
		return c, nil, in, err
	}
	if in, err = kind.SavedInput(s); err != nil {
		return c, nil, in, err
	}
	if lacks := kind.TraitsOf(c.Kind).Lacking(in); lacks != "" {
		return c, nil, in, &checkpoint.FormatError{Reason: "it does not say which " + lacks + " it was trained on"}
	}
	return c, run.EmptyEncoder(c, in), in, nil
}

// unpublish gives a model that was Published the names that it has here.
func unpublish(s *checkpoint.State) error {
	if s.Meta[metaLayout] == "" {
		return nil
	}
	c, enc, _, err := encoderOf(s)
	if err != nil {
		return err
	}
	switch e := enc.(type) {
	case *encoder.ViT:
		err = fromTimm(s, c, e)
	case *encoder.PatchTST:
		if e.Channels() == 1 {
			err = fromPatchTST(s, e)
		}
	}
	for _, key := range []string{metaLayout, metaPreprocessing, metaTimm} {
		delete(s.Meta, key)
	}
	return err
}

// prepared is how a sample becomes what an encoder reads.
type prepared struct {
	Size    int    `json:"size"`              // pixels on a side, tokens, or rows of a window; 0: any
	Resize  string `json:"resize,omitempty"`  // of pictures
	Pixels  string `json:"pixels,omitempty"`  // of pictures: order of axes
	Mean    []any  `json:"mean,omitempty"`    // of red, green and blue, of values from 0 to 1; of series, of each channel over all samples
	Std     []any  `json:"std,omitempty"`     // likewise
	Text    string `json:"text,omitempty"`    // which key of the metadata has the tokenizer
	Windows string `json:"windows,omitempty"` // of series

	Channels []string `json:"channels,omitempty"`
}

func preprocessing(c run.Config, enc nn.Encoder, in kind.Input) prepared {
	p := prepared{Size: c.Size}
	switch e := enc.(type) {
	case *encoder.BERT:
		p.Text = "tokens by tokenizer.json, which is a file beside this one or in this metadata under tokenizer; the features of a text are the mean over its tokens"
	case encoder.SeriesEncoder:
		p.Channels, p.Size = in.Channels.Names, e.Length()
		for i := range in.Channels.Scale.Mean {
			p.Mean, p.Std = append(p.Mean, in.Channels.Scale.Mean[i]), append(p.Std, in.Channels.Scale.Std[i])
		}
		p.Windows = "each channel of a window less its own mean and by its own standard deviation; beside the values 1 for each that was read, 0 for each that is missing"
	default:
		p.Resize, p.Pixels = "short side to size, bicubic or area, then the middle square", "RGB, [batch, 3, size, size]"
		p.Mean, p.Std = []any{0.5, 0.5, 0.5}, []any{0.5, 0.5, 0.5}
		if r, ok := enc.(*encoder.ResNet); ok && r.ImageNet() {
			p.Mean, p.Std = anyOf(encoder.ImageNetMean), anyOf(encoder.ImageNetStd)
		}
	}
	return p
}

func anyOf(x [3]float64) []any { return []any{x[0], x[1], x[2]} }

func compact(x any) []byte {
	raw, err := json.Marshal(x)
	if err != nil {
		panic(err) // strings and finite numbers
	}
	return raw
}

// A naming is how a layout calls a tensor of ours. Some of ours are one of several parts that it has in one tensor, along the first axis.
type naming func(ours string) (theirs string, part, parts int)

// outward gives tensors the names of a layout.
func (n naming) outward(ours map[string]*tensor.Tensor) map[string]*tensor.Tensor {
	out, pieces := map[string]*tensor.Tensor{}, map[string][]*tensor.Tensor{}
	for name, x := range ours {
		theirs, part, parts := n(name)
		if parts == 0 {
			out[theirs] = x
			continue
		}
		if pieces[theirs] == nil {
			pieces[theirs] = make([]*tensor.Tensor, parts)
		}
		pieces[theirs][part] = x
	}
	for name, parts := range pieces {
		out[name] = stacked(parts)
	}
	return out
}

// stacked joins tensors of one shape along the first axis.
func stacked(parts []*tensor.Tensor) *tensor.Tensor {
	shape, all := slices.Clone(parts[0].Shape), kernel.Host(nil)
	shape[0] *= len(parts)
	for _, x := range parts {
		all = append(all, x.Buf.(kernel.Host)...)
	}
	return tensor.Float32s(all, shape...)
}

// inward takes the tensors of an encoder, under the names of a layout, out of what t has.
func (n naming) inward(t *Taking, enc nn.Encoder) map[string]*tensor.Tensor {
	ours := map[string]*tensor.Tensor{}
	for name, p := range nn.Params(enc) {
		theirs, part, parts := n(name)
		shape := slices.Clone(nn.TorchShape(p))
		if parts == 0 {
			ours[name] = t.Take(shape, theirs)
			continue
		}
		shape[0] *= parts
		if whole := t.takeOnce(shape, theirs); whole != nil {
			size := whole.Shape.Size() / parts
			shape[0] /= parts
			ours[name] = tensor.Float32s(whole.Buf.(kernel.Host)[part*size:][:size], shape...)
		}
	}
	return ours
}

// takeOnce is take of a tensor that has several of ours: what is wrong with it is said once.
func (t *Taking) takeOnce(shape tensor.Shape, name string) *tensor.Tensor {
	lacking, misfits := len(t.lacking), len(t.misfits)
	x := t.Take(shape, name)
	t.lacking, t.misfits = unlessBefore(t.lacking, lacking), unlessBefore(t.misfits, misfits)
	return x
}

// unlessBefore leaves out the last of a list, beyond n, if it was there before.
func unlessBefore(list []string, n int) []string {
	if len(list) > n && slices.Contains(list[:n], list[n]) {
		return list[:n]
	}
	return list
}

// replace puts tensors of ours in the place of those of a layout that were taken; what was not taken stays as it is.
func (t *Taking) replace(s *checkpoint.State, ours map[string]*tensor.Tensor) error {
	if wrong := t.Wrong(); wrong != "" {
		return report.Mismatch("this model cannot be used: %s", wrong)
	}
	all := map[string]*tensor.Tensor{}
	for name, x := range s.Tensors {
		if !t.Used[name] {
			all[name] = x
		}
	}
	maps.Copy(all, ours)
	s.Tensors = all
	return nil
}
