// Package worker is the conversation between a page and a trainer. It is plain
// Go: the wasm package carries its messages over postMessage, tests over channels.
package worker

import (
	"encoding/json"

	"autodidact/core/data"
	"autodidact/pretext"
)

// Version changes when a message changes its meaning.
const Version = 1

// A Command goes from the page to the trainer. Each is answered by exactly one
// event that carries its id: the reply its comment names, or Failed.
type Command interface{ command() }

// Commands about data.
type (
	// Add decodes files (beside it as File objects, in the order of Files) and adds
	// them to the data: Added. Pictures are kept a little larger than Size.
	Add struct {
		Files []FileInfo `json:"files"`
		Size  int        `json:"size"`
		As
	}
	// AddSample adds a bundled sample set: Added.
	AddSample struct {
		Name string `json:"name"`
		Size int    `json:"size"`
	}
	// Clear forgets the data, and the labels a person gave unless the same data comes again: OK.
	Clear struct {
		Again bool `json:"again,omitempty"`
	}
	// Omit leaves samples out, such as duplicates, as if they had not been added: Added.
	Omit struct {
		Names []string `json:"names"`
	}
	// Inspect asks what was understood of the data: Inspected.
	Inspect struct{}
	// Mark takes for missing those readings of series that Missing names, and no others: Added. A run that comes begins anew.
	Mark struct {
		Missing []data.Missing `json:"missing"`
	}
	// Pictures asks for samples as drawn, Side by Side: Pixels, with RGBA bytes
	// [n, side, side, 4] beside it. At lists samples; empty means all.
	Pictures struct {
		At   []int `json:"at"`
		Side int   `json:"side"`
	}
	// Texts asks for samples as they are to be read: Excerpts.
	Texts struct {
		At []int `json:"at"`
	}
	// Preview asks what the task shows the encoder for N samples, and what the encoder
	// answers by now: Previewed. It looks through the latest run if that asks the same, else
	// through an untrained encoder. Config is what a run might be; none means the present one.
	Preview struct {
		N      int     `json:"n"`
		Config *Config `json:"config,omitempty"`
	}
)

// Commands about the run.
type (
	// Configure sets what a run will be: Configured.
	Configure struct {
		Config Config `json:"config"`
	}
	// Start begins a run, or goes on with the loaded one; answered by Done when the run ends. Run is the id that a new
	// run is saved under; none makes one up.
	Start struct {
		Run string `json:"run,omitempty"`
	}
	// Pause saves a checkpoint and waits: OK.
	Pause struct{}
	// Resume goes on after Pause: OK.
	Resume struct{}
	// Stop saves a checkpoint and ends the run, and what is measured beside it: OK.
	Stop struct{}
	// Cancel ends what is decoded, measured or fitted, and no run: OK. What that was about is answered by Failed with the code
	// "cancelled", or with what was measured by then.
	Cancel struct{}
)

