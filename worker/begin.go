package worker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
)

// overruled tells what was asked of a run that begins with another one's encoder, and is as in that one instead.
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
		{"vocab", asked.Vocab, was.Vocab, asked.Vocab == 0 || was.Kind != data.Text},
		{"cased", asked.Cased, was.Cased, !asked.Cased},
	} {
		if !f.unsaid && f.asked != f.is {
			says = append(says, fmt.Sprintf("%s is %v, not %v", f.name, f.is, f.asked))
		}
	}
	if len(says) == 0 {
		return nil
	}
	return []data.Rejected{note("begun with another run", "what it began with decides: %s", strings.Join(says, "; "))}
}

// begin takes the weights of a model or a checkpoint: the encoder's, and those of its head if both tell tokens. It tells
// what was taken and what was not.
func (r *Run) begin(s *checkpoint.State) error {
	if err := r.channelsFit(s); err != nil {
		return err
	}
	taken, parts := map[string]bool{}, []string{"the encoder " + r.Config.Encoder}
	take := func(part any, inModel, inRun string) error {
		maps.Copy(taken, namesIn(s, part, inModel, inRun))
		return load(s, part, r.backend, inModel, inRun)
	}
	if err := take(r.Task.Backbone(), "", "model.encoder."); err != nil {
		return err
	}
	if t, ok := r.Task.(teller); ok && hasHead(s) {
		parts = append(parts, "the head that predicts words")
		if err := take(t.TokenHead(), headPrefix, "model.head."); err != nil {
			return err
		}
	}
	if r.words != nil {
		parts = append(parts, fmt.Sprintf("the vocabulary of %d pieces", r.words.Tokens.Size()))
	}
	r.Notices = append(r.Notices, note("begun with another run", "taken over: %s (%s)%s", strings.Join(parts, ", "), count(len(taken), "tensor"), left(s, taken)))
	return nil
}

// namesIn are the tensors of a state that the parameters of a part are read from.
func namesIn(s *checkpoint.State, part any, inModel, inRun string) map[string]bool {
	prefix, names := inModel, map[string]bool{}
	if s.Meta[metaFormat] == formatRun {
		prefix = inRun
	}
	for name := range nn.Params(part) {
		names[prefix+name] = true
	}
	return names
}

// left tells which parts of a state were not taken over, and why.
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
		says = append(says, fmt.Sprintf("%s (%s)", part, count(parts[part], "tensor")))
	}
	out := ""
	if len(says) > 0 {
		out = fmt.Sprintf("; left: %s of task %s, for a new run draws its task's own parts anew", firsts(says, mostListed), s.Meta[checkpoint.MetaTask])
	}
	if moments > 0 {
		out += fmt.Sprintf("; left: the optimizer's moments (%s), for a new run begins with none", count(moments, "tensor"))
	}
	return out
}

// partOf is the part of a run, or of a model, that a tensor belongs to.
func partOf(name string) string {
	if strings.HasPrefix(name, headPrefix) {
		return strings.TrimSuffix(headPrefix, ".")
	}
	part, _, _ := strings.Cut(strings.TrimPrefix(name, "model."), ".")
	return part
}

// channelsFit refuses an encoder of other channels than there are, and tells when they have other names.
func (r *Run) channelsFit(s *checkpoint.State) error {
	known, err := readingsOf(s)
	if err != nil || known == nil || r.readings == nil {
		return err
	}
	was, is := known.Channels, r.readings.Channels
	enc, ok := r.Task.Backbone().(encoder.SeriesEncoder)
	switch {
	case len(was) != len(is) && !(ok && enc.Channels() == 1): // else it reads each by itself
		return &MisfitError{fmt.Sprintf("the encoder to begin with learned from %s (%s); here %s (%s)", count(len(was), "channel"), firsts(was, mostListed), map[bool]string{true: "is 1", false: fmt.Sprintf("are %d", len(is))}[len(is) == 1], firsts(is, mostListed))}
	case !slices.Equal(was, is):
		r.Notices = append(r.Notices, note("begun with another run", "its encoder learned from the channels %s; these are %s: they are taken for those, in this order", firsts(was, mostListed), firsts(is, mostListed)))
	}
	return nil
}
