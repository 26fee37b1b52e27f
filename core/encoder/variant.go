package encoder

import (
	"fmt"
	"strconv"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/nn"
)

// A Variant is what transformers made elsewhere do otherwise than ours. The zero one is ours: GELU in its tanh form, and
// 1e-5 added to the variance of a LayerNorm.
type Variant struct {
	Erf bool    // GELU is exact, x * Φ(x) by erf, as PyTorch's is by default
	Eps float64 // what LayerNorms add to a variance; 0 is 1e-5
}

func (v Variant) gelu(x autograd.Var) autograd.Var {
	if v.Erf {
		return x.GeluErf()
	}
	return x.Gelu()
}

func (v Variant) norm(width int) *nn.LayerNorm { return nn.NewLayerNorm(width).WithEps(v.Eps) }

// check refuses an eps that no LayerNorm has.
func (v Variant) check() error {
	if v.Eps != 0 && !(v.Eps >= 1e-14 && v.Eps <= 1e-2) {
		return fmt.Errorf("a LayerNorm that adds %g to the variance; that may be 1e-14 to 0.01", v.Eps)
	}
	return nil
}

// suffix is how a name says what is not usual of its kind: exact GELU or not, and eps.
func (v Variant) suffix(erf bool, eps float64) string {
	s := ""
	if v.Erf != erf {
		s += map[bool]string{true: "-erf", false: "-tanh"}[v.Erf]
	}
	if v.Eps != 0 && v.Eps != eps {
		s += "-eps" + strconv.FormatFloat(v.Eps, 'g', -1, 64)
	}
	return s
}

// variantOf reads what suffix wrote; other suffixes lead to one that is written otherwise.
func variantOf(suffix string, erf bool) (v Variant) {
	v.Erf = erf
	for s, is := range map[string]bool{"-erf": true, "-tanh": false} {
		if rest, ok := strings.CutPrefix(suffix, s); ok {
			suffix, v.Erf = rest, is
		}
	}
	v.Eps, _ = strconv.ParseFloat(strings.TrimPrefix(suffix, "-eps"), 64)
	return v
}

// cutVariant parts the sizes of a name from what follows them.
func cutVariant(name string) (sizes, suffix string) {
	if i := strings.IndexByte(name, '-'); i >= 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

// readSizes reads numbers with an x between them; those that are none are 0.
func readSizes(name string, into ...*int) {
	for i, s := range strings.Split(name, "x") {
		if i < len(into) {
			*into[i], _ = strconv.Atoi(s)
		}
	}
}