// Commands about what was learned. All but Map and Neighbors work without a run too, on an untrained encoder.
type (
	// Embed runs the encoder over the data: Embedding, with float32 [n, width] beside it.
	Embed struct{}
	// Probe measures what the encoder is worth to a labelled task: Probed, and Probing after each figure. It looks
	// at waiting commands now and then; Cancel ends it with what is measured by then.
	Probe struct {
		Method  string   `json:"method"`            // "knn", "linear", "centroid", "finetune", "fixmatch"
		Labels  []string `json:"labels,omitempty"`  // of each class: numbers and "all"
		Repeats int      `json:"repeats,omitempty"` // 5 by default
		Against []string `json:"against,omitempty"` // "scratch", "random", "raw"
		Given   bool     `json:"given,omitempty"`   // by the labels a person gave here, not those the data came with
	}
	// Neighbors asks for the K nearest samples by cosine: Neighbored.
	Neighbors struct {
		Name string `json:"name"`
		K    int    `json:"k"`
	}
	// Search asks for the K texts whose meaning is nearest to that of some words: Neighbored.
	Search struct {
		Text string `json:"text"`
		K    int    `json:"k"`
	}
	// Fill asks what may stand in each blank of a text, written ___: Filled.
	Fill struct {
		Text string `json:"text"`
		K    int    `json:"k"`
	}
	// Cluster asks which samples are alike: Clustered.
	Cluster struct {
		K     int  `json:"k,omitempty"`     // how many clusters; 0 lets the silhouette choose
		Whole bool `json:"whole,omitempty"` // of series: recordings, not windows
	}
	// Label gives samples a label, or with "" takes it away: Told. Labels has one for all, or one for each; none
	// changes nothing. Table takes those of a table that came with the samples, by its name in Added. The bytes of a
	// table with columns of names and of labels may travel beside it.
	Label struct {
		Names  []string `json:"names,omitempty"`
		Labels []string `json:"labels,omitempty"`
		Table  string   `json:"table,omitempty"`
	}
	// Examine asks the doctor: Examined.
	Examine struct{}
	// Remedy takes what the doctor says of a finding: the next Start begins with the weights of when all was
	// well, and that change. Configured.
	Remedy struct {
		Code string `json:"code"`
	}
	// Compare lets tasks learn for as long as each other on the data, and ranks them: Compared, and Comparing as
	// it goes. Cancel ends it, and what is known by then is the answer.
	Compare struct {
		Tasks   []string `json:"tasks"`
		Minutes float64  `json:"minutes,omitempty"` // of each
		Steps   int      `json:"steps,omitempty"`   // or so many
	}
	// Map asks for the embedding in two dimensions: Mapped, with float32 [n, 2] beside it,
	// and then the whitened features, float32 [n, width].
	Map struct{}
)

// Commands about series.
type (
	// Plot asks for rows From to Until of a recording as a curve of so many points: Plotted, with float32
	// [points, channels, 2] beside it, the least and the greatest reading of each part, NaN where all are missing.
	Plot struct {
		Of     int `json:"of"`
		From   int `json:"from,omitempty"`
		Until  int `json:"until,omitempty"` // 0 is the end
		Points int `json:"points"`
	}
	// Forecast asks what comes after the rows before Row, and how well that is told where it is known: Foresight.
	Forecast struct {
		Of      int     `json:"of"`
		Row     int     `json:"row,omitempty"`     // the first that is foretold; 0 is that after the last
		Horizon int     `json:"horizon,omitempty"` // rows; 0 is the task's
		Cover   float64 `json:"cover,omitempty"`   // share of readings that the band is to hold; 0 is 0.9
	}
	// Anomalies asks which rows of a recording are unusual: Watched, with float32s beside it: the score of each row, that of
	// the moving z-score, and the scores of clean rows of both, in ascending order.
	Anomalies struct {
		Of   int     `json:"of"`
		Rate float64 `json:"rate,omitempty"` // share of clean rows that may raise an alarm; 0 is 0.01
	}
	// Feed scores a row of readings that comes from outside, one for each channel, null where one is missing: Fed. The
	// first begins a new series, as does one with another rate, or that learns when those before did not.
	Feed struct {
		Reading pretext.Values `json:"reading"`
		Rate    float64        `json:"rate,omitempty"`
		Learn   bool           `json:"learn,omitempty"` // go on learning from such rows
	}
)

