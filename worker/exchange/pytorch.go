package exchange

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/pretext"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

var pyTorchFormat = Format{Name: "pytorch", Line: "a folder that goes on pretraining in PyTorch, on any number of GPUs and machines, and whose result import takes back", Whole: true,
	Files: func(s Source) ([]File, error) { return pyTorch(s) }}

//go:embed pytorch/continue.py
var continuePy []byte

// continued are the tasks that continue.py trains.
var continued = []string{"simclr", "mae", "maskedlm", "forecast", "maskedseries"}

// continuedFormat is what the metadata of run.safetensors say it is: parts of a run by their names in PyTorch.
const continuedFormat = "autodidact-pytorch-1"

// pyTorchConfig is config.json: all that continue.py must know of a run.
type pyTorchConfig struct {
	Task      string         `json:"task"`
	Kind      string         `json:"kind"`
	Encoder   string         `json:"encoder"`
	Causal    bool           `json:"causal"` // its encoder reads with no look ahead
	Size      int            `json:"size"`
	Batch     int            `json:"batch"`
	Steps     int            `json:"steps"` // of the run, all together; 0 if it was not one
	Seed      uint64         `json:"seed"`
	Optimizer string         `json:"optimizer"`
	Rate      float64        `json:"rate"`
	Decay     float64        `json:"decay"`
	Clip      float32        `json:"clip"` // the longest gradient; 0 is any
	Options   map[string]any `json:"options"`
	Channels  *kind.Channels `json:"channels,omitempty"`
}

// pyTorch lays a run, or a model alone, out as a folder that goes on in PyTorch.
func pyTorch(s Source) ([]File, error) {
	from := cmp.Or(s.Run, s.Model)
	c, err := run.ConfigOf(from)
	if err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(from)
	if err != nil {
		return nil, err
	}
	task, config, err := taskOf(c, in)
	if err != nil {
		return nil, err
	}
	weights, left, err := torchWeights(from, c, in, task)
	if err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("exchange: config.json: %w", err)
	}
	files := []File{fileOf("README.md", pyTorchReadme(from, config, left)), fileOf("config.json", append(raw, '\n')), fileOf("continue.py", continuePy),
		{"run.safetensors", func(w io.Writer) error { return checkpoint.Encode(w, weights) }}}
	if in.Tokens != nil {
		files = append(files, fileOf("tokenizer.json", token.JSON(in.Tokens)))
	}
	return files, nil
}

// taskOf builds the task of a configuration, with random weights, and says what of it PyTorch must know.
func taskOf(c run.Config, in kind.Input) (pretext.Task, pyTorchConfig, error) {
	spec, err := pretext.Find(c.Task)
	if err != nil {
		return nil, pyTorchConfig{}, err
	}
	setup := pretext.Setup{Size: c.Size, Rand: rng.New(c.Seed), Tokens: in.Tokens, NewEncoder: func() nn.Encoder { return run.EmptyEncoder(c, in) }}
	if in.Channels != nil {
		setup.Channels = in.Channels.Names
	}
	setup.Encoder = setup.NewEncoder()
	task, err := spec.Build(setup, c.Options)
	if err != nil {
		return nil, pyTorchConfig{}, err
	}
	traits, options := kind.TraitsOf(c.Kind), map[string]any{}
	for _, f := range spec.Fields() {
		options[f.Name] = f.Default
	}
	if len(c.Options) > 0 {
		err = json.Unmarshal(c.Options, &options)
	}
	return task, pyTorchConfig{c.Task, string(c.Kind), c.Encoder, spec.Causal, c.Size, cmp.Or(c.Batch, spec.Batch, traits.Batch), c.Steps, c.Seed,
		c.Optimizer, c.Rate, c.Decay, traits.Clip, options, in.Channels}, err
}

