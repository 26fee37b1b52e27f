// Package layout is the names that encoders have elsewhere: torchvision's, timm's, Hugging Face's and our own public ones. Models leave under them, and
// come in by them.
package layout

import (
	"fmt"
	"maps"
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

// A Taking takes tensors out of a model made elsewhere and remembers which.
type Taking struct {
	From    *checkpoint.State
	Used    map[string]bool
	lacking []string // tensors that are not there, with the shape they should have
	misfits []string // those of another shape or type than they should have
}

// old is how norms were named once.
var old = strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta")

// Take finds a tensor by one of its names; nil if there is none of that shape.
func (t *Taking) Take(shape tensor.Shape, names ...string) *tensor.Tensor {
	for _, name := range names {
		for _, name := range []string{name, old.Replace(name)} {
			x, ok := t.From.Tensors[name]
			if !ok {
				continue
			}
			if !slices.Equal(x.Shape, shape) || x.DType != tensor.Float32 {
				t.misfits = append(t.misfits, fmt.Sprintf("%s is %v and should be %v", name, []int(x.Shape), []int(shape)))
				return nil
			}
			t.Used[name] = true
			return x
		}
	}
	t.lacking = append(t.lacking, fmt.Sprint(names[0], " ", []int(shape)))
	return nil
}

// Wrong says what was wanted and cannot be had, "" if all could.
func (t *Taking) Wrong() string {
	var says []string
	if len(t.lacking) > 0 {
		slices.Sort(t.lacking)
		says = append(says, fmt.Sprintf("it lacks %s: %s", report.Count(len(t.lacking), "tensor"), report.List(t.lacking, report.MostListed)))
	}
	if len(t.misfits) > 0 {
		slices.Sort(t.misfits)
		says = append(says, fmt.Sprintf("%s: %s", map[bool]string{true: "a tensor does not fit", false: fmt.Sprint(len(t.misfits), " tensors do not fit")}[len(t.misfits) == 1], report.List(t.misfits, report.MostListed)))
	}
	return strings.Join(says, "; ")
}

// Unused are the names of tensors that were not taken.
func (t *Taking) Unused() (names []string) {
	for name := range t.From.Tensors {
		if !t.Used[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// beyond are the tensors that were not taken although their names begin as an encoder's do: they are of a larger one.
func (t *Taking) beyond(prefixes ...string) (names []string) {
	for _, name := range t.Unused() {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			names = append(names, name)
		}
	}
	return names
}

// copies marks what a BERT's file may hold a second time as used: numbers of positions, and a decoder that is the embeddings.
func (t *Taking) copies(s *checkpoint.State) {
	same := func(name string, x *tensor.Tensor) {
		if y := t.From.Tensors[name]; x != nil && y != nil && slices.Equal(x.Shape, y.Shape) && slices.Equal(x.Buf.(kernel.Host), y.Buf.(kernel.Host)) {
			t.Used[name] = true
		}
	}
	same(run.HeadPrefix+"decoder.weight", s.Tensors["embeddings.word_embeddings.weight"])
	same(run.HeadPrefix+"decoder.bias", s.Tensors[run.HeadPrefix+"bias"])
	for _, name := range []string{"bert.embeddings.position_ids", "embeddings.position_ids"} {
		if x := t.From.Tensors[name]; x != nil && x.DType == tensor.Int32 && counting(x.Buf.(kernel.Host).Int32s()) {
			t.Used[name] = true
		}
	}
}

// counting says whether numbers are 0, 1, 2 and so on.
func counting(x []int32) bool {
	for i, v := range x {
		if int(v) != i {
			return false
		}
	}
	return true
}

// Inventory notes which tensors of a model or a checkpoint of ours nothing reads, and refuses one whose encoder lacks some.
// Of a checkpoint the parts of its task are known when it goes on, with its data.
func Inventory(s *checkpoint.State) ([]data.Rejected, error) {
	if err := unpublish(s); err != nil {
		return nil, err
	}
	c, err := run.ConfigOf(s)
	if err != nil {
		return nil, err
	}
	if err := run.CheckFinite(s); err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		return nil, err
	}
	if lacks := kind.TraitsOf(c.Kind).Lacking(in); lacks != "" {
		return nil, &checkpoint.FormatError{Reason: fmt.Sprintf("it does not say which %s it was trained on", lacks)}
	}
	enc := run.EmptyEncoder(c, in)
	if run.Resumable(s) {
		t := Taking{From: s, Used: map[string]bool{}}
		for name, p := range nn.Params(enc) {
			t.Take(p.Value.Shape, run.EncoderPrefix+name)
		}
		if err := t.whole(run.EncoderPrefix, enc, c); err != nil {
			return nil, err
		}
		for name := range s.Tensors {
			t.Used[name] = t.Used[name] || strings.HasPrefix(name, "model.") && !strings.HasPrefix(name, run.EncoderPrefix) || strings.HasPrefix(name, "optim.")
		}
		return t.notices()
	}
	return inventoryOfModel(s, enc, c)
}

// whole refuses what has more of an encoder than the configuration names: tensors beside those of part in the same layers.
func (t *Taking) whole(prefix string, part any, c run.Config) error {
	layers := map[string]bool{}
	for name := range nn.Params(part) {
		layer, _, _ := strings.Cut(name, ".")
		layers[prefix+layer+"."] = true
	}
	if more := t.beyond(slices.Collect(maps.Keys(layers))...); len(more) > 0 {
		return report.Mismatch("these weights are of another encoder than %s, which their configuration names: it has no %s", c.Encoder, report.Tensors(t.From, more))
	}
	return nil
}

// inventoryOfModel is that of an encoder alone, with the head that predicts words or the one that forecasts if its task had one.
func inventoryOfModel(s *checkpoint.State, enc nn.Encoder, c run.Config) ([]data.Rejected, error) {
	t := Taking{From: s, Used: map[string]bool{}}
	t.all("", enc)
	if err := t.whole("", enc, c); err != nil {
		return nil, err
	}
	if bert, ok := enc.(*encoder.BERT); ok && run.TokenHead.In(s) {
		head := Taking{From: s, Used: map[string]bool{}}
		if head.all(run.HeadPrefix, encoder.NewTokenHead(nil, bert.Size())); head.Wrong() == "" {
			maps.Copy(t.Used, head.Used)
		}
	}
	if series, ok := enc.(encoder.SeriesEncoder); ok {
		head, err := run.NewForecastHead(s, series)
		if err != nil {
			return nil, err
		}
		t.all(run.ForecastHead.Prefix, head)
	}
	return t.notices()
}

// all takes the parameters of a part, as a model has them.
func (t *Taking) all(prefix string, part any) {
	for name, p := range nn.Params(part) {
		t.Take(nn.TorchShape(p), prefix+name)
	}
}

// notices are of what is not used; it is an error if something cannot be had.
func (t *Taking) notices() ([]data.Rejected, error) {
	if wrong := t.Wrong(); wrong != "" {
		return nil, report.Mismatch("this model cannot be used: %s", wrong)
	}
	return report.UnusedTensors(t.From, t.Unused()), nil
}

// NewTaking takes tensors out of a state.
func NewTaking(from *checkpoint.State) *Taking { return &Taking{From: from, Used: map[string]bool{}} }
