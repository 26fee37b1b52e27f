package evaluate

import (
	"cmp"
	"fmt"
	"slices"

	"autodidact/worker/report"
)

// ranked puts the best first: by the mean of how large their rank is, beside the largest, and how many samples they retrieve.
func ranked(entrants []Entry) []Entry {
	out, most := append([]Entry{}, entrants...), 0.0
	for _, e := range out {
		most = max(most, e.Rank.Mean)
	}
	for i, e := range out {
		if e.Trouble == "" && most > 0 {
			out[i].Score = (e.Rank.Mean/most + e.Stable.Mean) / 2
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int {
		if a.KNN != nil && b.KNN != nil {
			return cmp.Compare(b.KNN.Mean, a.KNN.Mean)
		}
		return cmp.Compare(b.Score, a.Score)
	})
	return out
}

func (c *Comparison) ranking(done []Entry) Ranking {
	e := Ranking{Entries: ranked(done)}
	var well []Entry
	for _, one := range e.Entries {
		if one.Trouble == "" {
			well = append(well, one)
		}
	}
	e.Words = reliability(well)
	if len(well) >= 2 && well[0].KNN != nil {
		tau := agreement(well)
		e.Agreement = &tau
	}
	return e
}

// agreement is Kendall's tau between the order by Score and that by labels: 1 is the same order, -1 the opposite.
func agreement(entrants []Entry) float64 {
	sum, pairs := 0.0, 0.0
	for i, a := range entrants {
		for _, b := range entrants[i+1:] {
			sum += float64(cmp.Compare(a.Score, b.Score) * cmp.Compare(a.KNN.Mean, b.KNN.Mean))
			pairs++
		}
	}
	return sum / max(pairs, 1)
}

// reliability says how far the order is to be believed.
func reliability(well []Entry) string {
	if len(well) == 0 {
		return "Nothing could be compared."
	}
	if len(well) == 1 {
		return "One task alone has no order."
	}
	first, second := well[0], well[1]
	if first.KNN != nil {
		words := fmt.Sprintf("Ranked by labels: %s first, with a kNN accuracy of %s.", first.Task, report.Percent(first.KNN.Mean))
		if second.KNN.High > first.KNN.Low {
			words += fmt.Sprintf(" But %s may be as good: its band overlaps.", second.Task)
		}
		tau := agreement(well)
		switch {
		case tau > 0.6:
			words += " The order without labels would have been much the same."
		case tau > 0.2:
			words += " The order without labels would have been similar, no more."
		default:
			words += " Without labels the order would have been another: do not trust it here."
		}
		return words
	}
	words := fmt.Sprintf("Ranked without labels: %s first, by the effective rank of its features and how many samples it retrieves under augmentation.", first.Task)
	if second.Rank.High > first.Rank.Low && second.Stable.High > first.Stable.Low {
		words += fmt.Sprintf(" %s may as well be first: both figures overlap.", second.Task)
	}
	return words + " Such an order is a hint: " + measuredAgreement + " Label a few samples of each class, and the order is by those."
}

// A Ranking is tasks in order, and what that order is worth.
type Ranking struct {
	Entries   []Entry  `json:"entrants"`  // the best first, as far as is known
	Words     string   `json:"words"`     // how far to trust the order
	Agreement *float64 `json:"agreement"` // Kendall's tau of the order without labels and that by labels, if there are any
}

// A Standing is how a comparison under way stands.
type Standing struct {
	Entries []Entry `json:"entrants"`
	Task    string  `json:"task"`       // the one that trains
	Done    float64 `json:"done"`       // of all, from 0 to 1
	Left    float64 `json:"etaSeconds"` // seconds
}

// An Entry is a task in a comparison.
type Entry struct {
	Task    string  `json:"task"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
	Loss    float32 `json:"loss"`
	Rank    Band    `json:"rank"`          // effective rank of its features
	Stable  Band    `json:"stable"`        // samples retrieved by an altered copy of theirs
	KNN     *Band   `json:"knn,omitempty"` // kNN accuracy of labels
	Score   float64 `json:"score"`         // what it is ranked by where there are no labels, from 0 to 1
	Trouble string  `json:"trouble,omitempty"`
}