// Commands about checkpoints.
type (
	// Checkpoints lists what is saved: Listed.
	Checkpoints struct{}
	// Load takes a checkpoint up; Start then goes on bit for bit: Configured.
	Load struct {
		Checkpoint string `json:"checkpoint"`
	}
	// Rename gives a checkpoint a title: OK.
	Rename struct {
		Checkpoint string `json:"checkpoint"`
		Title      string `json:"title"`
	}
	// Copy saves a checkpoint once more, under an id and a title of its own: Copied.
	Copy struct {
		Checkpoint string `json:"checkpoint"`
	}
	// Remove deletes a checkpoint: OK.
	Remove struct {
		Checkpoint string `json:"checkpoint"`
	}
	// Export writes the model, or with Checkpoint a whole saved run: Exported, with its bytes beside it.
	Export struct {
		Format     string `json:"format"` // "safetensors"; of a model of texts also "huggingface", a zip of that layout; "labels" and "predictions", CSV; "checkpoint", the whole latest run as it stands, saved or not
		Checkpoint string `json:"checkpoint,omitempty"`
	}
	// Import takes the bytes beside it, which Export gave, or a zip of a BERT in Hugging Face's layout: Imported.
	Import struct{}

	// HandOver asks for all that another trainer needs to take this one's place: HandedOver, with states beside it. A run
	// under way is paused by it.
	HandOver struct{}
	// TakeOver is what HandedOver said, to a new trainer that has the same data: OK. If a run was under way, Start goes on with it.
	TakeOver struct{ Handed }
)

// A FileInfo describes a file that travels beside a command.
type FileInfo struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
}

// As says how files are to be read. Zero fields are guessed, or take the usual.
type As struct {
	Kind   data.Kind `json:"kind,omitempty"`
	Rate   float64   `json:"rate,omitempty"`   // of clips: frames a second
	Frames int       `json:"frames,omitempty"` // of a clip
}

// Config is what a run is made of. Zero fields take defaults; Configured tells them.
type Config struct {
	Task      string          `json:"task,omitempty"`
	Kind      data.Kind       `json:"kind,omitempty"`
	Encoder   string          `json:"encoder,omitempty"`
	Size      int             `json:"size,omitempty"`   // pixels on a side; tokens of a text
	Batch     int             `json:"batch,omitempty"`  // samples in a step; 0 is as many as usual, or as there are
	Epochs    int             `json:"epochs,omitempty"` // of these three one is used: Steps, then Minutes, then Epochs
	Steps     int             `json:"steps,omitempty"`
	Minutes   float64         `json:"minutes,omitempty"` // becomes Steps after a few measured steps
	Seed      uint64          `json:"seed,omitempty"`
	Optimizer string          `json:"optimizer,omitempty"` // "adamw", "sgd", "lars"
	Rate      float64         `json:"rate,omitempty"`      // peak learning rate
	Decay     float64         `json:"decay,omitempty"`     // weight decay, never on norms and biases
	Tokenizer string          `json:"tokenizer,omitempty"` // of texts: "wordpiece" or "bpe"; told by the script by default
	Vocab     int             `json:"vocab,omitempty"`     // of texts: pieces of words to learn, at most
	Cased     bool            `json:"cased,omitempty"`     // WordPiece: keep capitals and accents
	From      string          `json:"from,omitempty"`      // a checkpoint whose encoder, and vocabulary, it begins with
	Joint     float64         `json:"joint,omitempty"`     // of pictures: weight of the labels, learned beside the task; 0 leaves them out
	Missing   []data.Missing  `json:"missing,omitempty"`   // of series: readings that mean that nothing was read; none given leaves them as they are
	Options   json.RawMessage `json:"options,omitempty"`   // the task's
}

// An Event goes from the trainer to the page.
type Event interface{ event() }

