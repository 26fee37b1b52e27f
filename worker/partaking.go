package worker

import (
	"fmt"
	"maps"
	"slices"

	"autodidact/core/data"
	"autodidact/core/probe"
)

// note tells something once.
func (m *Meter) note(name, format string, a ...any) {
	m.noteAll([]data.Rejected{note(name, format, a...)})
}

func (m *Meter) noteAll(some []data.Rejected) {
	for _, n := range some {
		if m.Note == nil || slices.Contains(m.noted, n) {
			continue
		}
		m.noted = append(m.noted, n)
		m.Note(n)
	}
}

// tell tells who takes no part, and who has fewer labels to give than were asked.
func (m *Meter) tell(numbers []int, deals []probe.LabelDraw) {
	if n := len(m.Labels) - len(labelled(m.Labels)); n > 0 {
		m.note("labels", "%d of %d samples have none and take no part", n, len(m.Labels))
	}
	m.tellParted()
	if few := deals[0].Pool; len(few) > 0 {
		m.tellFewer(numbers, deals)
	}
	if asked := len(deals[0].Test); asked < m.askable {
		m.note("questions", "%d samples are asked about in each repeat, of %d that could be", asked, m.askable)
	}
	m.tellTest()
}

// tellParted tells which labelled samples neither give their label nor are asked about.
func (m *Meter) tellParted() {
	if m.Test != nil {
		return
	}
	if m.Set.Of == data.Series {
		before, behind := m.Set.SplitByTime()
		if n := m.Set.Len() - len(before) - len(behind); n > 0 {
			m.note("windows", "%d of %d lie across the border in time between those that give labels and those that are asked about, and take no part", n, m.Set.Len())
		}
		return
	}
	var alone []string
	for class, n := range tally(m.Labels, all(len(m.Labels))) {
		if n == 1 && !probe.MultiLabel(m.Labels) {
			alone = append(alone, class)
		}
	}
	if slices.Sort(alone); len(alone) > 0 {
		m.note("labels", "%s of one sample left out, for it cannot both give its label and be asked about: %s", classes(len(alone)), firsts(alone, mostListed))
	}
}

// tellFewer tells, for each number of labels, which classes have fewer to give.
func (m *Meter) tellFewer(numbers []int, deals []probe.LabelDraw) {
	least := map[string]int{} // that a class has in some repeat
	for _, d := range deals {
		has := tally(m.Labels, d.Pool)
		for class, n := range has {
			if was, ok := least[class]; !ok || n < was {
				least[class] = n
			}
		}
	}
	for _, n := range numbers {
		var fewer []string
		for _, class := range slices.Sorted(maps.Keys(least)) {
			if least[class] < n {
				fewer = append(fewer, fmt.Sprintf("%s %d", class, least[class]))
			}
		}
		if len(fewer) > 0 {
			has, gives := "have", "They give all they have"
			if len(fewer) == 1 {
				has, gives = "has", "It gives all it has"
			}
			m.note("labels", "%d of %d classes %s fewer than %d to give: %s. %s", len(fewer), len(least), has, n, firsts(fewer, mostListed), gives)
		}
	}
}

// tellTest tells what is asked about that cannot be told, or not asked about at all.
func (m *Meter) tellTest() {
	if m.Test == nil {
		return
	}
	if n := m.Test.Len() - len(labelled(m.Test.Labels)); n > 0 {
		m.note("test samples", "%d of %d have no label and are not asked about", n, m.Test.Len())
	}
	known := probe.Classes(m.Labels)
	var strange []string
	samples := 0
	for class, n := range tally(m.Test.Labels, all(m.Test.Len())) {
		if !slices.Contains(known, class) {
			strange, samples = append(strange, class), samples+n
		}
	}
	if slices.Sort(strange); len(strange) > 0 {
		m.note("test samples", "%d are of classes that no sample gives a label of, and count as predicted wrong: %s", samples, firsts(strange, mostListed))
	}
}

// tally counts samples by class.
func tally(labels []string, at []int) map[string]int {
	n := map[string]int{}
	for _, i := range at {
		for _, tag := range probe.Tags(labels[i]) {
			n[tag]++
		}
	}
	return n
}

func classes(n int) string {
	if n == 1 {
		return "1 class"
	}
	return fmt.Sprintf("%d classes", n)
}
