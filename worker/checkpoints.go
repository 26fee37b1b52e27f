package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/worker/diagnose"
	"autodidact/worker/exchange"
	"autodidact/worker/label"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// metaLabels is where a saved run has the labels that a person gave, whatever they are used for.
const metaLabels = "labels"

// save writes the run as it stands. A full disk is reported to the page and does not
// end the run: what was saved before is still there. It says why it failed, if it did.
func (s *session) save(ctx context.Context) (unsaved string) {
	s.saved = time.Now()
	return s.store(ctx, s.id)
}

// store saves the run under an id. That a save failed is said once, until one succeeds.
func (s *session) store(ctx context.Context, id string) (unsaved string) {
	info, err := s.put(ctx, id)
	if err == nil {
		s.unsaved, s.unkept, s.stored, s.wrote = time.Time{}, "", info.Step, info.Saved
		s.Send(0, protocol.Saved{Checkpoint: id, Step: info.Step, Bytes: info.Bytes})
		return ""
	}
	f := s.notSaved(ctx, id, err)
	if f.Code != s.unkept {
		s.Send(0, f)
	}
	s.unkept = f.Code
	return f.Message
}

// ended says what became of the run, and what the store holds of it.
func (s *session) ended(ctx context.Context, unsaved string) protocol.Done {
	d := protocol.Done{Steps: s.run.Done, Seconds: s.run.Seconds, Unsaved: unsaved}
	if n := len(s.run.History); n > 0 {
		d.Loss = s.run.History[n-1].Loss
	}
	if info, ok := s.kept(ctx, s.id); ok {
		d.Checkpoint, d.Saved = info.ID, info.Step
	}
	return d
}

// kept is what the store holds under an id. The store is asked: a person may have deleted it meanwhile, or the browser.
func (s *session) kept(ctx context.Context, id string) (checkpoint.Info, bool) {
	for info, err := range s.Store.All(ctx) {
		if err == nil && info.ID == id {
			return info, true
		}
	}
	return checkpoint.Info{}, false
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
		state.Meta[metaLabels] = s.given.JSON()
	}
	return state, err
}

// notSaved says that a save failed, why, and what there still is.
func (s *session) notSaved(ctx context.Context, id string, err error) protocol.Failed {
	f := protocol.Failed{Code: protocol.NotSaved, Message: fmt.Sprintf("step %d could not be saved: %v", s.run.Done, err)}
	if errors.Is(err, checkpoint.ErrFull) {
		f = protocol.Failed{Code: protocol.StorageFull, Message: fmt.Sprintf("step %d could not be saved: the browser has no more room for this page", s.run.Done)}
	}
	if info, ok := s.kept(ctx, id); ok {
		f.Message += fmt.Sprintf("; what was saved at step %d is still there", info.Step)
	}
	return f
}

func (s *session) checkpoints(ctx context.Context, _ protocol.Checkpoints, attached []any) (protocol.Event, [][]byte, error) {
	l := protocol.Listed{Checkpoints: []protocol.CheckpointInfo{}}
	for info, err := range s.Store.All(ctx) {
		c := checkpointInfo(info)
		if err != nil {
			if info.ID == "" {
				return nil, nil, err
			}
			c = protocol.CheckpointInfo{ID: info.ID, Title: info.ID, Trouble: err.Error()}
		}
		l.Checkpoints = append(l.Checkpoints, c)
	}
	return l, nil, nil
}

func checkpointInfo(i checkpoint.Info) protocol.CheckpointInfo {
	return protocol.CheckpointInfo{ID: i.ID, Title: i.Title, Task: i.Task, Step: i.Step, Bytes: i.Bytes, Saved: i.Saved.UnixMilli()}
}

func (s *session) load(ctx context.Context, c protocol.Load, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	state, err := s.Store.Load(ctx, c.Checkpoint)
	if err != nil {
		return nil, nil, damaged(ctx, s.Store, c.Checkpoint, err)
	}
	cfg, err := run.ConfigOf(state)
	if err != nil {
		return nil, nil, err
	}
	if cfg.From == diagnose.Healthy { // which is gone with the session it was of
		cfg.From = ""
	}
	e := protocol.Configured{Config: cfg, Checkpoint: c.Checkpoint}
	if e.Step, e.History, err = run.CurveOf(state); err != nil {
		return nil, nil, err
	}
	given, err := label.Saved(state, metaLabels)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(given, s.given) // what was given since counts
	s.loaded, s.id, s.config, s.given, s.last = state, c.Checkpoint, cfg, given, c.Checkpoint
	s.run, s.features, s.doctor, s.taken, s.elsewhere = nil, nil, diagnose.Doctor{}, nil, nil
	info, _ := s.kept(ctx, c.Checkpoint)
	s.wrote = info.Saved
	if s.set.Mark(cfg.Missing) {
		s.fitted, s.stream = nil, nil
		s.Send(0, s.windows(s.set.Long()))
	}
	return e, nil, nil
}

func (s *session) remove(ctx context.Context, c protocol.Remove, attached []any) (protocol.Event, [][]byte, error) {
	return protocol.OK{}, nil, s.Store.Delete(ctx, c.Checkpoint)
}

