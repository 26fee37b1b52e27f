package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
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

// json gives the options as a page would send them; numbers and booleans unquoted.
func (o optionFlags) json() (json.RawMessage, error) {
	if len(o) == 0 {
		return nil, nil
	}
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
	return json.Marshal(all)
}
