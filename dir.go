package autodidact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
	"autodidact/core/train"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// The files in a run directory that are no states.
const (
	logFile  = "log.jsonl"
	lockFile = ".lock" // is held by the process that trains into a run directory. It says which that is
)

// A DamagedError is the error of a file in a run directory that cannot be read, with what there is instead.
type DamagedError = checkpoint.DamagedError

var (
	// ErrNotFound means that there is no run, or no model, where one was looked for. It is also fs.ErrNotExist.
	ErrNotFound = checkpoint.ErrNotFound
	// ErrFull means that the disk has no room left. What was saved before is still there.
	ErrFull = checkpoint.ErrFull
	// ErrOtherData means that a run was to go on with other samples than it began with.
	ErrOtherData = run.ErrOtherData
	// ErrDiverged means that training diverged: the loss, or the weights, are no numbers any more. A lower Rate mostly helps; healthy.safetensors
	// in the run's directory has the weights of before.
	ErrDiverged = train.ErrDiverged
)

// Dir is a run directory that this process trains into, and no other does: it is locked until Close, or the end of the process. It holds
//
//	checkpoint.safetensors  everything that the run goes on from bit for bit
//	model.safetensors       the encoder, once the run is done, with PyTorch's names and axis order
//	log.jsonl               a line of JSON for each step, score and finding
//
// and, where they help after an accident, previous.safetensors, the checkpoint before, and healthy.safetensors, the weights of when the
// diagnostics last found nothing serious.
type Dir struct {
	// Log, if it is set before the run is, is given the lines of log.jsonl too.
	Log io.Writer

	path     string
	release  func()
	locked   []Rejected        // what was to be said of that
	saved    *checkpoint.State // the run that it holds, once that was looked for
	damage   *DamagedError
	training *Run
}

// OpenDir locks a run directory, which it makes if there is none. That another process trains into it is an error that names the process.
func OpenDir(path string) (*Dir, error) {
	d := &Dir{path: path}
	if err := d.lock(); err != nil {
		return nil, err
	}
	return d, nil
}

// lock makes this process the only one that trains into d. The lock ends with the process, however that ends. release gives it back,
// and takes a directory that stayed empty away again.
func (d *Dir) lock() error {
	d.release = func() {}
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return err
	}
	path := filepath.Join(d.path, lockFile)
	one := flock.New(path)
	mine, err := one.TryLock()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		d.locked = append(d.locked, report.Notice(d.path, "files cannot be locked there, so take care that no other process trains into it"))
		return nil
	case err != nil:
		return fmt.Errorf("%s cannot be locked: %w", d.path, err)
	case !mine:
		return &InUseError{d.path, holder(path)}
	}
	os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o644) // a full disk holds no number, but the lock all the same
	d.release = func() {
		if files, err := os.ReadDir(d.path); err == nil && len(files) == 1 {
			os.Remove(path)
			os.Remove(d.path)
		}
		one.Close()
	}
	return nil
}

// An InUseError means that another process trains into a run directory.
type InUseError struct {
	Path   string
	Holder string // as "the process 123"
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is in use: %s trains into it", e.Path, e.Holder)
}

// holder names the process that holds a lock.
func holder(path string) string {
	raw, _ := os.ReadFile(path)
	if pid := strings.TrimSpace(string(raw)); pid != "" {
		return "the process " + pid
	}
	return "another process"
}

// Close ends the log of the run, gives the lock back and removes the directory if it stayed empty. Its error says that log.jsonl lacks lines.
func (d *Dir) Close() error {
	defer d.release()
	if d.training == nil {
		return nil
	}
	return d.training.close()
}

// Config is that of the run that the directory holds: what data must be opened with (Kind, Size, Missing) for [Dir.Resume] to go on.
// There may be none (ErrNotFound). Of a damaged checkpoint it is a [*DamagedError], unless the one before is intact: then that
// is taken, and [Dir.Damage] says so.
func (d *Dir) Config(ctx context.Context) (Config, error) {
	if err := d.load(ctx); err != nil {
		return Config{}, err
	}
	c, err := run.ConfigOf(d.saved)
	if err != nil {
		return Config{}, err
	}
	return configOf(c)
}

// Damage is what is wrong with the latest checkpoint, where the run goes on from the one before; else nil.
func (d *Dir) Damage() *DamagedError { return d.damage }

// load reads the run that is saved in d, once: the one before if the latest is damaged.
func (d *Dir) load(ctx context.Context) (err error) {
	if d.saved != nil {
		return nil
	}
	store := checkpoint.Directory(d.path)
	if d.saved, err = store.Load(ctx, checkpoint.RunID); err == nil || errors.Is(err, checkpoint.ErrNotFound) {
		return err
	}
	err = store.Remedied(ctx, err)
	if damaged, is := errors.AsType[*DamagedError](err); is {
		if d.saved, _ = store.Load(ctx, checkpoint.PreviousID); d.saved != nil {
			d.damage = damaged
			return nil
		}
	}
	return err
}

// Pretrain is [Pretrain], saved in the directory, which must not hold a run yet.
func (d *Dir) Pretrain(ctx context.Context, data *Data, c Config) (*Run, error) {
	if err := d.load(ctx); !errors.Is(err, checkpoint.ErrNotFound) {
		if err == nil {
			err = fmt.Errorf("%s already holds a run", d.path)
		}
		return nil, err
	}
	r, err := Pretrain(ctx, data, c)
	if err != nil {
		return nil, err
	}
	return r, d.begin(r)
}

// Resume goes on with the run that the directory holds, on the samples that it began with: the same ones give the same model, byte for
// byte, as if it had never stopped; others are [ErrOtherData].
func (d *Dir) Resume(ctx context.Context, data *Data) (*Run, error) {
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	c, err := run.ConfigOf(d.saved)
	if err != nil {
		return nil, err
	}
	if data, err = prepared(ctx, data, c, d.saved); err != nil {
		return nil, err
	}
	inner, err := run.Open(d.saved, data.set, cpu.New())
	if err != nil {
		return nil, err
	}
	r := newRun(inner, data)
	r.stored, r.rescued = inner.Done, d.damage != nil
	if d.damage != nil {
		r.news = append(r.news, report.Notice(filepath.Join(d.path, checkpoint.RunID+checkpoint.Ext), "it is damaged (%v): the run continues from the checkpoint before, of step %s", d.damage.Err, d.damage.Step))
	}
	return r, d.begin(r)
}

// begin makes r the run that is saved in d.
func (d *Dir) begin(r *Run) (err error) {
	r.store, r.path = checkpoint.Directory(d.path), d.path
	r.news = append(r.news, d.locked...)
	d.training = r
	if r.log, err = openLog(filepath.Join(d.path, logFile), r.run.Done, d.Log); err != nil {
		return err
	}
	if n := len(r.run.Sittings); n > 1 && r.run.Sittings[n-1].Since == r.run.Done {
		return r.write(resumedEvent{"resumed", r.run.Done, r.run.Sittings[n-2].Machine, r.run.Sittings[n-1].Machine})
	}
	return nil
}
