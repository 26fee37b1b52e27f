//go:build js && wasm

package indexeddb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"autodidact/core/checkpoint"
)

// connect opens the database. go-indexeddb closes it when another tab wants to
// delete or upgrade it, so nobody waits for this tab; transact then connects anew.
func (s *Store) connect(ctx context.Context) error {
	// Were the making of the stores called off halfway, there would be a database
	// without them for good: only the wait for it ends with ctx.
	ctx, cancel := context.WithTimeout(ctx, patience.end)
	defer cancel()
	request, err := idb.Global().Open(context.WithoutCancel(ctx), s.name, version, func(db *idb.Database, _, _ uint) error {
		_, err := db.CreateObjectStore(states, idb.ObjectStoreOptions{})
		_, err2 := db.CreateObjectStore(records, idb.ObjectStoreOptions{})
		return cmp.Or(err, err2)
	})
	if err != nil {
		return fmt.Errorf("indexeddb: opening %s: %w", s.name, err)
	}
	db, err := request.Await(ctx)
	if err = cmp.Or(ctx.Err(), err); err != nil { // Await gives no error when ctx ends
		if named(err, "VersionError") {
			err = errors.New("it was made by a newer version of this program: reload the page")
		}
		return fmt.Errorf("indexeddb: opening %s: %w", s.name, err)
	}
	s.db = db
	return nil
}

// reconnect opens the database again after the browser closed it. While a site's data are being cleared, it closes it as soon
// as it is open: then once more, a little later.
func (s *Store) reconnect(ctx context.Context) (err error) {
	for wait := 50 * time.Millisecond; wait < 2*time.Second; wait *= 2 {
		if err = s.connect(ctx); !named(err, "AbortError") {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	return err
}

// transaction has both stores at hand.
type transaction struct {
	states, records *idb.ObjectStore
}

func (s *Store) look(ctx context.Context, do func(*transaction) error) error {
	return s.transact(ctx, idb.TransactionReadOnly, do)
}

func (s *Store) change(ctx context.Context, do func(*transaction) error) error {
	return s.transact(ctx, idb.TransactionReadWrite, do)
}

// transact runs do in one transaction and waits until that is done: whole, or, after
// an error, not at all. The browser commits as soon as no request is open,
// so do may wait for its requests and for nothing else. When ctx ends, a request's Await
// gives no error: do must ask ctx.
func (s *Store) transact(ctx context.Context, mode idb.TransactionMode, do func(*transaction) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Strict: a done transaction outlives the machine's power too, not only the tab.
	options := idb.TransactionOptions{Mode: mode, Durability: idb.DurabilityStrict}
	txn, err := s.db.TransactionWithOptions(options, states, records)
	if named(err, "InvalidStateError") { // the connection was closed
		if err = s.reconnect(ctx); err == nil {
			txn, err = s.db.TransactionWithOptions(options, states, records)
		}
	}
	if err != nil {
		return noRoom(err)
	}
	// Listens before do's first wait gives the event loop a chance to finish it; and not
	// only until ctx ends, for then nobody would know whether it was committed.
	done := make(chan error, 1)
	go func() { done <- txn.Await(context.WithoutCancel(ctx)) }()

	var t transaction
	if t.states, err = txn.ObjectStore(states); err == nil {
		t.records, err = txn.ObjectStore(records)
	}
	if err == nil {
		err = inTime(func() error {
			if err := do(&t); err != nil {
				return err
			}
			return <-done
		})
	}
	if err != nil {
		// A full disk aborts all open requests, and those say only AbortError.
		err = cmp.Or(txn.Err(), err)
		txn.Abort()
		return noRoom(err)
	}
	return nil
}

// inTime is what do gives, or an error when the browser has taken too long: do is then left behind.
func inTime(do func() error) error {
	result := make(chan error, 1)
	go func() { result <- do() }()
	select {
	case err := <-result:
		return err
	case <-time.After(patience.end):
		return fmt.Errorf("indexeddb: the browser did not answer within %v", patience.end)
	}
}

// noRoom makes ErrFull of the browser's word for it.
func noRoom(err error) error {
	if named(err, "QuotaExceededError") {
		return fmt.Errorf("%w: %w", checkpoint.ErrFull, err)
	}
	return err
}

// named says whether err is the DOMException of that name. What a request reports
// is one to go-indexeddb; what a call throws it leaves a js.Error in a wrapping.
func named(err error, name string) bool {
	if thrown, ok := errors.AsType[js.Error](err); ok {
		return thrown.Value.Type() == js.TypeObject && thrown.Value.Get("name").String() == name
	}
	return errors.Is(err, idb.NewDOMException(name))
}
