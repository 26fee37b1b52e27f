package diagnose

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"autodidact/pretext"
	"autodidact/worker/run"
)

// bestHeldOut is the lowest loss on held-out samples, and after how many steps it was.
func (v Vitals) bestHeldOut() (best float64, at int) {
	best = math.Inf(1)
	for _, p := range v.Curve {
		if l, ok := p.Metrics["heldOut"]; ok && l < best {
			best, at = l, p.Step
		}
	}
	return best, at
}

// ends are the mean losses of the first and of the last tenth of the curve, three steps at least.
func (v Vitals) ends() (first, last float64, ok bool) {
	n := len(v.Curve)
	part := max(n/10, 3)
	if n < 2*part {
		return 0, 0, false
	}
	for i := range part {
		first += float64(v.Curve[i].Loss) / float64(part)
		last += float64(v.Curve[n-1-i].Loss) / float64(part)
	}
	return first, last, true
}

// unusual are the task's options that are not at their defaults, in its order.
func (v Vitals) unusual() (names []string) {
	spec, err := pretext.Find(v.Config.Task)
	if err != nil {
		return nil
	}
	given := map[string]any{}
	if json.Unmarshal(v.Config.Options, &given) != nil {
		return nil
	}
	for _, f := range spec.Fields() {
		if is, ok := given[f.Name]; ok && fmt.Sprint(is) != fmt.Sprint(f.Default) {
			names = append(names, f.Name)
		}
	}
	return names
}

// usually puts the options that are unusual back to their defaults; nil if there are none.
func (v Vitals) usually() *run.Config {
	spec, err := pretext.Find(v.Config.Task)
	if err != nil || len(v.unusual()) == 0 {
		return nil
	}
	to := map[string]any{}
	for _, f := range spec.Fields() {
		if slices.Contains(v.unusual(), f.Name) {
			to[f.Name] = f.Default
		}
	}
	return v.options(to)
}

// options is a change of those options that the task has; nil if it has none of them.
func (v Vitals) options(to map[string]any) *run.Config {
	spec, err := pretext.Find(v.Config.Task)
	if err != nil {
		return nil
	}
	has := map[string]any{}
	for _, f := range spec.Fields() {
		if x, ok := to[f.Name]; ok {
			has[f.Name] = x
		}
	}
	raw, err := json.Marshal(has)
	if err != nil || len(has) == 0 {
		return nil
	}
	return &run.Config{Options: raw}
}
