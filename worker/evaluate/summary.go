package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"autodidact/worker/report"
)

// A summary puts results into words that claim no more than the bands allow.
type summary struct {
	results []Result
	largest float64 // accuracy of always predicting the largest class
	all     int     // labels of a class, on average, where all are given
}

// Summary says what the results come to, in a sentence or two.
func (m *Evaluation) Summary(results []Result) string {
	count, n, most := map[string]int{}, 0, 0
	for _, l := range m.Given {
		if l != "" {
			count[l]++
			n++
			most = max(most, count[l])
		}
	}
	v := summary{results, float64(most) / math.Max(1, float64(n)), n * 4 / 5 / max(1, len(count))}
	return v.words()
}

// tooEasy is an accuracy that leaves nothing to be better at.
const tooEasy = 0.985

// usualFew is the number of labels that a summary is about, if it was measured.
const usualFew = 10

func (v summary) words() string {
	at := v.few()
	ours, ok := v.find(pretrained, at)
	if !ok {
		return ""
	}
	with := fmt.Sprintf("With %s the pretrained encoder reaches %s accuracy", v.given(at), report.Percent(ours.Accuracy))
	var rivals []Result
	for _, c := range contenders {
		if r, ok := v.find(c, at); ok {
			rivals = append(rivals, r)
		}
	}
	if len(rivals) == 0 {
		return with + "; nothing was measured beside it, so that says little."
	}
	slices.SortStableFunc(rivals, func(a, b Result) int { return cmp.Compare(b.Accuracy, a.Accuracy) })
	best := rivals[0]
	closest := slices.MinFunc(rivals, func(a, b Result) int { return cmp.Compare(a.Ahead.Low, b.Ahead.Low) })
	switch {
	case min(ours.Accuracy, best.Accuracy) >= tooEasy:
		return fmt.Sprintf("These labels are too easy to compare by: with %s %s reaches %s, and so does the pretrained encoder. Try harder ones.", v.given(at), v.name(best), report.Percent(best.Accuracy))
	case ours.High <= v.largest && best.High <= v.largest:
		return fmt.Sprintf("With %s neither the encoder (%s) nor %s (%s) beats always predicting the largest class (%s).",
			v.given(at), report.Percent(ours.Accuracy), v.name(best), report.Percent(best.Accuracy), report.Percent(v.largest))
	case closest.Ahead.Low > 0:
		return with + v.saved(ours, at) + v.overtaken(at)
	case best.Ahead.Mean > 0:
		return fmt.Sprintf("%s, but that may be chance: %s reaches %s, %s points less (95 %% band %s to %s). More label samples or a longer run would decide.",
			with, v.name(closest), report.Percent(closest.Accuracy), points(closest.Ahead.Mean), points(closest.Ahead.Low), points(closest.Ahead.High))
	default:
		return fmt.Sprintf("Pretraining did not help here: with %s %s reaches %s accuracy, the pretrained encoder %s.", v.given(at), v.name(best), report.Percent(best.Accuracy), report.Percent(ours.Accuracy))
	}
}

// overtaken says from how many labels on, more than at, another contender is ahead, or at least no longer behind for sure.
func (v summary) overtaken(at int) string {
	var from []Result // of each number of labels, most first, the best rival, for as long as it is not behind
	for _, n := range slices.Backward(v.above(at)) {
		best, ok := v.best(n)
		if !ok || best.Ahead.Low > 0 {
			break
		}
		from = append(from, best)
	}
	if len(from) == 0 {
		return ""
	}
	behind := 0
	for behind < len(from) && from[behind].Ahead.High < 0 {
		behind++
	}
	if behind == 0 {
		return v.since(from, "it is no longer clearly ahead")
	}
	return v.since(from[:behind], "it is behind")
}

// since is a sentence on rivals with numbers of labels, most first: what is so from the least on, and figures of the most.
func (v summary) since(rivals []Result, what string) string {
	most, least := rivals[0], rivals[len(rivals)-1].Labels
	ours, _ := v.find(pretrained, most.Labels)
	begin, with := "From "+v.given(least)+" on", v.given(most.Labels)+": "
	if least == most.Labels {
		begin, with = "With "+v.given(least), ""
	}
	return fmt.Sprintf(" %s %s (%s%s against %s, %s).", begin, what, with, report.Percent(ours.Accuracy), report.Percent(most.Accuracy), v.name(most))
}

