// Package protocol is the messages between a page and a trainer, and how they are written as JSON.
package protocol

import (
	"autodidact/core/data"
	"autodidact/worker/evaluate"
	"autodidact/worker/run"
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
		N      int         `json:"n"`
		Config *run.Config `json:"config,omitempty"`
	}
)

// Commands about the run.
type (
	// Configure sets what a run will be: Configured.
	Configure struct {
		Config run.Config `json:"config"`
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
		evaluate.Plan
		Given bool `json:"given,omitempty"` // by the labels a person gave here, not those the data came with
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
	// Label gives samples a label, or with "" takes it away: Predicted. Labels has one for all, or one for each; none
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
	// Forecast asks what comes after the rows before Row, and how good forecasts are where that is known: Forecasted.
	Forecast struct {
		Of      int     `json:"of"`
		Row     int     `json:"row,omitempty"`     // the first that is forecast; 0 is that after the last
		Horizon int     `json:"horizon,omitempty"` // rows; 0 is the task's
		Cover   float64 `json:"cover,omitempty"`   // share of readings that the band is to hold; 0 is 0.9
	}
	// Anomalies asks which rows of a recording are unusual: Detected, with float32s beside it: the score of each row, that of
	// the moving z-score, and the scores of clean rows of both, in ascending order.
	Anomalies struct {
		Of   int     `json:"of"`
		Rate float64 `json:"rate,omitempty"` // share of clean rows that may raise an alarm; 0 is 0.01
	}
	// Feed scores a row of readings that comes from outside, one for each channel, null where one is missing: Fed. The
	// first begins a new series, as does one with another rate, or that learns when those before did not.
	Feed struct {
		Reading data.Values `json:"reading"`
		Rate    float64     `json:"rate,omitempty"`
		Learn   bool        `json:"learn,omitempty"` // go on learning from such rows
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
	// Open takes the bytes beside it, a model that was exported to be used by itself, for Apply and Anomalies. Data that come are read as
	// that model reads them: Opened.
	Open struct{}
	// Apply asks what the opened model finds of the data: Applied, with float32 [n, classes] beside it, the probability of each class.
	Apply struct {
		K int `json:"k"` // nearest of each sample
	}
	// Export writes the model, or with Checkpoint a whole saved run: Exported, with its bytes beside it. For "html" the files of the
	// page are beside it: its HTML, and as gzip those that Page names.
	Export struct {
		Format     string            `json:"format"` // "safetensors"; of a model of texts also "huggingface", a zip of that layout; "onnx"; "pytorch", a zip of a folder; "html", one page; "labels" and "predictions", CSV; "checkpoint", the whole latest run as it stands, saved or not
		Checkpoint string            `json:"checkpoint,omitempty"`
		Options    map[string]string `json:"options,omitempty"` // of the format; unknown ones are refused
		Page       []string          `json:"page,omitempty"`
	}
	// Import takes the files beside it: one that Export gave, weights made elsewhere, a zip of a model's folder, or the files of
	// that folder: Imported.
	Import struct {
		Files []FileInfo `json:"files"`
	}

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