// torchWeights are the parameters of a task that a state has, by their names and with their axes in PyTorch, and the optimizer's moments
// of each. left are the state's tensors that are none of these.
func torchWeights(s *checkpoint.State, c run.Config, in kind.Input, task pretext.Task) (*checkpoint.State, []string, error) {
	out := run.NewModel(c, in)
	for _, key := range []string{checkpoint.MetaStep, "data", "options"} {
		out.Meta[key] = s.Meta[key]
	}
	out.Meta["format"], out.Meta["input"] = continuedFormat, kind.Of(c.Kind).Layout(c.Size, in)
	t := taking{from: s, used: map[string]bool{}}
	for name, p := range nn.Params(task) {
		switch {
		case run.Resumable(s):
			out.Tensors[name] = t.fromRun("model."+name, p)
			for _, moment := range []string{".m", ".v"} {
				if s.Tensors["optim."+name+moment] != nil {
					out.Tensors["optim."+name+moment] = t.fromRun("optim."+name+moment, p)
				}
			}
		default:
			if x := t.fromModel(name, p, task); x != nil {
				out.Tensors[name] = x
			}
		}
	}
	if wrong := t.wrong(); wrong != "" {
		return nil, nil, report.Mismatch("this run cannot be exported: %s", wrong)
	}
	return out, t.unused(), run.CheckFinite(out)
}

// fromRun takes a parameter, or a moment of it, of a checkpoint.
func (t *taking) fromRun(name string, p *autograd.Param) *tensor.Tensor {
	x := t.take(p.Value.Shape, name)
	if x == nil {
		return nil
	}
	return nn.ToTorch(p, x)
}

// fromModel takes a parameter of a task of a model, which has the encoder and, of some tasks, a head; nil if that is not there.
func (t *taking) fromModel(name string, p *autograd.Param, task pretext.Task) *tensor.Tensor {
	if inEncoder, ok := strings.CutPrefix(name, "encoder."); ok {
		return t.take(nn.TorchShape(p), inEncoder)
	}
	prefix := run.KeptHead(task)
	inHead, ok := strings.CutPrefix(name, "head.")
	if !ok || prefix == "" || t.from.Tensors[prefix+inHead] == nil {
		return nil
	}
	return t.take(nn.TorchShape(p), prefix+inHead)
}

// pyTorchReadme says what is in the folder, what goes on and what does not.
func pyTorchReadme(s *checkpoint.State, c pyTorchConfig, left []string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s, task %s\n\nA run of Autodidact after %s steps, to go on with in PyTorch (1.13 or later).\n\n", c.Encoder, c.Task, s.Meta[checkpoint.MetaStep])
	if !slices.Contains(continued, c.Task) {
		fmt.Fprintf(&b, "continue.py does not have the task %s: it trains %s. What is here is the encoder, to use:\n\n", c.Task, report.And(continued))
	} else {
		b.WriteString("```sh\npython continue.py --data FOLDER --out OUT --steps 10000                          # one process\n" +
			"torchrun --nproc-per-node 8 continue.py --data FOLDER --out OUT --steps 10000     # eight GPUs\n" +
			"autodidact import -from OUT/model.safetensors -out runs/back                      # and back\n```\n\n" +
			"Without `--steps` it takes those that are left of the run. `python continue.py --help` lists all options. To use the encoder alone:\n\n")
	}
	b.WriteString("```python\nimport importlib\nencoder, config = importlib.import_module('continue').load_encoder('.')\n```\n\n")
	fmt.Fprintf(&b, "- `run.safetensors`: %s\n- `config.json`: what the run is made of\n", holds(s, left))
	if s.Meta["tokenizer"] != "" {
		b.WriteString("- `tokenizer.json`: its vocabulary, as Hugging Face's libraries read it\n")
	}
	if parts := kind.TraitsOf(data.Kind(c.Kind)).Parts; parts != "" {
		fmt.Fprintf(&b, "- what it trains on: the task looks at each %s by itself; continue.py reads files of these\n", kind.TraitsOf(parts).Noun)
	}
	b.WriteString("- `continue.py`: encoders, tasks, views, data and training, to read and to change\n\n" +
		"Losses and gradients are Autodidact's on the same views. Other than there: views are drawn by PyTorch's random numbers, so a run does not go on bit for bit; " +
		"pictures are decoded by Pillow; tables are read row by row as they stand, with the columns that `config.json` names; and nothing is validated on the way.\n")
	return []byte(b.String())
}

// holds says what of a run its file has and has not.
func holds(s *checkpoint.State, left []string) string {
	if !run.Resumable(s) {
		return "the encoder, and the task's head if the model kept it; there was no checkpoint, so other heads and the optimizer begin anew"
	}
	out := "the weights, the task's heads and the optimizer's moments"
	if len(left) > 0 {
		out += fmt.Sprintf("; not what only Autodidact uses: %s", report.List(left, report.MostListed))
	}
	return out
}
