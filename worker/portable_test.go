package worker

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

var modelBlock = regexp.MustCompile(`id="file-model">([^<]*)<`)

// exportedPage is a page that a session exports, and the model in it.
func exportedPage(k *talk, c protocol.Export) (string, []byte) {
	k.t.Helper()
	c.Format, c.Page = "html", []string{"worker"}
	r := k.ask(c, []byte("<title>{{title}}</title><!--files-->"), []byte("packed"))
	if e, ok := r.event.(protocol.Exported); !ok || !strings.HasSuffix(e.Name, ".html") {
		k.t.Fatalf("%+v", r.event)
	}
	html := string(r.beside[0])
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(modelBlock.FindStringSubmatch(html)[1])))
	if err != nil {
		k.t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		k.t.Fatal(err)
	}
	return html, raw
}

// floatsOf reads float32s that travelled beside an event.
func floatsOf(raw []byte) []float32 {
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

func TestAPageFromASessionPredictsInAnotherWhatTheFirstDoes(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 4, Steps: 3, Seed: 1}})
	must[protocol.Done](k, protocol.Start{})
	infos, files := pictures(8)
	names := must[protocol.Added](k, protocol.Omit{}).Names
	given := protocol.Label{}
	for i, name := range names[:6] {
		given.Names, given.Labels = append(given.Names, name), append(given.Labels, []string{"even", "odd"}[i%2])
	}
	r := k.ask(given)
	want := floatsOf(r.beside[0])
	html, model := exportedPage(k, protocol.Export{})
	if strings.Contains(html, "{{title}}") {
		t.Error("the page has no title")
	}

	other := newTalk(t, checkpoint.NewMemory())
	about := must[protocol.Opened](other, protocol.Open{}, model)
	if about.Config.Size != 16 || about.Labelled != 6 || len(about.References) != len(names) {
		t.Fatalf("%+v", about.About)
	}
	other.mustFail(protocol.Misfit, protocol.Anomalies{})
	if e := must[protocol.Applied](other, protocol.Apply{K: 2}); len(e.Near) != 0 {
		t.Errorf("of nothing: %+v", e)
	}
	added := must[protocol.Added](other, protocol.Add{Files: infos, Size: about.Config.Size}, files...)
	r = other.ask(protocol.Apply{K: 2})
	e, ok := r.event.(protocol.Applied)
	if !ok || len(e.Near) != added.Total || len(e.Near[0]) != 2 || e.Among != "references" {
		t.Fatalf("%+v", r.event)
	}
	got := floatsOf(r.beside[0])
	for i, name := range added.Names {
		at := slices.Index(names, name)
		for c := range 2 {
			if math.Abs(float64(got[2*i+c]-want[2*at+c])) > 1e-4 {
				t.Fatalf("%s: %v, in the first %v", name, got[2*i:][:2], want[2*at:][:2])
			}
		}
		if e.Near[i][0].At != at && e.Near[i][0].Cosine < 0.999 {
			t.Errorf("%s is not nearest to itself: %+v", name, e.Near[i])
		}
	}
	// What is no picture is refused by name, not taken for another kind of data.
	text := []byte("some words that are no picture")
	if e := must[protocol.Added](other, protocol.Add{Files: []protocol.FileInfo{{Path: "a.txt", Size: int64(len(text))}}, Size: 16}, text); e.Accepted != 0 || len(e.Rejected) != 1 || e.Kind != data.Images {
		t.Errorf("%+v", e)
	}
}

func TestAPageIsExportedWithSoManyReferencesAsAsked(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	_, model := exportedPage(k, protocol.Export{Options: map[string]string{"references": "0"}})
	s, err := checkpoint.Decode(bytes.NewReader(model))
	if err != nil || s.Tensors["portable.references"] != nil {
		t.Errorf("%v, %v", s.Tensors["portable.references"], err)
	}
	k.mustFail(protocol.Misfit, protocol.Export{Format: "html", Checkpoint: "x"})
	k.mustFail(protocol.Misfit, protocol.Export{Format: "html"})
	if f := k.mustFail(protocol.Misfit, protocol.Export{Format: "html", Options: map[string]string{"references": "1048576"}}, []byte("<title>{{title}}</title><!--files-->")); f.Field != "references" {
		t.Errorf("%+v", f)
	}
	k.mustFail(protocol.Misfit, protocol.Apply{K: 2})
	k.mustFail(protocol.BadData, protocol.Open{}, []byte("nothing"))
}

func TestAPageOfSeriesScoresOtherTables(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	raw := seriesTable(400)
	must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "machine.csv", Size: int64(len(raw))}}}, raw)
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 3, Seed: 1, Options: []byte(`{"horizon":12}`)}})
	must[protocol.Done](k, protocol.Start{})
	_, model := exportedPage(k, protocol.Export{})
	first := must[protocol.Detected](k, protocol.Anomalies{})

	other := newTalk(t, checkpoint.NewMemory())
	if about := must[protocol.Opened](other, protocol.Open{}, model); !about.Detector || len(about.References) != 0 {
		t.Fatalf("%+v", about.About)
	}
	odd := []byte(strings.Replace(string(seriesTable(200)), "\n16\n", "\n900\n", 8))
	must[protocol.Added](other, protocol.Add{Files: []protocol.FileInfo{{Path: "other.csv", Size: int64(len(odd))}}}, odd)
	e := must[protocol.Detected](other, protocol.Anomalies{})
	if e.Threshold != first.Threshold || e.Rows == 0 || len(e.Alarms) == 0 || e.Alarms[0].Learned {
		t.Errorf("threshold %v, was %v; %d rows, alarms %+v", e.Threshold, first.Threshold, e.Rows, e.Alarms)
	}
	must[protocol.OK](other, protocol.Clear{})
	wrong := []byte("y,z\n1,2\n2,3\n3,4\n4,5\n" + strings.Repeat("5,6\n", 60))
	must[protocol.Added](other, protocol.Add{Files: []protocol.FileInfo{{Path: "wrong.csv", Size: int64(len(wrong))}}}, wrong)
	if f := other.mustFail(protocol.Misfit, protocol.Anomalies{}); !strings.Contains(f.Message, "channels [x]") {
		t.Errorf("%+v", f)
	}
}
