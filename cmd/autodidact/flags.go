package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

func flags(name string) *flag.FlagSet { return flag.NewFlagSet(name, flag.ContinueOnError) }

// parse reads flags, each at most once but for several, and insists on the named ones.
func parse(f *flag.FlagSet, args []string, needed ...string) error {
	if twice := twice(f, args); twice != "" {
		return wrong(f, "-%s is given twice", twice)
	}
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if f.NArg() > 0 {
		return wrong(f, "%q is left over", f.Arg(0))
	}
	for _, name := range needed {
		if f.Lookup(name).Value.String() == "" {
			return wrong(f, "-%s is missing", name)
		}
	}
	if asJSON := f.Lookup("json"); asJSON != nil {
		stdout.json = asJSON.Value.String() == "true"
		stdout.lines = stdout.json && strings.HasPrefix(asJSON.Usage, "one JSON object a line")
	}
	return nil
}

// wrong prints what is wrong with a command's arguments.
func wrong(f *flag.FlagSet, format string, a ...any) error {
	fmt.Fprintf(os.Stderr, "autodidact %s: %s\n", f.Name(), fmt.Sprintf(format, a...))
	return errUsage
}

// given says whether a flag was given, with whatever value.
func given(f *flag.FlagSet, name string) (is bool) {
	f.Visit(func(one *flag.Flag) { is = is || one.Name == name })
	return is
}

// together refuses flags that contradict each other.
func together(f *flag.FlagSet, names ...string) error {
	some := slices.DeleteFunc(names, func(name string) bool { return !given(f, name) })
	if len(some) > 1 {
		return wrong(f, "-%s cannot be given together", strings.Join(some, " and -"))
	}
	return nil
}

// without refuses a flag that means nothing without another.
func without(f *flag.FlagSet, name, other string) error {
	if given(f, name) && !given(f, other) {
		return wrong(f, "-%s needs -%s", name, other)
	}
	return nil
}

// several are the flags that may be given more than once.
var several = []string{"option", "missing", "cors"}

// twice is a flag that args have twice, "" if there is none. It reads args as package flag does.
func twice(f *flag.FlagSet, args []string) string {
	seen := map[string]bool{}
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "-")
		if name = strings.TrimPrefix(name, "-"); !isFlag || name == "" {
			return ""
		}
		name, _, withValue := strings.Cut(name, "=")
		known := f.Lookup(name)
		if known == nil {
			return ""
		}
		if seen[name] && !slices.Contains(several, name) {
			return name
		}
		seen[name] = true
		if alone, ok := known.Value.(interface{ IsBoolFlag() bool }); !withValue && !(ok && alone.IsBoolFlag()) {
			i++
		}
	}
	return ""
}