// Events that answer a command carry its id in the envelope.
type (
	OK    struct{}
	Added struct {
		Kind     data.Kind       `json:"kind"`
		Accepted int             `json:"accepted"` // by this command
		Total    int             `json:"total"`    // samples there are now
		Names    []string        `json:"names"`    // of all samples, in order
		Of       []string        `json:"of"`       // their labels, "" where there is none
		Labels   map[string]int  `json:"labels"`
		At       []data.Window   `json:"at,omitempty"` // of series: where in the recordings each sample lies
		Rejected []data.Rejected `json:"rejected"`
		Fills
		Tables []TableOffer `json:"tables,omitempty"` // that came with the samples and say labels of them
	}
	// Inspected is what autodidact inspect -json prints: what was understood of the data, and what was told while it was read.
	Inspected  struct{ data.Inspection }
	Configured struct {
		Config     Config  `json:"config"`
		Step       int     `json:"step"` // where Start will go on
		Checkpoint string  `json:"checkpoint,omitempty"`
		History    []Point `json:"history,omitempty"`
	}
	Done struct {
		Steps      int     `json:"steps"`
		Loss       float32 `json:"loss"`
		Seconds    float64 `json:"seconds"`
		Checkpoint string  `json:"checkpoint"`        // what the store holds of the run; "" if that is nothing
		Saved      int     `json:"saved"`             // the step that Checkpoint has: less than Steps when the last could not be saved
		Unsaved    string  `json:"unsaved,omitempty"` // then: why, in a sentence
	}
	Pixels struct {
		Shape []int    `json:"shape"` // [n, side, side, 4]; the bytes are beside it
		Names []string `json:"names,omitempty"`
	}
	Excerpts struct {
		Texts []string `json:"texts"` // cut where they are very long
	}
	Filled struct {
		Blanks [][]Guess `json:"blanks"` // in order, the likeliest first
	}
	Previewed struct {
		Exhibits []Exhibit `json:"exhibits"` // their pictures' RGBA bytes are beside it, one after the other
	}
	Embedding struct {
		Shape  []int    `json:"shape"` // [n, width]; the float32s are beside it
		Names  []string `json:"names"`
		Labels []string `json:"labels"`
	}
	Probed struct {
		Results  []ProbeResult `json:"results"`
		Headline string        `json:"headline"` // what they come to, in a sentence or two
		Method   string        `json:"method"`
		Stopped  bool          `json:"stopped,omitempty"` // before all was measured
	}
	// Told is what a person's labels tell of all samples: beside it float32 [n, classes], how likely each class is for
	// each sample; nothing until two classes have a label.
	Told struct {
		Given    map[string]string `json:"given"`              // by name
		Classes  []string          `json:"classes"`            // of the given labels
		Several  bool              `json:"several"`            // samples may be of several
		Next     []int             `json:"next"`               // samples worth labelling next
		Typical  bool              `json:"typical"`            // because they are typical; else because they are in doubt
		Checked  int               `json:"checked"`            // samples not labelled here whose label the data came with is a class here
		Agree    float64           `json:"agree"`              // the share of those told alike
		NotFound []string          `json:"notFound,omitempty"` // names that no sample has
	}
	Examined struct {
		Step     int       `json:"step"`
		Findings []Finding `json:"findings"`
		Checked  []string  `json:"checked"` // what was looked for
		Healthy  int       `json:"healthy"` // the step that a remedy begins from; 0 is the beginning
	}
	Compared struct {
		Entrants  []Entrant `json:"entrants"`  // the best first, as far as is known
		Words     string    `json:"words"`     // what the order is worth
		Agreement *float64  `json:"agreement"` // Kendall's tau of the order without labels and that by labels, if there are any
	}
	Neighbored struct {
		Names []string  `json:"names"`
		Near  []float32 `json:"near"`         // cosine
		At    []int     `json:"at,omitempty"` // of Search: which samples
	}
	Mapped struct {
		Shape     []int     `json:"shape"`     // [n, 2]; the float32s are beside it
		Explained []float64 `json:"explained"` // share of variance of each axis
		Compared  []int     `json:"compared"`  // [n, width]: also beside it, the features as Neighbors compares them
	}
	Clustered struct {
		K           int       `json:"k"`
		Of          []int     `json:"of"`          // the cluster of each sample, or recording; the largest is 0
		Exemplars   []int     `json:"exemplars"`   // the one nearest to the middle of each
		Silhouettes []float64 `json:"silhouettes"` // of 2, 3, 4... clusters, or of K: 1 is far apart, 0 is no clusters
	}
	Plotted struct {
		Recordings []Recorded `json:"recordings"`
		Total      int        `json:"total"` // recordings there are: in the list are 1,000 at most
		Rows       int        `json:"rows"`  // of all of them
		Channels   []string   `json:"channels"`
		Of         int        `json:"of"`
		From       int        `json:"from"`
		Until      int        `json:"until"`
		Points     int        `json:"points"`
		Times      []int64    `json:"times,omitempty"` // of the points and of the last row, in milliseconds since 1970, if there are any
	}
	Foresight struct {
		Tested   Tested     `json:"tested"`
		Of       int        `json:"of"`
		Row      int        `json:"row"`
		Channels []Foretold `json:"channels"`
	}
	Watched struct {
		Of             int      `json:"of"`
		From           int      `json:"from"` // the first row that is scored
		Rows           int      `json:"rows"`
		Rate           float64  `json:"rate"`
		Threshold      float64  `json:"threshold"` // a score above it is an alarm
		Low            float64  `json:"low"`       // the share of clean rows that this may be, for there are only so many
		High           float64  `json:"high"`
		Clean          int      `json:"clean"`          // clean rows
		Behind         float64  `json:"behind"`         // share of the rows behind the second border that are alarms
		Baseline       float64  `json:"baseline"`       // threshold of the moving z-score at the same rate
		BaselineBehind float64  `json:"baselineBehind"` // and its share
		Alarms         []Alarm  `json:"alarms"`
		Changes        []Change `json:"changes"` // rows at which levels change
	}
	Listed struct {
		Checkpoints []CheckpointInfo `json:"checkpoints"`
	}
	Exported struct {
		Name  string `json:"name"` // a file name to save under; the bytes are beside it
		Bytes int64  `json:"bytes"`
	}
	// HandedOver is a session beside its data.
	HandedOver struct{ Handed }
	Imported   struct {
		Checkpoint CheckpointInfo `json:"checkpoint"`
	}
	Copied struct {
		Checkpoint CheckpointInfo `json:"checkpoint"`
	}
)

