package protocol

import (
	"io"

	"autodidact/core/data"
	"autodidact/pretext"
	"autodidact/worker/diagnose"
	"autodidact/worker/evaluate"
	"autodidact/worker/explore"
	"autodidact/worker/forecast"
	"autodidact/worker/language"
	"autodidact/worker/portable"
	"autodidact/worker/run"
)

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
		At       []data.Window   `json:"at,omitempty"`    // of series: where in the recordings each sample lies
		Whole    bool            `json:"whole,omitempty"` // of series: each sample is a whole one
		Rejected []data.Rejected `json:"rejected"`
		Fills
		Tables []TableOffer `json:"tables,omitempty"` // that came with the samples and say labels of them
	}
	// Inspected is what autodidact inspect -json prints: what was understood of the data, and what was noted while it was read.
	Inspected  struct{ data.Inspection }
	Configured struct {
		Config     run.Config  `json:"config"`
		Step       int         `json:"step"` // where Start will go on
		Checkpoint string      `json:"checkpoint,omitempty"`
		History    []run.Point `json:"history,omitempty"`
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
		Blanks [][]language.Prediction `json:"blanks"` // in order, the likeliest first
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
		Results  []evaluate.Result `json:"results"`
		Headline string            `json:"headline"` // what they come to, in a sentence or two
		Method   string            `json:"method"`
		Stopped  bool              `json:"stopped,omitempty"` // before all was measured
	}
	// Predicted is the classes of all samples, by the labels of a person: beside it float32 [n, classes], the probability of each
	// class for each sample; nothing until two classes have a label.
	Predicted struct {
		Given    map[string]string `json:"given"`              // by name
		Classes  []string          `json:"classes"`            // of the given labels
		Several  bool              `json:"several"`            // samples may be of several
		Next     []int             `json:"next"`               // samples worth labelling next
		Typical  bool              `json:"typical"`            // because they are typical; else because they are in doubt
		Checked  int               `json:"checked"`            // samples not labelled here whose label the data came with is a class here
		Agree    float64           `json:"agree"`              // the share of those predicted alike
		NotFound []string          `json:"notFound,omitempty"` // names that no sample has
	}
	Examined struct {
		Step     int                `json:"step"`
		Findings []diagnose.Finding `json:"findings"`
		Checked  []string           `json:"checked"` // what was looked for
		Healthy  int                `json:"healthy"` // the step that a remedy begins from; 0 is the beginning
	}
	Compared   struct{ evaluate.Ranking }
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
	Clustered struct{ explore.Clustering }
	Plotted   struct {
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
	Forecasted struct {
		Tested   forecast.TestResult `json:"tested"`
		Of       int                 `json:"of"`
		Row      int                 `json:"row"`
		Channels []forecast.Forecast `json:"channels"`
	}
	Detected struct {
		Of             int               `json:"of"`
		From           int               `json:"from"` // the first row that is scored
		Rows           int               `json:"rows"`
		Rate           float64           `json:"rate"`
		Threshold      float64           `json:"threshold"` // a score above it is an alarm
		Low            float64           `json:"low"`       // the share of clean rows that this may be, for there are only so many
		High           float64           `json:"high"`
		Clean          int               `json:"clean"`          // clean rows
		Behind         float64           `json:"behind"`         // share of the rows behind the second border that are alarms
		Baseline       float64           `json:"baseline"`       // threshold of the moving z-score at the same rate
		BaselineBehind float64           `json:"baselineBehind"` // and its share
		Alarms         []forecast.Alarm  `json:"alarms"`
		Changes        []forecast.Change `json:"changes"` // rows at which levels change
	}
	// Fed is what a row that was fed was found to be.
	Fed    struct{ forecast.StreamScore }
	Listed struct {
		Checkpoints []CheckpointInfo `json:"checkpoints"`
	}
	// Part goes before Exported where that is large, any number of times with the same id: bytes beside it are the next of the file.
	Part struct{}
	// Opened is a model that was opened to be used by itself.
	Opened struct {
		portable.About
		Config run.Config `json:"config"`
	}
	// Applied is what the opened model finds of all samples. Their probabilities are beside it.
	Applied struct {
		Labels []string     `json:"labels"` // predicted; none without a classifier
		Near   [][]Neighbor `json:"near"`   // of each sample
		Among  string       `json:"among"`  // "references", or "samples": what At counts
	}
	Exported struct {
		Name  string `json:"name"` // a file name to save under; the last bytes, or all, are beside it
		Bytes int64  `json:"bytes"`

		Write func(w io.Writer) error `json:"-"` // writes what goes beside it; nil if that is there
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
	// Noticed is what was not used, not read or changed on the way to something that was asked for, and why; each once.
	Noticed struct {
		Notices []data.Rejected `json:"notices"`
	}
	// Vocabulary is what texts are made of, when they have become tokens.
	Vocabulary struct{ language.Vocabulary }
	// Windows is the samples that series were cut into, when that changes.
	Windows struct {
		Size  int           `json:"size"` // rows
		Names []string      `json:"names"`
		Of    []string      `json:"of"`              // labels
		At    []data.Window `json:"at"`              // where in the recordings each lies
		Whole bool          `json:"whole,omitempty"` // each is a whole series
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
		Result evaluate.Result `json:"result"`
		Done   int             `json:"done"`
		Total  int             `json:"total"`
		// EtaSeconds is the time left.
		EtaSeconds float64 `json:"etaSeconds"`
	}
	// Comparing is how a Compare under way stands.
	Comparing struct{ evaluate.Standing }
	// Busy is how far something other than training is: "decoding", "tokenizing", "embedding", "saving", "measuring", which counts thousandths.
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
	// Failed answers a command that could not be obeyed, or with id 0 reports trouble that ends nothing, as a save that
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

// Neighbor is one of the nearest of a sample.
type Neighbor struct {
	At     int     `json:"at"`
	Cosine float32 `json:"cosine"`
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
