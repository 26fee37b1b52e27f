//go:build js && wasm

package indexeddb

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall/js"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/checkpoint/storetest"
	"autodidact/core/tensor"
)

// needsIndexedDB skips under node.
func needsIndexedDB(t testing.TB) {
	if !js.Global().Get("indexedDB").Truthy() {
		t.Skip("no IndexedDB here: run it with -exec \"node e2e/gotest.mjs\"")
	}
}

func open(t testing.TB, name string) *Store {
	t.Helper()
	s, err := Open(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func save(t testing.TB, s *Store, id string, state *checkpoint.State) {
	t.Helper()
	if _, err := s.Save(context.Background(), id, state); err != nil {
		t.Fatal(err)
	}
}

func loads(t *testing.T, s *Store, id string, want *checkpoint.State) {
	t.Helper()
	got, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatalf("loading %s: %v", id, err)
	}
	storetest.Same(t, got, want)
}

// count is the number of records in the database, whoever's.
func count(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.look(t.Context(), func(tr *transaction) error {
		request, err := tr.records.Count()
		if err != nil {
			return err
		}
		got, err := request.Await(t.Context())
		n = int(got)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// damage rewrites id's records as what change makes of their bytes.
func damage(t *testing.T, s *Store, id string, change func([]byte) []byte) {
	t.Helper()
	p, err := s.find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(&reader{ctx: t.Context(), store: s, pointer: p})
	if err != nil {
		t.Fatal(err)
	}
	err = s.change(t.Context(), func(tr *transaction) error {
		_, err := tr.records.Delete(generationKeys(id, p.Generation))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(t.Context(), s, id)
	w.generation = p.Generation
	if _, err := w.Write(change(b)); err != nil {
		t.Fatal(err)
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
}

func TestIndexedDBIsAStore(t *testing.T) {
	needsIndexedDB(t)
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		s := open(t, t.Name())
		return storetest.Subject{Store: s, Damage: func(id string, change func([]byte) []byte) { damage(t, s, id, change) }}
	})
}

func TestWhatIsSavedIsThereInTheNextTab(t *testing.T) {
	needsIndexedDB(t)
	want := storetest.Big(5<<20, 1)
	save(t, open(t, t.Name()), "run", want)
	loads(t, open(t, t.Name()), "run", want)
}

// unfinished writes a generation's records and no pointer, as a tab killed just then.
func unfinished(t *testing.T, s *Store, id string, state *checkpoint.State) *writer {
	t.Helper()
	w := newWriter(t.Context(), s, id)
	if err := checkpoint.Encode(w, state); err != nil {
		t.Fatal(err)
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestATabKilledWhileSavingLosesNothing(t *testing.T) {
	needsIndexedDB(t)
	old := storetest.Big(3<<20, 1)
	s := open(t, t.Name())
	save(t, s, "run", old)
	whole := count(t, s)
	unfinished(t, s, "run", storetest.Big(5<<20, 2))
	unfinished(t, s, "never saved", storetest.State(3))
	if got := count(t, s); got != whole+4 {
		t.Fatalf("%d records, want %d and 4 more", got, whole)
	}
	s.Close()

	s = open(t, t.Name())
	loads(t, s, "run", old)
	if got := count(t, s); got != whole {
		t.Errorf("%d records after reopening, want %d", got, whole)
	}
	if _, err := s.Load(t.Context(), "never saved"); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Errorf("the unfinished save gave %v", err)
	}
}

// patch replaces a method of a JavaScript prototype; calls of it get how many came before.
func patch(t *testing.T, prototype, method string, with func(call int, original func() any) any) {
	t.Helper()
	p := js.Global().Get(prototype).Get("prototype")
	original := p.Get(method)
	calls := 0
	// A js.Func cannot throw, so a word of JavaScript throws what it returns.
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		calls++
		return with(calls-1, func() any { return original.Call("apply", args[0], args[1]) })
	})
	p.Set(method, js.Global().Get("Function").New("f", `return function (...args) {
		const result = f(this, args);
		if (result instanceof DOMException) throw result;
		return result;
	}`).Invoke(f))
	t.Cleanup(func() {
		p.Set(method, original)
		f.Release()
	})
}

func quotaExceeded() js.Value {
	return js.Global().Get("DOMException").New("no room", "QuotaExceededError")
}

func TestAFullQuotaIsErrFullAndLeavesTheOldState(t *testing.T) {
	needsIndexedDB(t)
	for _, n := range []int{0, 1, 2, 3} { // three records, and then the pointer
		s := open(t, t.Name())
		save(t, s, "run", storetest.State(1))
		before := count(t, s)
		t.Run("", func(t *testing.T) {
			patch(t, "IDBObjectStore", "put", func(call int, put func() any) any {
				if call == n {
					return quotaExceeded()
				}
				return put()
			})
			if _, err := s.Save(t.Context(), "run", storetest.Big(5<<20, 2)); !errors.Is(err, checkpoint.ErrFull) {
				t.Errorf("put %d failed: got error %v, want ErrFull", n, err)
			}
		})
		loads(t, s, "run", storetest.State(1))
		if got := count(t, s); got != before {
			t.Errorf("put %d failed: %d records, want %d", n, got, before)
		}
		save(t, s, "run", storetest.State(4)) // and with room again, saving goes on
		loads(t, s, "run", storetest.State(4))
	}
}

func TestASaveCalledOffAtAnyMomentLosesNothing(t *testing.T) {
	needsIndexedDB(t)
	old, new := storetest.State(1), storetest.Big(5<<20, 2)
	for n := range 5 { // in three records, in the pointer, never
		s := open(t, t.Name())
		save(t, s, "run", old)
		before := count(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		t.Run("", func(t *testing.T) {
			patch(t, "IDBObjectStore", "put", func(call int, put func() any) any {
				if call == n {
					cancel()
				}
				return put()
			})
			_, err := s.Save(ctx, "run", new)
			if called := n < 3; called != errors.Is(err, context.Canceled) || !called && err != nil {
				t.Errorf("called off in put %d: got error %v", n, err)
			}
		})
		cancel()
		if n < 3 {
			loads(t, s, "run", old)
			if got := count(t, s); got != before {
				t.Errorf("called off in put %d: %d records, want %d", n, got, before)
			}
		} else {
			loads(t, s, "run", new)
		}
	}
}

// instead makes self.indexedDB what an expression gives, or throws.
func instead(t *testing.T, expression string) {
	t.Helper()
	js.Global().Get("Function").New(`Object.defineProperty(self, "indexedDB", { configurable: true, get() { return ` + expression + ` } })`).Invoke()
	t.Cleanup(func() { js.Global().Get("Reflect").Call("deleteProperty", js.Global(), "indexedDB") })
}

func TestABrowserWithoutADatabaseSaysWhy(t *testing.T) {
	needsIndexedDB(t)
	throw := func(name string) string { return `(() => { throw new DOMException("no", "` + name + `") })()` }
	for expression, want := range map[string]string{
		`undefined`:            "offers none",
		`null`:                 "offers none",
		throw("SecurityError"): "forbids it",
	} {
		t.Run("", func(t *testing.T) {
			instead(t, expression)
			if _, err := Open(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s gave error %v", expression, err)
			}
		})
	}
	for answer, want := range map[any]string{
		"SecurityError":      "forbids it",
		"InvalidStateError":  "private windows",
		"UnknownError":       "clearing this site's data",
		"QuotaExceededError": "no room",
		nil:                  "something else than a database",
		7:                    "something else than a database",
	} {
		t.Run("", func(t *testing.T) {
			patch(t, "IDBFactory", "open", func(int, func() any) any {
				if name, ok := answer.(string); ok {
					return js.Global().Get("DOMException").New("no", name)
				}
				return answer
			})
			if _, err := Open(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v gave error %v", answer, err)
			}
		})
	}
}

func TestADatabaseThatNeverAnswersIsNotWaitedFor(t *testing.T) {
	needsIndexedDB(t)
	was := patience
	patience.open, patience.end = 200*time.Millisecond, 200*time.Millisecond
	t.Cleanup(func() { patience = was })
	// A deletion that waits for an open connection keeps all who come later waiting.
	opened := make(chan struct{})
	request := js.Global().Get("indexedDB").Call("open", t.Name())
	f := js.FuncOf(func(js.Value, []js.Value) any { close(opened); return nil })
	defer f.Release()
	request.Set("onsuccess", f)
	<-opened
	js.Global().Get("indexedDB").Call("deleteDatabase", t.Name())
	if _, err := Open(t.Context(), t.Name()); err == nil || !strings.Contains(err.Error(), "did not answer within 200ms") {
		t.Errorf("got error %v", err)
	}
	request.Get("result").Call("close")
}

func TestATransactionThatNeverEndsIsNotWaitedFor(t *testing.T) {
	needsIndexedDB(t)
	s := open(t, t.Name())
	save(t, s, "run", storetest.State(1))
	was := patience
	patience.end = 200 * time.Millisecond
	t.Cleanup(func() { patience = was })
	// Another tab that writes for long keeps all others waiting.
	held := js.Global().Get("Function").New("name", `return new Promise((done) => {
		indexedDB.open(name).onsuccess = ({ target: { result: db } }) => {
			const store = db.transaction("states", "readwrite").objectStore("states");
			const until = performance.now() + 1000, go = () => { if (performance.now() < until) store.get("run").onsuccess = go; else db.close(); };
			store.get("run").onsuccess = () => { go(); done(); };
		};
	})`).Invoke(t.Name())
	ready := make(chan struct{})
	f := js.FuncOf(func(js.Value, []js.Value) any { close(ready); return nil })
	defer f.Release()
	held.Call("then", f)
	<-ready
	if _, err := s.Save(t.Context(), "run", storetest.State(2)); err == nil || !strings.Contains(err.Error(), "did not answer within 200ms") {
		t.Errorf("got error %v", err)
	}
	patience = was
	time.Sleep(1200 * time.Millisecond)
	loads(t, s, "run", storetest.State(1))
	save(t, s, "run", storetest.State(3))
	loads(t, s, "run", storetest.State(3))
}

func TestAFullDiskCanStillBeOpened(t *testing.T) {
	needsIndexedDB(t)
	s := open(t, t.Name())
	save(t, s, "run", storetest.State(1))
	unfinished(t, s, "never saved", storetest.State(3))
	patch(t, "IDBObjectStore", "delete", func(int, func() any) any { return quotaExceeded() })
	loads(t, open(t, t.Name()), "run", storetest.State(1))
}

func TestADamagedRecordIsAFormatError(t *testing.T) {
	needsIndexedDB(t)
	s := open(t, t.Name())
	for what, change := range map[string]func(*transaction, js.Value) error{
		"gone": func(tr *transaction, key js.Value) error { _, err := tr.records.Delete(key); return err },
		"text": func(tr *transaction, key js.Value) error {
			_, err := tr.records.PutKey(key, js.ValueOf("x"))
			return err
		},
		"null": func(tr *transaction, key js.Value) error { _, err := tr.records.PutKey(key, js.Null()); return err },
		"object": func(tr *transaction, key js.Value) error {
			_, err := tr.records.PutKey(key, js.ValueOf(map[string]any{"length": 9}))
			return err
		},
		"empty": func(tr *transaction, key js.Value) error {
			_, err := tr.records.PutKey(key, js.Global().Get("Uint8Array").New())
			return err
		},
	} {
		save(t, s, "run", storetest.Big(5<<20, 1))
		p, err := s.find(t.Context(), "run")
		if err != nil {
			t.Fatal(err)
		}
		err = s.change(t.Context(), func(tr *transaction) error { return change(tr, array("run", p.Generation, 1)) })
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Load(t.Context(), "run")
		if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
			t.Errorf("%s: got error %v", what, err)
		}
	}
}

func TestADamagedPointerHidesNoOtherStateAndCanBeDeleted(t *testing.T) {
	needsIndexedDB(t)
	s := open(t, t.Name())
	save(t, s, "sound", storetest.State(1))
	for _, damaged := range []any{"{", "{}", "null", 7, nil} {
		err := s.change(t.Context(), func(tr *transaction) error {
			_, err := tr.states.PutKey(js.ValueOf("bad"), js.ValueOf(damaged))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		again := open(t, t.Name()) // sweeping bears it too
		loads(t, again, "sound", storetest.State(1))
		var ids []string
		for info, err := range again.All(t.Context()) {
			if (err != nil) != (info.ID == "bad") {
				t.Errorf("All gives %+v, %v", info, err)
			}
			ids = append(ids, info.ID)
		}
		if strings.Join(ids, " ") != "sound bad" {
			t.Errorf("All gives %q", ids)
		}
		if err := again.Delete(t.Context(), "bad"); err != nil {
			t.Error(err)
		}
	}
}

func TestASaveSweptByAnotherTabBeginsAgain(t *testing.T) {
	needsIndexedDB(t)
	mine := open(t, t.Name())
	save(t, mine, "run", storetest.State(1))

	w := unfinished(t, mine, "run", storetest.State(2))
	other := open(t, t.Name()) // takes the unfinished save for a leftover
	p := pointer{Info: checkpoint.Info{ID: "run"}, Generation: w.generation, Records: w.records}
	err := mine.change(t.Context(), func(tr *transaction) error { return tr.turn(t.Context(), p) })
	if !errors.Is(err, errSwept) {
		t.Fatalf("the pointer was turned to records that are gone: %v", err)
	}
	loads(t, other, "run", storetest.State(1))

	// The same in the midst of Save: the third put finds the first two records swept.
	want := storetest.Big(7<<20, 3)
	swept := make(chan error, 1)
	patch(t, "IDBObjectStore", "put", func(call int, put func() any) any {
		if call == 2 {
			go func() {
				s, err := Open(t.Context(), t.Name())
				swept <- cmp.Or(err, s.Close())
			}()
		}
		return put()
	})
	save(t, mine, "run", want)
	if err := <-swept; err != nil {
		t.Error(err)
	}
	loads(t, other, "run", want)
}

func TestTwoTabsSavingAtOnceLeaveOneOfTheirStates(t *testing.T) {
	needsIndexedDB(t)
	tabs := []*Store{open(t, t.Name()), open(t, t.Name())}
	want := []*checkpoint.State{storetest.Big(5<<20, 1), storetest.Big(4<<20, 2)}
	var wg sync.WaitGroup
	for i, tab := range tabs {
		wg.Go(func() { save(t, tab, "run", want[i]) })
	}
	wg.Wait()
	got, err := tabs[0].Load(t.Context(), "run")
	if err != nil {
		t.Fatal(err)
	}
	last, records := want[1], 3
	if got.Meta[checkpoint.MetaStep] == "1" {
		last = want[0]
	}
	storetest.Same(t, got, last)
	if n := count(t, tabs[1]); n != records {
		t.Errorf("%d records, want %d", n, records)
	}
}

func TestAnotherTabMayDeleteTheDatabase(t *testing.T) {
	needsIndexedDB(t)
	s := open(t, t.Name())
	save(t, s, "run", storetest.State(1))
	deleted := make(chan struct{})
	request := js.Global().Get("indexedDB").Call("deleteDatabase", t.Name())
	f := js.FuncOf(func(js.Value, []js.Value) any { close(deleted); return nil })
	defer f.Release()
	request.Set("onsuccess", f)
	select {
	case <-deleted:
	case <-time.After(5 * time.Second):
		t.Fatal("the deletion was blocked")
	}
	if _, err := s.Load(t.Context(), "run"); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Errorf("Load gave %v", err)
	}
	save(t, s, "run", storetest.State(2))
	loads(t, s, "run", storetest.State(2))
}

func TestADatabaseOfANewerVersionIsNotTouched(t *testing.T) {
	needsIndexedDB(t)
	made := make(chan struct{})
	request := js.Global().Get("indexedDB").Call("open", t.Name(), 99)
	f := js.FuncOf(func(js.Value, []js.Value) any { close(made); return nil })
	defer f.Release()
	request.Set("onsuccess", f)
	<-made
	if _, err := Open(t.Context(), t.Name()); err == nil || !strings.Contains(err.Error(), "reload the page") {
		t.Errorf("got error %v", err)
	}
	request.Get("result").Call("close")
}

func TestAWriterMakesRecordsOfEqualSize(t *testing.T) {
	needsIndexedDB(t)
	s := open(t, t.Name())
	w := newWriter(t.Context(), s, "run")
	text := bytes.Repeat([]byte("0123456789"), recordBytes/4) // two records and a half
	for part := text; len(part) > 0; part = part[min(len(part), 70001):] {
		if n, err := w.Write(part[:min(len(part), 70001)]); err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	if w.records != 3 || w.bytes != int64(len(text)) {
		t.Errorf("%d records of %d bytes", w.records, w.bytes)
	}
	got, err := io.ReadAll(&reader{ctx: t.Context(), store: s, pointer: pointer{checkpoint.Info{ID: "run"}, w.generation, w.records}})
	if err != nil || !bytes.Equal(got, text) {
		t.Errorf("read %d other bytes, %v", len(got), err)
	}
}

func twentyMB() *checkpoint.State {
	return &checkpoint.State{Tensors: map[string]*tensor.Tensor{"x": storetest.Big(80<<20, 1).Tensors["model.block.0"]}}
}

func BenchmarkSave20MB(b *testing.B) {
	needsIndexedDB(b)
	s, state := open(b, b.Name()), twentyMB()
	b.SetBytes(20 << 20)
	for b.Loop() {
		save(b, s, "run", state)
	}
}

func BenchmarkLoad20MB(b *testing.B) {
	needsIndexedDB(b)
	s := open(b, b.Name())
	save(b, s, "run", twentyMB())
	b.SetBytes(20 << 20)
	for b.Loop() {
		if _, err := s.Load(context.Background(), "run"); err != nil {
			b.Fatal(err)
		}
	}
}