// Events the trainer sends of itself, with id 0.
type (
	// Ready is the first event: what this trainer can do.
	Ready struct {
		Version int    `json:"version"`
		Backend string `json:"backend"`
		SIMD    string `json:"simd"` // "none", "simd" or "relaxed"
		// Storage is where runs are saved: "indexeddb", or "memory", which a reload forgets.
		Storage string `json:"storage"`
		// StorageReason is why it is memory, as a clause.
		StorageReason string        `json:"storageReason,omitempty"`
		Tasks         []TaskInfo    `json:"tasks"`
		Encoders      []EncoderInfo `json:"encoders"`
	}
	// State says what the trainer is doing: "idle", "training", "paused" or "failed".
	State struct {
		State string `json:"state"`
	}
	// SetAside names the samples that a run which begins cannot ask about.
	SetAside struct {
		Samples []data.Rejected `json:"samples"`
	}
	// Noticed tells what was not used, not read or changed on the way to something that was asked for, and why; each once.
	Noticed struct {
		Notices []data.Rejected `json:"notices"`
	}
	// Vocabulary tells what texts are made of, when they have become tokens.
	Vocabulary struct {
		Tokenizer string   `json:"tokenizer"` // "wordpiece" or "bpe"
		Size      int      `json:"size"`
		Asked     int      `json:"asked,omitempty"` // pieces that were wanted, if there were not so many
		Texts     int      `json:"texts"`
		Tokens    int      `json:"tokens"`
		Longest   int      `json:"longest"` // tokens of the longest text
		Unknown   float64  `json:"unknown"` // share of tokens that are not in the vocabulary
		Most      []Guess  `json:"most"`    // the tokens used most
		Pieces    []string `json:"pieces"`  // some of the longest pieces that were learned
	}
	// Windows tells the samples that series were cut into, when that changes.
	Windows struct {
		Size  int           `json:"size"` // rows
		Names []string      `json:"names"`
		Of    []string      `json:"of"` // labels
		At    []data.Window `json:"at"` // where in the recordings each lies
		// Labels counts them.
		Labels map[string]int `json:"labels"`
		Fills
	}
	// Progress follows every step.
	Progress struct {
		Step           int                `json:"step"`  // steps done
		Steps          int                `json:"steps"` // in the whole run; 0 until known
		Epoch          int                `json:"epoch"`
		Loss           float32            `json:"loss"`
		Metrics        map[string]float64 `json:"metrics,omitempty"` // "knn", "rank", "std", "alignment", "uniformity", "heldOut", "learned", "norm", "rate", "peakBytes"
		ItemsPerSecond float64            `json:"itemsPerSecond"`
		EtaSeconds     float64            `json:"etaSeconds"`
	}
	// Probing is a figure of a Probe under way.
	Probing struct {
		Result ProbeResult `json:"result"`
		Done   int         `json:"done"`
		Total  int         `json:"total"`
		// EtaSeconds is the time left.
		EtaSeconds float64 `json:"etaSeconds"`
	}
	// Comparing is how a Compare under way stands.
	Comparing struct {
		Entrants   []Entrant `json:"entrants"`
		Task       string    `json:"task"` // the one that learns
		Done       float64   `json:"done"` // of all, from 0 to 1
		EtaSeconds float64   `json:"etaSeconds"`
	}
	// Busy tells how far something other than training is: "decoding", "tokenizing", "embedding", "saving", "measuring", which counts thousandths.
	Busy struct {
		What           string  `json:"what"`
		Done           int     `json:"done"`
		Total          int     `json:"total"`
		ItemsPerSecond float64 `json:"itemsPerSecond"`
		EtaSeconds     float64 `json:"etaSeconds"`
	}
	// Saved follows every checkpoint written during a run.
	Saved struct {
		Checkpoint string `json:"checkpoint"`
		Step       int    `json:"step"`
		Bytes      int64  `json:"bytes"`
	}
	// Failed answers a command that could not be obeyed, or with id 0 tells of trouble that ends nothing, as a save that
	// did not succeed. With id -1, which only the loader sends, the trainer is gone.
	Failed struct {
		Code    Code   `json:"code"`
		Message string `json:"message"`
		Field   string `json:"field,omitempty"` // of Configure
	}
)

