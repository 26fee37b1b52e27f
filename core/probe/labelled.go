package probe

import (
	"slices"
	"strings"
)

// Labelled is features beside the label of each sample, "" where there is none. A sample of
// several classes has them all in its label, parted by a bar: "sea|night".
type Labelled struct {
	Features
	Labels []string
}

// Tags are the classes that a label names, each once; none of "".
func Tags(label string) []string {
	if !strings.Contains(label, "|") {
		if label = strings.TrimSpace(label); label == "" {
			return nil
		}
		return []string{label}
	}
	var tags []string
	for tag := range strings.SplitSeq(label, "|") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// MultiLabel says whether any of labels names more than one class: then each class is predicted by itself.
func MultiLabel(labels []string) bool {
	return slices.ContainsFunc(labels, func(l string) bool { return len(Tags(l)) > 1 })
}

// Classes are the classes that labels name, in alphabetical order.
func Classes(labels []string) []string {
	seen := map[string]bool{}
	var classes []string
	for _, label := range labels {
		for _, tag := range Tags(label) {
			if !seen[tag] {
				seen[tag] = true
				classes = append(classes, tag)
			}
		}
	}
	slices.Sort(classes)
	return classes
}

// labelledOnly is the samples that have a label.
func (l Labelled) labelledOnly() Labelled {
	var at []int
	for i, label := range l.Labels {
		if label != "" {
			at = append(at, i)
		}
	}
	return l.Pick(at)
}

// Pick copies the samples named by at.
func (l Labelled) Pick(at []int) Labelled {
	p := Labelled{Features: l.Features.Pick(at), Labels: make([]string, len(at))}
	for i, j := range at {
		p.Labels[i] = l.Labels[j]
	}
	return p
}

// MultiHot says which of classes each label names, 1 or 0: [n, len(classes)], row after row.
func MultiHot(labels, classes []string) []float32 {
	y := make([]float32, len(labels)*len(classes))
	for i, label := range labels {
		for _, tag := range Tags(label) {
			if c, ok := slices.BinarySearch(classes, tag); ok {
				y[i*len(classes)+c] = 1
			}
		}
	}
	return y
}
