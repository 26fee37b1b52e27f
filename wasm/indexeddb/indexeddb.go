//go:build js && wasm

// Package indexeddb keeps checkpoints in the browser.
package indexeddb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

var errSwept = errors.New("indexeddb: another tab removed the records of this save")

// patience is how long the browser may take to open the database, and to end a transaction.
// Some never answer: after a crash, or while another tab holds the database.
var patience = struct{ open, end time.Duration }{5 * time.Second, 30 * time.Second}

// Open opens the database, making it if need be, and removes what unfinished saves left.
// Its error says in words for a person why the browser keeps nothing here.
func Open(ctx context.Context, name string) (*Store, error) {
	type answer struct {
		s   *Store
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		s, err := opened(ctx, name)
		answered <- answer{s, err}
	}()
	select {
	case a := <-answered:
		return a.s, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(patience.open):
		return nil, fmt.Errorf("it did not answer within %v: another tab may hold it, or the browser needs a restart", patience.open)
	}
}

func opened(ctx context.Context, name string) (s *Store, err error) {
	defer func() { // an object that is not what it says it is, as extensions put there
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("the browser answered with something else than a database: %v", r)
		}
	}()
	if err := present(); err != nil {
		return nil, err
	}
	s = &Store{name: name}
	if err := s.connect(ctx); err != nil {
		return nil, refusal(err)
	}
	if err := s.sweep(ctx); err != nil && !errors.Is(err, checkpoint.ErrFull) { // a full disk can be read, and deleted from
		return nil, refusal(err)
	}
	return s, nil
}

// present asks whether there is an IndexedDB. Even asking may throw, which only a call survives.
func present() (err error) {
	defer func() {
		if r := recover(); r != nil {
			thrown, _ := r.(error)
			err = refusal(thrown)
		}
	}()
	if !js.Global().Get("Reflect").Call("get", js.Global(), "indexedDB").Truthy() {
		return fmt.Errorf("this browser offers none here: %w", errors.ErrUnsupported)
	}
	return nil
}

// refusals are why there is no database, by the name of what the browser throws.
var refusals = map[string]string{
	"QuotaExceededError": "there is no room for it on this machine's disk",
	"SecurityError":      "the browser forbids it, as where site data is blocked or the page lies in a sandboxed frame",
	"InvalidStateError":  "the browser forbids it, as some private windows do",
	"NotAllowedError":    "the browser forbids it, as some private windows do",
	"UnknownError":       "what the browser holds for this site is damaged; clearing this site's data mends that",
	"AbortError":         "what the browser holds for this site is damaged; clearing this site's data mends that",
	"NotFoundError":      "what the browser holds for this site is damaged; clearing this site's data mends that",
}

// refusal says so for a person.
func refusal(err error) error {
	for name, why := range refusals {
		if named(err, name) {
			return fmt.Errorf("%s (%s)", why, name)
		}
	}
	return err
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
		all, err := request.Await(ctx)
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return err
		}
		for _, key := range all {
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
