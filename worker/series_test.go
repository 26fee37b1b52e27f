package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/worker/diagnose"
	"autodidact/worker/evaluate"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// seriesTable is a table of one channel.
func seriesTable(rows int) []byte {
	var out strings.Builder
	out.WriteString("x\n")
	for i := range rows {
		fmt.Fprintf(&out, "%d\n", i*i%17)
	}
	return []byte(out.String())
}

func TestASessionPlotsForecastsDetectsAndClustersSeries(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	var table strings.Builder
	table.WriteString("index,quick,slow\n")
	of := testsets.Recordings(rng.New(5), 1, 500)
	for row := range 500 {
		fmt.Fprint(&table, row)
		for c := range 2 {
			table.WriteString(",")
			if v := of.Of[0].X[2*row+c]; v == v {
				table.WriteString(fmt.Sprint(v))
			}
		}
		table.WriteString("\n")
	}
	raw := []byte(table.String())
	added := k.await(k.post(protocol.Add{Files: []protocol.FileInfo{{Path: "machine.csv", Size: int64(len(raw))}}}, raw))
	if e, ok := added.event.(protocol.Added); !ok || e.Kind != data.Series || e.Accepted != 1 || len(e.At) != e.Total || e.Total == 0 {
		t.Fatalf("%+v", added.event)
	}
	c := run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 12, Seed: 1, Options: []byte(`{"horizon":12}`)}
	if r := k.await(k.post(protocol.Configure{Config: c})); r.event.(protocol.Configured).Config.Encoder != "tcn-small" {
		t.Fatalf("%+v", r.event)
	}
	if e, ok := k.await(k.post(protocol.Preview{N: 2})).event.(protocol.Previewed); !ok || len(e.Exhibits) != 2 || len(e.Exhibits[0].Curves) != 6 {
		t.Fatalf("%+v", e)
	}
	if e, ok := k.await(k.post(protocol.Start{})).event.(protocol.Done); !ok || e.Steps != 12 {
		t.Fatalf("%+v", e)
	}
	cut := false
	for _, e := range k.seen {
		if w, ok := e.(protocol.Windows); ok {
			cut = w.Size == 32 && len(w.At) == len(w.Names) && w.At[0].Rows == 32
		}
	}
	if !cut {
		t.Error("the page does not hear that windows have another length")
	}
	plotted := k.await(k.post(protocol.Plot{Points: 100}))
	if e, ok := plotted.event.(protocol.Plotted); !ok || e.Points != 100 || len(plotted.beside[0]) != 100*2*2*4 || e.Recordings[0].Rows != 500 || e.Recordings[0].Learn != 350 {
		t.Fatalf("%+v", plotted.event)
	}
	if e, ok := k.await(k.post(protocol.Forecast{Row: 450, Horizon: 6})).event.(protocol.Forecasted); !ok || len(e.Tested.Scores) < 5 || e.Tested.Scores[1].Method != "head" || e.Tested.Choice.Says == "" || len(e.Channels) != 2 || len(e.Channels[0].Came) != 6 {
		t.Fatalf("%+v", e)
	}
	detected := k.await(k.post(protocol.Anomalies{Rate: 0.02}))
	if e, ok := detected.event.(protocol.Detected); !ok || len(detected.beside) != 4 || len(detected.beside[0]) != 4*e.Rows || e.From+e.Rows != 500 {
		t.Fatalf("%+v", detected.event)
	}
	for row := range 40 {
		if e, ok := k.await(k.post(protocol.Feed{Reading: data.Values(of.Of[0].X[2*row:][:2])})).event.(protocol.Fed); !ok || e.Row != row+1 {
			t.Fatalf("%+v", e)
		}
	}
	if e, ok := k.await(k.post(protocol.Cluster{})).event.(protocol.Clustered); !ok || e.K < 2 || len(e.Exemplars) != e.K {
		t.Fatalf("%+v", e)
	}
	for _, bad := range []protocol.Command{protocol.Plot{Of: 3, Points: 1}, protocol.Forecast{Horizon: -1}, protocol.Forecast{Horizon: 400}, protocol.Forecast{Cover: 2}, protocol.Anomalies{Rate: 7}, protocol.Feed{Reading: data.Values{1}}, protocol.Cluster{K: 1}, protocol.Pictures{Side: 8}} {
		if e, ok := k.await(k.post(bad)).event.(protocol.Failed); !ok || e.Message == "" {
			t.Errorf("%+v is obeyed", bad)
		}
	}
}

