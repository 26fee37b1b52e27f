package evaluate

import (
	"fmt"
	"maps"
	"slices"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// note reports something once.
func (m *Evaluation) note(name, format string, a ...any) {
	m.noteAll([]data.Rejected{report.Notice(name, format, a...)})
}

func (m *Evaluation) noteAll(some []data.Rejected) {
	for _, n := range some {
		if m.Note == nil || slices.Contains(m.noted, n) {
			continue
		}
		m.noted = append(m.noted, n)
		m.Note(n)
	}
}

// report reports which samples are not used, and which classes have fewer labels than were asked for.
func (m *Evaluation) report(numbers []int, draws []probe.LabelDraw) {
	if n := len(m.Given) - len(probe.WithLabel(m.Given)); n > 0 {
		m.note("labels", "%d of %d samples have none and are not used", n, len(m.Given))
	}
	m.reportUnused()
	if pool := draws[0].Pool; len(pool) > 0 {
		m.reportFewer(numbers, draws)
	}
	if n := len(draws[0].Test); n < m.testable {
		m.note("test samples", "%d are tested in each repeat, of %d that could be", n, m.testable)
	}
	m.reportTest()
}

// reportUnused reports labelled samples that are neither trained on nor tested.
func (m *Evaluation) reportUnused() {
	if m.Test != nil {
		return
	}
	if train, test, fixed := kind.Of(m.Set.Of).Split(m.Set); fixed {
		if n := m.Set.Len() - len(train) - len(test); n > 0 {
			m.note(report.Several(kind.NounOf(m.Set)), "%d of %d lie across the border in time between those that give labels and those that are tested, and are not used", n, m.Set.Len())
		}
		m.reportUnlearned(train, test)
		return
	}
	var alone []string
	for class, n := range tally(m.Given, probe.All(len(m.Given))) {
		if n == 1 && !probe.MultiLabel(m.Given) {
			alone = append(alone, class)
		}
	}
	if slices.Sort(alone); len(alone) > 0 {
		m.note("labels", "%s of one sample left out, for it cannot both give its label and be tested: %s", report.Classes(len(alone)), report.List(alone, report.MostListed))
	}
}

// reportUnlearned reports classes of which samples are tested, and none gives a label.
func (m *Evaluation) reportUnlearned(train, test []int) {
	known, noun := tally(m.Given, train), kind.NounOf(m.Set)
	var only []string
	for class, n := range tally(m.Given, test) {
		if known[class] == 0 {
			only = append(only, fmt.Sprintf("%s (%s)", class, report.Count(n, noun)))
		}
	}
	if slices.Sort(only); len(only) > 0 {
		m.note("test samples", "%s only in the test part: nothing can be learned of %s, and they count as predicted wrong: %s",
			map[bool]string{true: "1 class is", false: fmt.Sprintf("%d classes are", len(only))}[len(only) == 1], map[bool]string{true: "it", false: "them"}[len(only) == 1], report.List(only, report.MostListed))
	}
}

// reportFewer reports, for each number of labels, which classes have fewer to give.
func (m *Evaluation) reportFewer(numbers []int, draws []probe.LabelDraw) {
	least := map[string]int{} // that a class has in some repeat
	for _, d := range draws {
		has := tally(m.Given, d.Pool)
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
			m.note("labels", "%d of %d classes %s fewer than %d to give: %s. %s", len(fewer), len(least), has, n, report.List(fewer, report.MostListed), gives)
		}
	}
}

// reportTest reports test samples that cannot be predicted, or are not tested at all.
func (m *Evaluation) reportTest() {
	if m.Test == nil {
		return
	}
	if n := m.Test.Len() - len(probe.WithLabel(m.Test.Labels)); n > 0 {
		m.note("test samples", "%d of %d have no label and are not tested", n, m.Test.Len())
	}
	known := probe.Classes(m.Given)
	var unknown []string
	samples := 0
	for class, n := range tally(m.Test.Labels, probe.All(m.Test.Len())) {
		if !slices.Contains(known, class) {
			unknown, samples = append(unknown, class), samples+n
		}
	}
	if slices.Sort(unknown); len(unknown) > 0 {
		m.note("test samples", "%d are of classes that no sample gives a label of, and count as predicted wrong: %s", samples, report.List(unknown, report.MostListed))
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
