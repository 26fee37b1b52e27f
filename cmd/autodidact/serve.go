package main

import (
	"context"

	"autodidact/server"
)

// serve shows the page on this machine.
func serve(ctx context.Context, args []string) error {
	f := flags("serve")
	addr := f.String("addr", "127.0.0.1:8080", "where to listen")
	if err := parse(f, args); err != nil {
		return err
	}
	defer hold()() // it ends by itself
	return server.Run(ctx, *addr, stdout)
}
