package worker

import (
	"context"
	"errors"
	"maps"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
	"autodidact/core/train"
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
	Notes      func() []data.Rejected                                 // what decoding found out about its surroundings, each told once; may be nil
	File       func(info FileInfo, attached any) data.File            // a file that came beside Add
	Sample     func(ctx context.Context, name string) ([]byte, error) // a bundled set, as a zip; its error names it
	Send       func(id int, e Event, beside ...[]byte)
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
	in <-chan Request

	set      *data.Set
	rejected []data.Rejected // while it was read; notes too
	config   Config
	loaded   *checkpoint.State // what Start goes on from
	id       string            // of the run, in the store

	run       *Run       // the latest, which Embed and Map look through
	elsewhere *elsewhere // the latest, when there is no Run: its data are gone
	taken     *Handed    // of whom this one took the place of, when a run was under way
	start     int        // the id of the Start to answer when the run ends
	training  bool
	doing     string // what the page was last told that the session does
	paused    bool
	stop      bool

	saved     time.Time // when saving the run was last tried
	last      string    // the id it is saved under, also when it has ended
	stored    int       // the step at which it was last saved; -1 if it never was
	wrote     time.Time // when it was last saved here, or before it was loaded
	unkept    Code      // of the last save, if it failed: told to the page once
	monitored monitored

	given     Given             // labels of the person's
	tables    []data.LabelTable // that came with the data
	unsaved   time.Time         // when some were given that no checkpoint has; zero if none
	root      context.Context   // of the session
	jobs      []job             // under way, each inside the one before
	waiting   []Request         // for what is under way to end
	doctor    Doctor
	features  *features // of the current weights
	outlook   *outlook  // of series
	following *following
	noted     []data.Rejected // what the page was told of the data there is, and of runs on it
}

// Serve obeys commands until in closes or ctx ends.
func Serve(ctx context.Context, in <-chan Request, d Deps) {
	if d.Every == 0 {
		d.Every = 20 * time.Second
	}
	s := &session{Deps: d, in: in, root: ctx, set: &data.Set{Of: data.Images}, given: Given{}}
	s.config, _ = Config{}.Resolve()
	tasks, encoders := Catalog()
	s.Send(0, Ready{Version: Version, Backend: d.Backend.Name(), SIMD: d.SIMD, Storage: d.storage(), StorageReason: d.Forgets, Tasks: tasks, Encoders: encoders})
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
func (s *session) obey(ctx context.Context, r Request) {
	if c, ok := r.Command.(Start); ok {
		s.train(ctx, r.ID, c)
		return
	}
	var e Event
	var beside [][]byte
	do := func(ctx context.Context) (err error) {
		e, beside, err = s.do(ctx, r)
		return err
	}
	var err error
	if rank := rankOf(r.Command); rank == light {
		err = do(ctx)
	} else {
		err = s.work(ctx, rank, do)
	}
	if err != nil {
		s.Send(r.ID, failure(err))
		return
	}
	s.Send(r.ID, e, beside...)
}

// do carries out any command but Start.
func (s *session) do(ctx context.Context, r Request) (Event, [][]byte, error) {
	switch c := r.Command.(type) {
	case Add:
		return s.add(ctx, c, r.Attached)
	case AddSample:
		return s.addSample(ctx, c)
	case Clear:
		return s.clear(c)
	case Omit:
		return s.omit(c)
	case Inspect:
		return Inspected{s.set.Inspection(s.rejected)}, nil, nil
	case Mark:
		return s.mark(c)
	case Pictures:
		return s.pictures(c)
	case Preview:
		return s.preview(ctx, c)
	case Texts:
		return s.texts(c)
	case Search:
		return s.search(ctx, c)
	case Fill:
		return s.fill(ctx, c)
	case Configure:
		return s.configure(c)
	case Pause:
		return s.pause(ctx)
	case Resume:
		s.paused = false
		return OK{}, nil, nil
	case Stop:
		s.cancel(light)
		s.stop = s.training
		return OK{}, nil, nil
	case Cancel:
		s.cancel(light)
		return OK{}, nil, nil
	case Embed:
		return s.embed(ctx)
	case Probe:
		return s.probe(ctx, c)
	case Label:
		return s.label(ctx, c, r.Attached)
	case Examine:
		return s.examine(ctx)
	case Remedy:
		return s.remedy(c)
	case Compare:
		return s.compare(ctx, c)
	case Neighbors:
		return s.neighbors(ctx, c)
	case Cluster:
		return s.cluster(ctx, c)
	case Plot:
		return s.plot(c)
	case Forecast:
		return s.forecast(ctx, c)
	case Anomalies:
		return s.watch(ctx, c)
	case Feed:
		return s.feed(ctx, c)
	case Map:
		return s.mapped(ctx)
	case Checkpoints:
		return s.list(ctx)
	case Load:
		return s.load(ctx, c)
	case Rename:
		return s.rename(ctx, c)
	case Copy:
		return s.copy(ctx, c)
	case Remove:
		return OK{}, nil, s.Store.Delete(ctx, c.Checkpoint)
	case Export:
		return s.export(ctx, c)
	case Import:
		return s.importBytes(ctx, r.Attached)
	case HandOver:
		return s.handOver(ctx)
	case TakeOver:
		return s.takeOver(ctx, c, r.Attached)
	default:
		return nil, nil, errors.New("this trainer does not know that command")
	}
}

// errTraining refuses what would pull the ground from under a run.
var errTraining = &MisfitError{"a run is under way: stop it first"}

func (s *session) clear(c Clear) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if !c.Again {
		s.given, s.unsaved = Given{}, time.Time{}
	}
	s.tables = nil
	s.set, s.rejected, s.features, s.outlook, s.following, s.noted = &data.Set{Of: data.Images}, nil, nil, nil, nil, nil
	if !c.Again && s.loaded == nil {
		s.config.Missing = nil
	}
	return OK{}, nil, nil
}

