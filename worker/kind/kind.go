// Package kind is what differs between kinds of data: how files of that kind are read, what is held out, what an encoder
// is given and how it embeds samples, how it is fine-tuned, what it is compared with, and which of its samples are duplicates.
// Nobody else asks which kind of data there is. A kind is a type with the methods of [Kind], in a file of its own, and a
// line in [Registry].
package kind

import (
	"context"
	"fmt"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/baseline"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/token"
	"autodidact/pretext"
	"autodidact/worker/report"
)

// A Kind is one kind of data. Methods that take a set take one of its kind.
type Kind interface {
	Traits() Traits
	// Read decodes files; each, which may be nil, is called with how far it is.
	Read(ctx context.Context, files []data.File, f Format, each func(done, total int)) (*data.Set, []data.Rejected, error)
	// Items is how many things were read, of which samples may be parts.
	Items(set *data.Set) int
	// Cut makes samples of what was read, where these are parts of it, for looking at before there is a run.
	Cut(set *data.Set, size int, missing []data.Missing)
	// Prepare makes of the samples what encoders read, as p says: tokens, with those of tok if there is one, or windows.
	Prepare(ctx context.Context, set *data.Set, p Plan, tok token.Tokenizer, each func(done, total int)) error
	// Input is what an encoder must know of prepared samples, which it reads size long or large.
	Input(set *data.Set, size int) (Input, error)
	// Sources are what a task trains on and what is held out.
	Sources(set *data.Set, size int, in Input, task pretext.Task, spec pretext.Spec) Sources
	// Embed gives the features of the samples at, one row each.
	Embed(ctx context.Context, e Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error)
	// Calibrate gives an encoder with random weights the running statistics of set, if it has such.
	Calibrate(ctx context.Context, e Embedder, set *data.Set) error
	// FineTuning is how e's encoder reads samples like those of set while it learns labels.
	FineTuning(e Embedder, set *data.Set) (FineTuning, error)
	// Split says which samples may give labels and which are tested, where that is not for chance to decide.
	Split(set *data.Set) (train, test []int, fixed bool)
	// Baseline predicts classes without an encoder, of the samples of set and then those of test, which may be nil.
	Baseline(set, test *data.Set, classes int, in Input, b kernel.Backend) (*baseline.Baseline, []string)
	// Altered are the samples at, each as different from what it was as such samples are of themselves.
	Altered(ctx context.Context, e Embedder, set *data.Set, at []int, r *rng.Rand) (*data.Set, error)
	// Duplicates are groups of samples that are nearly the same; tick is called now and then.
	Duplicates(ctx context.Context, e Embedder, set *data.Set, tick func()) ([][]int, error)
	// Cues are what may give labels away beside what samples show.
	Cues(set *data.Set, size int) []Cue
	// Unread are notices of what of the samples the encoder does not read.
	Unread(e Embedder, set *data.Set) []data.Rejected
	// Layout says in words what an encoder exported from such samples takes.
	Layout(size int, in Input) string
}

// A Perturber is a Kind whose samples can be changed so little that they should look the same.
type Perturber interface {
	// Perturbed are the samples at, with noise: a share of what they vary by.
	Perturbed(e Embedder, set *data.Set, at []int, share float64, r *rng.Rand) *data.Set
}

// Traits are the names, defaults and limits of a kind.
type Traits struct {
	Kind      data.Kind
	Noun      string // one sample, usually: NounOf says it of a set
	Item      string // one thing that is read; samples may be parts of it
	Unit      string // one item of a batch
	SizeWords string // what Config.Size is the size of, for "… of 16"

	Size, MinSize, MaxSize int // pixels on a side, tokens, or rows
	Batch, Vocab           int
	Encoder                string

	// Fit is the size that samples are read in where nobody says, a multiple of something if that is not 0; nil if that is always Size.
	Fit func(set *data.Set, multiple int) int
	// NounFor is what one sample of a set is called; nil if that is always Noun.
	NounFor func(set *data.Set) string

	// Rate and Decay are AdamW's for an encoder; 0 is what it usually takes.
	Rate  func(encoder string) (rate, decay float64)
	Clip  float32   // the longest gradient, for the first steps of a transformer are steep; 0 is any
	Parts data.Kind // what a sample consists of, whose tasks train on it too; "" if nothing

	Film       bool // frames a second, and frames of a sample, can be chosen
	Vocabulary bool // it is read as tokens
	Missing    bool // values of it may mean that nothing was read
	Joint      bool // labels can be learned beside a task
	FixMatch   bool // and from labelled and unlabelled samples together
	Keep       bool // the best weights of a run are kept: samples are few, and more steps may make features worse
	Omit       bool // samples can be left out one by one
	Files      bool // samples, or what they are part of, are files: tables of labels may name these

	Tuning Tuning
	Enough int    // samples below which little that is general is learned; a rule of thumb
	More   string // what to add where samples do not differ
}

