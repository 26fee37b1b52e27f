// Package storetest is what every checkpoint.Store must do.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Subject is a store under test.
type Subject struct {
	checkpoint.Store
	// Damage changes the bytes of a saved state behind the store's back.
	Damage func(id string, change func([]byte) []byte)
}

// Run tests the stores that open makes, each of them empty.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"WhatIsSavedIsLoadedBitForBit":             whatIsSavedIsLoaded,
		"WhatWasNeverSavedIsNotFound":              notFound,
		"SavingAgainReplacesEverything":            savingAgainReplaces,
		"AStateThatCannotBeSavedLeavesTheOldOne":   unsavable,
		"RenameChangesTheTitleAndNothingElse":      rename,
		"ASaveAfterRenameBringsItsOwnTitle":        renameThenSave,
		"DeletedStatesAreGone":                     deleted,
		"AllIsNewestFirst":                         newestFirst,
		"TwoIDsDoNotTouch":                         twoIDs,
		"AStateCutInHalfIsAFormatError":            cutInHalf,
		"AStateWithOneByteChangedIsAFormatError":   oneByteChanged,
		"AnEndedContextSavesNothing":               endedContext,
		"LoadWhileSavingGivesTheOldStateOrTheNew":  loadWhileSaving,
		"AStateLargerThanAnyBufferComesBackEntire": large,
		"WhatIsSavedIsACopy":                       savedIsACopy,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// State makes a state that differs for each step, with what is hard to keep: a NaN's
// bits, minus zero, a scalar, an empty tensor, names and texts beyond ASCII.
func State(step int) *checkpoint.State {
	weight := make([]float32, 12)
	for i := range weight {
		weight[i] = float32(step) + float32(i)/16
	}
	weight[3] = math.Float32frombits(0x7fa00001) // a signalling NaN
	weight[4] = float32(math.Copysign(0, -1))
	weight[5] = float32(math.Inf(-1))
	return &checkpoint.State{
		Meta: map[string]string{
			checkpoint.MetaTitle: "Füchse & <Hühner> \"✓\"\n",
			checkpoint.MetaTask:  "simclr",
			checkpoint.MetaStep:  strconv.Itoa(step),
			"options":            `{"temperature":0.2}`,
		},
		Tensors: map[string]*tensor.Tensor{
			"model.stem.weight": tensor.Float32s(weight, 3, 2, 2),
			"model.größe/✓":     tensor.Float32s([]float32{1}, 1),
			"optim.step":        tensor.Int32s([]int32{int32(step)}),
			"optim.order":       tensor.Int32s([]int32{math.MinInt32, -1, math.MaxInt32}, 3),
			"optim.none":        tensor.Float32s(nil, 0, 7),
		},
	}
}

// Big makes a state of about n bytes.
func Big(n int, seed uint32) *checkpoint.State {
	const tensors = 4
	s := State(int(seed))
	for i := range tensors {
		words := make(kernel.Host, n/4/tensors)
		x := seed
		for j := range words.Int32s() {
			x = x*1664525 + 1013904223 // Numerical Recipes' generator
			words.Int32s()[j] = int32(x)
		}
		s.Tensors["model.block."+strconv.Itoa(i)] = tensor.Float32s(words, len(words))
	}
	return s
}

// Same fails the test when two states differ in a bit.
func Same(t *testing.T, got, want *checkpoint.State) {
	t.Helper()
	if !bytes.Equal(encode(t, got), encode(t, want)) {
		t.Errorf("the state is not the one that was saved: meta %q, want %q", got.Meta, want.Meta)
	}
}

func encode(t *testing.T, s *checkpoint.State) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := checkpoint.Encode(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t *testing.T, s Subject, id string, state *checkpoint.State) checkpoint.Info {
	t.Helper()
	info, err := s.Save(t.Context(), id, state)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// loads fails the test unless id is state.
func loads(t *testing.T, s Subject, id string, state *checkpoint.State) {
	t.Helper()
	got, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatalf("loading %s: %v", id, err)
	}
	Same(t, got, state)
}

// all lists the store.
func all(t *testing.T, s Subject) []checkpoint.Info {
	t.Helper()
	var infos []checkpoint.Info
	for info, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		infos = append(infos, info)
	}
	return infos
}

func isFormatError(t *testing.T, what string, err error) {
	t.Helper()
	if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
		t.Errorf("%s: got error %v, want a FormatError", what, err)
	}
}

