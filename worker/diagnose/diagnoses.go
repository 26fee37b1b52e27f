package diagnose

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"autodidact/core/data"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A diagnosis is one thing that may be wrong with a run: it looks at the vitals and says what it finds, or nothing.
type diagnosis struct {
	code  string
	looks string // what it looks for, for people
	find  func(v Vitals) *Finding
}

// diagnoses are in the order of how much they matter.
var diagnoses = []diagnosis{
	{"no-difference", "whether samples differ at all", noDifference},
	{"collapse", "whether the encoder gives the same features for everything (collapse)", collapse},
	{"rate-high", "whether the learning rate is too high", rateHigh},
	{"rate-low", "whether the learning rate is too low", rateLow},
	{"missing-values", "whether readings may mean that nothing was read", missingValues},
	{"augmentation-weak", "whether two views of a sample are too much alike", tooAlike},
	{"augmentation-strong", "whether two views of a sample have anything in common", nothingShared},
	{"shortcut", "whether the task has a shortcut", shortcut},
	{"shortcut-labels", "whether the labels can be predicted by something beside the point", shortcutLabels},
	{"duplicates", "whether samples are nearly the same", manyDuplicates},
	{"too-few", "whether there is enough to learn from", tooFew},
}

// Diagnose says what the vitals show, what matters most first.
func Diagnose(v Vitals) []Finding {
	found := []Finding{}
	for _, d := range diagnoses {
		if f := d.find(v); f != nil {
			f.Code = d.code
			found = append(found, *f)
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(rank(b), rank(a)) })
	return found
}

func rank(f Finding) int {
	if f.Grave {
		return 1
	}
	return 0
}

// Checked is what diagnoses look for.
func Checked() (out []string) {
	for _, d := range diagnoses {
		out = append(out, d.looks)
	}
	return out
}

// minJudged is how many steps a run takes before it is judged: the first say little.
const minJudged = 20

// A collapsed encoder has, less what all samples share, few directions left of those it had before it learned (RankMe,
// arXiv:2210.02885, takes nothing away; but a text's features share much, most of all early on), or hardly any spread.
const (
	collapsedShare  = 0.3  // of the directions
	collapsedSpread = 0.03 // of the spread
)

// sameToAll is a spread of features, before learning, that only rounding makes.
const sameToAll = 1e-6

func noDifference(v Vitals) *Finding {
	if v.Before.Directions == 0 || v.Before.Std > sameToAll {
		return nil
	}
	f := &Finding{Grave: true, Title: "The samples do not differ",
		Evidence: fmt.Sprintf("before learning the features of %d samples differ by no more than rounding does", v.Samples),
		Remedy:   fmt.Sprintf("Look at what was read, and add %s: of these there is nothing to learn.", kind.TraitsOf(v.Kind).More)}
	return f
}

func collapse(v Vitals) *Finding {
	now, measured := v.Now["directions"]
	if !measured || v.Step < minJudged || v.Before.Directions == 0 || v.Before.Std <= sameToAll || now > collapsedShare*v.Before.Directions && v.Now["std"] > collapsedSpread*v.Before.Std {
		return nil
	}
	f := &Finding{Grave: true, Title: "The features have collapsed",
		Evidence: fmt.Sprintf("less what all samples share they use %.1f directions of %d, before learning %.1f; their spread is %.4f, before learning %.4f",
			now, v.Width, v.Before.Directions, v.Now["std"], v.Before.Std)}
	switch {
	case len(v.unusual()) > 0:
		f.Remedy, f.Change = fmt.Sprintf("Reset the task's options to their defaults: %s.", report.And(v.unusual())), v.usually()
	case v.Config.Rate > 2*v.usualRate():
		f.Remedy, f.Change = fmt.Sprintf("Use the usual learning rate of %.2g, not %.2g.", v.usualRate(), v.Config.Rate), &run.Config{Rate: v.usualRate()}
	case v.Config.Rate > v.usualRate()/4:
		f.Remedy, f.Change = "Use a third of the learning rate.", &run.Config{Rate: v.Config.Rate / 3}
	default:
		f.Remedy = "Try another task, or a larger batch: this one finds nothing in these samples that distinguishes them."
	}
	return f
}

// usualRate is the optimizer's, for the kind of data.
func (v Vitals) usualRate() float64 {
	c := v.Config
	c.Rate = 0
	if c, err := c.Resolve(); err == nil {
		return c.Rate
	}
	return v.Config.Rate
}

