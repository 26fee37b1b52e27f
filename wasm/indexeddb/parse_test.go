package indexeddb

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"autodidact/core/checkpoint"
)

func FuzzPointer(f *testing.F) {
	whole, _ := json.Marshal(pointer{checkpoint.Info{ID: "simclr-1", Title: "flowers", Task: "simclr", Step: 12, Bytes: 3 << 20, Saved: time.Unix(1, 0)}, "ABC", 2})
	f.Add("simclr-1", string(whole))
	f.Add("", `{"ID":"","Generation":"x","Records":-1}`)
	f.Add("a", `{"ID":"a","Generation":"x","Records":1e30}`)
	f.Fuzz(func(t *testing.T, id, text string) {
		p, err := parsePointer(id, text)
		if p.ID != id {
			t.Fatalf("the pointer of %q is of %q", id, p.ID)
		}
		if err != nil {
			if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
				t.Fatalf("got error %v", err)
			}
			return
		}
		if p.Generation == "" || p.Records < 0 || p.Bytes < 0 || p.Step < 0 {
			t.Fatalf("let through %+v", p)
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return // a year that RFC 3339 does not have
		}
		if again, err := parsePointer(id, string(raw)); err != nil || again.Generation != p.Generation || again.Records != p.Records {
			t.Fatalf("%+v was read again as %+v, %v", p, again, err)
		}
	})
}
