//go:build js && wasm

// The trainer as it runs in a Web Worker: it carries package worker's messages
// over postMessage, decodes pictures with the browser's decoders and keeps
// checkpoints in IndexedDB.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall/js"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/wasm/indexeddb"
	"autodidact/wasm/promise"
	"autodidact/worker"
	"autodidact/worker/protocol"
)

// mostGarbage is the bytes of garbage at which Go collects it: what memory a tab has taken it keeps.
const mostGarbage = 32 << 20

func main() {
	cpu.BoundGarbage(mostGarbage)
	ctx := context.Background()
	requests := receive()
	store, forgets := open(ctx)
	worker.Serve(ctx, requests, worker.Deps{
		Backend:    cpu.New(),
		SIMD:       cpu.SIMD(),
		Store:      store,
		Forgets:    forgets,
		Decode:     decoder(),
		DecodeClip: decodeClip,
		Notes:      easel.notes,
		File:       file,
		Sample:     sample,
		Send:       send,
		Tick:       newTicker(),
	})
}

// open gives the store in IndexedDB. Where the browser has none to give, as in some private windows,
// runs are kept in memory, and the reason is given: training works, a reload forgets.
func open(ctx context.Context) (store checkpoint.Store, forgets string) {
	store, err := indexeddb.Open(ctx, "autodidact")
	if err != nil {
		return checkpoint.NewMemory(), err.Error()
	}
	return store, ""
}

// decoder lets the browser decode pictures, or where it has no canvas for workers the engine itself.
func decoder() data.PictureDecoder {
	if !js.Global().Get("OffscreenCanvas").Truthy() || !js.Global().Get("createImageBitmap").Truthy() {
		return data.DecodePicture
	}
	return decodePicture
}

// receive makes self.autodidactReceive(json, attached), which worker.js calls for
// every message of the page, and gives the requests in order. The callback must not
// wait, so requests queue in a goroutine of their own.
func receive() <-chan protocol.Request {
	arrived, out := make(chan protocol.Request, 256), make(chan protocol.Request)
	js.Global().Set("autodidactReceive", js.FuncOf(func(_ js.Value, args []js.Value) any {
		r, err := protocol.Decode([]byte(args[0].String()))
		if err != nil {
			send(r.ID, worker.Refused(err))
			return nil
		}
		for i := range args[1].Length() {
			r.Attached = append(r.Attached, attached(args[1].Index(i)))
		}
		select {
		case arrived <- r:
		default:
			go func() { arrived <- r }()
		}
		return nil
	}))
	go func() {
		var queue []protocol.Request
		for {
			if len(queue) == 0 {
				queue = append(queue, <-arrived)
			}
			select {
			case r := <-arrived:
				queue = append(queue, r)
			case out <- queue[0]:
				queue = queue[1:]
			}
		}
	}()
	return out
}

// attached takes bytes over into Go; a File stays the browser's until it is read.
func attached(v js.Value) any {
	if v.InstanceOf(js.Global().Get("ArrayBuffer")) {
		return goBytes(v)
	}
	return v
}

func goBytes(buffer js.Value) []byte {
	array := js.Global().Get("Uint8Array").New(buffer)
	b := make([]byte, array.Length())
	js.CopyBytesToGo(b, array)
	return b
}

// send posts an event through self.autodidactSend(json, buffers).
func send(id int, e protocol.Event, beside ...[]byte) {
	msg, err := protocol.Encode(e, id)
	if err != nil {
		panic(err) // events hold nothing that JSON cannot
	}
	buffers := js.Global().Get("Array").New()
	for _, b := range beside {
		array := js.Global().Get("Uint8Array").New(len(b))
		js.CopyBytesToJS(array, b)
		buffers.Call("push", array.Get("buffer"))
	}
	js.Global().Call("autodidactSend", string(msg), buffers)
}

// file reads a File object as it is needed.
func file(info protocol.FileInfo, v any) data.File {
	return data.File{Path: info.Path, Size: info.Size, Open: func() (io.ReadCloser, error) {
		blob, ok := v.(js.Value)
		if !ok {
			return nil, fmt.Errorf("%s did not arrive as a file", info.Path)
		}
		return &blobReader{blob: blob, size: int64(blob.Get("size").Float())}, nil
	}}
}

// sample fetches a bundled set through self.autodidactSample, which says what came where that is no set.
func sample(ctx context.Context, name string) ([]byte, error) {
	buffer, err := promise.Await(ctx, js.Global().Call("autodidactSample", name))
	if thrown, ok := errors.AsType[js.Error](err); ok {
		return nil, worker.NotLoadedError(thrown.Value.Get("message").String())
	}
	if err != nil {
		return nil, err
	}
	return goBytes(buffer), nil
}

// newTicker gives what lets the browser deliver waiting messages: it posts one to itself and
// waits for it, which takes microseconds where a timer takes milliseconds.
func newTicker() func() {
	back := make(chan struct{}, 1)
	heard := js.FuncOf(func(js.Value, []js.Value) any {
		back <- struct{}{}
		return nil
	})
	post := func() { js.Global().Call("setTimeout", heard, 0) }
	if js.Global().Get("MessageChannel").Truthy() {
		channel := js.Global().Get("MessageChannel").New()
		channel.Get("port1").Set("onmessage", heard)
		port := channel.Get("port2")
		post = func() { port.Call("postMessage", js.Null()) }
	}
	return func() {
		post()
		<-back
		runtime.Gosched() // what came in moves on to whoever listens
	}
}