// Fills are, of series, values: those that may mean that nothing was read, and those that are taken for that.
type Fills struct {
	Fill   []data.FillValue `json:"fill,omitempty"`
	Marked []data.Marked    `json:"marked,omitempty"`
}

// An Exhibit is a question of the task and the encoder's answer, drawn.
type Exhibit struct {
	Name     string          `json:"name"`     // of the sample
	Question []Size          `json:"question"` // pictures, in order
	Answer   []Size          `json:"answer"`
	Text     []pretext.Word  `json:"text,omitempty"`   // or a text, with what was asked in it
	Curves   []pretext.Curve `json:"curves,omitempty"` // or curves of a series
	Words    string          `json:"words"`            // the answer in words
	Right    string          `json:"right,omitempty"`  // "right", "wrong", or neither
}

// Change is a row at which levels change.
type Change struct {
	Row  int    `json:"row"`
	When string `json:"when"`
}

// Recorded is a recording in a list.
type Recorded struct {
	Name  string `json:"name"`
	Rows  int    `json:"rows"`
	Learn int    `json:"learn"` // rows before it are learned from
	Check int    `json:"check"` // and those from it on are tested with
}

// A TableOffer is a table of labels that came with the samples: how many it has for them, and in words what does not fit.
type TableOffer struct {
	Name   string `json:"name"`
	Labels int    `json:"labels"`
	Says   string `json:"says"`
}

