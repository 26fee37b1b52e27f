package cpu_test

import (
	"math"
	"slices"
	"sync"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/kernel/kerneltest"
)

func TestTheFastestLoopsConform(t *testing.T) {
	kerneltest.Run(t, func() kernel.Backend { return cpu.New().Poison() })
}

func TestTheGenericLoopsConform(t *testing.T) {
	kerneltest.Run(t, func() kernel.Backend { return cpu.NewGeneric().Poison() })
}

func TestAProductIsTheSameBitForBitEveryTime(t *testing.T) {
	b := cpu.New()
	m := kernel.Mat{Batch: 1, M: 101, N: 43, K: 300}
	x, y := b.Alloc(m.M*m.K).(kernel.Host), b.Alloc(m.K*m.N).(kernel.Host)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	for i := range y {
		y[i] = float32(math.Cos(float64(i)))
	}
	first, again := b.Alloc(m.M*m.N).(kernel.Host), b.Alloc(m.M*m.N).(kernel.Host)
	b.MatMul(first, x, y, m)
	for range 20 { // the browser compiles anew what is used often
		b.MatMul(again, x, y, m)
		if !slices.Equal(first, again) {
			t.Fatal("the same product came out another")
		}
	}
}

func TestNaNIsNotSwallowed(t *testing.T) {
	b := cpu.New()
	nan := float32(math.NaN())
	for _, op := range []kernel.UnaryOp{kernel.Relu, kernel.Exp, kernel.Tanh, kernel.Gelu} {
		x := b.Alloc(17).(kernel.Host)
		b.Fill(x, nan)
		b.Unary(op, x, x)
		for i, v := range x {
			if v == v {
				t.Errorf("unary %d turned NaN into %v at %d", op, v, i)
			}
		}
		b.Free(x)
	}
}

func TestPeakCountsWhatIsLive(t *testing.T) {
	b := cpu.New()
	x := b.Alloc(100)
	b.Free(b.Alloc(50))
	if got := b.Peak(); got != 600 {
		t.Errorf("peak is %d bytes, want 600", got)
	}
	b.Alloc(50)
	b.Free(x)
	b.ResetPeak()
	if got := b.Peak(); got != 200 {
		t.Errorf("peak after reset is %d bytes, want 200", got)
	}
}

func TestAFreedBufferIsHandedOutAgain(t *testing.T) {
	b := cpu.New()
	x := b.Alloc(7).(kernel.Host)
	b.Free(x)
	if y := b.Alloc(7).(kernel.Host); &x[0] != &y[0] {
		t.Error("a new buffer was made while one of that size was free")
	}
}

func TestFreeingTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	b := cpu.New()
	x := b.Alloc(3)
	b.Free(x)
	b.Free(x)
}

func TestThePoolMayBeShared(t *testing.T) {
	b := cpu.New()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				x := b.Alloc(9)
				b.Fill(x, 1)
				b.Free(x)
			}
		})
	}
	wg.Wait()
}
