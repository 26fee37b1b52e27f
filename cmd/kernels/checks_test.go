package main

import (
	"math"
	"testing"
)

// A check holds one kernel to a plain loop in float64.
type check func(m machine, kernel string)

// checks are of all kernels; the tolerance of those that round is of float32.
var checks = map[string]check{
	"rows6": rowTiles(6), "rows4": rowTiles(4), "columns6": columnTiles(6), "columns4": columnTiles(4),
	"transpose": transposes, "pack": packs, "turnPatch": turns(patchMatrix, false), "turnBack": turns(backMatrix, true), "turnBlame": turns(blameMatrix, false),
	"stackPatch": stacks(patchMatrix, false), "stackBack": stacks(backMatrix, true), "stackBlame": stacks(blameMatrix, false),

	"add":       vectors(0, 2, 0, func(_, x []float64) float64 { return x[0] + x[1] }),
	"sub":       vectors(0, 2, 0, func(_, x []float64) float64 { return x[0] - x[1] }),
	"mul":       vectors(0, 2, 0, func(_, x []float64) float64 { return x[0] * x[1] }),
	"affine":    vectors(2, 1, 0, func(s, x []float64) float64 { return x[0]*s[0] + s[1] }),
	"axpy":      vectors(1, 2, 0, func(s, x []float64) float64 { return s[0]*x[0] + x[1] }),
	"relu":      vectors(0, 1, 0, func(_, x []float64) float64 { return max(x[0], 0) }),
	"step":      vectors(0, 1, 0, func(_, x []float64) float64 { return math.Ceil(min(max(x[0], 0), 1)) }),
	"exp":       exponentials,
	"gelu":      vectors(0, 1, 3e-7, func(_, x []float64) float64 { return gelu(x[0]) }),
	"geluSlope": vectors(0, 1, 2e-6, func(_, x []float64) float64 { return (gelu(x[0]+1e-5) - gelu(x[0]-1e-5)) / 2e-5 }),
	"geluErf":   vectors(0, 1, 3e-7, func(_, x []float64) float64 { return x[0] * math.Erfc(-x[0]/math.Sqrt2) / 2 }),
	"geluErfSlope": vectors(0, 1, 2e-6, func(_, x []float64) float64 {
		return math.Erfc(-x[0]/math.Sqrt2)/2 + x[0]*math.Exp(-x[0]*x[0]/2)/math.Sqrt(2*math.Pi)
	}),
	"softmax": softmaxes,

	"addRow":      columns(1, 1, false, func(s, x []float64) float64 { return x[0] + s[0] }),
	"addRows":     columns(1, 1, true, func(s, x []float64) float64 { return s[0] + x[0] }),
	"addSquares":  columns(2, 1, true, func(s, x []float64) float64 { return s[0] + (x[0]-s[1])*(x[0]-s[1]) }),
	"addProducts": columns(2, 2, true, func(s, x []float64) float64 { return s[0] + x[0]*(x[1]-s[1]) }),
	"standardize": columns(3, 1, false, func(s, x []float64) float64 { return (x[0]-s[0])*s[1] + s[2] }),
	"normGrad":    columns(4, 2, false, func(s, x []float64) float64 { return x[0]*s[1] + (x[1]-s[0])*s[2] + s[3] }),

	"layerNorm": layerNorms, "layerNormGrad": layerNormGrads,
}

func TestEveryKernelDoesWhatAPlainLoopDoes(t *testing.T) {
	plain := variants[0]
	m := newMachine(t, plain.module())
	for _, f := range plain.functions() {
		t.Run(f.name, func(t *testing.T) {
			m.T = t
			if check := checks[f.name]; check != nil {
				check(m, f.name)
			} else {
				t.Errorf("there is no check of %s", f.name)
			}
		})
	}
}
