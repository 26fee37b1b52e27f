//go:build js && wasm

package promise_test

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"autodidact/wasm/promise"
)

func eval(expr string) js.Value { return js.Global().Call("eval", expr) }

func TestAPromiseGivesItsValue(t *testing.T) {
	for _, expr := range []string{
		`Promise.resolve(42)`,
		`new Promise(done => setTimeout(done, 5, 42))`,
		`42`, // no promise at all
	} {
		v, err := promise.Await(t.Context(), eval(expr))
		if err != nil || v.Int() != 42 {
			t.Errorf("%s gave %v, %v", expr, v, err)
		}
	}
}

func TestARejectedPromiseGivesItsReason(t *testing.T) {
	for expr, want := range map[string]string{
		`Promise.reject(new TypeError("no such file"))`:           "no such file",
		`Promise.reject(new DOMException("gone", "AbortError"))`:  "gone",
		`Promise.reject("a plain string")`:                        "a plain string",
		`Promise.reject()`:                                        "undefined",
		`Promise.reject(null)`:                                    "null",
		`new Promise((_, fail) => setTimeout(fail, 5, Symbol()))`: "Symbol()",
	} {
		_, err := promise.Await(t.Context(), eval(expr))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave error %v, want %q", expr, err, want)
		}
		if _, ok := errors.AsType[js.Error](err); !ok {
			t.Errorf("%s gave a %T, want js.Error", expr, err)
		}
	}
}

func TestAnEndedContextStopsTheWait(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := promise.Await(ctx, eval(`new Promise(done => setTimeout(done, 50))`))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	time.Sleep(100 * time.Millisecond) // the promise settles after all: nobody minds
}
