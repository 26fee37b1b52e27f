package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Run serves the bundle at addr until ctx is done, and writes the address to out. Pages of the origins may use it too.
func Run(ctx context.Context, addr string, out io.Writer, origins ...Origin) error {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program: stop that one, or choose another address with -addr", addr)
	}
	if err != nil {
		return fmt.Errorf("cannot listen at %s: %w", addr, err)
	}
	fmt.Fprintf(out, "Autodidact is at %s (Ctrl-C stops it)\n", address(listener.Addr()))
	if _, err := Bundle().Open("index.html"); err != nil {
		fmt.Fprintln(out, unbuilt)
	}
	return serve(ctx, listener, Handler(Bundle(), origins...))
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      5 * time.Minute, // the sample set over a slow line
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving at %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	// What is under way may finish, but a person who pressed Ctrl-C does not wait long.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		return s.Close()
	}
	return nil
}

// address is an address a browser on this machine can open, also when all are listened at.
func address(addr net.Addr) string {
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