func (s *session) configure(c Configure) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	cfg, err := c.Config.Resolve()
	if err != nil {
		return nil, nil, err
	}
	if cfg.Missing == nil {
		cfg.Missing = s.config.Missing
	}
	s.config, s.loaded, s.id, s.taken = cfg, nil, "", nil
	return Configured{Config: cfg}, nil, nil
}

func (s *session) pause(ctx context.Context) (Event, [][]byte, error) {
	if !s.training || s.paused {
		return OK{}, nil, nil
	}
	s.paused = true
	s.save(ctx)
	s.is("paused")
	return OK{}, nil, nil
}

// is tells the page what the session does, when that is another thing than before.
func (s *session) is(state string) {
	if s.doing != state {
		s.doing = state
		s.Send(0, State{state})
	}
}

// train runs from Start to the end of the run. Between two steps it obeys what
// has arrived; while paused it waits for more.
func (s *session) train(ctx context.Context, id int, c Start) {
	if err := s.engaged(); err != nil {
		s.Send(id, failure(err))
		return
	}
	if c.Run != "" && s.loaded == nil {
		s.id = c.Run
	}
	if err := s.work(ctx, changing, s.open); err != nil {
		s.Send(id, failure(err))
		return
	}
	if s.run.Title == "" {
		s.run.Title = s.id
	}
	s.start, s.training, s.paused, s.stop = id, true, false, false
	s.saved, s.monitored, s.last, s.unkept, s.stored = time.Now(), monitored{}, s.id, "", -1
	if s.loaded != nil {
		s.stored = s.run.Done
	}
	well := s.doctor
	s.doctor.Watch(s.run)
	taken := s.goOn()
	if taken {
		s.doctor.Found, s.doctor.Well, s.doctor.WellAt = well.Found, well.Well, well.WellAt
	}
	s.is("training")
	if len(s.run.Aside) > 0 && !taken {
		s.Send(0, SetAside{s.run.Aside})
	}
	s.note(s.run.Notices)
	err := s.steps(ctx)
	s.training, s.paused = false, false
	kernel.Trim(s.Backend)
	if err != nil {
		if s.doctor.trouble = err; errors.Is(err, train.ErrDiverged) {
			s.consult(ctx, false)
		}
		s.is("failed")
		s.Send(id, failure(err))
		return
	}
	done := s.ended(ctx, s.save(ctx))
	s.loaded, s.id = nil, "" // the next Start is a new run
	s.is("idle")
	s.Send(id, done)
}

