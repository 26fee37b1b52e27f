//go:build js && wasm

// Package promise lets Go wait for JavaScript.
package promise

import (
	"context"
	"syscall/js"
)

// Await returns what v, a promise, resolves to, or what it rejects with as a
// js.Error. A value that is no promise is returned as it is. When ctx ends first
// Await returns its error at once; the promise itself cannot be called off.
//
// It waits, so it must not be called from inside a js.Func: that would stop the
// event loop which settles the promise.
func Await(ctx context.Context, v js.Value) (js.Value, error) {
	settled := make(chan struct{})
	var value js.Value
	var err error
	var then, catch js.Func
	// Only one of the two is ever called, and only once: both go when it has been.
	release := func() {
		then.Release()
		catch.Release()
		close(settled)
	}
	then = js.FuncOf(func(_ js.Value, args []js.Value) any {
		value = args[0]
		release()
		return nil
	})
	catch = js.FuncOf(func(_ js.Value, args []js.Value) any {
		err = js.Error{Value: asError(args[0])}
		release()
		return nil
	})
	js.Global().Get("Promise").Call("resolve", v).Call("then", then, catch)
	select {
	case <-settled:
		return value, err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

// asError gives what was rejected a "message", which js.Error prints: a promise
// may reject with anything, even with undefined.
func asError(reason js.Value) js.Value {
	if reason.Type() == js.TypeObject && reason.Get("message").Type() == js.TypeString {
		return reason
	}
	return js.Global().Get("Error").New(js.Global().Get("String").Invoke(reason))
}
