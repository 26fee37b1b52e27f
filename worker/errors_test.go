package worker

import (
	"strings"
	"testing"

	"autodidact/worker/protocol"
)

func TestAMisspelledFieldIsRefusedByItsName(t *testing.T) {
	for msg, want := range map[string][2]string{
		`{"type":"configure","id":1,"config":{"task":"simclr","epoch":3}}`:                   {"epoch", `there is no "epoch" in a configuration; there are batch, cased,`},
		`{"type":"configure","id":1,"config":{"size":"large"}}`:                              {"size", "size is a string; it must be a whole number"},
		`{"type":"probe","id":1,"metod":"knn"}`:                                              {"metod", `there is no "metod"; there are against, given, labels, method, repeats`},
		`{"type":"preview","id":1,"n":3,"config":{"sede":1}}`:                                {"sede", `"sede" in a configuration`},
		`{"type":"add","id":1,"files":[],"size":32,"fps":8}`:                                 {"fps", `there is no "fps"; there are files, frames, kind, rate, size`},
		`{"type":"neighbors","id":1,"name":"a","k":"many"}`:                                  {"k", "k is a string"},
		`{"type":"configure","id":1,"config":{"task":"maskedlm"},"options":{"dropout":0.1}}`: {"options", `there is no "options"; there are config`},
	} {
		_, err := protocol.Decode([]byte(msg))
		if f := Refused(err); err == nil || f.Code != protocol.Misfit || f.Field != want[0] || !strings.Contains(f.Message, want[1]) {
			t.Errorf("%s: %+v", msg, f)
		}
	}
}
