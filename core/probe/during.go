package probe

import (
	"context"
	"time"
)

// tickEvery is how often others are let run while features are compared.
const tickEvery = 30 * time.Millisecond

// During lets others run while something long is done with f: tick is called now and then, and when ctx has ended long
// loops break off. What they return then is of no use.
func (f Features) During(ctx context.Context, tick func()) Features {
	last := time.Now()
	f.goOn = func() bool {
		if time.Since(last) > tickEvery {
			last = time.Now()
			tick()
		}
		return ctx.Err() == nil
	}
	return f
}

// ended says whether what is done with f is to break off.
func (f Features) ended() bool { return f.goOn != nil && !f.goOn() }
