// Package report words messages to people: notices of what was not used, not read or changed, and refusals.
package report

import (
	"fmt"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

// MostListed is how many names a notice gives before it counts the rest; MostExamples how many examples.
const (
	MostListed   = 20
	MostExamples = 3
)

// Notice is a notice about something that is named.
func Notice(name, format string, a ...any) data.Rejected {
	return data.Rejected{Name: name, Code: data.Notice, Reason: fmt.Sprintf(format, a...)}
}

// List is names with commas, those beyond the first few counted.
func List(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// And is names with commas and an and.
func And(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		out := names[0]
		for _, name := range names[1 : n-1] {
			out += ", " + name
		}
		return out + " and " + names[n-1]
	}
}

// Count is a number of things, whose word gets an s where there are several. Series have one.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %s", n, Several(thing))
}

// Several is the plural of a thing.
func Several(thing string) string { return strings.TrimSuffix(thing, "s") + "s" }

// Classes is a number of classes.
func Classes(n int) string {
	if n == 1 {
		return "1 class"
	}
	return fmt.Sprintf("%d classes", n)
}

// WereNot says that things were not done something to.
func WereNot(n int, thing, done string) string {
	if n == 1 {
		return "1 " + thing + " was not " + done
	}
	return fmt.Sprintf("%d %ss were not %s", n, thing, done)
}

// Percent is a fraction in whole percent.
func Percent(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }

// Tensors lists some of a state's tensors, each with its shape.
func Tensors(s *checkpoint.State, names []string) string {
	slices.Sort(names)
	shaped := make([]string, len(names))
	for i, name := range names {
		shaped[i] = name
		if x := s.Tensors[name]; x != nil {
			shaped[i] += fmt.Sprint(" ", []int(x.Shape))
		}
	}
	return List(shaped, MostListed)
}

// UnusedTensors is the notice of tensors that were not used, none if all were.
func UnusedTensors(s *checkpoint.State, names []string) []data.Rejected {
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{Notice("model.safetensors", "%s: %s", WereNot(len(names), "tensor", "used"), Tensors(s, names))}
}
