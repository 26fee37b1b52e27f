package cpu

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// BoundGarbage makes Go collect garbage when there are about so many bytes of it, where it would otherwise wait until there
// is as much as there is of what is used: with hundreds of megabytes of weights and buffers, which cost the collector
// nothing, that would double the memory. Of a small heap the usual holds. It holds for the whole program.
func BoundGarbage(bytes uint64) {
	debug.SetGCPercent(garbagePercent(bytes, liveBytes()))
	again := &sentinel{}
	runtime.SetFinalizer(again, func(*sentinel) { BoundGarbage(bytes) }) // after each collection
}

// sentinel is garbage whose cleanup shows that garbage was collected.
type sentinel struct{ _ [16]byte }

// garbagePercent is bytes as a percentage of what is live.
func garbagePercent(bytes, live uint64) int {
	return int(min(100, max(5, 100*bytes/max(live, 1))))
}

func liveBytes() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
