package worker

import (
	"errors"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/core/train"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A Code is a failure a page can act on without reading prose.
type Code string

const (
	BadData     Code = "bad-data"
	TooFew      Code = "too-few"
	Misfit      Code = "misfit"
	Cancelled   Code = "cancelled" // by Cancel, or by a newer command
	Diverged    Code = "diverged"
	OutOfMemory Code = "out-of-memory"
	StorageFull Code = "storage-full"
	NotSaved    Code = "not-saved"  // for another reason than a full disk
	NotLoaded   Code = "not-loaded" // a file of the program
	InUse       Code = "in-use"     // another tab trains that run: said by the page, which alone can know
	Unsupported Code = "unsupported"
	Internal    Code = "internal"
)

// A NotLoadedError says which file of the program is not where it is looked for, what is there instead, and what to do.
type NotLoadedError string

func (e NotLoadedError) Error() string { return string(e) }

// Refused is the answer to a message that Decode could not read.
func Refused(err error) Failed { return failure(err) }

// failure sorts an error for the page; its text stays for the person.
func failure(err error) Failed {
	f := Failed{Code: Internal, Message: err.Error()}
	if e, ok := errors.AsType[*report.ConfigError](err); ok {
		f.Code, f.Field = Misfit, e.Field
	}
	if _, ok := errors.AsType[*tensor.ShapeError](err); ok {
		f.Code = Misfit
	}
	if _, ok := errors.AsType[*report.MismatchError](err); ok {
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
	case errors.Is(err, checkpoint.ErrNotFound), errors.Is(err, run.ErrOtherData):
		f.Code = BadData
	}
	return f
}
