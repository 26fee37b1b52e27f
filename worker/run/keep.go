package run

import (
	"context"
	"encoding/json"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// Where samples are few, more steps may make features worse. So every now and then the weights are judged, and the best are kept:
// those with the lowest loss on held-out samples, unless features collapsed or answer to small changes of a sample.

const (
	keepEvery   = 50  // steps from one judgement to the next
	keepSamples = 64  // whose features are looked at
	keepNoise   = 0.1 // deviations of a channel by which samples are changed
	keepPatient = 10  // judgements without a better one, at least, before a run with a budget of minutes ends early
)

// Kept is the best weights of a run so far.
type Kept struct {
	Step      int     `json:"step"`      // 0 if there are none yet
	Loss      float64 `json:"loss"`      // on held-out samples
	Rank      float64 `json:"rank"`      // the highest effective rank so far
	Stability float64 `json:"stability"` // the highest mean cosine so far of features with those of the same samples a little changed

	weights map[string]kernel.Host
}

const (
	metaKept   = "kept"
	keptPrefix = "kept."
)

// judges says whether the run's weights are judged at all.
func (r *Run) judges() bool { return kind.TraitsOf(r.Config.Kind).Keep && r.held.Len() >= 2 }

// judge keeps the weights as they are by now if none before were better, and may end the run.
func (r *Run) judge(ctx context.Context) error {
	last := r.Done == r.Config.Steps
	if !r.judges() || r.Done%keepEvery != 0 && !last || last && r.Kept.Step == 0 {
		return nil
	}
	loss, err := r.lossOn(ctx, r.held, min(r.held.Len(), r.from.Len(), validated))
	if err != nil {
		return err
	}
	rank, stability, err := r.soundness(ctx)
	if err != nil {
		return err
	}
	k := &r.Kept
	if k.improves(r.Done, loss, rank, stability) {
		if k.weights, err = r.weights(ctx); err != nil {
			return err
		}
	}
	if r.Config.Minutes > 0 && r.Config.Steps > r.Done && r.Done >= 2*k.Step+keepPatient*keepEvery {
		r.Notices = append(r.Notices, report.Notice("length", "it ended after %d of %d steps: since step %d the loss on samples that are held out has not fallen", r.Done, r.Config.Steps, k.Step))
		r.Config.Steps, last = r.Done, true
	}
	if last {
		r.takeKept()
	}
	return nil
}

// improves takes in how weights do after a step, and says whether they are the best so far. Those whose features have lost half of
// their effective rank, or of their stability, are never.
func (k *Kept) improves(step int, loss, rank, stability float64) bool {
	sound := rank >= k.Rank/2 && stability >= k.Stability/2
	k.Rank, k.Stability = max(k.Rank, rank), max(k.Stability, stability)
	if !sound || k.Step > 0 && loss >= k.Loss {
		return false
	}
	k.Step, k.Loss = step, loss
	return true
}

// takeKept goes back to the best weights.
func (r *Run) takeKept() {
	if r.Kept.Step == r.Done {
		return
	}
	for name, p := range nn.Params(r.Task) {
		r.backend.Write(p.Value.Buf, r.Kept.weights[name])
	}
	r.Notices = append(r.Notices, report.Notice("weights", "those of step %d of %d are kept: the loss on samples that are held out was lowest there", r.Kept.Step, r.Done))
}

func (r *Run) weights(ctx context.Context) (map[string]kernel.Host, error) {
	all := map[string]kernel.Host{}
	for name, p := range nn.Params(r.Task) {
		x, err := r.host(ctx, p.Value)
		if err != nil {
			return nil, err
		}
		all[name] = x.Buf.(kernel.Host)
	}
	return all, nil
}

// soundness is the effective rank of features, and the mean cosine of samples' features with those of the same samples a little changed.
func (r *Run) soundness(ctx context.Context) (rank, stability float64, err error) {
	k, ok := kind.Of(r.set.Of).(kind.Perturber)
	if !ok {
		return 0, 0, nil
	}
	at, _, _ := kind.Of(r.set.Of).Split(r.set)
	at = probe.Evenly(at, keepSamples)
	e := r.Embedder()
	f, err := e.Embed(ctx, r.set, at, nil)
	if err != nil {
		return 0, 0, err
	}
	g, err := e.Embed(ctx, k.Perturbed(e, r.set, at, keepNoise, rng.New(r.Config.Seed).For("perturbed", 0)), nil, nil)
	if err != nil {
		return 0, 0, err
	}
	s := probe.FitStandard(f)
	f, g = s.Apply(f), s.Apply(g)
	return probe.EffectiveRank(f), 1 - probe.Alignment(f, g)/2, nil
}

// saveKept adds the best weights to a checkpoint.
func (r *Run) saveKept(s *checkpoint.State) {
	if r.Kept.Step == 0 {
		return
	}
	raw, err := json.Marshal(r.Kept)
	if err != nil {
		panic(err) // finite numbers
	}
	s.Meta[metaKept] = string(raw)
	for name, p := range nn.Params(r.Task) {
		s.Tensors[keptPrefix+name] = tensor.Float32s(r.Kept.weights[name], p.Value.Shape...)
	}
}

// restoreKept is the way back of saveKept.
func (r *Run) restoreKept(s *checkpoint.State) error {
	raw := s.Meta[metaKept]
	if raw == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(raw), &r.Kept); err != nil {
		return &checkpoint.FormatError{Reason: "what the checkpoint says of the best weights cannot be read"}
	}
	r.Kept.weights = map[string]kernel.Host{}
	for name, p := range nn.Params(r.Task) {
		x, err := fitting(s, keptPrefix+name, p.Value.Shape)
		if err != nil {
			return err
		}
		r.Kept.weights[name] = x.Buf.(kernel.Host)
	}
	return nil
}
