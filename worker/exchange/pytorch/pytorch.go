// Package pytorch is the folder in which a run goes on in PyTorch: its weights, its configuration and continue.py.
package pytorch

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

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

// A File is one file of the folder. Write writes it, a part at a time.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Script is continue.py.
//
//go:embed continue.py
var Script []byte

// continued are the tasks that continue.py trains.
var continued = []string{"simclr", "mae", "maskedlm", "forecast", "maskedseries"}

// continuedFormat is what the metadata of run.safetensors say it is: parts of a run by their names in PyTorch.
const continuedFormat = "autodidact-pytorch-1"

// config is config.json: all that continue.py must know of a run.
type config struct {
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

// Files are those of a run as a checkpoint has it, or of a model alone.
func Files(from *checkpoint.State) ([]File, error) {
	c, err := run.ConfigOf(from)
	if err != nil {
		return nil, err
	}
	in, err := kind.SavedInput(from)
	if err != nil {
		return nil, err
	}
	task, about, err := taskOf(c, in)
	if err != nil {
		return nil, err
	}
	weights, left, err := torchWeights(from, c, in, task)
	if err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("pytorch: config.json: %w", err)
	}
	files := []File{fileOf("README.md", readme(from, about, left)), fileOf("config.json", append(raw, '\n')), fileOf("continue.py", Script),
		{"run.safetensors", func(w io.Writer) error { return checkpoint.Encode(w, weights) }}}
	if in.Tokens != nil {
		files = append(files, fileOf("tokenizer.json", token.JSON(in.Tokens)))
	}
	return files, nil
}

// taskOf builds the task of a configuration, with random weights, and says what of it PyTorch must know.
func taskOf(c run.Config, in kind.Input) (pretext.Task, config, error) {
	spec, err := pretext.Find(c.Task)
	if err != nil {
		return nil, config{}, err
	}
	setup := pretext.Setup{Size: c.Size, Rand: rng.New(c.Seed), Tokens: in.Tokens, NewEncoder: func() nn.Encoder { return run.EmptyEncoder(c, in) }}
	if in.Channels != nil {
		setup.Channels = in.Channels.Names
	}
	setup.Encoder = setup.NewEncoder()
	task, err := spec.Build(setup, c.Options)
	if err != nil {
		return nil, config{}, err
	}
	traits, options := kind.TraitsOf(c.Kind), map[string]any{}
	for _, f := range spec.Fields() {
		options[f.Name] = f.Default
	}
	if len(c.Options) > 0 {
		err = json.Unmarshal(c.Options, &options)
	}
	return task, config{c.Task, string(c.Kind), c.Encoder, spec.Causal, c.Size, cmp.Or(c.Batch, spec.Batch, traits.Batch), c.Steps, c.Seed,
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
	used, wrong := map[string]bool{}, error(nil)
	take := func(name string, shape tensor.Shape) *tensor.Tensor {
		x := s.Tensors[name]
		if x == nil || !slices.Equal(x.Shape, shape) {
			wrong = cmp.Or(wrong, report.Mismatch("this run cannot be exported: it has no tensor %s %v", name, []int(shape)))
			return nil
		}
		used[name] = true
		return x
	}
	for name, p := range nn.Params(task) {
		if !run.Resumable(s) {
			if theirs := inModel(s, name, task); theirs != "" {
				out.Tensors[name] = take(theirs, nn.TorchShape(p))
			}
			continue
		}
		for to, from := range map[string]string{name: "model." + name, "optim." + name + ".m": "optim." + name + ".m", "optim." + name + ".v": "optim." + name + ".v"} {
			if s.Tensors[from] == nil && to != name {
				continue // frozen, or of an optimizer with fewer moments
			}
			if x := take(from, p.Value.Shape); x != nil {
				out.Tensors[to] = nn.ToTorch(p, x)
			}
		}
	}
	if wrong != nil {
		return nil, nil, wrong
	}
	return out, unused(s, used), run.CheckFinite(out)
}

// inModel is how a model calls a parameter of a task: those of the encoder, and of some tasks of a head; "" if it is not there.
func inModel(s *checkpoint.State, name string, task pretext.Task) string {
	if inEncoder, ok := strings.CutPrefix(name, "encoder."); ok {
		return inEncoder
	}
	inHead, ok := strings.CutPrefix(name, "head.")
	if prefix := run.KeptHead(task); ok && prefix != "" && s.Tensors[prefix+inHead] != nil {
		return prefix + inHead
	}
	return ""
}

// unused are the names of tensors that were not taken.
func unused(s *checkpoint.State, used map[string]bool) (names []string) {
	for name := range s.Tensors {
		if !used[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// fileOf is a file that is in memory.
func fileOf(name string, content []byte) File {
	return File{name, func(w io.Writer) error { _, err := w.Write(content); return err }}
}

// readme says what is in the folder, what goes on and what does not.
func readme(s *checkpoint.State, c config, left []string) []byte {
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
