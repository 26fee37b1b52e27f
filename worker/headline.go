package worker

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A verdict on figures of a Meter is in words that claim no more than the bands allow.
type verdict struct {
	results []ProbeResult
	largest float64 // share of the largest class: what always saying it would tell
	all     int     // labels of a class, on average, where all are given
}

// Headline says what the results of a meter come to.
func (m *Meter) Headline(results []ProbeResult) string {
	count, n, most := map[string]int{}, 0, 0
	for _, l := range m.Labels {
		if l != "" {
			count[l]++
			n++
			most = max(most, count[l])
		}
	}
	v := verdict{results, float64(most) / math.Max(1, float64(n)), n * 4 / 5 / max(1, len(count))}
	return v.words()
}

// tooEasy is a share of right answers that leaves nothing to be better at.
const tooEasy = 0.985

// usualFew is the number of labels that a headline is about, if it was measured.
const usualFew = 10

func (v verdict) words() string {
	at := v.few()
	ours, ok := v.find("pretrained", at)
	if !ok {
		return ""
	}
	with := fmt.Sprintf("With %s it tells %s right", v.given(at), percent(ours.Accuracy))
	var rivals []ProbeResult
	for _, c := range contenders {
		if r, ok := v.find(c, at); ok {
			rivals = append(rivals, r)
		}
	}
	if len(rivals) == 0 {
		return with + "; nothing was measured beside it, so that says little."
	}
	slices.SortStableFunc(rivals, func(a, b ProbeResult) int { return cmp.Compare(b.Accuracy, a.Accuracy) })
	best := rivals[0]
	closest := slices.MinFunc(rivals, func(a, b ProbeResult) int { return cmp.Compare(a.Ahead.Low, b.Ahead.Low) })
	switch {
	case min(ours.Accuracy, best.Accuracy) >= tooEasy:
		return fmt.Sprintf("These labels are too easy to say: with %s %s %s right, and so does the pretrained encoder. Try others.", v.given(at), v.tells(best), percent(best.Accuracy))
	case ours.High <= v.largest && best.High <= v.largest:
		return fmt.Sprintf("With %s neither the encoder (%s) nor %s (%s) is right as often as always saying the largest class would be (%s).",
			v.given(at), percent(ours.Accuracy), v.name(best), percent(best.Accuracy), percent(v.largest))
	case closest.Ahead.Low > 0:
		return with + v.saved(ours, at) + v.overtaken(at)
	case best.Ahead.Mean > 0:
		return fmt.Sprintf("%s, but that may be chance: %s %s, %s points behind (%s to %s). More draws, or a longer run, would tell.",
			with, v.tells(closest), percent(closest.Accuracy), points(closest.Ahead.Mean), points(closest.Ahead.Low), points(closest.Ahead.High))
	default:
		return fmt.Sprintf("Pretraining did not help here: with %s %s %s right, the pretrained encoder %s.", v.given(at), v.tells(best), percent(best.Accuracy), percent(ours.Accuracy))
	}
}

// overtaken says from how many labels on, more than at, another contender is ahead, or at least no longer behind for sure.
func (v verdict) overtaken(at int) string {
	var from []ProbeResult // of each number of labels, most first, the best rival, for as long as it is not behind
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
func (v verdict) since(rivals []ProbeResult, what string) string {
	most, least := rivals[0], rivals[len(rivals)-1].Labels
	ours, _ := v.find("pretrained", most.Labels)
	begin, with := "From "+v.given(least)+" on", v.given(most.Labels)+": "
	if least == most.Labels {
		begin, with = "With "+v.given(least), ""
	}
	return fmt.Sprintf(" %s %s (%s%s against %s, %s).", begin, what, with, percent(ours.Accuracy), percent(most.Accuracy), v.name(most))
}

// above are the numbers of labels that were measured beyond at, ascending: all of them, 0, is the most.
func (v verdict) above(at int) (numbers []int) {
	if at == 0 {
		return nil
	}
	for _, r := range v.results {
		if r.Encoder == "pretrained" && (r.Labels > at || r.Labels == 0) {
			numbers = append(numbers, r.Labels)
		}
	}
	slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(uint(a)-1, uint(b)-1) }) // 0 last
	return numbers
}

// best is the contender that is most accurate with so many labels.
func (v verdict) best(labels int) (best ProbeResult, ok bool) {
	for _, c := range contenders {
		if r, found := v.find(c, labels); found && (!ok || r.Accuracy > best.Accuracy) {
			best, ok = r, true
		}
	}
	return best, ok
}

// few is the number of labels to speak of: 10, or the nearest below, or the least there is; "all" only if nothing else was measured.
func (v verdict) few() int {
	var numbers []int
	for _, r := range v.results {
		if r.Encoder == "pretrained" {
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

func (v verdict) find(encoder string, labels int) (ProbeResult, bool) {
	at := slices.IndexFunc(v.results, func(r ProbeResult) bool {
		return r.Encoder == encoder && r.Labels == labels && (encoder == "pretrained" || r.Ahead != nil)
	})
	if at < 0 {
		return ProbeResult{}, false
	}
	return v.results[at], true
}

// saved is the end of the sentence: how many labels others need for as much.
func (v verdict) saved(ours ProbeResult, at int) string {
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
		return fmt.Sprintf(", %s %s.", name, percent(rival.Accuracy))
	case reached && need == 0:
		return fmt.Sprintf("; %s takes all the labels for that.", name)
	case reached:
		return fmt.Sprintf("; %s takes about %d for that.", name, need)
	case most == 0:
		return fmt.Sprintf("; %s does not come to that, with all the labels there are.", name)
	case most == at:
		return fmt.Sprintf(", %s %s.", name, percent(rival.Accuracy))
	default:
		return fmt.Sprintf("; %s does not come to that with %d.", name, most)
	}
}

// needs is with how many labels of each class a contender tells as much: between two numbers that were measured it is
// told by a straight line over their logarithm. A need of 0 is all of them, as is a most.
func (v verdict) needs(who string, accuracy float64) (need int, reached bool, most int) {
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
func (v verdict) given(n int) string {
	switch n {
	case 0:
		return "all labels"
	case 1:
		return "1 label of each class"
	}
	return fmt.Sprintf("%d labels of each class", n)
}

// tells is a contender's name and its verb.
func (v verdict) tells(r ProbeResult) string { return v.name(r) + " tells" }

// name is a contender's, in the singular, within a sentence.
func (v verdict) name(r ProbeResult) string {
	switch r.Encoder {
	case "scratch":
		return "training from scratch"
	case "random":
		return "the same encoder before learning"
	}
	return cmp.Or(r.Baseline, "the best baseline without an encoder")
}

func percent(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }

func points(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*x), ".0") }
