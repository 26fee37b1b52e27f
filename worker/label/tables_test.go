package label

import (
	"maps"
	"strings"
	"testing"

	"autodidact/core/data"
)

func TestTablesOfLabelsFindSamplesByLessThanTheirNames(t *testing.T) {
	set := &data.Set{Of: data.Images, Names: []string{"mine/\u00dc.png", "mine/b.png", "mine/c.png"}}
	for name, c := range map[string]struct {
		table   string
		want    Labels
		missing int
	}{
		"exactly":             {"name,label\nmine/\u00dc.png,x\nmine/b.png,y\n", Labels{"mine/\u00dc.png": "x", "mine/b.png": "y"}, 0},
		"decomposed":          {"name,label\nmine/U\u0308.png,Ku\u0308he\n", Labels{"mine/\u00dc.png": "K\u00fche"}, 0},
		"without folders":     {"name,label\n\u00dc.png,x\ngone.png,x\n", Labels{"mine/\u00dc.png": "x"}, 1},
		"exact and otherwise": {"name,label\nmine/b.png,y\nU\u0308,x\n", Labels{"mine/\u00dc.png": "x", "mine/b.png": "y"}, 0},
		"other titles":        {"image,species\nb,y\nc,z\n", Labels{"mine/b.png": "y", "mine/c.png": "z"}, 0},
	} {
		got, missing, err := ForSet(set, "labels.csv", []byte(c.table))
		if err != nil || !maps.Equal(got, c.want) || len(missing) != c.missing {
			t.Errorf("%s: %v, %v, %v", name, got, missing, err)
		}
	}
	for table, reason := range map[string]string{"name,label\nb.png\n": "row 2", "x,y\n1,2\n": "needs name and label", "": "header"} {
		if got, _, err := ForSet(set, "labels.csv", []byte(table)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q was read as %v, %v", table, got, err)
		}
	}
}
