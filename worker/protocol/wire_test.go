package protocol

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/pretext"
	"autodidact/worker/diagnose"
	"autodidact/worker/evaluate"
	"autodidact/worker/explore"
	"autodidact/worker/forecast"
	"autodidact/worker/label"
	"autodidact/worker/language"
	"autodidact/worker/portable"
	"autodidact/worker/run"
)

// golden holds one example of each message, a line each; ui/test reads it too.
// UPDATE=1 go test ./worker/protocol writes it anew.
//
//go:embed testdata/protocol.json
var golden []byte

var handed = Handed{Config: config, Run: "run-1", Last: "run-1", Stored: 120, Given: label.Labels{"a.png": "cat"}, Unsaved: true, Noted: []data.Rejected{{Name: "batch", Code: data.Notice, Reason: "smaller"}},
	WellAt: 100, Training: true, Print: "0011223344556677", States: []string{"model", "run"}}

var config = run.Config{Task: "simclr", Kind: data.Images, Encoder: "resnet8", Size: 32, Batch: 64, Epochs: 20,
	Steps: 560, Minutes: 10, Seed: 1, Optimizer: "adamw", Rate: 0.001, Decay: 0.0001, Joint: 0.5, Options: json.RawMessage(`{"temperature":0.2}`)}

var saved = CheckpointInfo{ID: "run-1", Title: "My emoji", Task: "simclr", Step: 560, Bytes: 4194304, Saved: 1795000000000}

var entry = evaluate.Entry{Task: "simclr", Steps: 40, Seconds: 60, Loss: 2.5, Rank: evaluate.Band{Mean: 30, Low: 28, High: 32}, Stable: evaluate.Band{Mean: 0.75, Low: 0.7, High: 0.8}, KNN: &evaluate.Band{Mean: 0.5, Low: 0.45, High: 0.55}, Score: 0.8, Trouble: "diverged"}

var commandExamples = []Command{
	Add{Files: []FileInfo{{Path: "animals/cat.png", Size: 4321}}, Size: 32, As: As{Kind: data.Video, Rate: 8, Frames: 16}},
	AddSample{Name: "emoji", Size: 32},
	Clear{Again: true},
	Omit{Names: []string{"animals/cat.png"}},
	Inspect{},
	Mark{Missing: []data.Missing{{Channel: "temp", Value: -999.9}}},
	Pictures{At: []int{0, 5}, Side: 32},
	Preview{N: 4, Config: &run.Config{Task: "rotation", Size: 32}},
	Texts{At: []int{0, 5}},
	Search{Text: "peace with all nations", K: 5},
	Fill{Text: "the ___ of the people", K: 5},
	Configure{Config: config},
	Configure{Config: run.Config{Task: "maskedlm", Kind: data.Text, Tokenizer: "wordpiece", Vocab: 4096, Cased: true, From: "run-1"}},
	Configure{Config: run.Config{Task: "forecast", Kind: data.Series, Missing: []data.Missing{{Value: -999}}}},
	Start{Run: "run-1"}, Pause{}, Resume{}, Stop{}, Cancel{},
	Embed{},
	Probe{Plan: evaluate.Plan{Method: "knn", Labels: []string{"10", "all"}, Repeats: 5, Against: []string{"random", "raw"}}, Given: true},
	Label{Names: []string{"animals/cat.png"}, Labels: []string{"cat"}},
	Label{Table: "animals/labels.csv"},
	Examine{},
	Remedy{Code: "collapse"},
	Compare{Tasks: []string{"simclr", "rotation"}, Minutes: 1, Steps: 40},
	Neighbors{Name: "animals/cat.png", K: 8},
	Map{},
	Cluster{K: 4, Whole: true},
	Plot{Of: 1, From: 100, Until: 200, Points: 50},
	Forecast{Of: 1, Row: 150, Horizon: 24, Cover: 0.9},
	Anomalies{Of: 1, Rate: 0.01},
	Feed{Reading: data.Values{12.5, 3}, Rate: 0.01, Learn: true},
	Checkpoints{},
	Load{Checkpoint: "run-1"},
	Rename{Checkpoint: "run-1", Title: "My emoji"},
	Copy{Checkpoint: "run-1"},
	Remove{Checkpoint: "run-1"},
	Open{}, Apply{K: 5},
	Export{Format: "onnx", Checkpoint: "run-1", Options: map[string]string{"preprocess": "true"}},
	Export{Format: "html", Page: []string{"worker", "wasm"}, Options: map[string]string{"references": "0"}},
	Import{Files: []FileInfo{{Path: "resnet18.pth", Size: 46830571}}},
	HandOver{},
	TakeOver{handed},
}

