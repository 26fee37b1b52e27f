package cpu_test

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

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

func TestThePoolHoldsLittleMoreThanWasInUseAtOnce(t *testing.T) {
	b := cpu.New()
	for n := range 200 { // each step asks for buffers of another size
		x, y := b.Alloc(1000+n), b.Alloc(2000+n)
		b.Free(x)
		b.Free(y)
	}
	if held, most := b.Held(), b.Peak()*3/2; held > most {
		t.Errorf("%d bytes wait to be used again where %d were ever in use at once", held, b.Peak())
	}
}

func TestAStepOfManySizesAllocatesOnce(t *testing.T) {
	b := cpu.New()
	step := func() (first *float32) {
		for n := range 40 {
			x := b.Alloc(1000 + 10*n).(kernel.Host)
			y := b.Alloc(1000).(kernel.Host)
			first = &y[0]
			defer b.Free(x)
			b.Free(y)
		}
		return first
	}
	step()
	if n := testing.AllocsPerRun(20, func() { step() }); n > 100 { // interfaces and defers; not 41 buffers more
		t.Errorf("a second step allocates %v times", n)
	}
}

func TestTrimForgetsWhatIsFree(t *testing.T) {
	b := cpu.New()
	x := b.Alloc(7).(kernel.Host)
	b.Free(b.Alloc(1 << 20))
	if b.Held() != 4<<20 {
		t.Fatalf("%d bytes are free", b.Held())
	}
	b.Trim()
	if b.Held() != 0 {
		t.Errorf("%d bytes are free after Trim", b.Held())
	}
	b.Free(x) // what is in use stays so
}

func TestForgottenBuffersAreCollected(t *testing.T) {
	b := cpu.New()
	for range 3 {
		b.Alloc(1 << 18) // as the weights of a run that another replaced
	}
	b.Free(b.Alloc(3 << 20))
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		b.Trim()
		runtime.GC()
		b.ResetPeak()
		if b.Peak() == 0 {
			return
		}
	}
	t.Errorf("%d bytes are still in use", b.Peak())
}
