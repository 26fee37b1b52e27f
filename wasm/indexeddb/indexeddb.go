//go:build js && wasm

// Package indexeddb keeps checkpoints in the browser.
package indexeddb

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"syscall/js"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"autodidact/core/checkpoint"
)

// Store is a checkpoint.Store in one IndexedDB database of two object stores:
//
//	"states"   id                  → a pointer, as JSON
//	"records"  [id, generation, n] → the n-th 2 MB of the state's bytes, as Uint8Array
//
// Each save is a new generation: its records are written first, each in a
// transaction of its own, so that no more than one is ever in memory; then a
// single transaction turns the pointer to it and deletes the generations before.
// A tab killed at any moment leaves the old state or the new one, and records
// that no pointer names, which the next Open removes.
//
// Other tabs may have the same database open. Their Open, or their save of the same
// id, may take an unfinished generation for a leftover; the last transaction
// counts its records and Save begins again when some are gone.
type Store struct {
	name string
	db   *idb.Database
}

const (
	version     = 1
	states      = "states"
	records     = "records"
	recordBytes = 2 << 20
	attempts    = 5 // to save while other tabs do
)

// pointer says which generation is the state.
type pointer struct {
	checkpoint.Info
	Generation string
	Records    int
}

var errSwept = errors.New("indexeddb: another tab removed the records of this save")

// Open opens the database, making it if need be, and removes what unfinished saves left.
func Open(ctx context.Context, name string) (*Store, error) {
	if !js.Global().Get("indexedDB").Truthy() {
		return nil, fmt.Errorf("indexeddb: this browser has none here: %w", errors.ErrUnsupported)
	}
	s := &Store{name: name}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	return s, s.sweep(ctx)
}

// Close lets go of the database.
func (s *Store) Close() error { return s.db.Close() }

