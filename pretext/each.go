package pretext

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// each calls f for 0 to n-1, on every core there is. In a browser that is one, and
// so a plain loop. Whatever f draws must come from a stream of its own i.
func each(n int, f func(i int)) {
	cores := min(runtime.GOMAXPROCS(0), n)
	if cores <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range cores {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	all.Wait()
}
