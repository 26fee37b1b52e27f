package cpu

import (
	"autodidact/core/kernel"
	"runtime"
	"sync"
	"sync/atomic"
)

// A runner calls f(0) .. f(n-1), in any order. What each call does must not depend
// on the others, and how work is cut into calls must not depend on the number of
// cores: then results are the same bit for bit on any machine of one kind.
type runner func(n int, f func(i int))

func serial(n int, f func(i int)) {
	for i := range n {
		f(i)
	}
}

// parallel uses up to GOMAXPROCS goroutines; on wasm, where that is one, none.
func parallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		serial(n, f)
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// spans cuts n into pieces of size (a multiple of every vector length, so that the
// cut moves no element between vector and scalar code) and runs them.
func spans(each runner, n, size int, f func(lo, hi int)) {
	each((n+size-1)/size, func(i int) { f(i*size, min(n, (i+1)*size)) })
}

// sumChunks adds up what add accumulates into acc over [0, n), in fixed chunks whose
// sums are then added in order.
func (b *Backend) sumChunks(each runner, dst []float32, n, chunk int, add func(acc []float32, lo, hi int)) {
	clear(dst)
	if n <= chunk {
		add(dst, 0, n)
		return
	}
	w, k := len(dst), (n+chunk-1)/chunk
	part := b.take(w * k)
	each(k, func(i int) {
		p := part[i*w : (i+1)*w]
		clear(p)
		add(p, i*chunk, min(n, (i+1)*chunk))
	})
	for i := range k {
		b.binary[kernel.Add](dst, dst, part[i*w:(i+1)*w])
	}
	b.put(part)
}
