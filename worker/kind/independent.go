package kind

import (
	"context"
	"math"
	"slices"

	"autodidact/core/baseline"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/pretext"
)

// Independent is what is usual of samples that have nothing to do with each other and are tensors of one shape: a kind of
// such takes it over, and has methods of its own for what is different.
type Independent struct{}

func (Independent) Cut(*data.Set, int, []data.Missing) {}

func (Independent) Items(set *data.Set) int { return set.Len() }

func (Independent) Prepare(context.Context, *data.Set, Plan, token.Tokenizer, func(done, total int)) error {
	return nil
}

func (Independent) Input(*data.Set, int) (Input, error) { return Input{}, nil }

func (Independent) Sources(set *data.Set, _ int, _ Input, _ pretext.Task, _ pretext.Spec) Sources {
	train, held := holdOut(set)
	return Sources{Train: train, Held: held}
}

func (Independent) Calibrate(context.Context, Embedder, *data.Set) error { return nil }

func (Independent) Split(*data.Set) (train, test []int, fixed bool) { return nil, nil, false }

// Baseline is logistic regression on the samples' own numbers.
func (Independent) Baseline(set, test *data.Set, _ int, _ Input, b kernel.Backend) (*baseline.Baseline, []string) {
	var f probe.Features
	for _, s := range []*data.Set{set, test} {
		if s == nil {
			continue
		}
		for _, x := range s.X {
			f.N, f.Width, f.Data = f.N+1, x.Shape.Size(), append(f.Data, x.Buf.(kernel.Host)...)
		}
	}
	return baseline.OfFeatures("raw values", f, b), nil
}

func (Independent) Duplicates(context.Context, Embedder, *data.Set, func()) ([][]int, error) {
	return nil, nil
}

func (Independent) Cues(set *data.Set, _ int) []Cue {
	return []Cue{{"order", orderWords, func(i int) []float32 { return nameOrder(set.Names[i]) }}}
}

func (Independent) Unread(Embedder, *data.Set) []data.Rejected { return nil }

// Altered adds noise, a tenth of what all numbers vary by.
func (Independent) Altered(_ context.Context, _ Embedder, set *data.Set, at []int, r *rng.Rand) (*data.Set, error) {
	out := named(set, at)
	var n, sum, squares float64
	for _, i := range at {
		for _, v := range set.X[i].Buf.(kernel.Host) {
			n, sum, squares = n+1, sum+float64(v), squares+float64(v)*float64(v)
		}
	}
	std := math.Sqrt(max(squares/max(n, 1)-sum*sum/max(n*n, 1), 0))
	for k, i := range at {
		x, noise := slices.Clone(set.X[i].Buf.(kernel.Host)), r.For("noise", k)
		for j := range x {
			x[j] += float32(0.1 * std * noise.NormFloat64())
		}
		out.X = append(out.X, tensor.Float32s(x, set.X[i].Shape...))
	}
	return out, nil
}

// holdOut splits samples into those to train on and the few that are held out.
func holdOut(set *data.Set) (train, held *data.Set) {
	n := set.Len()
	if n < minHeldFrom {
		return set, &data.Set{Of: set.Of}
	}
	return set.Subset(func(i int) bool { return !heldOut(i, n) }), set.Subset(func(i int) bool { return heldOut(i, n) })
}

// named is a set of the samples at, so far without what they are.
func named(set *data.Set, at []int) *data.Set {
	out := &data.Set{Of: set.Of}
	for _, i := range at {
		out.Names, out.Labels = append(out.Names, set.Names[i]), append(out.Labels, set.Labels[i])
	}
	return out
}
