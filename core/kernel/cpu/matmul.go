package cpu

import "autodidact/core/kernel"

// MatMul blocks for the caches: a panel of b (blockK x nr floats) stays in the
// first, the panels of blockN columns in the second, while rows of a pass by in
// blocks of blockM. Steps of k past blockK add to what c holds.
const blockK, blockN, blockM = 256, 256, 48

func (b *Backend) MatMul(dst, x, y kernel.Buffer, m kernel.Mat) { b.multiply(dst, x, y, nil, m) }

// Linear implements kernel.LinearBackend.
func (b *Backend) Linear(y, x, w, bias kernel.Buffer, m kernel.Mat) {
	b.multiply(y, x, w, words("Linear", bias, m.N), m)
}

// multiply adds bias, unless it is nil, to every row.
func (b *Backend) multiply(dst, x, y kernel.Buffer, bias []float32, m kernel.Mat) {
	size := func(rows, cols int) int { return m.Batch * rows * cols }
	p := &product{
		Backend: b, Mat: m,
		c: words("MatMul", dst, size(m.M, m.N)), a: words("MatMul", x, size(m.M, m.K)), b: words("MatMul", y, size(m.K, m.N)),
		bias: bias, aStep: m.K,
	}
	if m.TransA {
		p.aStep = min(m.K, blockK)
	}
	p.aRows, p.cRows = multiples(min(m.M, blockM), p.aStep), multiples(min(m.M, blockM), m.N)
	if m.K == 0 {
		clear(p.c)
		p.n = p.N
		p.biased(0, m.Batch*m.M)
		return
	}
	if m.Batch == 1 {
		p.run(parallel)
		return
	}
	parallel(m.Batch, func(z int) {
		p := *p
		p.a, p.b, p.c = p.a[z*m.M*m.K:(z+1)*m.M*m.K], p.b[z*m.K*m.N:(z+1)*m.K*m.N], p.c[z*m.M*m.N:(z+1)*m.M*m.N]
		p.run(serial)
	})
}

// product is one c = a·b and where in it we are.
type product struct {
	*Backend
	kernel.Mat
	a, b, c []float32
	bias    []float32 // or nil

	j, n   int // columns of this block
	k0, k  int // steps of this block
	packed []float32

	aStep        int   // floats from one row of a to the next, once it is no longer transposed
	aRows, cRows []int // where rows begin, from the corner of a block
}

func (p *product) run(each runner) {
	buf := p.take(up(min(p.N, blockN), nr) * min(p.K, blockK))
	for p.j = 0; p.j < p.N; p.j += blockN {
		p.n = min(blockN, p.N-p.j)
		for p.k0 = 0; p.k0 < p.K; p.k0 += blockK {
			p.k = min(blockK, p.K-p.k0)
			p.packed = buf[:up(p.n, nr)*p.k]
			each(up(p.n, packN)/packN, p.packB)
			each((p.M+blockM-1)/blockM, p.rows)
		}
	}
	p.put(buf)
}

// packN is how many columns are packed in one go.
const packN = 4 * nr

// packB packs packN columns of b.
func (p *product) packB(i int) {
	j := i * packN
	w := min(packN, p.n-j)
	dst := p.packed[j*p.k : (j+up(w, nr))*p.k]
	if p.TransB {
		p.packTransposed(dst, p.b[(p.j+j)*p.K+p.k0:], p.K, p.k, w)
		return
	}
	p.pack(dst, p.b[p.k0*p.N+p.j+j:], p.k, p.N, w)
}

// rows multiplies one block of rows by all packed panels.
func (p *product) rows(block int) {
	lo := block * blockM
	m := min(blockM, p.M-lo)
	s := sweep{
		c: p.c[lo*p.N+p.j:], rows: p.cRows[:m], n: p.n, add: p.k0 > 0,
		at: p.aRows[:m], k: p.k, segments: 1, b: p.packed,
	}
	if p.TransA {
		s.a = p.take(m * p.aStep)
		p.transpose(s.a, p.a[p.k0*p.M+lo:], p.k, m, p.M, p.aStep)
	} else {
		s.a = p.a[lo*p.K+p.k0:]
	}
	p.tiles(s)
	if p.TransA {
		p.put(s.a)
	}
	if p.k0+p.k == p.K {
		p.biased(lo, m)
	}
}

// biased adds the bias to this block's columns of m rows of c from lo on, while they are
// in the cache.
func (p *product) biased(lo, m int) {
	if p.bias == nil {
		return
	}
	if p.n == p.N { // rows lie side by side
		p.addBias(p.c[lo*p.N:(lo+m)*p.N], p.bias)
		return
	}
	for i := lo; i < lo+m; i++ {
		row := p.c[i*p.N+p.j:][:p.n]
		p.binary[kernel.Add](row, row, p.bias[p.j:p.j+p.n])
	}
}

// multiples lists the first n multiples of stride.
func multiples(n, stride int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i * stride
	}
	return s
}
