package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"autodidact/core/checkpoint"
)

// save writes the run as it stands. A full disk is told to the page and does not
// end the run: what was saved before is still there.
func (s *session) save(ctx context.Context) {
	s.saved = time.Now()
	s.store(ctx, s.id)
}

// store saves the run under an id. That a save failed is said once, until one succeeds.
func (s *session) store(ctx context.Context, id string) {
	info, err := s.put(ctx, id)
	if err == nil {
		s.unsaved, s.unkept, s.stored = time.Time{}, "", info.Step
		s.Send(0, Saved{Checkpoint: id, Step: info.Step, Bytes: info.Bytes})
		return
	}
	f := s.notSaved(err)
	if f.Code != s.unkept {
		s.Send(0, f)
	}
	s.unkept = f.Code
}

func (s *session) put(ctx context.Context, id string) (info checkpoint.Info, err error) {
	state, err := s.state(ctx)
	if err != nil {
		return info, err
	}
	s.doctor.Keep(state)
	return s.Store.Save(ctx, id, state)
}

// state is the latest run with all that it goes on from, and the labels a person gave.
func (s *session) state(ctx context.Context) (*checkpoint.State, error) {
	state, err := s.run.State(ctx)
	if err == nil && len(s.given) > 0 {
		state.Meta[metaGiven] = s.given.json()
	}
	return state, err
}

// notSaved says that a save failed, why, and what there still is.
func (s *session) notSaved(err error) Failed {
	f := Failed{Code: NotSaved, Message: fmt.Sprintf("step %d could not be saved: %v", s.run.Done, err)}
	if errors.Is(err, checkpoint.ErrFull) {
		f = Failed{Code: StorageFull, Message: fmt.Sprintf("step %d could not be saved: the browser has no more room for this page", s.run.Done)}
	}
	if s.stored >= 0 {
		f.Message += fmt.Sprintf("; what was saved at step %d is still there", s.stored)
	}
	return f
}

func (s *session) list(ctx context.Context) (Event, [][]byte, error) {
	l := Listed{Checkpoints: []CheckpointInfo{}}
	for info, err := range s.Store.All(ctx) {
		c := checkpointInfo(info)
		if err != nil {
			if info.ID == "" {
				return nil, nil, err
			}
			c = CheckpointInfo{ID: info.ID, Title: info.ID, Trouble: err.Error()}
		}
		l.Checkpoints = append(l.Checkpoints, c)
	}
	return l, nil, nil
}

func checkpointInfo(i checkpoint.Info) CheckpointInfo {
	return CheckpointInfo{ID: i.ID, Title: i.Title, Task: i.Task, Step: i.Step, Bytes: i.Bytes, Saved: i.Saved.UnixMilli()}
}

func (s *session) load(ctx context.Context, c Load) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	state, err := s.Store.Load(ctx, c.Checkpoint)
	if err != nil {
		return nil, nil, damaged(ctx, s.Store, c.Checkpoint, err)
	}
	cfg, err := ConfigOf(state)
	if err != nil {
		return nil, nil, err
	}
	if cfg.From == healthy { // which is gone with the session it was of
		cfg.From = ""
	}
	e := Configured{Config: cfg, Checkpoint: c.Checkpoint}
	if e.Step, e.History, err = curveOf(state); err != nil {
		return nil, nil, err
	}
	given, err := labelsOf(state, metaGiven)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(given, s.given) // what was given since counts
	s.loaded, s.id, s.config, s.given, s.last = state, c.Checkpoint, cfg, given, c.Checkpoint
	s.run, s.features, s.doctor, s.taken, s.elsewhere = nil, nil, Doctor{}, nil, nil
	if s.set.Mark(cfg.Missing) {
		s.outlook, s.following = nil, nil
		s.Send(0, Windows{s.set.Long(), s.set.Names, s.set.Labels, s.set.Windows, s.set.Classes(), s.fills()})
	}
	return e, nil, nil
}

func (s *session) rename(ctx context.Context, c Rename) (Event, [][]byte, error) {
	if s.training && c.Checkpoint == s.id {
		s.run.Title = c.Title // the next save says it too
	}
	return OK{}, nil, s.Store.Rename(ctx, c.Checkpoint, c.Title)
}

// export writes the encoder of the latest run, or a whole checkpoint.
func (s *session) export(ctx context.Context, c Export) (Event, [][]byte, error) {
	if c.Format == "labels" || c.Format == "predictions" {
		return s.table(ctx, c.Format)
	}
	if c.Format != "" && c.Format != "safetensors" && c.Format != "huggingface" && c.Format != "checkpoint" {
		return nil, nil, &ConfigError{"format", fmt.Sprintf("no format named %q; there are safetensors, huggingface, checkpoint, labels and predictions", c.Format)}
	}
	var state *checkpoint.State
	var err error
	name := c.Checkpoint + ".safetensors"
	if c.Checkpoint != "" {
		state, err = s.Store.Load(ctx, c.Checkpoint)
	} else if c.Format == "checkpoint" {
		name = s.last + ".safetensors"
		state, err = s.latest(ctx)
	} else if s.run == nil && s.loaded == nil && s.elsewhere != nil {
		cfg, _ := ConfigOf(s.elsewhere.run)
		name, state = cfg.Task+"-"+cfg.Encoder+".safetensors", s.elsewhere.model
	} else if err = s.look(ctx); err == nil {
		name = s.run.Config.Task + "-" + s.run.Config.Encoder + ".safetensors"
		state, err = s.run.Model(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	if c.Format == "huggingface" {
		files, err := HuggingFace(state)
		if err != nil {
			return nil, nil, err
		}
		raw, err := Zipped(files)
		return Exported{Name: strings.TrimSuffix(name, ".safetensors") + "-huggingface.zip", Bytes: int64(len(raw))}, [][]byte{raw}, err
	}
	var buf bytes.Buffer
	if err := checkpoint.Encode(&buf, state); err != nil {
		return nil, nil, err
	}
	return Exported{Name: name, Bytes: int64(buf.Len())}, [][]byte{buf.Bytes()}, nil
}

// latest is the whole of the run under way, or of the last one.
func (s *session) latest(ctx context.Context) (*checkpoint.State, error) {
	switch {
	case s.run != nil && s.run.Done > 0 && s.last != "":
		return s.state(ctx)
	case s.loaded != nil:
		return s.loaded, nil
	case s.run == nil && s.elsewhere != nil:
		return s.elsewhere.run, nil
	}
	return nil, &MisfitError{"there is no run yet"}
}

func (s *session) importBytes(ctx context.Context, attached []any) (Event, [][]byte, error) {
	if len(attached) != 1 {
		return nil, nil, fmt.Errorf("worker: import takes one file, not %d", len(attached))
	}
	raw, ok := attached[0].([]byte)
	if !ok {
		return nil, nil, fmt.Errorf("worker: import takes bytes, not %T", attached[0])
	}
	state, notes, err := Opened(raw)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := ConfigOf(state)
	if err != nil {
		return nil, nil, err
	}
	id := NewID(cfg.Task, time.Now())
	if state.Meta[checkpoint.MetaTitle] == "" {
		state.Meta[checkpoint.MetaTitle] = id
	}
	info, err := s.Store.Save(ctx, id, state)
	if err != nil {
		return nil, nil, err
	}
	if len(notes) > 0 {
		s.Send(0, Noticed{notes})
	}
	return Imported{checkpointInfo(info)}, nil, nil
}
