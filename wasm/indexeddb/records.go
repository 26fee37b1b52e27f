//go:build js && wasm

package indexeddb

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"syscall/js"
)

// writer puts what is written to it into the records of a new generation.
type writer struct {
	ctx        context.Context
	store      *Store
	id         string
	generation string
	records    int
	bytes      int64
	full       []byte // the record being filled
}

func newWriter(ctx context.Context, s *Store, id string) *writer {
	return &writer{ctx: ctx, store: s, id: id, generation: unique(), full: make([]byte, 0, recordBytes)}
}

// unique is 128 random bits: no two saves, of whatever tabs, have the same. (crypto/rand would be 30 kB of the page.)
func unique() string { return fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()) }

func (w *writer) generationKeys() js.Value { return generationKeys(w.id, w.generation) }

func (w *writer) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		k := min(len(b), cap(w.full)-len(w.full))
		w.full = append(w.full, b[:k]...)
		b = b[k:]
		n += k
		if len(w.full) == cap(w.full) {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (w *writer) flush() error {
	if len(w.full) == 0 {
		return nil
	}
	record := js.Global().Get("Uint8Array").New(len(w.full))
	js.CopyBytesToJS(record, w.full)
	err := w.store.change(w.ctx, func(t *transaction) error {
		_, err := t.records.PutKey(array(w.id, w.generation, w.records), record)
		return err
	})
	w.records++
	w.bytes += int64(len(w.full))
	w.full = w.full[:0]
	return err
}

// reader reads a generation's records one after another.
type reader struct {
	ctx     context.Context
	store   *Store
	pointer pointer
	next    int
	rest    []byte // of the record before next
	record  []byte
}

func (r *reader) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		if err := r.fetch(); err != nil {
			return 0, err
		}
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// fetch ends the file where a record is missing: Decode knows whether more was to come.
func (r *reader) fetch() error {
	if r.next == r.pointer.Records {
		return io.EOF
	}
	var v js.Value
	err := r.store.look(r.ctx, func(t *transaction) error {
		request, err := t.records.Get(array(r.pointer.ID, r.pointer.Generation, r.next))
		if err != nil {
			return err
		}
		v, err = request.Await(r.ctx)
		return cmp.Or(r.ctx.Err(), err)
	})
	if err != nil {
		return err
	}
	if !v.InstanceOf(js.Global().Get("Uint8Array")) || v.Length() == 0 {
		return io.EOF
	}
	r.next++
	r.record = slices.Grow(r.record[:0], v.Length())[:v.Length()]
	js.CopyBytesToGo(r.record, v)
	r.rest = r.record
	return nil
}

func array(elements ...any) js.Value { return js.ValueOf(elements) }

// keys makes an IDBKeyRange. A key of [id, …] lies between [id] and [id, []]: arrays come after all else.
func keys(kind string, args ...any) js.Value {
	return js.Global().Get("IDBKeyRange").Call(kind, args...)
}

func generationKeys(id, generation string) js.Value {
	return keys("bound", array(id, generation), array(id, generation, array()))
}
