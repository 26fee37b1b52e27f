package main

import (
	"fmt"
	"strconv"
	"strings"

	"autodidact/core/data"
)

// optionFlags collects -option key=value.
type optionFlags []string

func (o *optionFlags) String() string { return strings.Join(*o, " ") }

func (o *optionFlags) Set(s string) error {
	if !strings.Contains(s, "=") {
		return fmt.Errorf("%q is not key=value", s)
	}
	*o = append(*o, s)
	return nil
}

// each is the options by name; it is an error if one is given twice.
func (o optionFlags) each() (map[string]string, error) {
	all := map[string]string{}
	for _, s := range o {
		name, value, _ := strings.Cut(s, "=")
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("option %s is given twice", name)
		}
		all[name] = value
	}
	return all, nil
}

// missingFlags collects -missing value and -missing channel=value.
type missingFlags []data.Missing

func (m *missingFlags) String() string { return strings.Join(writtenMissing(*m), " ") }

func (m *missingFlags) Set(s string) error {
	var one data.Missing
	value := s
	if at := strings.LastIndex(s, "="); at >= 0 { // a channel may be called anything
		one.Channel, value = s[:at], s[at+1:]
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 32)
	if err != nil || v != v {
		return fmt.Errorf("%q is neither a number nor channel=number", s)
	}
	one.Value = float32(v)
	*m = append(*m, one)
	return nil
}

// writtenMissing is how each is given on a command line.
func writtenMissing(all []data.Missing) (out []string) {
	for _, m := range all {
		s := data.FormatValue(m.Value)
		if m.Channel != "" {
			s = m.Channel + "=" + s
		}
		out = append(out, s)
	}
	return out
}

// all are the options by name: numbers and booleans.
func (o optionFlags) all() (map[string]any, error) {
	all := map[string]any{}
	for _, s := range o {
		key, value, _ := strings.Cut(s, "=")
		if was, twice := all[key]; twice {
			return nil, fmt.Errorf("option %s is given twice, as %v and as %s", key, was, value)
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			all[key] = n
		} else if b, err := strconv.ParseBool(value); err == nil {
			all[key] = b
		} else {
			return nil, fmt.Errorf("option %s: %q is neither a number nor true or false", key, value)
		}
	}
	return all, nil
}
