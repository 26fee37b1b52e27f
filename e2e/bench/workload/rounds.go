package workload

import (
	"context"
	"runtime"
	"slices"
	"time"

	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
)

// A Pace is how fast a workload trains, in items a second: the median of short rounds, the slowest and the quickest.
type Pace struct {
	Workload string  `json:"workload"`
	Line     string  `json:"line"`
	Unit     string  `json:"unit"`
	PerStep  int     `json:"perStep"` // items of a step
	Median   float64 `json:"itemsPerSecond"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Rounds   int     `json:"rounds"`
	Threads  int     `json:"threads"`
}

// A round lasts so long, and one step at least.
const round = time.Second

// Rounds trains for some rounds, after one that is not counted, and calls each after every one. It ends with ctx.
func (w *Workload) Rounds(ctx context.Context, b *cpu.Backend, rounds int, each func(done, total int)) (Pace, error) {
	nn.Place(b, w.model)
	var all []float64
	for n := range rounds + 1 {
		steps, start := 0, time.Now()
		for steps == 0 || time.Since(start) < round {
			if err := ctx.Err(); err != nil {
				return Pace{}, err
			}
			if w.views != nil {
				w.views()
			}
			w.step(b)
			steps++
		}
		if n > 0 {
			all = append(all, float64(steps*w.items)/time.Since(start).Seconds())
		}
		each(n+1, rounds+1)
	}
	slices.Sort(all)
	return Pace{Line: w.line, Unit: w.unit, PerStep: w.items, Median: middle(all), Low: all[0], High: all[len(all)-1], Rounds: rounds, Threads: runtime.GOMAXPROCS(0)}, nil
}
