package report

import (
	"fmt"

	"autodidact/core/data"
)

// A ConfigError names the field of a configuration or a command that cannot be.
type ConfigError struct {
	Field  string // as on the wire: "batch", "options.temperature"
	Reason string
}

func (e *ConfigError) Error() string { return e.Reason }

// BadField is a ConfigError.
func BadField(field, format string, a ...any) error {
	return &ConfigError{field, fmt.Sprintf(format, a...)}
}

// A MismatchError means that things do not belong together: a checkpoint and a model, a command and the data there are.
type MismatchError struct{ Reason string }

func (e *MismatchError) Error() string { return e.Reason }

// Mismatch is a MismatchError.
func Mismatch(format string, a ...any) error { return &MismatchError{fmt.Sprintf(format, a...)} }

// A TooFewError is a [data.ErrTooFew] in its own words.
type TooFewError struct{ Reason string }

func (e *TooFewError) Error() string { return e.Reason }
func (e *TooFewError) Unwrap() error { return data.ErrTooFew }

// TooFew is a TooFewError.
func TooFew(format string, a ...any) error { return &TooFewError{fmt.Sprintf(format, a...)} }