func whatIsSavedIsLoaded(t *testing.T, s Subject) {
	before := time.Now().Add(-2 * time.Second) // a file system may round down
	want := State(7)
	info := save(t, s, "run-1", want)
	loads(t, s, "run-1", want)
	if info.ID != "run-1" || info.Title != want.Meta["title"] || info.Task != "simclr" || info.Step != 7 || info.Bytes <= 0 {
		t.Errorf("Save described it as %+v", info)
	}
	if info.Saved.Before(before) || info.Saved.After(time.Now().Add(time.Second)) {
		t.Errorf("Save says it was saved at %v", info.Saved)
	}
	if got := all(t, s); len(got) != 1 || !same(got[0], info) {
		t.Errorf("All gives %+v, Save gave %+v", got, info)
	}
}

func same(a, b checkpoint.Info) bool {
	at := a.Saved.Equal(b.Saved)
	a.Saved, b.Saved = time.Time{}, time.Time{}
	return at && a == b
}

func notFound(t *testing.T, s Subject) {
	save(t, s, "there", State(1))
	for _, id := range []string{"nowhere", "ther", "there2"} {
		_, load := s.Load(t.Context(), id)
		for what, err := range map[string]error{
			"Load": load, "Rename": s.Rename(t.Context(), id, "x"), "Delete": s.Delete(t.Context(), id),
		} {
			if !errors.Is(err, checkpoint.ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s(%q) gave %v", what, id, err)
			}
		}
	}
	if got := all(t, s); len(got) != 1 {
		t.Errorf("All gives %+v", got)
	}
}

func savingAgainReplaces(t *testing.T, s Subject) {
	save(t, s, "run", Big(300<<10, 1))
	second := &checkpoint.State{Tensors: map[string]*tensor.Tensor{"only": tensor.Float32s([]float32{2}, 1)}}
	info := save(t, s, "run", second)
	loads(t, s, "run", second)
	if got := all(t, s); len(got) != 1 || !same(got[0], info) || info.Bytes > 1000 || info.Title != "" || info.Step != 0 {
		t.Errorf("after the second save All gives %+v", got)
	}
}

func unsavable(t *testing.T, s Subject) {
	save(t, s, "run", State(1))
	bad := State(2)
	bad.Tensors["zzz"] = tensor.Bytes([]byte{1, 2, 3}, 3) // samples at rest are no weights
	if _, err := s.Save(t.Context(), "run", bad); err == nil {
		t.Error("a tensor of bytes was saved")
	}
	if _, err := s.Save(t.Context(), "new", bad); err == nil {
		t.Error("a tensor of bytes was saved")
	}
	loads(t, s, "run", State(1))
	if got := all(t, s); len(got) != 1 || got[0].Step != 1 {
		t.Errorf("All gives %+v", got)
	}
}

func rename(t *testing.T, s Subject) {
	info := save(t, s, "run", State(1))
	for _, title := range []string{"Зебра", ""} {
		if err := s.Rename(t.Context(), "run", title); err != nil {
			t.Fatal(err)
		}
		want := State(1)
		want.Meta[checkpoint.MetaTitle] = title
		loads(t, s, "run", want)
		info.Title = title
		if got := all(t, s); len(got) != 1 || !same(got[0], info) {
			t.Errorf("All gives %+v, want %+v", got, info)
		}
	}
}

func renameThenSave(t *testing.T, s Subject) {
	save(t, s, "run", State(1))
	if err := s.Rename(t.Context(), "run", "Another"); err != nil {
		t.Fatal(err)
	}
	save(t, s, "run", State(2))
	loads(t, s, "run", State(2))
	if got := all(t, s); len(got) != 1 || got[0].Title != State(2).Meta[checkpoint.MetaTitle] {
		t.Errorf("All gives %+v", got)
	}
}

func deleted(t *testing.T, s Subject) {
	save(t, s, "run", State(1))
	if err := s.Rename(t.Context(), "run", "Another"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "run"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), "run"); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Errorf("Load gave %v", err)
	}
	if err := s.Delete(t.Context(), "run"); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Errorf("a second Delete gave %v", err)
	}
	if got := all(t, s); len(got) != 0 {
		t.Errorf("All gives %+v", got)
	}
	save(t, s, "run", State(3)) // and its title is not the deleted one's
	loads(t, s, "run", State(3))
}