var eventExamples = []Event{
	OK{},
	Added{Kind: data.Images, Accepted: 1, Total: 1, Names: []string{"animals/cat.png"}, Of: []string{"animals"},
		Labels:   map[string]int{"animals": 1},
		Rejected: []data.Rejected{{Name: "notes.png", Code: "not-an-image", Reason: "not an image"}},
		Tables:   []TableOffer{{Name: "animals/labels.csv", Labels: 1, Says: "animals/labels.csv has labels for 1 of 1 picture (columns file and label)"}}},
	Inspected{data.Inspection{Kind: data.Images, Samples: 1001, Labels: map[string]int{"animals": 1001}, Pictures: []data.PictureSummary{{Name: "animals/cat.png", Width: 48, Height: 16, MeanRGB: [3]int{200, 60, 60}}},
		Notes: []string{"a.csv: days are read before months"}, Rejected: []data.Rejected{{Name: "notes.png", Code: "not-an-image", Reason: "not an image"}}, More: map[string]int{"pictures": 1000}}},
	Inspected{data.Inspection{Kind: data.Series, Samples: 4, Labels: map[string]int{}, Notes: []string{}, Rejected: []data.Rejected{},
		Series: []data.SeriesSummary{{Name: "seattle.csv", Rows: 1461, Channels: []string{"wind"}, From: "2012-01-01T00:00:00Z", To: "2015-12-31T00:00:00Z", StepSeconds: 86400, Uneven: true, Missing: 1, Mean: data.Values{3.5}, Min: data.Values{0.5}, Max: data.Values{9.5}}}}},
	Inspected{data.Inspection{Kind: data.Text, Samples: 1, Labels: map[string]int{}, Texts: []data.TextSummary{{Name: "t.csv, row 2", Characters: 120, Tokens: 30}}, Notes: []string{}, Rejected: []data.Rejected{}}},
	Inspected{data.Inspection{Kind: data.Video, Samples: 1, Labels: map[string]int{}, Clips: []data.ClipSummary{{Name: "a.gif", Frames: 16, Width: 64, Height: 48}}, Notes: []string{}, Rejected: []data.Rejected{}}},
	Added{Kind: data.Series, Accepted: 1, Total: 1, Names: []string{"m.csv"}, Of: []string{""}, Labels: map[string]int{}, At: []data.Window{{Of: 0, From: 0, Rows: 96}}, Rejected: []data.Rejected{},
		Fills: Fills{[]data.FillValue{{Channel: "temp", Value: -999, Readings: 812, Of: 4320, Why: "far from the rest"}}, []data.Marked{{Missing: data.Missing{Value: 9999}, Readings: 3}}}},
	Configured{Config: config, Step: 12, Checkpoint: "run-1", History: []run.Point{{Step: 12, Loss: 3.5, Metrics: map[string]float64{"knn": 0.5}}}},
	Done{Steps: 560, Loss: 1.5, Seconds: 311, Checkpoint: "run-1", Saved: 540, Unsaved: "step 560 could not be saved: the browser has no more room for this page"},
	Previewed{Exhibits: []Exhibit{{Name: "animals/cat.png", Question: []Size{{32, 32}, {32, 32}}, Answer: []Size{{32, 32}}, Words: "nearest of 63, cosine 0.91", Right: "right"}}},
	Previewed{Exhibits: []Exhibit{{Name: "speech.txt", Question: []Size{}, Answer: []Size{}, Words: "predicts 1 of 1",
		Text: []pretext.Word{{Text: " the"}, {Text: " people", Target: true, Predicted: "people", Probability: 0.75, Right: "right"}}}}},
	Excerpts{Texts: []string{"My fellow citizens"}},
	Filled{Blanks: [][]language.Prediction{{{Text: "will", Share: 0.5}, {Text: "voice", Share: 0.25}}}},
	Vocabulary{language.Vocabulary{Tokenizer: "wordpiece", Size: 812, Asked: 4096, Texts: 40, Tokens: 2500, Longest: 120, Unknown: 0.01, Most: []language.Prediction{{Text: "the", Share: 0.06}}, Pieces: []string{"government"}}},
	Pixels{Shape: []int{2, 32, 32, 4}, Names: []string{"animals/cat.png", "animals/dog.png"}},
	Embedding{Shape: []int{1, 128}, Names: []string{"animals/cat.png"}, Labels: []string{"animals"}},
	Probed{Results: []evaluate.Result{{Method: "knn", Labels: 10, Encoder: "pretrained", Accuracy: 0.61, Low: 0.58, High: 0.64, Repeats: 5,
		Balanced: 0.6, F1: 0.59, Classes: []string{"cat", "dog"}, Confusion: [][]int{{5, 1}, {2, 4}}},
		{Method: "knn", Labels: 10, Encoder: "raw", Baseline: "raw pixels with logistic regression", Accuracy: 0.5, Low: 0.45, High: 0.55, Repeats: 5, Ahead: &evaluate.Band{Mean: 0.11, Low: 0.06, High: 0.16}}}, Headline: "With 10 labels per class the pretrained encoder reaches 61 % accuracy.", Method: "knn", Stopped: true},
	Probing{Result: evaluate.Result{Method: "linear", Labels: 1, Encoder: "scratch", Accuracy: 0.25, Low: 0.125, High: 0.375, Repeats: 5}, Done: 3, Total: 40, EtaSeconds: 12},
	Predicted{Given: map[string]string{"animals/cat.png": "cat"}, Classes: []string{"cat"}, Several: true, Next: []int{4, 1}, Typical: true, Checked: 10, Agree: 0.5, NotFound: []string{"gone.png"}},
	Examined{Step: 120, Findings: []diagnose.Finding{{Code: "duplicates", Grave: true, Title: "Many samples are the same", Evidence: "12 of 40", Remedy: "Leave them out.", Change: &run.Config{Rate: 0.001}, Omit: []string{"b.png"}, Samples: []int{0, 1}}},
		Checked: []string{"collapse"}, Healthy: 60},
	Compared{evaluate.Ranking{Entries: []evaluate.Entry{entry}, Words: "The first two may as well change places.", Agreement: &entry.Score}},
	Comparing{evaluate.Standing{Entries: []evaluate.Entry{entry}, Task: "rotation", Done: 0.5, Left: 40}},
	Neighbored{Names: []string{"animals/dog.png"}, Near: []float32{0.75}, At: []int{3}},
	Mapped{Shape: []int{1, 2}, Explained: []float64{0.4, 0.2}, Compared: []int{1, 128}},
	Previewed{Exhibits: []Exhibit{{Name: "seattle.csv, 2012-01-01", Question: []Size{}, Answer: []Size{}, Words: "80 % of what came is explained",
		Curves: []pretext.Curve{{Channel: "wind", Role: pretext.RoleInput, Values: data.Values{1, 2.5}}, {Channel: "wind", Role: pretext.RolePredicted, From: 2, Values: data.Values{3}}}}}},
	Clustered{explore.Clustering{K: 2, Of: []int{0, 1, 0}, Exemplars: []int{2, 1}, Silhouettes: []float64{0.5}}},
	Plotted{Recordings: []Recorded{{"seattle.csv", 1461, 1022, 1168}}, Total: 1, Rows: 1461, Channels: []string{"wind"}, Until: 2, Points: 2, Times: []int64{1325376000000, 1325462400000, 1325462400000}},
	Forecasted{Tested: forecast.TestResult{Horizon: 1, Choice: forecast.Choice{Used: "both", ByHead: []string{"wind"}, Readout: 0.5, Head: 0.25, Says: "Of the channels wind is forecast by the trained forecasting head."}, Scores: []forecast.ForecastScore{{Method: "both", MAE: 0.5, MSE: 0.25, N: 10}}, Cover: 0.9, Held: 0.88, Periods: map[string]int{"wind": 365}, LeftOut: []forecast.LeftOut{{Channel: "flat", Why: "is always the same where it is learned from"}}}, Of: 1, Row: 150,
		Channels: []forecast.Forecast{{Channel: "wind", Past: data.Values{1}, Came: data.Values{2}, Said: data.Values{2}, Low: data.Values{1}, High: data.Values{3},
			Last: data.Values{1}, Seasonal: data.Values{2}, DLinear: data.Values{1.5}}}},
	Detected{Of: 1, From: 96, Rows: 1365, Rate: 0.01, Threshold: 2, Low: 0.004, High: 0.03, Clean: 146, Behind: 0.012, Baseline: 3.5, BaselineBehind: 0.02,
		Alarms: []forecast.Alarm{{From: 1200, Until: 1203, Peak: 1201, When: "2015-04-16", Score: 3.5, Kind: "forecast"}}, Changes: []forecast.Change{{Row: 700, When: "2013-12-01"}}},
	Fed{forecast.StreamScore{Row: 97, Score: 2.5, Kind: "forecast", Alarm: true, Expected: []forecast.Expected{{Channel: "wind", Said: 2, Low: 1, High: 3}}, Latest: data.Values{9}}},
	Windows{Size: 96, Names: []string{"seattle.csv, 2012-01-01 to 2012-04-05"}, Of: []string{"rain"}, At: []data.Window{{Of: 0, From: 0, Rows: 96}}, Labels: map[string]int{"rain": 1}},
	Listed{Checkpoints: []CheckpointInfo{saved, {ID: "run-0", Trouble: "the file was damaged"}}},
	Part{},
	Opened{About: portable.About{Title: "My emoji", Task: "simclr", Encoder: "resnet8", Step: 560, Samples: 1852, Noun: "image", Trained: true, Classes: []string{"cat", "dog"}, Several: true, Labelled: 40,
		Accuracy: &portable.Accuracy{Mean: 0.9, Low: 0.8, High: 0.95, Tests: 40}, Detector: true, Channels: []string{"temp"}, References: []portable.Reference{{Name: "a.png", Label: "cat", Excerpt: "the", Picture: []byte{1, 2}}}}, Config: config},
	Applied{Labels: []string{"cat"}, Near: [][]Neighbor{{{At: 3, Cosine: 0.5}}}, Among: "references"},
	Exported{Name: "simclr-resnet8.safetensors", Bytes: 1328512},
	Imported{Checkpoint: saved},
	HandedOver{handed},
	Copied{Checkpoint: saved},
	Ready{Version: Version, Backend: "cpu", SIMD: "simd", Storage: "memory", StorageReason: "this browser offers none here",
		Tasks: []TaskInfo{{Name: "simclr", Title: "Twins (SimCLR)", Line: "Two views of one picture should land together.", Kinds: []data.Kind{data.Images}, Paper: "2002.05709",
			Options: []OptionInfo{{Name: "temperature", Type: "number", Default: 0.2, Min: 0.05, Max: 1, Doc: "lower pulls harder at the nearest neighbours"}}}},
		Encoders: []EncoderInfo{{Name: "resnet8", Line: "A small residual network.", Kinds: []data.Kind{data.Images}}}},
	State{State: "training"},
	SetAside{Samples: []data.Rejected{{Name: "still.gif", Code: "set-aside", Reason: "too still"}}},
	Noticed{Notices: []data.Rejected{{Name: "model.safetensors", Code: data.Notice, Reason: "2 tensors were not used: bert.pooler.dense.bias [16], bert.pooler.dense.weight [16 16]"}}},
	Progress{Step: 12, Steps: 560, Epoch: 1, Loss: 3.5, Metrics: map[string]float64{"knn": 0.5, "rank": 31.5, "std": 0.08}, ItemsPerSecond: 52.5, EtaSeconds: 93},
	Busy{What: "decoding", Done: 64, Total: 1852, ItemsPerSecond: 900, EtaSeconds: 2},
	Saved{Checkpoint: "run-1", Step: 560, Bytes: 4194304},
	Failed{Code: BadData, Message: "task simclr: temperature is 7, it must lie between 0.05 and 1", Field: "options.temperature"},
}

