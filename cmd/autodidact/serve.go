package main

import (
	"context"

	"autodidact/server"
)

// serve serves the page.
func serve(ctx context.Context, args []string) error {
	f := flags("serve")
	addr := f.String("addr", "127.0.0.1:8080", "address to listen on")
	if err := parse(f, args); err != nil {
		return err
	}
	defer hold()() // it ends by itself
	return server.Run(ctx, *addr, stdout)
}