func rateHigh(v Vitals) *Finding {
	usual := v.usualRate()
	f := &Finding{Grave: true, Title: "The learning rate is too high"}
	to := min(v.Config.Rate/3, usual)
	f.Remedy, f.Change = fmt.Sprintf("Use a learning rate of %.2g instead of %.2g.", to, v.Config.Rate), &run.Config{Rate: to}
	if v.Diverged {
		f.Evidence = fmt.Sprintf("the loss is no longer a number after %d steps at a rate of %.2g; %.2g is usual", v.Step, v.Config.Rate, usual)
		return f
	}
	first, last, ok := v.ends()
	if !ok || v.Step < minJudged || v.Config.Rate < 2*usual {
		return nil
	}
	falls := 0.02 // as a share of the loss: it learns, if in a hurry
	if v.Config.Rate > 5*usual {
		falls = 0.15
	}
	if last < first-falls*math.Abs(first) && collapse(v) == nil {
		return nil
	}
	f.Evidence = fmt.Sprintf("the loss went from %.2f to %.2f, and the rate of %.2g is %.0f times the usual one", first, last, v.Config.Rate, v.Config.Rate/usual)
	return f
}

// minTrend is how many steps a run must have had before a loss that does not fall says anything.
const minTrend = 60

func rateLow(v Vitals) *Finding {
	usual := v.usualRate()
	first, last, ok := v.ends()
	if !ok || v.Step < minTrend || v.Config.Rate > usual/5 || last < first-0.03*math.Abs(first) {
		return nil
	}
	return &Finding{Grave: true, Title: "The learning rate is too low",
		Evidence: fmt.Sprintf("in %d steps the loss went from %.2f to %.2f only, at a rate of %.2g where %.2g is usual", v.Step, first, last, v.Config.Rate, usual),
		Remedy:   fmt.Sprintf("Use a learning rate of %.2g.", usual), Change: &run.Config{Rate: usual}}
}

// Pairs of views that 8 by 8 gray cells match teach nothing; nor do pairs that even a trained encoder hardly ever matches.
const (
	foundByGlimpse = 0.9
	hardlyFound    = 0.06
)

func tooAlike(v Vitals) *Finding {
	q := v.Task
	if q == nil || !q.Pairs || q.TooAlike < foundByGlimpse {
		return nil
	}
	f := &Finding{Grave: true, Title: "The two views of a sample are too much alike",
		Evidence: fmt.Sprintf("of %d views %s are matched with the other view of their sample by 8 by 8 gray cells alone, without any encoder", q.N, report.Percent(q.TooAlike))}
	f.Remedy, f.Change = "Augment more strongly: smaller crops, other colours.", v.usually()
	if f.Change == nil {
		f.Remedy, f.Change = "Augment more strongly than usual: smaller crops, stronger colours.", v.options(map[string]any{"crop": 0.2, "jitter": 0.8})
	}
	return f
}

func nothingShared(v Vitals) *Finding {
	q := v.Task
	if q == nil || !q.Pairs || v.Step < minTrend || q.Encoder-q.Chance > hardlyFound || q.TooAlike-q.Chance > hardlyFound {
		return nil
	}
	f := &Finding{Grave: true, Title: "The two views of a sample have nothing in common any more",
		Evidence: fmt.Sprintf("after %d steps %s of %d views are matched with the other view of their sample, by chance %s would be", v.Step, report.Percent(q.Encoder), q.N, report.Percent(q.Chance))}
	f.Remedy, f.Change = "Augment less: larger crops, the picture's own colours.", v.usually()
	if f.Change == nil {
		f.Change = v.options(map[string]any{"crop": 0.6, "jitter": 0.2})
	}
	return f
}

// A cue is a shortcut if it predicts nearly as many answers as the encoder, and many.
const (
	asGood = 0.95 // of the encoder's accuracy
	many   = 0.25 // of the way from chance to all; of pairs, where chance is next to nothing, half
)

func (a *Shortcuts) found() (Cue, bool) {
	if a == nil || len(a.Cues) == 0 {
		return Cue{}, false
	}
	best := slices.MaxFunc(a.Cues, func(x, y Cue) int { return cmp.Compare(x.Accuracy, y.Accuracy) })
	way := many
	if a.Pairs {
		way = 0.5
	}
	doubt := 2 * math.Sqrt(best.Accuracy*(1-best.Accuracy)/float64(max(a.N, 1)))
	return best, best.Accuracy >= asGood*a.Encoder && best.Accuracy-doubt > a.Chance+way*(1-a.Chance)
}

func shortcut(v Vitals) *Finding {
	cue, yes := v.Task.found()
	if !yes || v.Step < minTrend || tooAlike(v) != nil {
		return nil
	}
	f := &Finding{Title: "The task has a shortcut", Evidence: fmt.Sprintf("%s alone predicts %s of the answers; the encoder predicts %s, chance %s",
		cue.What, report.Percent(cue.Accuracy), report.Percent(v.Task.Encoder), report.Percent(v.Task.Chance))}
	switch cue.Name {
	case "colours":
		f.Remedy, f.Change = "Change colours more, and take them away more often.", v.options(map[string]any{"jitter": 0.8, "gray": 0.4})
	case "fringes":
		f.Remedy, f.Change = "Take colour away from more pictures: its fringes show where in the lens a piece was.", v.options(map[string]any{"gray": 0.7})
	default:
		f.Remedy, f.Change = "Use smaller crops, with larger gaps between them.", v.options(map[string]any{"crop": 0.3, "gap": 0.3})
	}
	return f
}

