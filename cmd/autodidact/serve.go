package main

import (
	"context"
	"strings"

	"autodidact/server"
)

// serve serves the page.
func serve(ctx context.Context, args []string) error {
	f := flags("serve")
	addr := f.String("addr", "127.0.0.1:8080", "address to listen on")
	var cors severalFlags
	f.Var(&cors, "cors", "`origin` whose pages may use the bundle too, such as https://example.org; several by commas or by several -cors, * for everyone")
	if err := parse(f, args); err != nil {
		return err
	}
	var origins []server.Origin
	if given(f, "cors") {
		var err error
		if origins, err = server.ParseOrigins(strings.Join(cors, ",")); err != nil {
			return wrong(f, "-cors: %v", err)
		}
	}
	defer hold()() // it ends by itself
	return server.Run(ctx, *addr, stdout, origins...)
}

// severalFlags collects a flag that may be given several times.
type severalFlags []string

func (s *severalFlags) String() string { return strings.Join(*s, ",") }

func (s *severalFlags) Set(one string) error { *s = append(*s, one); return nil }
