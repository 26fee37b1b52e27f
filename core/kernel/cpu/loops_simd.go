//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

import "autodidact/core/kernel"

// simdLoops is the table in SIMD, if the processor has what it needs. It is filled
// when asked for, since vectors do not work in package-level initializers.
func simdLoops() (loops, bool) {
	if !haveSIMD() {
		return loops{}, false
	}
	l := loops{
		binary:       [...]func(d, x, y []float32){kernel.Add: addVec, kernel.Sub: subVec, kernel.Mul: mulVec, kernel.Div: divVec},
		binaryScalar: [...]func(d, x []float32, y float32){kernel.Add: addScalarVec, kernel.Sub: subScalarVec, kernel.Mul: mulScalarVec, kernel.Div: divScalarVec},
		unary: [...]func(d, x []float32){kernel.Exp: expVec, kernel.Log: log, kernel.Sqrt: sqrtVec, kernel.Tanh: tanhVec,
			kernel.Relu: reluVec, kernel.Step: stepVec, kernel.Gelu: geluVec, kernel.GeluSlope: geluSlopeVec,
			kernel.GeluErf: geluErfVec, kernel.GeluErfSlope: geluErfSlopeVec},
		affine:      affineVec,
		sum:         sumVec,
		dot:         dotVec,
		max:         maximumVec,
		maxInto:     maxIntoVec,
		adamw:       adamwVec,
		transpose:   transposeVec,
		pack:        pack,
		addRow:      addRowVec,
		addRows:     addRowsVec,
		addSquares:  addSquaresVec,
		addProducts: addProductsVec,
		standardize: standardizeVec,
		normGrad:    normGradVec,
		tiles:       sweepVec,
		turnPatch:   turnPatchVec,
		turnBack:    turnBackVec,
		turnBlame:   turnBlameVec,
		axpy:        axpyVec,
		stackPatch:  stackPatchVec,
		stackBack:   stackBackVec,
		stackBlame:  stackBlameVec,
	}
	module(&l)
	return l, true
}
