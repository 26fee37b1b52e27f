package autodidact

import (
	"context"

	"autodidact/worker/diagnose"
)

// Finding is what the diagnostics found in a run: the Title of a problem, its Evidence in figures, a Remedy, and whether it is Grave.
type Finding = diagnose.Finding

// A Score is an evaluation of a run.
type Score struct {
	Step int
	// Metrics are what was measured, by name: "heldOut" is the loss on held-out samples and "learned" that on as many it trains on;
	// of tasks that predict tokens "accuracy" and "perplexity" on held-out texts, beside "baseAccuracy" and "basePerplexity" of token
	// frequencies alone; "knn" is the kNN accuracy where there are labels; "rank" is the effective rank of the features, "std" their
	// standard deviation, "norm" that of the gradient.
	Metrics  map[string]float64
	Findings []Finding
}

// Evaluate evaluates the run as it is by now: on held-out samples, and by the diagnostics. It takes from seconds to a minute. The
// findings of the last evaluation are in the log's last lines. It ends with ctx, and changes no weights.
func (r *Run) Evaluate(ctx context.Context) (Score, error) {
	if err := r.run.Monitor(ctx, nil); err != nil {
		return Score{}, err
	}
	if err := r.doctor.Examine(ctx, r.data.set.Labels, false, func() {}); err != nil {
		return Score{}, err
	}
	s := Score{Step: r.run.Done, Findings: r.doctor.Found}
	if len(r.run.History) == 0 { // nothing was learned
		return s, nil
	}
	s.Metrics = r.run.History[len(r.run.History)-1].Metrics
	m := s.Metrics
	if a, ok := m["accuracy"]; ok {
		return s, r.write(scoreEvent{"score", r.run.Done, a, m["perplexity"], m["baseAccuracy"], m["basePerplexity"]})
	}
	if held, ok := m["heldOut"]; ok {
		return s, r.write(heldOutEvent{"score", r.run.Done, held, m["learned"]})
	}
	return s, nil
}