func (s *session) rename(ctx context.Context, c protocol.Rename, attached []any) (protocol.Event, [][]byte, error) {
	if s.training && c.Checkpoint == s.id {
		s.run.Title = c.Title // the next save says it too
	}
	return protocol.OK{}, nil, s.Store.Rename(ctx, c.Checkpoint, c.Title)
}

func (s *session) copy(ctx context.Context, c protocol.Copy, attached []any) (protocol.Event, [][]byte, error) {
	state, err := s.Store.Load(ctx, c.Checkpoint)
	if err != nil {
		return nil, nil, err
	}
	state.Meta[checkpoint.MetaTitle] = copyOf(cmp.Or(state.Meta[checkpoint.MetaTitle], c.Checkpoint))
	info, err := s.Store.Save(ctx, run.NewID(state.Meta[checkpoint.MetaTask], time.Now()), state)
	return protocol.Copied{Checkpoint: checkpointInfo(info)}, nil, err
}

// copyOf is the title of a copy; that of a copy of a copy is no longer.
func copyOf(title string) string { return "Copy of " + strings.TrimPrefix(title, "Copy of ") }

func (s *session) export(ctx context.Context, c protocol.Export, attached []any) (protocol.Event, [][]byte, error) {
	if c.Format == "labels" || c.Format == "predictions" {
		return s.table(ctx, c.Format)
	}
	c.Format = cmp.Or(c.Format, "safetensors")
	format, err := exchange.FindFormat(c.Format)
	if err != nil && c.Format != "checkpoint" {
		return nil, nil, report.BadField("format", "no format named %q; there are %s", c.Format, report.And(append(exchange.FormatNames(), "checkpoint", "labels", "predictions")))
	}
	if format.Portable && c.Checkpoint != "" {
		return nil, nil, report.BadField("checkpoint", "format %s is of the latest run: load this one first", format.Name)
	}
	state, name, err := s.exported(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if c.Format == "checkpoint" || c.Checkpoint != "" && c.Format == "safetensors" { // the whole run
		return protocol.Exported{Name: name + ".safetensors", Write: func(w io.Writer) error { return checkpoint.Encode(w, state) }}, nil, nil
	}
	model, err := run.ModelOf(state)
	if err != nil {
		return nil, nil, err
	}
	source := exchange.Source{Model: model, Options: c.Options}
	if format.Portable {
		if source, err = s.portable(ctx, c, model, attached); err != nil {
			return nil, nil, err
		}
	}
	if c.Checkpoint == "" && format.Whole {
		state, _ = s.latest(ctx)
	}
	if state != nil && run.Resumable(state) {
		source.Run = state
	}
	ext, file, err := format.Pack(source)
	return protocol.Exported{Name: name + ext, Write: file.Write}, nil, err
}

// exported is what is to be exported, and what it is called.
func (s *session) exported(ctx context.Context, c protocol.Export) (state *checkpoint.State, name string, err error) {
	switch {
	case c.Checkpoint != "":
		state, err = s.Store.Load(ctx, c.Checkpoint)
		return state, c.Checkpoint, err
	case c.Format == "checkpoint":
		state, err = s.latest(ctx)
		return state, s.last, err
	case s.run == nil && s.loaded == nil && s.elsewhere != nil:
		cfg, _ := run.ConfigOf(s.elsewhere.run)
		return s.elsewhere.model, cfg.Task + "-" + cfg.Encoder, nil
	}
	if err = s.look(ctx); err != nil {
		return nil, "", err
	}
	state, err = s.run.Model(ctx)
	return state, s.run.Config.Task + "-" + s.run.Config.Encoder, err
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
	return nil, report.Mismatch("there is no run yet")
}

func (s *session) importModel(ctx context.Context, c protocol.Import, attached []any) (protocol.Event, [][]byte, error) {
	files, err := s.files(c.Files, attached)
	if err != nil {
		return nil, nil, err
	}
	state, notes, err := exchange.OpenFiles(files)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := run.ConfigOf(state)
	if err != nil {
		return nil, nil, err
	}
	id := run.NewID(cfg.Task, time.Now())
	if state.Meta[checkpoint.MetaTitle] == "" {
		state.Meta[checkpoint.MetaTitle] = cmp.Or(exchange.Title(files), id)
	}
	info, err := s.Store.Save(ctx, id, state)
	if err != nil {
		return nil, nil, err
	}
	if len(notes) > 0 {
		s.Send(0, protocol.Noticed{Notices: notes})
	}
	return protocol.Imported{Checkpoint: checkpointInfo(info)}, nil, nil
}

// damaged adds to the error of a checkpoint that cannot be read what can be done: which other saved runs are whole.
func damaged(ctx context.Context, store checkpoint.Store, id string, err error) error {
	if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
		return err
	}
	var whole []string
	for info, err := range store.All(ctx) {
		if err == nil && info.ID != id {
			whole = append(whole, fmt.Sprintf("%s (step %d)", cmp.Or(info.Title, info.ID), info.Step))
		}
	}
	if len(whole) == 0 {
		return fmt.Errorf("%w. It cannot be repaired, and no other run is saved here: train again, or import a file that was exported from it", err)
	}
	return fmt.Errorf("%w. It cannot be repaired; import a file that was exported from it, or go on from another saved run: %s", err, report.List(whole, report.MostListed))
}
