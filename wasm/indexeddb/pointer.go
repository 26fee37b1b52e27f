//go:build js && wasm

package indexeddb

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"

	"autodidact/core/checkpoint"
)

// turn makes p the state of its id and deletes what was, unless records of p are gone.
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

func readPointer(id string, v js.Value) (pointer, error) {
	if v.IsUndefined() {
		return pointer{}, checkpoint.ErrNotFound
	}
	text := ""
	if v.Type() == js.TypeString {
		text = v.String()
	}
	return parsePointer(id, text)
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
