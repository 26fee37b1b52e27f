package worker

import (
	"maps"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

func TestATableBesideSamplesIsOfferedAndTakenByItsName(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	sameFiles, sameBytes := pictures(8)
	var table strings.Builder
	table.WriteString("file,class\n")
	for i, f := range sameFiles {
		if i%2 == 0 && i < 8 {
			table.WriteString(f.Path[strings.LastIndex(f.Path, "/")+1:] + ",kind " + string(rune('a'+i%4)) + "\n")
		}
	}
	table.WriteString("gone.png,kind a\n")
	raw := []byte(table.String())
	more := must[Added](k, Add{Files: []FileInfo{{Path: "labels.csv", Size: int64(len(raw))}}, Size: 32}, raw)
	if more.Kind != data.Images || more.Accepted != 0 || len(more.Tables) != 1 || len(more.Rejected) != 0 {
		t.Fatalf("%+v", more)
	}
	o := more.Tables[0]
	if o.Name != "labels.csv" || o.Labels != 4 || !strings.HasPrefix(o.Says, "labels.csv has labels for 4 of ") || !strings.Contains(o.Says, "1 row names no picture here: gone.png") {
		t.Errorf("offered %+v", o)
	}
	e, _ := toldBy(k, Label{Table: "labels.csv"})
	if len(e.Given) != 4 || e.Given[sameFiles[0].Path] != "kind a" || e.Given[sameFiles[2].Path] != "kind c" {
		t.Errorf("given %v", e.Given)
	}
	k.mustFail(Misfit, Label{Table: "other.csv"})
	must[OK](k, Clear{})
	if added := must[Added](k, Add{Files: sameFiles, Size: 32}, sameBytes...); len(added.Tables) != 0 {
		t.Errorf("cleared data has %v", added.Tables)
	}
}

func TestTablesOfLabelsFindSamplesByLessThanTheirNames(t *testing.T) {
	set := &data.Set{Of: data.Images, Names: []string{"mine/\u00dc.png", "mine/b.png", "mine/c.png"}}
	for name, c := range map[string]struct {
		table   string
		want    Given
		missing int
	}{
		"exactly":             {"name,label\nmine/\u00dc.png,x\nmine/b.png,y\n", Given{"mine/\u00dc.png": "x", "mine/b.png": "y"}, 0},
		"decomposed":          {"name,label\nmine/U\u0308.png,Ku\u0308he\n", Given{"mine/\u00dc.png": "K\u00fche"}, 0},
		"without folders":     {"name,label\n\u00dc.png,x\ngone.png,x\n", Given{"mine/\u00dc.png": "x"}, 1},
		"exact and otherwise": {"name,label\nmine/b.png,y\nU\u0308,x\n", Given{"mine/\u00dc.png": "x", "mine/b.png": "y"}, 0},
		"other titles":        {"image,species\nb,y\nc,z\n", Given{"mine/b.png": "y", "mine/c.png": "z"}, 0},
	} {
		got, missing, err := LabelsFor(set, "labels.csv", []byte(c.table))
		if err != nil || !maps.Equal(got, c.want) || len(missing) != c.missing {
			t.Errorf("%s: %v, %v, %v", name, got, missing, err)
		}
	}
	for table, reason := range map[string]string{"name,label\nb.png\n": "row 2", "x,y\n1,2\n": "needs name and label", "": "header"} {
		if got, _, err := LabelsFor(set, "labels.csv", []byte(table)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q was read as %v, %v", table, got, err)
		}
	}
	g := Given{}
	if err := g.put("U\u0308.png", "Ku\u0308he"); err != nil || g["\u00dc.png"] != "K\u00fche" {
		t.Errorf("put as %q, %v", g, err)
	}
}