// filled is waves in which one of five readings of the first channel is -999.
func filled() []byte {
	of := testsets.Recordings(rng.New(5), 1, 500)
	var table strings.Builder
	table.WriteString("index,quick,slow\n")
	dice := rng.New(2)
	for row := range 500 {
		x := slices.Clone(of.Of[0].X[2*row:][:2])
		if dice.Float64() < 0.2 {
			x[0] = -999
		}
		fmt.Fprintf(&table, "%d,%v,%v\n", row, x[0], map[bool]any{true: x[1], false: ""}[x[1] == x[1]])
	}
	return []byte(table.String())
}

func TestAFillValueIsNamedAndMarkedAndTheChoiceGoesWithTheRun(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	store := checkpoint.NewMemory()
	k := newTalk(t, store)
	raw := filled()
	add := func(k *talk) protocol.Added {
		return must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "m.csv", Size: int64(len(raw))}}}, raw)
	}
	added := add(k)
	if len(added.Fill) != 1 || added.Fill[0].Value != -999 || added.Fill[0].Channel != "quick" || len(added.Marked) != 0 {
		t.Fatalf("%+v", added.Fills)
	}
	if !slices.ContainsFunc(added.Rejected, func(r data.Rejected) bool {
		return r.Code == data.Notice && strings.Contains(r.Reason, "are -999, far from the rest")
	}) {
		t.Errorf("notes are %+v", added.Rejected)
	}
	n := added.Fill[0].Readings
	c := run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 24, Seed: 1, Options: []byte(`{"horizon":3}`)}
	must[protocol.Configured](k, protocol.Configure{Config: c})
	must[protocol.Done](k, protocol.Start{})
	e := must[protocol.Examined](k, protocol.Examine{})
	at := slices.IndexFunc(e.Findings, func(f diagnose.Finding) bool { return f.Code == "missing-values" })
	if at < 0 || !e.Findings[at].Grave || !strings.Contains(e.Findings[at].Evidence, fmt.Sprintf("%d of %d readings", n, added.Fill[0].Of)) {
		t.Fatalf("the doctor finds %+v", e.Findings)
	}
	want := []data.Missing{{Channel: "quick", Value: -999}}
	if got := must[protocol.Configured](k, protocol.Remedy{Code: "missing-values"}).Config; !slices.Equal(got.Missing, want) || got.From != "" {
		t.Errorf("the remedy is %+v", got)
	}
	done := must[protocol.Done](k, protocol.Start{})
	e = must[protocol.Examined](k, protocol.Examine{})
	if slices.ContainsFunc(e.Findings, func(f diagnose.Finding) bool { return f.Code == "missing-values" }) {
		t.Errorf("it is found again: %+v", e.Findings)
	}
	detected := must[protocol.Detected](k, protocol.Anomalies{})
	if detected.Rows == 0 {
		t.Errorf("%+v", detected)
	}
	if fed := must[protocol.Fed](k, protocol.Feed{Reading: []float32{-999, 50}}); fed.Latest[0] == fed.Latest[0] {
		t.Errorf("fed, -999 is %v", fed.Latest)
	}

	// Another day: the run is taken up before the same data come, and after.
	for _, loadedFirst := range []bool{true, false} {
		k = newTalk(t, store)
		if loadedFirst {
			must[protocol.Configured](k, protocol.Load{Checkpoint: done.Checkpoint})
		}
		added = add(k)
		if !loadedFirst {
			must[protocol.Configured](k, protocol.Load{Checkpoint: done.Checkpoint})
		}
		if d := must[protocol.Done](k, protocol.Start{}); d.Steps != 24 {
			t.Errorf("it ends after %d steps", d.Steps)
		}
		if added = must[protocol.Added](k, protocol.Mark{Missing: want}); len(added.Marked) != 1 || added.Marked[0].Readings != n || len(added.Fill) != 0 {
			t.Errorf("loaded first %v: marked are %+v", loadedFirst, added.Fills)
		}
	}
	if added = must[protocol.Added](k, protocol.Mark{}); len(added.Marked) != 0 || len(added.Fill) != 1 {
		t.Errorf("taken back: %+v", added.Fills)
	}
	must[protocol.Configured](k, protocol.Configure{Config: c})
	must[protocol.Done](k, protocol.Start{})
	k.mustFail(protocol.Misfit, protocol.Mark{Missing: []data.Missing{{Channel: "tmp", Value: 1}}})
	k.mustFail(protocol.Misfit, protocol.Configure{Config: run.Config{Task: "simclr", Missing: want}})
}