// goldenLines is what the golden file should say.
func goldenLines(t *testing.T) []byte {
	t.Helper()
	var out []string
	for i, c := range commandExamples {
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		wire := reflect.TypeOf(c).Name()
		head := fmt.Sprintf(`{"type":%q,"id":%d`, strings.ToLower(wire[:1])+wire[1:], i+1)
		if len(body) > 2 {
			head += ","
		}
		out = append(out, `{"to":"trainer","message":`+head+string(body[1:])+"}")
	}
	for i, e := range eventExamples {
		msg, err := Encode(e, i+1)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, `{"to":"page","message":`+string(msg)+"}")
	}
	return []byte("[\n" + strings.Join(out, ",\n") + "\n]\n")
}

func TestTheGoldenFileHasOneOfEachMessage(t *testing.T) {
	want := goldenLines(t)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/protocol.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(golden, want) {
		t.Errorf("testdata/protocol.json is not what the messages look like; UPDATE=1 go test ./worker/protocol writes it anew")
	}
	shown := map[string]bool{}
	for _, c := range commandExamples {
		shown[reflect.TypeOf(c).Name()] = true
	}
	if len(shown) != len(commands) {
		t.Errorf("%d commands on the wire, examples of %d", len(commands), len(shown))
	}
	sent := map[reflect.Type]bool{}
	for _, e := range eventExamples {
		sent[reflect.TypeOf(e)] = true
	}
	if len(sent) != len(events) {
		t.Errorf("%d events on the wire, examples of %d", len(events), len(sent))
	}
}

func TestEveryCommandIsReadBackAsItWasWritten(t *testing.T) {
	var lines []struct {
		To      string          `json:"to"`
		Message json.RawMessage `json:"message"`
	}
	if err := json.Unmarshal(golden, &lines); err != nil {
		t.Fatal(err)
	}
	for i, want := range commandExamples {
		got, err := Decode(lines[i].Message)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != i+1 || !reflect.DeepEqual(got.Command, want) {
			t.Errorf("read %+v, want %+v", got, want)
		}
	}
}

func TestAMessageThatIsNotACommandIsRefused(t *testing.T) {
	for _, msg := range []string{``, `{`, `[]`, `{"type":"explode","id":3}`, `{"type":"add","files":7}`} {
		if _, err := Decode([]byte(msg)); err == nil {
			t.Errorf("%q was read as a command", msg)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"type":"start","id":1}`))
	f.Add([]byte(`{"type":"add","id":1,"files":[{"path":"a","size":-1}]}`))
	f.Fuzz(func(t *testing.T, msg []byte) { Decode(msg) })
}
