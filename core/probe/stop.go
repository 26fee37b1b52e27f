package probe

import (
	"context"
	"time"
)

// tickEvery is how often others are let run while features are compared.
const tickEvery = 30 * time.Millisecond

// Stopper reports to a long computation whether it should stop: when ctx has ended. It lets others run: tick is called now and
// then, where it is set.
func Stopper(ctx context.Context, tick func()) (stopped func() bool) {
	last := time.Now()
	return func() bool {
		if tick != nil && time.Since(last) > tickEvery {
			last = time.Now()
			tick()
		}
		return ctx.Err() != nil
	}
}

// WithContext lets others run while something long is done with f, and breaks it off when ctx has ended. What it returns then
// is of no use.
func (f Features) WithContext(ctx context.Context, tick func()) Features {
	return f.StopWhen(Stopper(ctx, tick))
}

// StopWhen breaks off what is done with f when ended says so.
func (f Features) StopWhen(stopped func() bool) Features {
	f.stop = stopped
	return f
}

// stopped says whether what is done with f is to break off.
func (f Features) stopped() bool { return f.stop != nil && f.stop() }
