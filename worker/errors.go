package worker

import (
	"errors"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/core/train"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A NotLoadedError says which file of the program is not where it is looked for, what is there instead, and what to do.
type NotLoadedError string

func (e NotLoadedError) Error() string { return string(e) }

// Refused is the answer to a message that Decode could not read.
func Refused(err error) protocol.Failed { return failure(err) }

// failure sorts an error for the page; its text stays for the person.
func failure(err error) protocol.Failed {
	f := protocol.Failed{Code: protocol.Internal, Message: err.Error()}
	if e, ok := errors.AsType[*report.ConfigError](err); ok {
		f.Code, f.Field = protocol.Misfit, e.Field
	}
	if _, ok := errors.AsType[*tensor.ShapeError](err); ok {
		f.Code = protocol.Misfit
	}
	if _, ok := errors.AsType[*report.MismatchError](err); ok {
		f.Code = protocol.Misfit
	}
	if _, ok := errors.AsType[*checkpoint.FormatError](err); ok {
		f.Code = protocol.BadData
	}
	if _, ok := errors.AsType[NotLoadedError](err); ok {
		f.Code = protocol.NotLoaded
	}
	switch {
	case errors.Is(err, errCancelled):
		f.Code = protocol.Cancelled
	case errors.Is(err, data.ErrTooFew):
		f.Code = protocol.TooFew
	case errors.Is(err, train.ErrDiverged):
		f.Code = protocol.Diverged
	case errors.Is(err, checkpoint.ErrFull):
		f.Code = protocol.StorageFull
	case errors.Is(err, checkpoint.ErrNotFound), errors.Is(err, run.ErrOtherData):
		f.Code = protocol.BadData
	}
	return f
}
