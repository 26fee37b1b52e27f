package cpu

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"unsafe"
	"weak"

	"autodidact/core/kernel"
)

// pool keeps freed buffers by size, so a second step allocates nothing. It keeps no more of them than a
// step needs: see makeRoom and Trim. Several goroutines may use it at once.
type pool struct {
	mu         sync.Mutex
	free       map[int][]idle // by words, those freed longest ago first
	live       map[uintptr]int64
	made       int64 // buffers that were made; the latest one's number
	frees      int64 // calls of Free
	used, peak int64 // bytes
	held       int64 // bytes of free
	most       int64 // of used since the last Trim
	poison     bool  // for tests: hand out NaN, not what was left behind
}

// idle is a freed buffer.
type idle struct {
	h    kernel.Host
	n    int64 // its number
	when int64 // by calls of Free
}

func newPool() *pool {
	return &pool{free: map[int][]idle{}, live: map[uintptr]int64{}}
}

// Alloc returns n words whose contents are arbitrary.
func (p *pool) Alloc(n int) kernel.Buffer { return p.take(n) }

func (p *pool) take(n int) kernel.Host {
	if n == 0 {
		return kernel.Host{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	x, ok := p.reuse(n)
	if !ok {
		p.makeRoom(bytes(n))
		x = p.fresh(n)
	}
	if p.poison {
		fill(x.h, float32(math.NaN()))
	}
	p.live[address(x.h)] = x.n
	p.used += bytes(n)
	p.peak, p.most = max(p.peak, p.used), max(p.most, p.used)
	return x.h
}

// reuse is the buffer of n words that was freed last.
func (p *pool) reuse(n int) (x idle, ok bool) {
	l := p.free[n]
	if len(l) == 0 {
		return x, false
	}
	x, p.free[n] = l[len(l)-1], l[:len(l)-1]
	p.held -= bytes(n)
	return x, true
}

// fresh makes a buffer. One that its owner forgets, as the weights of a run that another replaced, counts as
// used until it is collected.
func (p *pool) fresh(n int) idle {
	h := make(kernel.Host, n, max(n, 4)) // Go lays smaller ones together, and never cleans up after them
	p.made++
	runtime.AddCleanup(unsafe.SliceData(h), collected, leased{weak.Make(p), address(h), p.made, bytes(n)})
	return idle{h: h, n: p.made}
}

// leased is what is known of a buffer when it is gone.
type leased struct {
	from  weak.Pointer[pool]
	at    uintptr
	n     int64
	bytes int64
}

// collected is called with buffers that nobody holds any more. Another may lie there by now.
func collected(l leased) {
	p := l.from.Value()
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live[l.at] == l.n {
		delete(p.live, l.at)
		p.used -= l.bytes
	}
}

// makeRoom forgets free buffers, those that were freed first, until with n bytes more the pool has no more than half as
// much again as was in use at once. A step whose buffers have few sizes never gets there.
func (p *pool) makeRoom(n int64) {
	bound := (max(p.most, p.used+n)) * 3 / 2
	for p.held > 0 && p.used+p.held+n > bound {
		p.forget()
	}
}

// forget drops the buffer that has been free for longest.
func (p *pool) forget() {
	first := 0
	for n, l := range p.free {
		if len(l) == 0 {
			delete(p.free, n)
		} else if first == 0 || l[0].when < p.free[first][0].when {
			first = n
		}
	}
	p.free[first] = p.free[first][1:]
	p.held -= bytes(first)
}

// Free puts a buffer back. One freed twice would be handed out twice, so that panics.
func (p *pool) Free(b kernel.Buffer) { p.put(b.(kernel.Host)) }

func (p *pool) put(h kernel.Host) {
	if len(h) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n, ok := p.live[address(h)]
	if !ok {
		panic(fmt.Sprintf("cpu: Free: buffer of %d words is not in use: freed twice, or not from Alloc", len(h)))
	}
	delete(p.live, address(h))
	p.frees++
	p.free[len(h)] = append(p.free[len(h)], idle{h, n, p.frees})
	p.used -= bytes(len(h))
	p.held += bytes(len(h))
}

// worthCollecting is the bytes for which Trim lets the garbage collector run.
const worthCollecting = 8 << 20

// Trim implements kernel.TrimBackend.
func (p *pool) Trim() {
	p.mu.Lock()
	held := p.held
	clear(p.free)
	p.held, p.most = 0, p.used
	p.mu.Unlock()
	if held >= worthCollecting {
		runtime.GC() // or what comes next would take its memory from the system
	}
}

// Held is the bytes of freed buffers that wait to be used again.
func (p *pool) Held() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
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

func bytes(words int) int64 { return 4 * int64(words) }

func address(h kernel.Host) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(h))) }
