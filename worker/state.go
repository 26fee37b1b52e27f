package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/core/token"
)

// The keys of a run's State.Meta, beside those of package checkpoint.
const (
	metaConfig  = "config"
	metaHistory = "history"
	metaSeconds = "seconds"
	metaData    = "data"   // fingerprint
	metaFormat  = "format" // what the tensors are
	formatRun   = "autodidact-run-1"
	formatModel = "autodidact-model-1"

	metaReadings  = "readings"  // of series: channels, and what is usual in each
	metaTokenizer = "tokenizer" // of texts, as Hugging Face's tokenizer.json
	metaTaught    = "taught"    // the labels that are learned beside the task
	metaGiven     = "labels"    // those a person gave, whatever they are used for
)

// State is everything needed to go on bit for bit.
func (r *Run) State(ctx context.Context) (*checkpoint.State, error) {
	s := &checkpoint.State{Meta: r.meta(formatRun), Tensors: map[string]*tensor.Tensor{}}
	history, err := json.Marshal(r.History)
	if err != nil {
		return nil, fmt.Errorf("worker: history: %w", err)
	}
	s.Meta[metaHistory] = string(history)
	for name, p := range nn.Params(r.Task) {
		if s.Tensors["model."+name], err = r.host(ctx, p.Value); err != nil {
			return nil, err
		}
	}
	for name, x := range r.optim.State() {
		if s.Tensors["optim."+name], err = r.host(ctx, x); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Model is the encoder alone, in its public layout: names and axes as PyTorch has them.
func (r *Run) Model(ctx context.Context) (*checkpoint.State, error) {
	s := &checkpoint.State{Meta: r.meta(formatModel), Tensors: map[string]*tensor.Tensor{}}
	s.Meta["input"] = fmt.Sprintf("float32 [batch, 3, %d, %d] RGB, (value/255 - 0.5) / 0.5", r.Config.Size, r.Config.Size)
	if r.words != nil {
		s.Meta["input"] = fmt.Sprintf("int64 [batch, up to %d] tokens of the tokenizer in this file, between %s and %s", r.Config.Size,
			r.words.Tokens.Piece(r.words.Tokens.Special().Cls), r.words.Tokens.Piece(r.words.Tokens.Special().Sep))
	}
	if r.readings != nil {
		s.Meta["input"] = fmt.Sprintf("float32 [batch, %d, 2·channels]: values, each channel of a window less its mean and by its deviation, 0 where missing; then 1 for each that is there", r.Config.Size)
	}
	parts := map[string]any{"": r.Task.Backbone()}
	if t, ok := r.Task.(teller); ok {
		parts[headPrefix] = t.TokenHead()
	}
	for prefix, part := range parts {
		for name, p := range nn.Params(part) {
			x, err := r.host(ctx, p.Value)
			if err != nil {
				return nil, err
			}
			s.Tensors[prefix+name] = nn.ToTorch(p, x)
		}
	}
	return s, nil
}

func (r *Run) meta(format string) map[string]string {
	config, err := json.Marshal(r.Config)
	if err != nil {
		panic(err) // its only raw part was validated by Resolve
	}
	m := map[string]string{
		metaFormat: format, metaConfig: string(config), metaData: r.print,
		checkpoint.MetaTask: r.Config.Task, checkpoint.MetaStep: strconv.Itoa(r.Done),
		"encoder": r.Config.Encoder, "seed": strconv.FormatUint(r.Config.Seed, 10), "options": string(r.Config.Options),
	}
	if r.readings != nil {
		known, err := json.Marshal(r.readings)
		if err != nil {
			panic(err) // numbers that are finite
		}
		m[metaReadings] = string(known)
	}
	if r.words != nil {
		m[metaTokenizer] = string(token.JSON(r.words.Tokens))
	}
	if format == formatRun {
		if len(r.taught) > 0 {
			m[metaTaught] = r.taught.json()
		}
		m[checkpoint.MetaTitle] = r.Title
		m[metaSeconds] = strconv.FormatFloat(r.Seconds, 'g', -1, 64)
	}
	return m
}

func (r *Run) host(ctx context.Context, x *tensor.Tensor) (*tensor.Tensor, error) {
	h := make(kernel.Host, x.Shape.Size())
	if err := r.backend.Read(ctx, h, x.Buf); err != nil {
		return nil, fmt.Errorf("worker: reading weights: %w", err)
	}
	return tensor.Float32s(h, x.Shape...), nil
}

// ErrOtherData means a run was asked to go on with data it did not begin with.
var ErrOtherData = fmt.Errorf("these are not the samples this run began with: add the same ones, and no others, to go on")

// Resumable says whether a state is a whole run, which can go on, and not its encoder alone.
func Resumable(s *checkpoint.State) bool { return s.Meta[metaFormat] == formatRun }

// ConfigOf reads what a saved state, or a model, was made of.
func ConfigOf(s *checkpoint.State) (Config, error) {
	var c Config
	if f := s.Meta[metaFormat]; f != formatRun && f != formatModel {
		return c, &checkpoint.FormatError{Reason: "these tensors are not a checkpoint or a model made by Autodidact"}
	}
	if err := json.Unmarshal([]byte(s.Meta[metaConfig]), &c); err != nil {
		return c, &checkpoint.FormatError{Reason: "the configuration in the checkpoint cannot be read: " + err.Error()}
	}
	c, err := c.Resolve()
	if err != nil {
		return c, err
	}
	size, _ := encoder.BERTSizeOf(c.Encoder)
	return c, weightsFit(s, size)
}

// weightsFit refuses tensors that are too few for a BERT of a size, before it is built: a few bytes may name one of gigabytes.
func weightsFit(s *checkpoint.State, size encoder.BERTSize) error {
	numbers := 0
	for _, x := range s.Tensors {
		numbers += x.Shape.Size()
	}
	if need := size.Weights(); numbers < need {
		return &checkpoint.FormatError{Reason: fmt.Sprintf("its encoder has %d weights or more, and there are %d numbers in the file", need, numbers)}
	}
	return nil
}

// OpenRun builds the run that s was saved from and takes it to where it stood. A
// bare model gives a run at step 0 whose encoder has the model's weights.
func OpenRun(s *checkpoint.State, set *data.Set, b kernel.Backend) (*Run, error) {
	c, err := ConfigOf(s)
	if err != nil {
		return nil, err
	}
	tok, err := tokenizerOf(s)
	if err != nil {
		return nil, err
	}
	taught, err := labelsOf(s, metaTaught)
	if err != nil {
		return nil, err
	}
	r, err := Birth{Config: c, Set: set, Backend: b, Taught: taught, tokens: tok}.born()
	if err != nil {
		return nil, err
	}
	if s.Meta[metaFormat] == formatModel {
		return r, r.begin(s)
	}
	if s.Meta[metaData] != r.print {
		return nil, ErrOtherData
	}
	if err := r.restore(s); err != nil {
		return nil, err
	}
	return r, nil
}

// curveOf reads the step a state was saved at and the curve up to there; a bare
// model has none.
func curveOf(s *checkpoint.State) (step int, history []Point, err error) {
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
	if r.Done, r.History, err = curveOf(s); err != nil {
		return err
	}
	if r.Seconds, err = strconv.ParseFloat(s.Meta[metaSeconds], 64); err != nil {
		return &checkpoint.FormatError{Reason: "the time in the checkpoint is not a number"}
	}
	r.Title = s.Meta[checkpoint.MetaTitle]
	known := map[string]bool{}
	for name, p := range nn.Params(r.Task) {
		x, err := fitting(s, "model."+name, p.Value.Shape)
		if err != nil {
			return err
		}
		r.backend.Write(p.Value.Buf, x.Buf.(kernel.Host))
		known[name] = true
	}
	state := map[string]*tensor.Tensor{}
	var unused []string
	for name, x := range s.Tensors {
		base, isMoment := strings.CutPrefix(name, "optim.")
		switch {
		case isMoment && known[base[:max(0, strings.LastIndex(base, "."))]]:
			state[base] = x
		case !strings.HasPrefix(name, "model.") || !known[name[len("model."):]]:
			unused = append(unused, name)
		}
	}
	r.optim.Restore(r.backend, r.Done, state)
	r.Notices = append(r.Notices, unusedNote(s, unused)...)
	return nil
}

// LoadEncoder gives enc the weights of a model or a checkpoint.
func LoadEncoder(s *checkpoint.State, enc nn.Encoder, b kernel.Backend) error {
	return load(s, enc, b, "", "model.encoder.")
}

// load gives the params of part the weights that a model has under one prefix, a checkpoint under another.
func load(s *checkpoint.State, part any, b kernel.Backend, inModel, inRun string) error {
	for name, p := range nn.Params(part) {
		if s.Meta[metaFormat] == formatRun {
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
		return nil, &MisfitError{fmt.Sprintf("the checkpoint has no tensor %s, which this encoder needs: it was made by another encoder or task", name)}
	}
	if fmt.Sprint(x.Shape) != fmt.Sprint(shape) {
		return nil, &MisfitError{fmt.Sprintf("tensor %s is %v in the checkpoint and %v in this encoder: it was made by another encoder", name, x.Shape, shape)}
	}
	if x.DType != tensor.Float32 {
		return nil, &MisfitError{fmt.Sprintf("tensor %s has whole numbers in the checkpoint, where this encoder has floats", name)}
	}
	if at := notFinite(x); at >= 0 {
		return nil, &MisfitError{fmt.Sprintf("tensor %s has a value that is no finite number (%v, its number %d): training diverged before it was saved; use a checkpoint from before that, such as healthy.safetensors of its run", name, x.Buf.(kernel.Host)[at], at)}
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

// finite refuses a state with weights that are no finite numbers, and names the first.
func finite(s *checkpoint.State) error {
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

// OpenLooker builds the encoder that a model or a checkpoint holds, for use without training.
func OpenLooker(s *checkpoint.State, b kernel.Backend) (Looker, Config, error) {
	c, err := ConfigOf(s)
	if err != nil {
		return Looker{}, c, err
	}
	tok, err := tokenizerOf(s)
	if err != nil {
		return Looker{}, c, err
	}
	known, err := readingsOf(s)
	if err != nil {
		return Looker{}, c, err
	}
	if c.Kind == data.Series && known == nil {
		return Looker{}, c, &checkpoint.FormatError{Reason: "the checkpoint does not say which channels it learned from"}
	}
	l := Looker{Backend: b, Encoder: newEncoder(c, tok, known), Size: c.Size, Tokens: tok, Readings: known}
	nn.Place(b, l.Encoder)
	return l, c, LoadEncoder(s, l.Encoder, b)
}
