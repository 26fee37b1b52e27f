package worker

import (
	"fmt"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

// mostListed is how many names a notice gives before it counts the rest.
const mostListed = 20

// note is a notice about something that is named.
func note(name, format string, a ...any) data.Rejected {
	return data.Rejected{Name: name, Code: data.Notice, Reason: fmt.Sprintf(format, a...)}
}

// firsts is names with commas, those beyond the first few counted.
func firsts(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// count is a number of things, whose word gets an s where there are several.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// wereNot says that things were not done something to.
func wereNot(n int, thing, done string) string {
	if n == 1 {
		return "1 " + thing + " was not " + done
	}
	return fmt.Sprintf("%d %ss were not %s", n, thing, done)
}

// tensors lists some of a state's tensors, each with its shape.
func tensors(s *checkpoint.State, names []string) string {
	slices.Sort(names)
	shaped := make([]string, len(names))
	for i, name := range names {
		shaped[i] = name
		if x := s.Tensors[name]; x != nil {
			shaped[i] += fmt.Sprint(" ", []int(x.Shape))
		}
	}
	return firsts(shaped, mostListed)
}

// note tells the page what it has not been told yet of the data there is.
func (s *session) note(some []data.Rejected) {
	fresh := slices.DeleteFunc(slices.Clone(some), func(n data.Rejected) bool { return slices.Contains(s.noted, n) })
	if len(fresh) == 0 {
		return
	}
	s.noted = append(s.noted, fresh...)
	s.Send(0, Noticed{fresh})
}
