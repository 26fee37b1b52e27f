package nn

import (
	"maps"
	"strings"

	"autodidact/core/autograd"
)

// Still freezes every BatchNorm in m, which then uses its running statistics in training too: a handful of samples would
// give other statistics, and what was learned with the old ones would be lost.
func Still(m any) {
	all := maps.Collect(Params(m))
	for name := range all {
		norm, ok := strings.CutSuffix(name, "running_mean")
		if !ok {
			continue
		}
		for _, p := range []*autograd.Param{all[norm+"weight"], all[norm+"bias"]} {
			if p != nil {
				p.Frozen = true
			}
		}
	}
}