func TestAListOfRecordingsCountsThoseItDoesNotName(t *testing.T) {
	of := &data.Recordings{Channels: []string{"a"}, Classes: []string{""}}
	for i := range 1003 {
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprint(i), X: make([]float32, 40)})
	}
	s := &session{set: &data.Set{Of: data.Series, Recordings: of}, config: run.Config{Size: 16}}
	e, _, err := s.plot(t.Context(), protocol.Plot{Points: 4}, nil)
	if p := e.(protocol.Plotted); err != nil || len(p.Recordings) != 1000 || p.Total != 1003 {
		t.Errorf("%d listed of %d, %v", len(p.Recordings), p.Total, err)
	}
}

// collection is n lines of a collection in UCR's form, of two classes and of 30 to 49 rows.
func collection(n int) []byte {
	var out strings.Builder
	for i := range n {
		fmt.Fprint(&out, 1+i%2)
		for t := range 30 + i%20 {
			fmt.Fprintf(&out, "\t%d", (t*(2+i%2)+i)%7)
		}
		out.WriteString("\n")
	}
	return []byte(out.String())
}

func TestASessionTakesEachSeriesOfACollectionForASample(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	c := run.Config{Task: "ts2vec", Kind: data.Series, Batch: 8, Steps: 6, Seed: 1}
	if r := must[protocol.Configured](k, protocol.Configure{Config: c}); r.Config.Size != 0 {
		t.Errorf("windows of %d rows before there are series", r.Config.Size)
	}
	for i, name := range []string{"G_TRAIN.tsv", "G_TEST.tsv"} { // one after the other
		raw := collection(24)
		added := must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: name, Size: int64(len(raw))}}}, raw)
		if added.Total != 24*(i+1) || added.Accepted != 24 || !added.Whole || added.Labels["2"] != 12*(i+1) || added.At[0].Rows != 30 || added.Names[0] != "G_TRAIN.tsv, row 1" {
			t.Fatalf("%d of %d, whole %v, %v, %+v", added.Accepted, added.Total, added.Whole, added.Labels, added.At[0])
		}
	}
	if p := must[protocol.Plotted](k, protocol.Plot{Points: 10}); p.Total != 48 || p.Recordings[0].Learn != 30 || p.Recordings[24].Check != 0 {
		t.Errorf("%d series, parts %+v and %+v", p.Total, p.Recordings[0], p.Recordings[24])
	}
	done := must[protocol.Done](k, protocol.Start{})
	for _, e := range k.seen {
		if w, ok := e.(protocol.Windows); ok {
			t.Errorf("samples had to be cut anew, to %d rows", w.Size)
		}
	}
	if m := must[protocol.Mapped](k, protocol.Map{}); m.Shape[0] != 48 {
		t.Errorf("map of %v", m.Shape)
	}
	probed := must[protocol.Probed](k, protocol.Probe{Plan: evaluate.Plan{Method: "knn", Against: []string{"raw"}}})
	if len(probed.Results) != 2 {
		t.Errorf("%+v", probed)
	}
	given := must[protocol.Predicted](k, protocol.Label{Names: []string{"G_TRAIN.tsv, row 1", "G_TRAIN.tsv, row 2"}, Labels: []string{"1", "2"}})
	if len(given.NotFound) != 0 || len(given.Given) != 2 {
		t.Errorf("%+v", given)
	}
	if l := must[protocol.Configured](k, protocol.Load{Checkpoint: done.Checkpoint}); l.Config.Size < 40 || l.Config.Size > 49 {
		t.Errorf("the run has windows of %d rows", l.Config.Size)
	}
}
