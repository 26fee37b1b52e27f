package worker

import (
	"context"
	"slices"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/worker/diagnose"
	"autodidact/worker/label"
	"autodidact/worker/portable"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// Deps is what a session needs from outside: the wasm package gives the
// browser's, a test gives its own.
type Deps struct {
	Backend    kernel.Backend
	SIMD       string // "none", "simd" or "relaxed"
	Store      checkpoint.Store
	Forgets    string // why what Store holds ends with the page; "" if it outlasts it
	Decode     data.PictureDecoder
	DecodeClip data.ClipDecoder
	Notes      func() []data.Rejected                                 // what decoding found out about its surroundings, each once; may be nil
	File       func(info protocol.FileInfo, attached any) data.File   // a file that came beside Add
	Sample     func(ctx context.Context, name string) ([]byte, error) // a bundled set, as a zip; its error names it
	Send       func(id int, e protocol.Event, beside ...[]byte)
	Tick       func()        // lets waiting messages in; called between steps and batches
	Every      time.Duration // between checkpoints of a run; 0 for the usual 20 s
}

func (d Deps) storage() string {
	if d.Forgets != "" {
		return "memory"
	}
	return "indexeddb"
}

// session is the trainer's side of the conversation. One goroutine owns it: it
// obeys a command, trains a step if a run is under way, and looks for the next command.
type session struct {
	Deps
	in <-chan protocol.Request

	set      *data.Set
	rejected []data.Rejected // while it was read; notes too
	config   run.Config
	loaded   *checkpoint.State // what Start goes on from
	id       string            // of the run, in the store

	run       *run.Run         // the latest, which Embed and Map look through
	elsewhere *elsewhere       // the latest, when there is no Run: its data are gone
	taken     *protocol.Handed // of whom this one took the place of, when a run was under way
	training  bool
	doing     string // what the page last heard that the session does
	paused    bool
	stop      bool

	saved     time.Time     // when saving the run was last tried
	last      string        // the id it is saved under, also when it has ended
	stored    int           // the step at which it was last saved; -1 if it never was
	wrote     time.Time     // when it was last saved here, or before it was loaded
	unkept    protocol.Code // of the last save, if it failed: sent to the page once
	monitored monitored

	given    label.Labels       // labels of the person's
	tables   []data.LabelTable  // that came with the data
	unsaved  time.Time          // when some were given that no checkpoint has; zero if none
	root     context.Context    // of the session
	jobs     []job              // under way, each inside the one before
	waiting  []protocol.Request // for what is under way to end
	doctor   diagnose.Doctor
	features *features // of the current weights
	fitted   *fitted   // of series
	stream   *stream
	opened   *portable.Model // to be used by itself; nil if there is none
	noted    []data.Rejected // what the page has heard of the data there is, and of runs on it
}

// Serve obeys commands until in closes or ctx ends.
func Serve(ctx context.Context, in <-chan protocol.Request, d Deps) {
	if d.Every == 0 {
		d.Every = 20 * time.Second
	}
	s := &session{Deps: d, in: in, root: ctx, set: &data.Set{Of: data.Images}, given: label.Labels{}}
	s.config, _ = run.Config{}.Resolve()
	tasks, encoders := protocol.Catalog()
	s.Send(0, protocol.Ready{Version: protocol.Version, Backend: d.Backend.Name(), SIMD: d.SIMD, Storage: d.storage(), StorageReason: d.Forgets, Tasks: tasks, Encoders: encoders})
	s.is("idle")
	for {
		if r, ok := s.next(); ok {
			s.obey(ctx, r)
			continue
		}
		var settled <-chan time.Time
		if !s.unsaved.IsZero() {
			settled = time.After(time.Until(s.unsaved.Add(settling)))
		}
		select {
		case r, ok := <-in:
			if !ok {
				return
			}
			s.obey(ctx, r)
		case <-settled:
			s.keepLabels(ctx)
			s.unsaved = time.Time{}
		case <-ctx.Done():
			return
		}
	}
}

// obey answers r with exactly one event. Start is answered when its run ends;
// until then the loop in train obeys the others between steps.
func (s *session) obey(ctx context.Context, r protocol.Request) {
	if c, ok := r.Command.(protocol.Start); ok {
		s.train(ctx, r.ID, c)
		return
	}
	var e protocol.Event
	var beside [][]byte
	do := func(ctx context.Context) (err error) {
		e, beside, err = s.handle(ctx, r)
		return err
	}
	var err error
	if rank := rankOf(r.Command); rank == light {
		err = do(ctx)
	} else {
		err = s.work(ctx, rank, do)
	}
	if x, ok := e.(protocol.Exported); ok && x.Write != nil && err == nil {
		e, beside, err = s.parts(r.ID, x)
	}
	if err != nil {
		s.Send(r.ID, failure(err))
		return
	}
	s.Send(r.ID, e, beside...)
}

// errTraining refuses what would pull the ground from under a run.
var errTraining = report.Mismatch("a run is under way: stop it first")

// note sends the page what it has not heard yet of the data there is.
func (s *session) note(some []data.Rejected) {
	fresh := slices.DeleteFunc(slices.Clone(some), func(n data.Rejected) bool { return slices.Contains(s.noted, n) })
	if len(fresh) == 0 {
		return
	}
	s.noted = append(s.noted, fresh...)
	s.Send(0, protocol.Noticed{Notices: fresh})
}