// above are the numbers of labels that were measured beyond at, ascending: all of them, 0, is the most.
func (v summary) above(at int) (numbers []int) {
	if at == 0 {
		return nil
	}
	for _, r := range v.results {
		if r.Encoder == pretrained && (r.Labels > at || r.Labels == 0) {
			numbers = append(numbers, r.Labels)
		}
	}
	slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(uint(a)-1, uint(b)-1) }) // 0 last
	return numbers
}

// best is the contender that is most accurate with so many labels.
func (v summary) best(labels int) (best Result, ok bool) {
	for _, c := range contenders {
		if r, found := v.find(c, labels); found && (!ok || r.Accuracy > best.Accuracy) {
			best, ok = r, true
		}
	}
	return best, ok
}

// few is the number of labels to speak of: 10, or the nearest below, or the least there is; "all" only if nothing else was measured.
func (v summary) few() int {
	var numbers []int
	for _, r := range v.results {
		if r.Encoder == pretrained {
			numbers = append(numbers, r.Labels)
		}
	}
	best := 0
	for _, n := range numbers {
		if n > 0 && (best == 0 || n <= usualFew && n > best || best > usualFew && n < best) {
			best = n
		}
	}
	return best
}

func (v summary) find(encoder string, labels int) (Result, bool) {
	at := slices.IndexFunc(v.results, func(r Result) bool {
		return r.Encoder == encoder && r.Labels == labels && (encoder == pretrained || r.Ahead != nil)
	})
	if at < 0 {
		return Result{}, false
	}
	return v.results[at], true
}

// saved is the end of the sentence: how many labels others need for as much.
func (v summary) saved(ours Result, at int) string {
	who := "scratch"
	if _, ok := v.find(who, at); !ok {
		for _, c := range []string{"raw", "random"} {
			if _, ok := v.find(c, at); ok {
				who = c
				break
			}
		}
	}
	rival, _ := v.find(who, at)
	name := v.name(rival)
	need, reached, most := v.needs(who, ours.Accuracy)
	switch {
	case at == 0:
		return fmt.Sprintf(", %s %s.", name, report.Percent(rival.Accuracy))
	case reached && need == 0:
		return fmt.Sprintf("; %s needs all the labels for that.", name)
	case reached:
		return fmt.Sprintf("; %s needs about %d for that.", name, need)
	case most == 0:
		return fmt.Sprintf("; %s does not reach that, even with all labels.", name)
	case most == at:
		return fmt.Sprintf(", %s %s.", name, report.Percent(rival.Accuracy))
	default:
		return fmt.Sprintf("; %s does not reach that with %d.", name, most)
	}
}

// needs is with how many labels of each class a contender is as accurate: between two numbers that were measured it is
// interpolated linearly over their logarithm. A need of 0 is all of them, as is a most.
func (v summary) needs(who string, accuracy float64) (need int, reached bool, most int) {
	type point struct {
		n   float64
		acc float64
		all bool
	}
	var curve []point
	for _, r := range v.results {
		if r.Encoder != who {
			continue
		}
		if r.Labels == 0 {
			curve = append(curve, point{float64(max(v.all, 1)), r.Accuracy, true})
			continue
		}
		curve = append(curve, point{float64(r.Labels), r.Accuracy, false})
	}
	slices.SortStableFunc(curve, func(a, b point) int { return cmp.Compare(a.n, b.n) })
	for i, p := range curve {
		if !p.all {
			most = int(p.n)
		} else {
			most = 0
		}
		if p.acc < accuracy {
			continue
		}
		if i == 0 || p.acc <= curve[i-1].acc {
			return int(p.n), true, most
		}
		before := curve[i-1]
		share := (accuracy - before.acc) / (p.acc - before.acc)
		n := int(math.Round(math.Exp(math.Log(before.n) + share*(math.Log(p.n)-math.Log(before.n)))))
		if p.all && n >= int(p.n) {
			n = 0
		}
		return n, true, most
	}
	return 0, false, most
}

// given is a number of labels in words.
func (v summary) given(n int) string {
	switch n {
	case 0:
		return "all labels"
	case 1:
		return "1 label per class"
	}
	return fmt.Sprintf("%d labels per class", n)
}

// name is a contender's, in the singular, within a sentence.
func (v summary) name(r Result) string {
	switch r.Encoder {
	case "scratch":
		return "training from scratch"
	case "random":
		return "the untrained encoder"
	}
	return cmp.Or(r.Baseline, "the best baseline without an encoder")
}

func points(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*x), ".0") }
