package worker

import (
	"context"
	"fmt"
	"reflect"

	"autodidact/worker/protocol"
)

// A handler obeys commands of one type. What it answers has bytes beside it.
type handler func(s *session, ctx context.Context, c protocol.Command, attached []any) (protocol.Event, [][]byte, error)

// handlers has who obeys each command but Start, which is answered when its run ends.
var handlers = map[reflect.Type]handler{}

func init() {
	on((*session).add)
	on((*session).addSample)
	on((*session).clear)
	on((*session).omit)
	on((*session).mark)
	on((*session).label)
	on((*session).examine)
	on((*session).remedy)
	on((*session).compare)
	on((*session).inspect)
	on((*session).pictures)
	on((*session).preview)
	on((*session).texts)
	on((*session).search)
	on((*session).fill)
	on((*session).configure)
	on((*session).pause)
	on((*session).resume)
	on((*session).stopRun)
	on((*session).cancelAll)
	on((*session).embed)
	on((*session).probe)
	on((*session).neighbors)
	on((*session).mapped)
	on((*session).cluster)
	on((*session).plot)
	on((*session).forecast)
	on((*session).anomalies)
	on((*session).feed)
	on((*session).checkpoints)
	on((*session).load)
	on((*session).rename)
	on((*session).copy)
	on((*session).remove)
	on((*session).openModel)
	on((*session).apply)
	on((*session).export)
	on((*session).importModel)
	on((*session).handOver)
	on((*session).takeOver)
}

// on makes do the handler of a type of commands.
func on[C protocol.Command](do func(s *session, ctx context.Context, c C, attached []any) (protocol.Event, [][]byte, error)) {
	handlers[reflect.TypeFor[C]()] = func(s *session, ctx context.Context, c protocol.Command, attached []any) (protocol.Event, [][]byte, error) {
		return do(s, ctx, c.(C), attached)
	}
}

// handle obeys a command.
func (s *session) handle(ctx context.Context, r protocol.Request) (protocol.Event, [][]byte, error) {
	do, ok := handlers[reflect.TypeOf(r.Command)]
	if !ok {
		return nil, nil, fmt.Errorf("this trainer does not know the command %T", r.Command)
	}
	return do(s, ctx, r.Command, r.Attached)
}