// open makes the run that Start is about: the loaded one, or a new one.
func (s *session) open(ctx context.Context) (err error) {
	from := s.loaded
	if from == nil {
		if from, err = s.beginning(ctx, s.config); err != nil {
			return err
		}
	}
	if err := s.learn(ctx, s.config, from); err != nil {
		return err
	}
	b := Birth{Config: s.config, Set: s.set, Backend: s.Backend, From: from, Taught: s.given}
	if s.loaded != nil {
		s.run, err = OpenRun(s.loaded, s.set, s.Backend)
	} else {
		s.run, err = b.Run()
	}
	s.features, s.outlook, s.following = nil, nil, nil
	if s.id == "" && err == nil {
		s.id = NewID(s.run.Config.Task, time.Now())
		s.run.Title = s.id
	}
	return err
}

func (s *session) steps(ctx context.Context) error {
	var pace pace
	for p, err := range s.run.Steps(ctx) {
		if err != nil {
			return err
		}
		last := s.run.Done == s.run.Config.Steps
		if last {
			s.monitor(ctx)
		}
		s.Send(0, s.progress(p, &pace))
		if last || s.monitored.due() { // after the news of the step, which are not to wait for it
			if !last {
				s.monitor(ctx)
			}
			s.work(ctx, analysing, func(ctx context.Context) error { return s.consult(ctx, false) }) // if it fails, the run itself will meet the same trouble, and tell
		}
		if time.Since(s.saved) > s.Every {
			s.save(ctx)
		}
		s.Tick()
		if !s.listen(ctx) {
			return ctx.Err()
		}
	}
	return nil
}

// listen obeys waiting commands, and while paused waits for them. It returns
// false when the run is to end.
func (s *session) listen(ctx context.Context) bool {
	for !s.stop {
		s.is(map[bool]string{true: "paused", false: "training"}[s.paused])
		if r, ok := s.next(); ok {
			s.obey(ctx, r)
			continue
		}
		if s.paused {
			select {
			case r, ok := <-s.in:
				if !ok {
					return false
				}
				s.obey(ctx, r)
			case <-ctx.Done():
				return false
			}
			continue
		}
		select {
		case r, ok := <-s.in:
			if !ok {
				return false
			}
			s.obey(ctx, r)
		default:
			return ctx.Err() == nil
		}
	}
	return false
}

func (s *session) progress(p train.Progress, pace *pace) Progress {
	steps := s.run.Config.Steps
	each := pace.add(p.Took)
	e := Progress{Step: p.Step + 1, Steps: steps, Epoch: p.Epoch, Loss: p.Loss,
		Metrics: map[string]float64{"rate": float64(p.Rate), "viewsShare": p.Views.Seconds() / p.Took.Seconds()},
	}
	if each > 0 {
		e.ItemsPerSecond = float64(p.Items) / each
		e.EtaSeconds = each * float64(steps-e.Step)
	}
	if steps == 0 {
		e.EtaSeconds = s.run.Config.Minutes * 60
	}
	for _, at := range s.run.History[max(len(s.run.History)-2, 0):] { // measured after the step before this one
		maps.Copy(e.Metrics, at.Metrics)
	}
	return e
}

// pace is the recent seconds of a step, forgetting slowly.
type pace struct{ each float64 }

func (p *pace) add(took time.Duration) float64 {
	if p.each == 0 {
		p.each = took.Seconds()
	}
	p.each += 0.1 * (took.Seconds() - p.each)
	return p.each
}

// Refused is the answer to a message that Decode could not read.
func Refused(err error) Failed { return failure(err) }

// failure sorts an error for the page; its text stays for the person.
func failure(err error) Failed {
	f := Failed{Code: Internal, Message: err.Error()}
	if e, ok := errors.AsType[*ConfigError](err); ok {
		f.Code, f.Field = Misfit, e.Field
	}
	if _, ok := errors.AsType[*tensor.ShapeError](err); ok {
		f.Code = Misfit
	}
	if _, ok := errors.AsType[*MisfitError](err); ok {
		f.Code = Misfit
	}
	if _, ok := errors.AsType[*checkpoint.FormatError](err); ok {
		f.Code = BadData
	}
	if _, ok := errors.AsType[NotLoadedError](err); ok {
		f.Code = NotLoaded
	}
	switch {
	case errors.Is(err, errCancelled):
		f.Code = Cancelled
	case errors.Is(err, data.ErrTooFew):
		f.Code = TooFew
	case errors.Is(err, train.ErrDiverged):
		f.Code = Diverged
	case errors.Is(err, checkpoint.ErrFull):
		f.Code = StorageFull
	case errors.Is(err, checkpoint.ErrNotFound), errors.Is(err, ErrOtherData):
		f.Code = BadData
	}
	return f
}
