package cpu

import (
	"fmt"
	"math"
	"sync"

	"autodidact/core/kernel"
)

// pool keeps freed buffers by size, so a second step allocates nothing. Several
// goroutines may use it at once.
type pool struct {
	mu         sync.Mutex
	free       map[int][]kernel.Host
	live       map[*float32]struct{} // first words of what is in use
	used, peak int64                 // bytes
	poison     bool                  // for tests: hand out NaN, not what was left behind
}

func newPool() *pool {
	return &pool{free: map[int][]kernel.Host{}, live: map[*float32]struct{}{}}
}

// Alloc returns n words whose contents are arbitrary.
func (p *pool) Alloc(n int) kernel.Buffer { return p.take(n) }

func (p *pool) take(n int) kernel.Host {
	if n == 0 {
		return kernel.Host{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var h kernel.Host
	if l := p.free[n]; len(l) > 0 {
		h, p.free[n] = l[len(l)-1], l[:len(l)-1]
	} else {
		h = make(kernel.Host, n)
	}
	if p.poison {
		fill(h, float32(math.NaN()))
	}
	p.live[&h[0]] = struct{}{}
	p.used += 4 * int64(n)
	p.peak = max(p.peak, p.used)
	return h
}

// Free puts a buffer back. One freed twice would be handed out twice, so that panics.
func (p *pool) Free(b kernel.Buffer) { p.put(b.(kernel.Host)) }

func (p *pool) put(h kernel.Host) {
	if len(h) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.live[&h[0]]; !ok {
		panic(fmt.Sprintf("cpu: Free: buffer of %d words is not in use: freed twice, or not from Alloc", len(h)))
	}
	delete(p.live, &h[0])
	p.free[len(h)] = append(p.free[len(h)], h)
	p.used -= 4 * int64(len(h))
}

// Peak is the most bytes that were in use at once, scratch included, since
// ResetPeak. Pooled buffers do not count.
func (p *pool) Peak() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

// ResetPeak starts a new measurement from what is in use now.
func (p *pool) ResetPeak() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.peak = p.used
}
