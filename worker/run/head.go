package run

import (
	"fmt"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/pretext"
)

// A Head is a part of some tasks that is of use without training: a model keeps it beside its encoder.
type Head struct {
	Prefix string // of its tensors in a model
	name   string // for people
	tasks  []string
	of     func(pretext.Task) any // nil of a task without one
}

// HeadPrefix is where a model has the head that predicts tokens, as Hugging Face's BertForMaskedLM.
const HeadPrefix = "cls.predictions."

// A TokenTask is a task with a head that predicts tokens: it fills blanks.
type TokenTask interface{ TokenHead() *encoder.TokenHead }

// A ForecastTask is a task with a head that predicts the rows after a window.
type ForecastTask interface{ ForecastHead() *nn.Linear }

// The heads that there are.
var (
	TokenHead = Head{HeadPrefix, "the head that predicts words", []string{"maskedlm", "causallm"}, func(t pretext.Task) any {
		if t, ok := t.(TokenTask); ok {
			return t.TokenHead()
		}
		return nil
	}}
	ForecastHead = Head{"forecaster.", "the head that forecasts", []string{"forecast"}, func(t pretext.Task) any {
		if t, ok := t.(ForecastTask); ok {
			return t.ForecastHead()
		}
		return nil
	}}
	heads = []Head{TokenHead, ForecastHead}
)

// KeptHead is the prefix in a model of the head of a task, "" if a model keeps none of it.
func KeptHead(t pretext.Task) string {
	for _, h := range heads {
		if h.of(t) != nil {
			return h.Prefix
		}
	}
	return ""
}

// inRun is where a checkpoint of a run has its task's head.
const inRun = "model.head."

// Outputs is how many numbers the head of a model or a checkpoint predicts; 0 if it has none of this kind.
func (h Head) Outputs(s *checkpoint.State) int {
	name := h.Prefix + "bias"
	if !IsModel(s) {
		if name = inRun + "bias"; !slices.Contains(h.tasks, s.Meta[checkpoint.MetaTask]) {
			return 0
		}
	}
	if bias := s.Tensors[name]; bias != nil {
		return bias.Shape.Size()
	}
	return 0
}

// In says whether a model or a checkpoint has this head.
func (h Head) In(s *checkpoint.State) bool { return h.Outputs(s) > 0 }

// Load gives part, a head of this kind, the weights that a model or a checkpoint has.
func (h Head) Load(s *checkpoint.State, part any, b kernel.Backend) error {
	return LoadPart(s, part, b, h.Prefix, inRun)
}

// fits says whether a state's head has the shape of part: two forecasting heads may differ in how far they look ahead.
func (h Head) fits(s *checkpoint.State, part any) bool {
	for name, p := range nn.Params(part) {
		prefix, shape := h.Prefix, nn.TorchShape(p)
		if Resumable(s) {
			prefix, shape = inRun, p.Value.Shape
		}
		if x := s.Tensors[prefix+name]; x == nil || fmt.Sprint(x.Shape) != fmt.Sprint(shape) {
			return false
		}
	}
	return true
}

// headOf is an empty head as large as the one that a saved run keeps, for the features of enc; nil if it keeps none.
func headOf(s *checkpoint.State, enc nn.Encoder) (Head, any, error) {
	if bert, ok := enc.(*encoder.BERT); ok && TokenHead.In(s) {
		return TokenHead, encoder.NewTokenHead(nil, bert.Size()), nil
	}
	if series, ok := enc.(encoder.SeriesEncoder); ok && ForecastHead.In(s) {
		head, err := NewForecastHead(s, series)
		return ForecastHead, head, err
	}
	return Head{}, nil, nil
}

// maxHorizon is how many rows a forecasting head predicts at most.
const maxHorizon = 512

// NewForecastHead is a forecasting head as large as that of a model or a checkpoint, for the features of enc; nil if there is none.
func NewForecastHead(s *checkpoint.State, enc encoder.SeriesEncoder) (*nn.Linear, error) {
	n, g := ForecastHead.Outputs(s), enc.Channels()
	if n == 0 {
		return nil, nil
	}
	if n%g != 0 || n/g > maxHorizon {
		return nil, &checkpoint.FormatError{Reason: fmt.Sprintf("its forecasting head predicts %d numbers for channels read %d at a time; that must be at most %d rows of them", n, g, maxHorizon)}
	}
	return nn.NewLinear(rng.New(0), enc.Width(), n), nil
}