func shortcutLabels(v Vitals) *Finding {
	cue, yes := v.Labels.found()
	if !yes {
		return nil
	}
	return &Finding{Title: "The labels have a shortcut", Evidence: fmt.Sprintf("%s alone predicts %s of %d labels; the encoder's features predict %s, the majority class %s",
		cue.What, report.Percent(cue.Accuracy), v.Labels.N, report.Percent(v.Labels.Encoder), report.Percent(v.Labels.Chance)),
		Remedy: "If that is not what you mean by them, look whether the samples of one class were made in another way than the rest: with another device, at another time, cut or saved otherwise. A classifier may learn that instead."}
}

// Duplicates are worth a word from a share of the samples on, and grave from another on.
const (
	someDuplicates  = 0.01
	graveDuplicates = 0.1
)

func manyDuplicates(v Vitals) *Finding {
	var extra []string
	var shown []int
	for _, group := range v.Duplicates {
		if len(shown) < 8 {
			shown = append(shown, group[:min(len(group), 8-len(shown), 4)]...)
		}
		for _, i := range group[1:] {
			extra = append(extra, v.Names[i])
		}
	}
	part := float64(len(extra)) / float64(max(v.Samples, 1))
	if part < someDuplicates {
		return nil
	}
	f := &Finding{Grave: part >= graveDuplicates, Title: "Some samples are nearly the same", Samples: shown,
		Evidence: fmt.Sprintf("%d of %d samples hardly differ from another one, to the eye and to the encoder", len(extra), v.Samples),
		Remedy:   "Leave them out: what is there twice is learned twice, and makes every test look better than it is.", Omit: extra}
	if !kind.TraitsOf(v.Kind).Omit {
		f.Omit = nil
		f.Remedy = "Clear, and add each recording once: what is there twice is learned twice, and makes every test look better than it is."
	}
	return f
}

// overfit is by how much, relatively, the validation loss may lie above the training loss.
const overfit = 0.25

func tooFew(v Vitals) *Finding {
	f := &Finding{Title: "There is too little to learn from"}
	held, learned := v.Now["heldOut"], v.Now["learned"]
	if _, measured := v.Now["heldOut"]; measured && v.Step >= minJudged && held-learned > overfit*math.Abs(learned)+0.05 {
		best, at := v.bestHeldOut()
		if held > best+0.02*math.Abs(best) || held-learned > 2*overfit*math.Abs(learned)+0.1 {
			f.Grave, f.Title = true, "It is overfitting"
			f.Evidence = fmt.Sprintf("the training loss is %.2f, the validation loss %.2f (best %.2f, after %d steps); there are %d samples to train on", learned, held, best, at, v.Learned)
			f.Remedy = "Add samples. With these few, stop earlier."
			if at >= minJudged && at < v.Step {
				f.Change = &run.Config{Steps: at}
			}
			return f
		}
	}
	enough := kind.TraitsOf(v.Kind).Enough
	if v.Samples >= enough {
		return nil
	}
	f.Evidence = fmt.Sprintf("%d samples; below %d hardly anything general is learned", v.Samples, enough)
	f.Remedy = "Add more of the same kind; they need no labels."
	return f
}

// Readings that may mean "missing" are grave from a share of a channel's on.
const graveFill = 0.02

func missingValues(v Vitals) *Finding {
	if len(v.Fill) == 0 {
		return nil
	}
	f := &Finding{Title: "Some readings may mean that nothing was read", Change: &run.Config{Missing: slices.Clone(v.Config.Missing)}}
	for _, x := range v.Fill {
		f.Grave = f.Grave || float64(x.Readings) >= graveFill*float64(x.Of)
		f.Change.Missing = append(f.Change.Missing, data.Missing{Channel: x.Channel, Value: x.Value})
	}
	sentences := data.DescribeFillValues(v.Fill)
	f.Evidence = strings.Join(sentences[:min(len(sentences), 3)], "; ")
	if n := len(sentences) - 3; n > 0 {
		f.Evidence += fmt.Sprintf("; and %d more such values", n)
	}
	f.Remedy = "Count them as missing, if that is what they mean: the run then begins anew without them. As they are, they are learned like readings."
	return f
}

// A Finding is something the doctor sees.
type Finding struct {
	Code     string      `json:"code"`
	Grave    bool        `json:"grave"`             // the run is worth little as it is
	Title    string      `json:"title"`             // its name
	Evidence string      `json:"evidence"`          // what was measured
	Remedy   string      `json:"remedy"`            // what to do, in a sentence
	Change   *run.Config `json:"change,omitempty"`  // what a remedy changes; none if it is for the person to do
	Omit     []string    `json:"omit,omitempty"`    // samples that a remedy leaves out
	Samples  []int       `json:"samples,omitempty"` // some that show it
}