// sweep removes the records that no pointer names.
func (s *Store) sweep(ctx context.Context) error {
	return s.change(ctx, func(t *transaction) error {
		current := map[string]string{} // generation by id
		for p, err := range t.pointers(ctx) {
			if err != nil && p.ID == "" {
				return err
			}
			current[p.ID] = p.Generation // of a damaged pointer, none: nothing leads to its records any more
		}
		request, err := t.records.GetAllKeys()
		if err != nil {
			return err
		}
		keys, err := request.Await(ctx)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		for _, key := range keys {
			if current[key.Index(0).String()] != key.Index(1).String() {
				if _, err := t.records.Delete(key); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Store) Save(ctx context.Context, id string, state *checkpoint.State) (checkpoint.Info, error) {
	for range attempts {
		info, err := s.save(ctx, id, state)
		if !errors.Is(err, errSwept) {
			return info, err
		}
	}
	return checkpoint.Info{}, fmt.Errorf("indexeddb: %q is being saved by other tabs: gave up after %d attempts", id, attempts)
}

func (s *Store) save(ctx context.Context, id string, state *checkpoint.State) (info checkpoint.Info, err error) {
	w := newWriter(ctx, s, id)
	defer func() {
		if err != nil { // what is left behind is left to the next Open if even this fails
			s.change(context.WithoutCancel(ctx), func(t *transaction) error {
				_, err := t.records.Delete(w.generationKeys())
				return err
			})
		}
	}()
	if err := checkpoint.Encode(w, state); err != nil {
		return info, err
	}
	if err := w.flush(); err != nil {
		return info, err
	}
	info = checkpoint.Describe(id, state.Meta, w.bytes, time.Now())
	p := pointer{info, w.generation, w.records}
	return info, s.change(ctx, func(t *transaction) error { return t.turn(ctx, p) })
}

// turn makes p the state of its id, and deletes what was.
func (t *transaction) turn(ctx context.Context, p pointer) error {
	request, err := t.records.CountKey(generationKeys(p.ID, p.Generation))
	if err != nil {
		return err
	}
	n, err := request.Await(ctx)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return err
	}
	if int(n) != p.Records {
		return errSwept
	}
	before := keys("bound", array(p.ID), array(p.ID, p.Generation), false, true)
	after := keys("bound", array(p.ID, p.Generation, array()), array(p.ID, array()), true, false)
	for _, old := range []js.Value{before, after} {
		if _, err := t.records.Delete(old); err != nil {
			return err
		}
	}
	return t.putPointer(p)
}

func (t *transaction) putPointer(p pointer) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = t.states.PutKey(js.ValueOf(p.ID), js.ValueOf(string(text)))
	return err
}

// pointer finds id's.
func (t *transaction) pointer(ctx context.Context, id string) (pointer, error) {
	request, err := t.states.Get(js.ValueOf(id))
	if err != nil {
		return pointer{}, err
	}
	v, err := request.Await(ctx)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return pointer{}, err
	}
	return readPointer(id, v)
}

func readPointer(id string, v js.Value) (p pointer, err error) {
	if v.IsUndefined() {
		return p, checkpoint.ErrNotFound
	}
	if v.Type() != js.TypeString || json.Unmarshal([]byte(v.String()), &p) != nil {
		return pointer{Info: checkpoint.Info{ID: id}}, &checkpoint.FormatError{Reason: fmt.Sprintf("the pointer of %q is damaged", id)}
	}
	return p, nil
}

// pointers are all there are, by id. A damaged one has its ID only, and its error.
func (t *transaction) pointers(ctx context.Context) iter.Seq2[pointer, error] {
	return func(yield func(pointer, error) bool) {
		var all []pointer
		var damage []error
		cursor, err := t.states.OpenCursor(idb.CursorNext)
		if err == nil {
			err = cursor.Iter(ctx, func(c *idb.CursorWithValue) error {
				key, err := c.Key()
				if err != nil {
					return err
				}
				v, err := c.Value()
				if err != nil {
					return err
				}
				p, bad := readPointer(key.String(), v)
				all, damage = append(all, p), append(damage, bad)
				return nil
			})
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			yield(pointer{}, err)
			return
		}
		for i, p := range all {
			if !yield(p, damage[i]) {
				return
			}
		}
	}
}

func (s *Store) Load(ctx context.Context, id string) (*checkpoint.State, error) {
	p, err := s.find(ctx, id)
	for err == nil {
		var state *checkpoint.State
		state, err = checkpoint.Decode(&reader{ctx: ctx, store: s, pointer: p})
		if err == nil {
			if p.Title != state.Meta[checkpoint.MetaTitle] {
				state.Meta[checkpoint.MetaTitle] = p.Title
			}
			return state, nil
		}
		// Another save may have replaced it meanwhile: then the new one is what is wanted.
		now, gone := s.find(ctx, id)
		if gone != nil {
			return nil, gone
		}
		if now.Generation == p.Generation {
			return nil, fmt.Errorf("indexeddb: %s: %w", id, err)
		}
		p, err = now, nil
	}
	return nil, err
}

func (s *Store) find(ctx context.Context, id string) (p pointer, err error) {
	err = s.look(ctx, func(t *transaction) (err error) {
		p, err = t.pointer(ctx, id)
		return err
	})
	return p, err
}

func (s *Store) Rename(ctx context.Context, id, title string) error {
	return s.change(ctx, func(t *transaction) error {
		p, err := t.pointer(ctx, id)
		if err != nil {
			return err
		}
		p.Title = title
		return t.putPointer(p)
	})
}

func (s *Store) Delete(ctx context.Context, id string) error {
	return s.change(ctx, func(t *transaction) error {
		if _, err := t.pointer(ctx, id); errors.Is(err, checkpoint.ErrNotFound) || ctx.Err() != nil {
			return err
		} // a damaged pointer can be deleted too
		_, err := t.states.Delete(js.ValueOf(id))
		if err != nil {
			return err
		}
		_, err = t.records.Delete(keys("bound", array(id), array(id, array())))
		return err
	})
}

// All gives a state whose pointer is damaged with its ID and its error, after the sound ones.
func (s *Store) All(ctx context.Context) iter.Seq2[checkpoint.Info, error] {
	return func(yield func(checkpoint.Info, error) bool) {
		var sound, damaged []checkpoint.Info
		var damage []error
		err := s.look(ctx, func(t *transaction) error {
			for p, err := range t.pointers(ctx) {
				switch {
				case err == nil:
					sound = append(sound, p.Info)
				case p.ID == "":
					return err
				default:
					damaged, damage = append(damaged, p.Info), append(damage, err)
				}
			}
			return nil
		})
		if err != nil {
			yield(checkpoint.Info{}, err)
			return
		}
		slices.SortFunc(sound, checkpoint.NewestFirst)
		for _, info := range sound {
			if !yield(info, nil) {
				return
			}
		}
		for i, info := range damaged {
			if !yield(info, damage[i]) {
				return
			}
		}
	}
}

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
	return &writer{ctx: ctx, store: s, id: id, generation: rand.Text(), full: make([]byte, 0, recordBytes)}
}

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
		return err
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
