package checkpoint

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"
)

// Memory is a Store that ends with the program. It keeps what a file would hold,
// so a state goes in and out as it does with the other stores.
type Memory struct {
	mu    sync.Mutex
	saved map[string]inMemory
}

type inMemory struct {
	Info
	file []byte
}

func NewMemory() *Memory { return &Memory{saved: map[string]inMemory{}} }

func (m *Memory) Save(ctx context.Context, id string, s *State) (Info, error) {
	var file bytes.Buffer
	if err := Encode(&file, s); err != nil {
		return Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	info := Describe(id, s.Meta, int64(file.Len()), time.Now())
	m.saved[id] = inMemory{info, file.Bytes()}
	return info, nil
}

func (m *Memory) Load(ctx context.Context, id string) (*State, error) {
	m.mu.Lock()
	one, ok := m.saved[id]
	m.mu.Unlock()
	if !ok {
		return nil, ErrNotFound
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := Decode(bytes.NewReader(one.file))
	if err == nil && one.Title != s.Meta[MetaTitle] {
		s.Meta[MetaTitle] = one.Title
	}
	return s, err
}

func (m *Memory) Rename(ctx context.Context, id, title string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	one, ok := m.saved[id]
	if !ok {
		return ErrNotFound
	}
	one.Title = title
	m.saved[id] = one
	return nil
}

func (m *Memory) Delete(ctx context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.saved[id]; !ok {
		return ErrNotFound
	}
	delete(m.saved, id)
	return nil
}

func (m *Memory) All(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		m.mu.Lock()
		var all []Info
		for one := range maps.Values(m.saved) {
			all = append(all, one.Info)
		}
		m.mu.Unlock()
		slices.SortFunc(all, NewestFirst)
		for _, info := range all {
			if !yield(info, nil) {
				return
			}
		}
	}
}
