package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// overruled is what was asked of a run that is initialized from another one's encoder, and is as in that one instead.
func overruled(asked, was Config) []data.Rejected {
	var says []string
	for _, f := range []struct {
		name      string
		asked, is any
		unsaid    bool
	}{
		{"encoder", asked.Encoder, was.Encoder, asked.Encoder == ""},
		{"size", asked.Size, was.Size, asked.Size == 0},
		{"tokenizer", asked.Tokenizer, was.Tokenizer, asked.Tokenizer == ""},
		{"vocab", asked.Vocab, was.Vocab, asked.Vocab == 0 || !kind.TraitsOf(was.Kind).Vocabulary},
		{"cased", asked.Cased, was.Cased, !asked.Cased},
	} {
		if !f.unsaid && f.asked != f.is {
			says = append(says, fmt.Sprintf("%s is %v, not %v", f.name, f.is, f.asked))
		}
	}
	if len(says) == 0 {
		return nil
	}
	return []data.Rejected{report.Notice(initialized, "what it began with decides: %s", strings.Join(says, "; "))}
}

// initialized is what notices about another run's weights are named.
const initialized = "begun with another run"

// initialize takes the weights of a model or a checkpoint: the encoder's, and those of its head if both have one that is kept. It notes
// what was taken and what was not.
func (r *Run) initialize(s *checkpoint.State) error {
	if err := r.channelsFit(s); err != nil {
		return err
	}
	taken, parts := map[string]bool{}, []string{"the encoder " + r.Config.Encoder}
	take := func(part any, inModel, inRun string) error {
		maps.Copy(taken, namesIn(s, part, inModel, inRun))
		return LoadPart(s, part, r.backend, inModel, inRun)
	}
	if err := take(r.Task.Backbone(), "", EncoderPrefix); err != nil {
		return err
	}
	if t, ok := r.Task.(interface{ Initialized(*tensor.Arena) }); ok {
		a := tensor.NewArena(r.backend)
		t.Initialized(a)
		a.Free()
	}
	for _, h := range heads {
		if part := h.of(r.Task); part != nil && h.In(s) && h.fits(s, part) {
			parts = append(parts, h.name)
			if err := take(part, h.Prefix, inRun); err != nil {
				return err
			}
		}
	}
	if r.input.Tokens != nil {
		parts = append(parts, fmt.Sprintf("the vocabulary of %d pieces", r.input.Tokens.Size()))
	}
	r.Notices = append(r.Notices, report.Notice(initialized, "taken over: %s (%s)%s", strings.Join(parts, ", "), report.Count(len(taken), "tensor"), left(s, taken)))
	return nil
}

// namesIn are the tensors of a state that the parameters of a part are read from.
func namesIn(s *checkpoint.State, part any, inModel, inRun string) map[string]bool {
	prefix, names := inModel, map[string]bool{}
	if Resumable(s) {
		prefix = inRun
	}
	for name := range nn.Params(part) {
		names[prefix+name] = true
	}
	return names
}

// left says which parts of a state were not taken over, and why.
func left(s *checkpoint.State, taken map[string]bool) string {
	parts, moments := map[string]int{}, 0
	for name := range s.Tensors {
		switch {
		case taken[name]:
		case strings.HasPrefix(name, "optim."):
			moments++
		default:
			parts[partOf(name)]++
		}
	}
	var says []string
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		says = append(says, fmt.Sprintf("%s (%s)", part, report.Count(parts[part], "tensor")))
	}
	out := ""
	if len(says) > 0 {
		out = fmt.Sprintf("; left: %s of task %s, for a new run draws its task's own parts anew", report.List(says, report.MostListed), s.Meta[checkpoint.MetaTask])
	}
	if moments > 0 {
		out += fmt.Sprintf("; left: the optimizer's moments (%s), for a new run begins with none", report.Count(moments, "tensor"))
	}
	return out
}

// partOf is the part of a run, or of a model, that a tensor belongs to.
func partOf(name string) string {
	for _, h := range heads {
		if strings.HasPrefix(name, h.Prefix) {
			return strings.TrimSuffix(h.Prefix, ".")
		}
	}
	part, _, _ := strings.Cut(strings.TrimPrefix(name, "model."), ".")
	return part
}

// channelsFit refuses an encoder of other channels than there are, and notes when they have other names.
func (r *Run) channelsFit(s *checkpoint.State) error {
	saved, err := kind.SavedInput(s)
	if err != nil || saved.Channels == nil || r.input.Channels == nil {
		return err
	}
	was, is := saved.Channels.Names, r.input.Channels.Names
	enc, ok := r.Task.Backbone().(encoder.SeriesEncoder)
	switch {
	case len(was) != len(is) && !(ok && enc.Channels() == 1): // else it reads each by itself
		return report.Mismatch("the encoder to begin with learned from %s (%s); here %s (%s)", report.Count(len(was), "channel"), report.List(was, report.MostListed),
			map[bool]string{true: "is 1", false: fmt.Sprintf("are %d", len(is))}[len(is) == 1], report.List(is, report.MostListed))
	case !slices.Equal(was, is):
		r.Notices = append(r.Notices, report.Notice(initialized, "its encoder learned from the channels %s; these are %s: they are taken for those, in this order",
			report.List(was, report.MostListed), report.List(is, report.MostListed)))
	}
	return nil
}