func newestFirst(t *testing.T, s Subject) {
	if got := all(t, s); len(got) != 0 {
		t.Fatalf("a new store has %+v", got)
	}
	for i, id := range []string{"b", "a", "c", "b"} {
		save(t, s, id, State(i))
		time.Sleep(15 * time.Millisecond) // file systems count time in ticks
	}
	if err := s.Rename(t.Context(), "a", "is not saving"); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, info := range all(t, s) {
		ids = append(ids, info.ID)
	}
	if want := []string{"b", "c", "a"}; !slices.Equal(ids, want) {
		t.Errorf("All gives %v, want %v", ids, want)
	}
	for range s.All(t.Context()) {
		break // breaking off is fine
	}
}

func twoIDs(t *testing.T, s Subject) {
	ids := []string{"run", "run-1", "run-10", "run 1", "ruñ", "run.safetensors"}
	for i, id := range ids {
		save(t, s, id, State(i))
	}
	if err := s.Delete(t.Context(), "run-1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Rename(t.Context(), "run", "other"); err != nil {
		t.Fatal(err)
	}
	save(t, s, "run 1", State(33))
	for i, id := range ids {
		want := State(i)
		switch id {
		case "run-1":
			continue
		case "run":
			want.Meta[checkpoint.MetaTitle] = "other"
		case "run 1":
			want = State(33)
		}
		loads(t, s, id, want)
	}
	if got := all(t, s); len(got) != len(ids)-1 {
		t.Errorf("All gives %+v", got)
	}
}

func cutInHalf(t *testing.T, s Subject) {
	for _, state := range []*checkpoint.State{State(1), Big(5<<20, 1)} {
		save(t, s, "run", state)
		save(t, s, "other", State(2))
		s.Damage("run", func(b []byte) []byte { return b[:len(b)/2] })
		_, err := s.Load(t.Context(), "run")
		isFormatError(t, "cut in half", err)
		loads(t, s, "other", State(2))
	}
}

func oneByteChanged(t *testing.T, s Subject) {
	size := len(encode(t, State(1)))
	for i := 0; i < size; i += 1 + size/16 {
		save(t, s, "run", State(1))
		s.Damage("run", func(b []byte) []byte { b[i] ^= 0x10; return b })
		_, err := s.Load(t.Context(), "run")
		isFormatError(t, "byte "+strconv.Itoa(i)+" changed", err)
	}
	save(t, s, "run", State(2)) // what is damaged can be replaced
	loads(t, s, "run", State(2))
}

func endedContext(t *testing.T, s Subject) {
	save(t, s, "run", State(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Save(ctx, "run", State(2)); !errors.Is(err, context.Canceled) {
		t.Errorf("Save gave %v", err)
	}
	if _, err := s.Load(ctx, "run"); !errors.Is(err, context.Canceled) {
		t.Errorf("Load gave %v", err)
	}
	loads(t, s, "run", State(1))
}

func loadWhileSaving(t *testing.T, s Subject) {
	states := []*checkpoint.State{Big(3<<20, 1), Big(4<<20, 2)}
	save(t, s, "run", states[0])
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for i := range 4 {
			if _, err := s.Save(t.Context(), "run", states[(i+1)%2]); err != nil {
				t.Error(err)
			}
		}
	})
	for running := true; running; {
		runtime.Gosched() // in a tab nobody takes turns unasked
		select {
		case <-done:
			running = false
		default:
		}
		got, err := s.Load(t.Context(), "run")
		if err != nil {
			t.Error(err)
			break
		}
		step, _ := strconv.Atoi(got.Meta[checkpoint.MetaStep])
		Same(t, got, states[step-1])
	}
	wg.Wait()
}

func large(t *testing.T, s Subject) {
	want := Big(5<<20, 5)
	info := save(t, s, "run", want)
	if info.Bytes != int64(len(encode(t, want))) {
		t.Errorf("%d bytes were counted", info.Bytes)
	}
	loads(t, s, "run", want)
}

func savedIsACopy(t *testing.T, s Subject) {
	mine := State(1)
	save(t, s, "run", mine)
	clear(mine.Tensors["optim.order"].Buf.(kernel.Host).Int32s())
	mine.Meta[checkpoint.MetaTask] = strings.ToUpper(mine.Meta[checkpoint.MetaTask])
	loads(t, s, "run", State(1))
}
