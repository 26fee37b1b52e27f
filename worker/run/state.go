package run

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/report"
)

// The keys of a run's State.Meta, beside those of packages checkpoint and kind.
const (
	metaConfig  = "config"
	metaHistory = "history"
	metaSeconds = "seconds"
	metaData    = "data"   // fingerprint
	metaOrigin  = "files"  // that of the files they were read from
	metaFormat  = "format" // what the tensors are
	formatRun   = "autodidact-run-1"
	formatModel = "autodidact-model-1"
	metaLabels  = "taught" // the labels that are learned beside the task
)

// EncoderPrefix is where a checkpoint of a run has its encoder; a model has it without.
const EncoderPrefix = "model.encoder."

// State is everything needed to go on bit for bit.
func (r *Run) State(ctx context.Context) (*checkpoint.State, error) {
	s := &checkpoint.State{Meta: r.meta(formatRun), Tensors: map[string]*tensor.Tensor{}}
	history, err := json.Marshal(r.History)
	if err != nil {
		return nil, fmt.Errorf("run: history: %w", err)
	}
	s.Meta[metaHistory] = string(history)
	for name, p := range nn.Params(r.Task) {
		if s.Tensors["model."+name], err = r.host(ctx, p.Value); err != nil {
			return nil, err
		}
	}
	r.saveKept(s)
	for name, x := range r.optim.State() {
		if s.Tensors["optim."+name], err = r.host(ctx, x); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Model is the encoder alone, with its task's head if that is of use without training, in its public layout: names and axes as PyTorch has them.
func (r *Run) Model(ctx context.Context) (*checkpoint.State, error) {
	s := &checkpoint.State{Meta: r.meta(formatModel), Tensors: map[string]*tensor.Tensor{}}
	s.Meta["input"] = kind.Of(r.Config.Kind).Layout(r.Config.Size, r.input)
	read := func(_ string, p *autograd.Param) (*tensor.Tensor, error) { return r.host(ctx, p.Value) }
	if err := addPart(s, "", r.Task.Backbone(), read); err != nil {
		return nil, err
	}
	for _, h := range heads {
		if part := h.of(r.Task); part != nil {
			if err := addPart(s, h.Prefix, part, read); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// ModelOf is the model of a run that was saved, as Model gives it; of a model it is that.
func ModelOf(s *checkpoint.State) (*checkpoint.State, error) {
	if IsModel(s) {
		return s, nil
	}
	c, err := ConfigOf(s)
	if err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		return nil, err
	}
	m := NewModel(c, in)
	m.Meta["input"] = kind.Of(c.Kind).Layout(c.Size, in)
	for _, key := range []string{metaData, checkpoint.MetaStep, checkpoint.MetaTitle, "options"} {
		m.Meta[key] = s.Meta[key]
	}
	enc := EmptyEncoder(c, in)
	if err := addPart(m, "", enc, saved(s, EncoderPrefix)); err != nil {
		return nil, err
	}
	head, part, err := headOf(s, enc)
	if part == nil || err != nil {
		return m, err
	}
	return m, addPart(m, head.Prefix, part, saved(s, inRun))
}

// saved reads parameters from a run that was saved.
func saved(s *checkpoint.State, prefix string) func(string, *autograd.Param) (*tensor.Tensor, error) {
	return func(name string, p *autograd.Param) (*tensor.Tensor, error) {
		return fitting(s, prefix+name, p.Value.Shape)
	}
}

// addPart puts the parameters of a part into a model.
func addPart(m *checkpoint.State, prefix string, part any, read func(name string, p *autograd.Param) (*tensor.Tensor, error)) error {
	for name, p := range nn.Params(part) {
		x, err := read(name, p)
		if err != nil {
			return err
		}
		m.Tensors[prefix+name] = nn.ToTorch(p, x)
	}
	return nil
}

func (r *Run) meta(format string) map[string]string {
	m := modelMeta(r.Config, r.input)
	m[metaFormat], m[metaData], m[checkpoint.MetaStep], m["options"] = format, r.print, strconv.Itoa(r.Done), string(r.Config.Options)
	if format == formatRun {
		if len(r.labels) > 0 {
			m[metaLabels] = r.labels.JSON()
		}
		m[checkpoint.MetaTitle], m[metaOrigin] = r.Title, r.origin
		r.saveMachines(m)
		m[metaSeconds] = strconv.FormatFloat(r.Seconds, 'g', -1, 64)
	}
	return m
}

// modelMeta is what is said of any model.
func modelMeta(c Config, in kind.Input) map[string]string {
	config, err := json.Marshal(c)
	if err != nil {
		panic(err) // its only raw part was validated by Resolve
	}
	m := map[string]string{metaFormat: formatModel, metaConfig: string(config), checkpoint.MetaTask: c.Task, checkpoint.MetaStep: "0",
		"encoder": c.Encoder, "seed": strconv.FormatUint(c.Seed, 10)}
	in.Save(m)
	return m
}

// NewModel is a model, as yet without tensors, of a configuration and what its encoder knows of its input.
func NewModel(c Config, in kind.Input) *checkpoint.State {
	return &checkpoint.State{Meta: modelMeta(c, in), Tensors: map[string]*tensor.Tensor{}}
}

func (r *Run) host(ctx context.Context, x *tensor.Tensor) (*tensor.Tensor, error) {
	h := make(kernel.Host, x.Shape.Size())
	if err := r.backend.Read(ctx, h, x.Buf); err != nil {
		return nil, fmt.Errorf("run: reading weights: %w", err)
	}
	return tensor.Float32s(h, x.Shape...), nil
}

// ErrOtherData means a run was asked to go on with data it did not begin with.
var ErrOtherData = fmt.Errorf("these are not the samples this run began with: add the same ones, and no others, to go on")

// Resumable says whether a state is a whole run, which can go on, and not its encoder alone.
func Resumable(s *checkpoint.State) bool { return s.Meta[metaFormat] == formatRun }

// IsModel says whether a state is an encoder alone, as Model gives it.
func IsModel(s *checkpoint.State) bool { return s.Meta[metaFormat] == formatModel }

// Fingerprint is that of the data a state was trained on; "" if it does not say.
func Fingerprint(s *checkpoint.State) string { return s.Meta[metaData] }

// ConfigOf reads what a saved state, or a model, was made of.
func ConfigOf(s *checkpoint.State) (Config, error) {
	var c Config
	if !Resumable(s) && !IsModel(s) {
		return c, &checkpoint.FormatError{Reason: "these tensors are not a checkpoint or a model made by Autodidact"}
	}
	if err := json.Unmarshal([]byte(s.Meta[metaConfig]), &c); err != nil {
		return c, &checkpoint.FormatError{Reason: "the configuration in the checkpoint cannot be read: " + err.Error()}
	}
	c, err := c.Resolve()
	if err != nil {
		return c, err
	}
	or(&c.Size, kind.TraitsOf(c.Kind).Size) // one that does not say it has the usual one: there are no samples to follow
	return c, WeightsFit(s, c.Encoder, 0)
}

// WeightsFit refuses tensors that are too few for the named encoder, before it is built: a few bytes may name one of gigabytes.
// tokens are those of the vocabulary, or 0.
func WeightsFit(s *checkpoint.State, name string, tokens int) error {
	numbers := 0
	for _, x := range s.Tensors {
		numbers += x.Shape.Size()
	}
	if need := encoder.LeastWeights(name, tokens); numbers < need {
		return &checkpoint.FormatError{Reason: fmt.Sprintf("its encoder has %d weights or more, and there are %d numbers in the file", need, numbers)}
	}
	return nil
}

// Open builds the run that s was saved from and takes it to where it stood. A
// bare model gives a run at step 0 whose encoder has the model's weights.
func Open(s *checkpoint.State, set *data.Set, b kernel.Backend) (*Run, error) {
	c, err := ConfigOf(s)
	if err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		return nil, err
	}
	labels, err := label.Saved(s, metaLabels)
	if err != nil {
		return nil, err
	}
	r, err := Builder{Config: c, Set: set, Backend: b, Labels: labels, input: in}.random()
	if err != nil {
		return nil, err
	}
	if IsModel(s) {
		return r, r.initialize(s)
	}
	if err := r.sameData(s); err != nil {
		return nil, err
	}
	if err := r.restore(s); err != nil {
		return nil, err
	}
	return r, nil
}

// CurveOf reads the step a state was saved at and the curve up to there; a bare
// model has none.
func CurveOf(s *checkpoint.State) (step int, history []Point, err error) {
	if s.Meta[metaFormat] == formatModel {
		return 0, nil, nil
	}
	if step, err = strconv.Atoi(s.Meta[checkpoint.MetaStep]); err != nil || step < 0 {
		return 0, nil, &checkpoint.FormatError{Reason: "the step in the checkpoint is not a number"}
	}
	if err = json.Unmarshal([]byte(s.Meta[metaHistory]), &history); err != nil {
		return 0, nil, &checkpoint.FormatError{Reason: "the curve in the checkpoint cannot be read"}
	}
	return step, history, nil
}

func (r *Run) restore(s *checkpoint.State) error {
	var err error
	if r.Done, r.History, err = CurveOf(s); err != nil {
		return err
	}
	if r.Seconds, err = strconv.ParseFloat(s.Meta[metaSeconds], 64); err != nil {
		return &checkpoint.FormatError{Reason: "the time in the checkpoint is not a number"}
	}
	r.Title = s.Meta[checkpoint.MetaTitle]
	if err := r.restoreMachines(s); err != nil {
		return err
	}
	known := map[string]bool{}
	for name, p := range nn.Params(r.Task) {
		x, err := fitting(s, "model."+name, p.Value.Shape)
		if err != nil {
			return err
		}
		r.backend.Write(p.Value.Buf, x.Buf.(kernel.Host))
		known[name] = true
	}
	if err := r.restoreKept(s); err != nil {
		return err
	}
	state := map[string]*tensor.Tensor{}
	var unused []string
	for name, x := range s.Tensors {
		base, isMoment := strings.CutPrefix(name, "optim.")
		switch {
		case isMoment && known[base[:max(0, strings.LastIndex(base, "."))]]:
			state[base] = x
		case strings.HasPrefix(name, keptPrefix) && known[name[len(keptPrefix):]]:
		case !strings.HasPrefix(name, "model.") || !known[name[len("model."):]]:
			unused = append(unused, name)
		}
	}
	r.optim.Restore(r.backend, r.Done, state)
	r.Notices = append(r.Notices, report.UnusedTensors(s, unused)...)
	return nil
}

// LoadEncoder gives enc the weights of a model or a checkpoint.
func LoadEncoder(s *checkpoint.State, enc nn.Encoder, b kernel.Backend) error {
	return LoadPart(s, enc, b, "", EncoderPrefix)
}

// LoadPart gives the params of part the weights that a model has under one prefix, a checkpoint under another.
func LoadPart(s *checkpoint.State, part any, b kernel.Backend, inModel, inRun string) error {
	for name, p := range nn.Params(part) {
		if Resumable(s) {
			x, err := fitting(s, inRun+name, p.Value.Shape)
			if err != nil {
				return err
			}
			b.Write(p.Value.Buf, x.Buf.(kernel.Host))
			continue
		}
		x, err := fitting(s, inModel+name, nn.TorchShape(p))
		if err != nil {
			return err
		}
		b.Write(p.Value.Buf, nn.FromTorch(p, x).Buf.(kernel.Host))
	}
	return nil
}

// fitting finds the tensor a parameter needs, or says why there is none.
func fitting(s *checkpoint.State, name string, shape tensor.Shape) (*tensor.Tensor, error) {
	x, ok := s.Tensors[name]
	if !ok {
		return nil, report.Mismatch("the checkpoint has no tensor %s, which this encoder needs: it was made by another encoder or task", name)
	}
	if fmt.Sprint(x.Shape) != fmt.Sprint(shape) {
		return nil, report.Mismatch("tensor %s is %v in the checkpoint and %v in this encoder: it was made by another encoder", name, x.Shape, shape)
	}
	if x.DType != tensor.Float32 {
		return nil, report.Mismatch("tensor %s has whole numbers in the checkpoint, where this encoder has floats", name)
	}
	if at := notFinite(x); at >= 0 {
		return nil, report.Mismatch("tensor %s has a value that is no finite number (%v, its number %d): training diverged before it was saved; use a checkpoint from before that, such as healthy.safetensors of its run", name, x.Buf.(kernel.Host)[at], at)
	}
	return x, nil
}

// notFinite is where x has its first value that is NaN or infinite; -1 if it has none.
func notFinite(x *tensor.Tensor) int {
	if x.DType != tensor.Float32 {
		return -1
	}
	return slices.IndexFunc(x.Buf.(kernel.Host), func(v float32) bool { return v-v != 0 })
}

// CheckFinite refuses a state with weights that are no finite numbers, and names the first.
func CheckFinite(s *checkpoint.State) error {
	for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
		x := s.Tensors[name]
		if x.DType != tensor.Float32 || strings.HasPrefix(name, "optim.") {
			continue
		}
		if _, err := fitting(s, name, x.Shape); err != nil {
			return err
		}
	}
	return nil
}
