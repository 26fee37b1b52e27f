package kerneltest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"autodidact/core/kernel"
)

// Run holds a backend to the Reference: every operation, and each shortcut it offers.
func Run(t *testing.T, newBackend func() kernel.Backend) {
	s := &suite{make: newBackend}
	for _, c := range []struct {
		name string
		test func(*suite, *testing.T)
	}{
		{"AffineAndFill", (*suite).affine},
		{"UnaryMatchesReference", (*suite).unary},
		{"BinaryBroadcasts", (*suite).binary},
		{"CopyFollowsStrides", (*suite).copies},
		{"ReduceFoldsTheMiddle", (*suite).reduce},
		{"MatMulOfRaggedSizes", (*suite).matmul},
		{"GatherAndScatterPickRows", (*suite).pick},
		{"Softmax", (*suite).softmax},
		{"Chain", (*suite).chain},
		{"Linear", (*suite).linear},
		{"Conv", (*suite).conv},
		{"MaxPool", (*suite).maxPool},
		{"Norm", (*suite).norm},
		{"AdamW", (*suite).adamw},
		{"SameBitsOnAnyNumberOfCores", (*suite).deterministic},
		{"MisfitsPanic", (*suite).misfits},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.rand = rand.New(rand.NewPCG(7, 11))
			c.test(s, t)
		})
	}
}

type suite struct {
	make func() kernel.Backend
	rand *rand.Rand
}

// random makes numbers of either sign, n of them.
func (s *suite) random(n int) kernel.Host {
	h := make(kernel.Host, n)
	for i := range h {
		h[i] = float32(s.rand.NormFloat64())
	}
	return h
}

// positive makes numbers away from 0.
func (s *suite) positive(n int) kernel.Host {
	h := make(kernel.Host, n)
	for i := range h {
		h[i] = 0.25 + 2*s.rand.Float32()
	}
	return h
}

// A job is one call with its operands uploaded to whichever backend runs it. The
// buffers named in out are what it computes; they start as in, too.
type job struct {
	in  []kernel.Host
	out []int
	run func(b kernel.Backend, x []kernel.Buffer)
}

// do runs a job and downloads what it computed.
func (j job) do(t *testing.T, b kernel.Backend) []kernel.Host {
	t.Helper()
	x := make([]kernel.Buffer, len(j.in))
	for i, h := range j.in {
		x[i] = b.Alloc(len(h))
		b.Write(x[i], h)
	}
	j.run(b, x)
	out := make([]kernel.Host, len(j.out))
	for i, k := range j.out {
		out[i] = make(kernel.Host, len(j.in[k]))
		if err := b.Read(context.Background(), out[i], x[k]); err != nil {
			t.Fatal(err)
		}
	}
	for _, buf := range x {
		b.Free(buf)
	}
	return out
}

// same demands that the backend computes what the Reference does, within tol of the
// largest magnitude around.
func (s *suite) same(t *testing.T, tol float64, j job, format string, args ...any) {
	t.Helper()
	want := j.do(t, NewReference())
	got := j.do(t, s.make())
	for k := range want {
		compare(t, tol, got[k], want[k], fmt.Sprintf(format, args...)+fmt.Sprintf(" (result %d)", k))
	}
}

func compare(t *testing.T, tol float64, got, want kernel.Host, what string) {
	t.Helper()
	var top float64
	for _, w := range want {
		if a := math.Abs(float64(w)); !math.IsInf(a, 0) {
			top = max(top, a)
		}
	}
	for i, w := range want {
		g := got[i]
		if g == w || g != g && w != w {
			continue
		}
		if d := math.Abs(float64(g) - float64(w)); !(d <= tol*top) {
			t.Errorf("%s: element %d of %d is %g, want %g", what, i, len(want), g, w)
			return
		}
	}
}

// deterministic runs the parallel operations at sizes that are worth splitting.
func (s *suite) deterministic(t *testing.T) {
	const n = 70
	c := kernel.Conv{Batch: 9, H: 13, W: 11, In: 5, KH: 3, KW: 3, Out: 18, Stride: 1, Pad: 1}
	x, w := s.random(c.Batch*c.H*c.W*c.In), s.random(9*c.In*c.Out)
	y := s.random(c.Batch * c.OutH() * c.OutW() * c.Out)
	norm := kernel.Norm{A: 1, B: len(y) / c.Out, C: c.Out, D: 1, Eps: 1e-5}
	jobs := map[string]job{
		"matmul": {[]kernel.Host{make(kernel.Host, 300*n), s.random(300 * 600), s.random(600 * n)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			b.MatMul(x[0], x[1], x[2], kernel.Mat{Batch: 1, M: 300, N: n, K: 600, TransA: true})
		}},
		"reduce": {[]kernel.Host{make(kernel.Host, n), s.random(3000 * n)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			b.Reduce(kernel.Sum, x[0], x[1], kernel.Runs{Outer: 1, N: 3000, Inner: n})
		}},
		"exp": {[]kernel.Host{s.random(100001)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Unary(kernel.Exp, x[0], x[0]) }},
		"conv weight": {[]kernel.Host{w, x, y}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			if b, ok := b.(kernel.ConvWeightBackend); ok {
				b.ConvWeight(x[0], x[1], x[2], c)
			}
		}},
		"norm gradient": {[]kernel.Host{y, s.random(c.Out), s.random(c.Out), y, y, s.random(c.Out), s.positive(c.Out), s.random(c.Out)}, []int{0, 1, 2}, func(b kernel.Backend, x []kernel.Buffer) {
			if b, ok := b.(kernel.NormGradBackend); ok {
				b.NormGrad(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], norm)
			}
		}},
	}
	for name, j := range jobs {
		var first []kernel.Host
		for _, procs := range []int{1, 2, 3, 2} {
			was := runtime.GOMAXPROCS(procs)
			got := j.do(t, s.make())
			runtime.GOMAXPROCS(was)
			if first == nil {
				first = got
			}
			for k := range got {
				compare(t, 0, got[k], first[k], fmt.Sprintf("%s on %d cores against 1", name, procs))
			}
		}
	}
}

// misfits are bugs of the caller; none may pass silently.
func (s *suite) misfits(t *testing.T) {
	b := s.make()
	for name, f := range map[string]func(){
		"write": func() { b.Write(b.Alloc(3), make(kernel.Host, 4)) },
		"unary": func() { b.Unary(kernel.Exp, b.Alloc(3), b.Alloc(4)) },
		"matmul": func() {
			b.MatMul(b.Alloc(4), b.Alloc(4), b.Alloc(3), kernel.Mat{Batch: 1, M: 2, N: 2, K: 2})
		},
		"reduce": func() { b.Reduce(kernel.Sum, b.Alloc(2), b.Alloc(5), kernel.Runs{Outer: 2, N: 3, Inner: 1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of wrong lengths did not panic", name)
				}
			}()
			f()
		}()
	}
}