// Size is that of a picture, in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// A Point is one step of a run's curve.
type Point struct {
	Step    int                `json:"step"`
	Loss    float32            `json:"loss"`
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

// ProbeResult is one measurement; the band is 95 % over repeats, or binomial for one.
type ProbeResult struct {
	Method  string `json:"method"`
	Labels  int    `json:"labels"`  // per class; 0 means all
	Encoder string `json:"encoder"` // "pretrained", "scratch", "random" or "raw"
	// Baseline is, of "raw", the method without an encoder that was taken, in most draws: "TF-IDF with logistic regression".
	Baseline string  `json:"baseline,omitempty"`
	Accuracy float64 `json:"accuracy"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Repeats  int     `json:"repeats"`
	Balanced float64 `json:"balanced"` // mean over classes of the share told right
	F1       float64 `json:"f1"`       // mean over classes
	// Confusion counts by what samples are, then what they are told to be, in the order of Classes.
	Classes   []string `json:"classes,omitempty"`
	Confusion [][]int  `json:"confusion,omitempty"`
	// Ahead is by how much "pretrained" is ahead of this contender on the same questions.
	Ahead *Band `json:"ahead,omitempty"`
}

// A Finding is something the doctor sees.
type Finding struct {
	Code     string   `json:"code"`              // one of Findings
	Grave    bool     `json:"grave"`             // the run is worth little as it is
	Title    string   `json:"title"`             // its name
	Evidence string   `json:"evidence"`          // what was measured
	Remedy   string   `json:"remedy"`            // what to do, in a sentence
	Change   *Config  `json:"change,omitempty"`  // what Remedy changes; none if it is for the person to do
	Omit     []string `json:"omit,omitempty"`    // samples that Remedy leaves out
	Samples  []int    `json:"samples,omitempty"` // some that show it
}

// An Entrant is a task in a comparison.
type Entrant struct {
	Task    string  `json:"task"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
	Loss    float32 `json:"loss"`
	Rank    Band    `json:"rank"`          // effective rank of its features
	Stable  Band    `json:"stable"`        // share of samples found again, by a view of theirs
	KNN     *Band   `json:"knn,omitempty"` // share of labels told right
	Score   float64 `json:"score"`         // what it is ranked by where there are no labels, from 0 to 1
	Trouble string  `json:"trouble,omitempty"`
}

// Band is a figure and what holds it in 95 of 100 cases.
type Band struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// CheckpointInfo is a line in the list of checkpoints.
type CheckpointInfo struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Task  string `json:"task"`
	Step  int    `json:"step"`
	Bytes int64  `json:"bytes"`
	Saved int64  `json:"saved"` // milliseconds since 1970
	// Trouble says why it cannot be loaded: it was damaged. It can still be removed.
	Trouble string `json:"trouble,omitempty"`
}

// TaskInfo is a task of the catalog, enough to draw its form.
type TaskInfo struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Line  string      `json:"line"`
	Kinds []data.Kind `json:"kinds"`
	Paper string      `json:"paper"` // arXiv id
	// Encoders are the only ones the task can train, the usual one first; none means any of its kinds.
	Encoders []string     `json:"encoders,omitempty"`
	Options  []OptionInfo `json:"options"`
}

// OptionInfo is one option of a task.
type OptionInfo struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"` // "number", "integer" or "boolean"
	Default any     `json:"default"`
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Doc     string  `json:"doc"`
}

// EncoderInfo is an encoder of the catalog.
type EncoderInfo struct {
	Name  string      `json:"name"`
	Line  string      `json:"line"`
	Kinds []data.Kind `json:"kinds"`
}

// A Code is a failure a page can act on without reading prose.
type Code string

const (
	BadData     Code = "bad-data"
	TooFew      Code = "too-few"
	Misfit      Code = "misfit"
	Cancelled   Code = "cancelled" // by Cancel, or by a newer command
	Diverged    Code = "diverged"
	OutOfMemory Code = "out-of-memory"
	StorageFull Code = "storage-full"
	NotSaved    Code = "not-saved"  // for another reason than a full disk
	NotLoaded   Code = "not-loaded" // a file of the program
	InUse       Code = "in-use"     // another tab trains that run: told by the page, which alone can know
	Unsupported Code = "unsupported"
	Internal    Code = "internal"
)
