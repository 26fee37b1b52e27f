package cpu

import "autodidact/core/kernel"

// loops is the table of innermost loops. Slices of one call have one length unless
// it says otherwise; d may be the same slice as an operand.
type loops struct {
	binary       [kernel.NumBinary]func(d, x, y []float32)
	binaryScalar [kernel.NumBinary]func(d, x []float32, y float32)
	unary        [kernel.NumUnary]func(d, x []float32)
	affine       func(d, x []float32, mul, add float32) // d = x*mul + add

	sum     func(x []float32) float32
	dot     func(x, y []float32) float32
	max     func(x []float32) float32
	maxInto func(d, x []float32) // d = max(d, x)

	adamw func(p, m, v, g []float32, a kernel.AdamW)

	// transpose writes dst[c*to+r] = src[r*from+c] for so many rows and columns of src.
	transpose func(dst, src []float32, rows, cols, from, to int)
	pack      func(dst, src []float32, k, from, n int)

	// These may be nil, and say no to rows they cannot do: then they are composed of the others.
	softmax       func(d, x []float32, n int) bool // of rows of n
	layerRows     func(y, mean, rstd, x, gamma, beta []float32, eps float32) bool
	layerRowsGrad func(dx, dgamma, dbeta, dy, x, mean, rstd, gamma []float32) bool

	// Rows of a norm: acc, mean and the like are one row, x and dy whole rows of that length.
	addRow      func(d, x, row []float32)        // d = x + row
	addRows     func(acc, x []float32)           // acc += x
	addSquares  func(acc, x, mean []float32)     // acc += (x-mean)²
	addProducts func(acc, dy, x, mean []float32) // acc += dy*(x-mean)
	standardize func(y, x, mean, mul, add []float32)
	normGrad    func(dx, dy, x, mean, p, q, r []float32) // dx = dy*p + (x-mean)*q + r

	tiles func(s sweep)

	// Winograd's turns: a patch of the input, the tile of the output, its gradient.
	turnPatch func(v, x []float32, s strip)
	turnBack  func(y, m []float32, s strip)
	turnBlame func(g, dy []float32, s strip)
	axpy      func(d, x []float32, a float32) // d += a*x

	// The same in one dimension.
	stackPatch func(v, x []float32, s stack)
	stackBack  func(y, m []float32, s stack)
	stackBlame func(g, dy []float32, s stack)
}

var genericLoops = loops{
	binary:       [...]func(d, x, y []float32){kernel.Add: add, kernel.Sub: sub, kernel.Mul: mul, kernel.Div: div},
	binaryScalar: [...]func(d, x []float32, y float32){kernel.Add: addScalar, kernel.Sub: subScalar, kernel.Mul: mulScalar, kernel.Div: divScalar},
	unary: [...]func(d, x []float32){kernel.Exp: exp, kernel.Log: log, kernel.Sqrt: sqrt, kernel.Tanh: tanh,
		kernel.Relu: relu, kernel.Step: step, kernel.Gelu: gelu, kernel.GeluSlope: geluSlope,
		kernel.GeluErf: geluErf, kernel.GeluErfSlope: geluErfSlope},
	affine:      affine,
	sum:         sum,
	dot:         dot,
	max:         maximum,
	maxInto:     maxInto,
	adamw:       adamw,
	transpose:   transpose,
	pack:        pack,
	addRow:      addRow,
	addRows:     addRows,
	addSquares:  addSquares,
	addProducts: addProducts,
	standardize: standardize,
	normGrad:    normGrad,
	tiles:       func(s sweep) { s.each(nr, rowTile, panelTile) },
	turnPatch:   turnPatch,
	turnBack:    turnBack,
	turnBlame:   turnBlame,
	axpy:        axpy,
	stackPatch:  stackPatch,
	stackBack:   stackBack,
	stackBlame:  stackBlame,
}
