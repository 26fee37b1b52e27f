package workload

import (
	"context"
	"runtime"
	"slices"
	"time"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

// Figure is what a workload's steps took, in milliseconds: medians, but for MS.
type Figure struct {
	Work      string             `json:"work"`
	Line      string             `json:"line"`
	Unit      string             `json:"unit"`
	Items     int                `json:"items"`
	GFLOP     float64            `json:"gflop"`
	MS        []float64          `json:"ms"` // of each step, shortest first
	Forward   float64            `json:"forward"`
	Backward  float64            `json:"backward"`
	Optimizer float64            `json:"optimizer"` // with reading the loss and giving back buffers
	Views     float64            `json:"views"`     // on the host, beside the step; 0 for none
	Kernels   map[string]float64 `json:"kernels"`   // where a step's time went
	Buffers   int64              `json:"buffers"`   // most bytes in use at once, weights and moments included
	Process   uint64             `json:"process"`   // bytes Go has of the system
}

// Steps are timed until there are enough of both.
const (
	warmSteps, warmFor     = 3, 3 * time.Second // browsers compile hot code while it runs
	fewest, most, timedFor = 5, 15, 6 * time.Second
)

// Measure trains some steps and says what they took.
func (w *Workload) Measure(b *cpu.Backend) Figure {
	nn.Place(b, w.model)
	for n, start := 0, time.Now(); n < warmSteps || time.Since(start) < warmFor; n++ {
		w.step(b)
	}
	b.ResetPeak()
	var all []phases
	for start := time.Now(); len(all) < fewest || len(all) < most && time.Since(start) < timedFor; {
		_, p := w.step(b)
		all = append(all, p)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return Figure{
		Work: w.name, Line: w.line, Unit: w.unit, Items: w.items, GFLOP: w.flop / 1e9,
		MS:        sorted(all, func(p phases) time.Duration { return p.forward + p.backward + p.optimizer }),
		Forward:   middle(sorted(all, func(p phases) time.Duration { return p.forward })),
		Backward:  middle(sorted(all, func(p phases) time.Duration { return p.backward })),
		Optimizer: middle(sorted(all, func(p phases) time.Duration { return p.optimizer })),
		Buffers:   b.Peak(), Process: mem.Sys - mem.HeapReleased,
		Views: w.timeViews(), Kernels: w.profile(b),
	}
}

type phases struct{ forward, backward, optimizer time.Duration }

// step trains once. It ends when the loss has been read and the weights are new.
func (w *Workload) step(b kernel.Backend) (loss float32, p phases) {
	start := time.Now()
	lap := func() (d time.Duration) {
		now := time.Now()
		d, start = now.Sub(start), now
		return d
	}
	tape := autograd.NewTape(b, rng.New(1))
	l := w.loss(tape)
	p.forward = lap()
	tape.Backward(l)
	p.backward = lap()
	w.optim.Step(b, w.rate, nn.Params(w.model))
	got, err := tape.Download(context.Background(), l.Value())
	check(err)
	tape.Free()
	p.optimizer = lap()
	return got[0], p
}

func (w *Workload) timeViews() float64 {
	if w.views == nil {
		return 0
	}
	var all []time.Duration
	for range fewest {
		start := time.Now()
		w.views()
		all = append(all, time.Since(start))
	}
	return middle(sorted(all, func(d time.Duration) time.Duration { return d }))
}

// sorted is what f says of each, in milliseconds, shortest first.
func sorted[T any](all []T, f func(T) time.Duration) []float64 {
	ms := make([]float64, len(all))
	for i, x := range all {
		ms[i] = f(x).Seconds() * 1e3
	}
	slices.Sort(ms)
	return ms
}

func middle(sorted []float64) float64 { return sorted[len(sorted)/2] }
