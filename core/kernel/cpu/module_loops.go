//go:build js && wasm && goexperiment.simd && wasmkernel

package cpu

import "unsafe"

// The loops that the module has besides its tiles. Each takes whole vectors, having
// checked that they lie within their slices; the rest is left to Go.

//go:wasmimport kernels addRows
//go:noescape
func moduleAddRows(rows, vectors int32, acc, x unsafe.Pointer)

//go:wasmimport kernels addSquares
//go:noescape
func moduleAddSquares(rows, vectors int32, acc, mean, x unsafe.Pointer)

//go:wasmimport kernels addProducts
//go:noescape
func moduleAddProducts(rows, vectors int32, acc, mean, dy, x unsafe.Pointer)

//go:wasmimport kernels standardize
//go:noescape
func moduleStandardize(rows, vectors int32, mean, mul, add, y, x unsafe.Pointer)

//go:wasmimport kernels normGrad
//go:noescape
func moduleNormGrad(rows, vectors int32, mean, p, q, r, dx, dy, x unsafe.Pointer)

//go:wasmimport kernels turnPatch
//go:noescape
func moduleTurnPatch(v, x unsafe.Pointer, tiles, vectors, row, pixel, spot, tile int32)

//go:wasmimport kernels turnBack
//go:noescape
func moduleTurnBack(y, m unsafe.Pointer, tiles, vectors, row, pixel, spot, tile int32)

//go:wasmimport kernels turnBlame
//go:noescape
func moduleTurnBlame(g, dy unsafe.Pointer, tiles, vectors, row, pixel, spot, tile int32)

//go:wasmimport kernels stackPatch
//go:noescape
func moduleStackPatch(v, x unsafe.Pointer, tiles, vectors, spot int32)

//go:wasmimport kernels stackBack
//go:noescape
func moduleStackBack(y, m unsafe.Pointer, tiles, vectors, spot int32)

//go:wasmimport kernels stackBlame
//go:noescape
func moduleStackBlame(g, dy unsafe.Pointer, tiles, vectors, spot int32)

//go:wasmimport kernels transpose
//go:noescape
func moduleTranspose(dst, src unsafe.Pointer, strips, blocks, from, to int32)

//go:wasmimport kernels pack
//go:noescape
func modulePack(dst, src unsafe.Pointer, k, fours, from int32)

//go:wasmimport kernels softmax
//go:noescape
func moduleSoftmax(rows, fours int32, d, x unsafe.Pointer)

//go:wasmimport kernels layerNorm
//go:noescape
func moduleLayerNorm(rows, vectors int32, share, eps float32, y, mean, rstd, x, gamma, beta unsafe.Pointer)

//go:wasmimport kernels layerNormGrad
//go:noescape
func moduleLayerNormGrad(rows, vectors int32, share float32, dx, dgamma, dbeta, dy, x, mean, rstd, gamma unsafe.Pointer)

//go:wasmimport kernels addRow
//go:noescape
func moduleAddRow(rows, vectors int32, row, d, x unsafe.Pointer)

// moduleLoops puts the module's loops into l.
func moduleLoops(l *loops) {
	l.transpose, l.pack = transposeModule, packModule
	l.turnPatch, l.turnBack, l.turnBlame = turnPatchModule, turnBackModule, turnBlameModule
	l.stackPatch, l.stackBack, l.stackBlame = stackPatchModule, stackBackModule, stackBlameModule
	l.addRow, l.addRows, l.addSquares, l.addProducts = addRowModule, addRowsModule, addSquaresModule, addProductsModule
	l.standardize, l.normGrad, l.softmax = standardizeModule, normGradModule, softmaxModule
	l.layerRows, l.layerRowsGrad = layerRowsModule, layerRowsGradModule
	moduleElementwise(l)
}

// packModule takes four panels at a time.
func packModule(dst, src []float32, k, from, n int) {
	whole := n / (4 * nr) * (4 * nr)
	if whole > 0 && k > 0 {
		_, _ = src[(k-1)*from+whole-1], dst[whole*k-1]
		modulePack(first(dst), first(src), int32(k), int32(whole/(4*nr)), int32(4*from))
	}
	if whole < n {
		pack(dst[whole*k:], src[whole:], k, from, n-whole)
	}
}

func softmaxModule(d, x []float32, n int) bool {
	if n%(4*lanes) != 0 {
		return false
	}
	_ = x[:len(d)]
	moduleSoftmax(int32(len(d)/n), int32(n/(4*lanes)), first(d), first(x))
	return true
}

func layerRowsModule(y, mean, rstd, x, gamma, beta []float32, eps float32) bool {
	rows, vectors, ok := rowsOf(x, len(gamma))
	if ok {
		_, _, _, _ = y[:len(x)], beta[:len(gamma)], mean[:rows], rstd[:rows]
		moduleLayerNorm(rows, vectors, 1/float32(len(gamma)), eps, first(y), first(mean), first(rstd), first(x), first(gamma), first(beta))
	}
	return ok
}

