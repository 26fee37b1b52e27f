package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

func FuzzFeed(f *testing.F) {
	for _, s := range []string{"time,a,b\n1,2,3\n1,x\n1,2,3,4\ntime,a,b\n", "a;b\n1,5;2\n", "\ufeffa\tb\r\n\"1\"\t\n", "a,b\n\"1\n2\",3\n", "b,a\n1e999,-\n", "a,a,b\n"} {
		f.Add(s)
	}
	was, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content string) {
		out, errors := stdout, os.Stderr
		stdout, os.Stderr = &output{to: io.Discard}, was
		defer func() { stdout, os.Stderr = out, errors }()
		rows, err := newFeed(strings.NewReader(content), []string{"a", "b"})
		if err != nil {
			return
		}
		for {
			x, err := rows.next()
			if err != nil {
				break
			}
			if len(x) != 2 {
				t.Fatalf("%d readings of 2 channels", len(x))
			}
		}
		rows.end()
	})
}