// Tuning is how long and how fast an encoder is fine-tuned on labels.
type Tuning struct {
	MinSteps, Epochs, MaxSteps int
	Rate, ScratchRate          float32 // AdamW's peak, for a pretrained encoder and for a random one
}

// A Format says how files are read, beside what they are.
type Format struct {
	Size       int     // pixels on a side of what an encoder will be shown
	Rate       float64 // of clips: frames a second; 0 is the usual
	Frames     int     // of a clip; 0 is the usual
	Decode     data.PictureDecoder
	DecodeClip data.ClipDecoder
}

// A Plan says how samples become what encoders read.
type Plan struct {
	Size      int
	Tokenizer string         // of texts: "wordpiece" or "bpe"; "" is by their script
	Vocab     int            // of texts: pieces to learn, at most
	Cased     bool           // of texts: WordPiece keeps capitals
	Missing   []data.Missing // of series: values that mean that nothing was read; nil leaves them as they are
}

// Sources are what a task trains on, and what it does not, so that it can be validated.
type Sources struct {
	Train, Held data.Source
	Frequencies []float32 // of tokens in Train
	Notices     []data.Rejected
}

// FineTuning gives samples to an encoder that learns labels.
type FineTuning interface {
	// Views are of set's samples at; r, if it is not nil, augments them.
	Views(set *data.Set, at []int, r *rng.Rand) data.Views
	Features(t *autograd.Tape, v data.Views, drop float32) autograd.Var // [samples, Width]
	Width() int
}

// A Cue is something beside the point by which labels might be predicted: a row of numbers for each sample.
type Cue struct {
	Name, What string // What is for people, the beginning of a sentence
	Of         func(i int) []float32
}

// Registry is the kinds there are.
var Registry = []Kind{pictures{}, clips{}, texts{}, series{}}

// Find is the named kind.
func Find(name data.Kind) (Kind, error) {
	var names []string
	for _, k := range Registry {
		if k.Traits().Kind == name {
			return k, nil
		}
		names = append(names, string(k.Traits().Kind))
	}
	return nil, report.BadField("kind", "no kind of data named %q; there are %s", name, report.And(names))
}

// Of is the kind of a set or a configuration that was checked.
func Of(name data.Kind) Kind {
	k, err := Find(name)
	if err != nil {
		panic(fmt.Sprintf("kind: %v", err)) // sets are made by kinds
	}
	return k
}

// TraitsOf are those of a kind; of a name that is none they are zero.
func TraitsOf(name data.Kind) Traits {
	k, err := Find(name)
	if err != nil {
		return Traits{}
	}
	return k.Traits()
}

// SizeFor is the size that samples of set are read in where nobody says: a multiple, if that is not 0.
func SizeFor(set *data.Set, multiple int) int {
	t := TraitsOf(set.Of)
	if t.Fit == nil {
		return t.Size
	}
	return t.Fit(set, multiple)
}

// NounOf is what one sample of set is called.
func NounOf(set *data.Set) string {
	t := TraitsOf(set.Of)
	if t.NounFor == nil {
		return t.Noun
	}
	return t.NounFor(set)
}

// Trains says whether a task for some kinds can train on samples of another: its own, or what they consist of.
func (t Traits) Trains(kinds []data.Kind) bool {
	for _, k := range kinds {
		if k == t.Kind || k == t.Parts {
			return true
		}
	}
	return false
}

// IsPart says whether samples of some other kind consist of some of this one, as clips do of pictures.
func IsPart(name data.Kind) bool {
	return slices.ContainsFunc(Registry, func(k Kind) bool { return k.Traits().Parts == name })
}

// minHeldFrom is how many samples there must be for some to be held out.
const minHeldFrom = 100

// heldOut says whether sample i of n is not trained on: one of twenty is, if there are enough.
func heldOut(i, n int) bool { return n >= minHeldFrom && i%20 == 19 }