func layerRowsGradModule(dx, dgamma, dbeta, dy, x, mean, rstd, gamma []float32) bool {
	rows, vectors, ok := rowsOf(x, len(gamma))
	if ok {
		_, _, _, _ = dx[:len(x)], dy[:len(x)], mean[:rows], rstd[:rows]
		_, _ = dgamma[:len(gamma)], dbeta[:len(gamma)]
		moduleLayerNormGrad(rows, vectors, 1/float32(len(gamma)), first(dx), first(dgamma), first(dbeta), first(dy), first(x), first(mean), first(rstd), first(gamma))
	}
	return ok
}

func addRowModule(d, x, row []float32) {
	rows, vectors, ok := rowsOf(x, len(row))
	if !ok {
		addRow(d, x, row)
		return
	}
	_ = d[:len(x)]
	moduleAddRow(rows, vectors, first(row), first(d), first(x))
}

// transposeModule leaves to Go what is no block of 4x4.
func transposeModule(dst, src []float32, rows, cols, from, to int) {
	r, c := rows&^3, cols&^3
	if r > 0 && c > 0 {
		_, _ = src[(r-1)*from+c-1], dst[(c-1)*to+r-1]
		moduleTranspose(first(dst), first(src), int32(r/4), int32(c/4), int32(4*from), int32(4*to))
	}
	if r < rows {
		transpose(dst[r:], src[r*from:], rows-r, cols, from, to)
	}
	if c < cols && r > 0 {
		transpose(dst[c*to:], src[c:], r, cols-c, from, to)
	}
}

// rowsOf says how many rows of whole vectors x is, if a row has n floats.
func rowsOf(x []float32, n int) (rows, vectors int32, ok bool) {
	if n == 0 || n%lanes != 0 || len(x)%n != 0 {
		return 0, 0, false
	}
	return int32(len(x) / n), int32(n / lanes), true
}

func addRowsModule(acc, x []float32) {
	rows, vectors, ok := rowsOf(x, len(acc))
	if !ok {
		addRows(acc, x)
		return
	}
	moduleAddRows(rows, vectors, first(acc), first(x))
}

func addSquaresModule(acc, x, mean []float32) {
	rows, vectors, ok := rowsOf(x, len(acc))
	if !ok {
		addSquares(acc, x, mean)
		return
	}
	_ = mean[:len(acc)]
	moduleAddSquares(rows, vectors, first(acc), first(mean), first(x))
}

func addProductsModule(acc, dy, x, mean []float32) {
	rows, vectors, ok := rowsOf(x, len(acc))
	if !ok {
		addProducts(acc, dy, x, mean)
		return
	}
	_, _ = mean[:len(acc)], dy[:len(x)]
	moduleAddProducts(rows, vectors, first(acc), first(mean), first(dy), first(x))
}

func standardizeModule(y, x, mean, mul, add []float32) {
	rows, vectors, ok := rowsOf(x, len(mean))
	if !ok {
		standardize(y, x, mean, mul, add)
		return
	}
	_, _, _ = mul[:len(mean)], add[:len(mean)], y[:len(x)]
	moduleStandardize(rows, vectors, first(mean), first(mul), first(add), first(y), first(x))
}

func normGradModule(dx, dy, x, mean, p, q, r []float32) {
	rows, vectors, ok := rowsOf(x, len(mean))
	if !ok {
		normGrad(dx, dy, x, mean, p, q, r)
		return
	}
	_, _, _, _, _ = p[:len(mean)], q[:len(mean)], r[:len(mean)], dx[:len(x)], dy[:len(x)]
	moduleNormGrad(rows, vectors, first(mean), first(p), first(q), first(r), first(dx), first(dy), first(x))
}

// bytes are the distances of a strip as the module counts them.
func (s strip) bytes() (tiles, vectors, row, pixel, spot, tile int32) {
	return int32(s.tiles), int32(s.ch / lanes), int32(4 * s.row), int32(4 * s.ch), int32(4 * s.spot), int32(4 * s.tile)
}

func turnPatchModule(v, x []float32, s strip) {
	s.check(x, patchSide, 2, v)
	tiles, vectors, row, pixel, spot, tile := s.bytes()
	moduleTurnPatch(first(v), first(x), tiles, vectors, row, pixel, spot, tile)
}

func turnBackModule(y, m []float32, s strip) {
	s.check(y, tileSide, 0, m)
	tiles, vectors, row, pixel, spot, tile := s.bytes()
	moduleTurnBack(first(y), first(m), tiles, vectors, row, pixel, spot, tile)
}

func turnBlameModule(g, dy []float32, s strip) {
	s.check(dy, tileSide, 0, g)
	tiles, vectors, row, pixel, spot, tile := s.bytes()
	moduleTurnBlame(first(g), first(dy), tiles, vectors, row, pixel, spot, tile)
}

func stackPatchModule(v, x []float32, s stack) {
	s.check(x, patchSide-tileSide, v)
	moduleStackPatch(first(v), first(x), int32(s.tiles), int32(s.row/lanes), int32(4*s.spot))
}

func stackBackModule(y, m []float32, s stack) {
	s.check(y, 0, m)
	moduleStackBack(first(y), first(m), int32(s.tiles), int32(s.row/lanes), int32(4*s.spot))
}

func stackBlameModule(g, dy []float32, s stack) {
	s.check(dy, 0, g)
	moduleStackBlame(first(g), first(dy), int32(s.tiles), int32(s.row/lanes), int32(4*s.spot))
}
