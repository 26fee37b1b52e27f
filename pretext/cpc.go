package pretext

import (
	"context"
	"fmt"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// CPC, contrastive predictive coding: from all that came so far, pick what comes a few patches later among what comes
// elsewhere. Oord et al., arXiv:1807.03748.
//
// As there: InfoNCE for each step with a bilinear score of its own, among patches of the same and of other series of the batch.
// Other than there: the score has a bias, the same for all contexts; three steps and not twelve, since a window has few patches; and
// patches are encoded by a small network of their own, not by the first half of the encoder, whose features at a patch already hold
// all that came before, so that it would be recognised by what it shares with the context.
var cpc = Define(Spec{
	Name:   "cpc",
	Title:  "Contrastive predictive coding (CPC)",
	Line:   "Recognizes which patch follows, among patches of other times and series.",
	Paper:  "1807.03748",
	Kinds:  []data.Kind{data.Series},
	Causal: true,
}, CPCOptions{Steps: 3}, newCPC)

// CPCOptions are the options of the task.
type CPCOptions struct {
	Steps int `json:"steps" min:"1" max:"12" doc:"how many patches ahead are predicted, each by a head of its own"`
}

// CPC trains Encoder, whose features are the contexts, through a linear map for each step; Stretches is what turns patches into
// what is to be picked.
type CPC struct {
	Encoder   encoder.SeriesEncoder
	Stretches *nn.MLP
	Heads     []*nn.Linear

	channels, patch, patches int
	names                    []string
	cut                      view.Series
}

const (
	cpcWidth = 32  // of what is to be picked
	cpcMost  = 256 // among so many
)

func newCPC(s Setup, o CPCOptions) Task {
	enc := s.Encoder.(encoder.SeriesEncoder)
	patch := max(enc.Patch(), min(8, s.Size/4))
	m := &CPC{Encoder: enc, channels: len(s.Channels), patch: patch, patches: s.Size / patch, names: s.Channels, cut: view.Series{Long: s.Size / patch * patch}}
	m.Stretches = nn.NewMLP(s.Rand, 2*patch*enc.Channels(), 64, cpcWidth)
	for range min(o.Steps, m.patches-1) {
		m.Heads = append(m.Heads, nn.NewLinear(s.Rand, enc.Width(), cpcWidth))
	}
	return m
}

func (m *CPC) Backbone() nn.Encoder { return m.Encoder }

// Views are windows [rows, long, 2·channels], and for each step two lists of patches, counted through all rows: those
// that end where the context does, [asked], and those that come so many steps later, [asked]. A patch without a reading is not
// asked for, nor is anything of a context without one.
func (m *CPC) Views(r *rng.Rand, b data.Batch) data.Views {
	c, g, long := m.channels, m.Encoder.Channels(), m.cut.Long
	k := lanes(m.Encoder, c)
	rows := len(b.Samples) * k
	x := make([]float32, rows*long*2*g)
	each(len(b.Samples), func(i int) {
		view.Marked(x[i*k*long*2*g:][:k*long*2*g], m.cut.Draw(r.For("view", i), b.Samples[i].X), c, g)
	})
	read := patchesRead(x, rows*m.patches, g)
	known := slices.Clone(read) // whether a context has seen a reading
	for p := range known {
		known[p] = read[p] || p%m.patches > 0 && known[p-1]
	}
	v := data.Views{tensor.Float32s(x, rows, long, 2*g)}
	for step := range m.Heads {
		var from, to []int32
		for _, at := range r.For("asked", step).Perm(rows * (m.patches - 1 - step)) {
			row, p := at/(m.patches-1-step), at%(m.patches-1-step)
			if at = row*m.patches + p; known[at] && read[at+step+1] && len(from) < cpcMost {
				from, to = append(from, int32(at)), append(to, int32(at+step+1))
			}
		}
		if n := view.Even(len(from)); n > 0 { // few sizes, so that memory is used again
			from, to = from[:min(n, len(from))], to[:min(n, len(from))]
		}
		v = append(v, tensor.Int32s(from, len(from)), tensor.Int32s(to, len(to)))
	}
	return v
}

// stepLogits are, of each step, the logits of all that is asked for [asked, asked]; right are those on the diagonal.
func (m *CPC) stepLogits(t *autograd.Tape, v data.Views) (steps []autograd.Var) {
	x := t.Input(v[0])
	rows, g := x.Dim(0), m.Encoder.Channels()
	z := m.Stretches.Forward(x.Reshape(rows*m.patches, m.patch*2*g))
	h := m.Encoder.Encode(x)
	per := h.Dim(1) / m.patches // positions of a patch, the last of which knows all of it
	ends := make([]int32, rows*m.patches)
	for i := range ends {
		ends[i] = int32((i+1)*per - 1)
	}
	contexts := autograd.Gather(h.Reshape(rows*h.Dim(1), h.Dim(2)), t.Input(tensor.Int32s(ends, len(ends))))
	for step, head := range m.Heads {
		from, to := v[1+2*step], v[2+2*step]
		if from.Shape[0] < 2 {
			continue
		}
		steps = append(steps, head.Forward(autograd.Gather(contexts, t.Input(from))).MatMulT(autograd.Gather(z, t.Input(to))))
	}
	return steps
}

// Loss is InfoNCE, averaged over steps.
func (m *CPC) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	var sum autograd.Var
	all := m.stepLogits(t, v)
	for i, logits := range all {
		n := logits.Dim(0)
		right := make([]int32, n)
		for k := range right {
			right[k] = int32(k)
		}
		loss := logits.CrossEntropy(t.Input(tensor.Int32s(right, n)))
		if i == 0 {
			sum = loss
		} else {
			sum = sum.Add(loss)
		}
	}
	if len(all) == 0 { // nothing was read
		return t.Input(tensor.Float32s([]float32{0}, 1))
	}
	return sum.Scale(1 / float32(len(all)))
}

// Preview draws windows, and shows how many of the next stretches are picked correctly.
func (m *CPC) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	g, k := m.Encoder.Channels(), lanes(m.Encoder, m.channels)
	count, found, among := make([]int, len(b.Samples)), make([]int, len(b.Samples)), 0
	if picks := m.stepLogits(t, v); len(picks) > 0 {
		logits, err := t.Download(ctx, picks[0].Value())
		if err != nil {
			return nil, err
		}
		among = picks[0].Dim(0)
		for q, at := range ints(v[1])[:among] {
			i := int(at) / m.patches / k
			if count[i]++; largest(logits[q*among:][:among]) == q {
				found[i]++
			}
		}
	}
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		examples[i] = Example{Name: b.Samples[i].Name, Words: fmt.Sprintf("picks what came next out of %d: right %d of %d times", among, found[i], count[i]) + shownOf(shownLanes, m.channels)}
		for c := range min(m.channels, shownLanes) {
			row := i*k + c/g
			examples[i].Curves = append(examples[i].Curves, Curve{m.names[c], RoleInput, 0, unmarked(reals(v[0])[row*m.cut.Long*2*g:][:m.cut.Long*2*g], g, c%g)})
		}
	}
	return examples, nil
}
