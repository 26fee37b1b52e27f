package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// said hands on what is written, as it is written.
type said chan string

func (s said) Write(p []byte) (int, error) { s <- string(p); return len(p), nil }

func TestRunServesUntilItIsToldToStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, ended := make(said, 4), make(chan error, 1)
	go func() { ended <- Run(ctx, "127.0.0.1:0", out) }()
	_, rest, found := strings.Cut(<-out, "http://")
	if !found {
		t.Fatal("no address was written")
	}
	where, _, _ := strings.Cut(rest, " ")
	r, err := http.Get("http://" + where + "/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	if r.StatusCode != 404 && r.StatusCode != 503 || r.Header.Get("Content-Security-Policy") != policy {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it did not stop")
	}
	if c, err := net.Dial("tcp", where); err == nil {
		c.Close()
		t.Error("the port is still open")
	}
}

func TestWhatIsUnderWayIsFinishedBeforeStopping(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		time.Sleep(50 * time.Millisecond)
		io.WriteString(w, "finished")
	})
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, slow) }()
	r, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if b := body(t, r); b != "finished" {
		t.Errorf("got %q", b)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestATakenPortIsSaidInOneSentence(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	err = Run(t.Context(), addr, io.Discard)
	if err == nil || !strings.Contains(err.Error(), addr+" is in use") || !strings.Contains(err.Error(), "-addr") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if err := Run(t.Context(), "not an address", io.Discard); err == nil || !strings.Contains(err.Error(), "not an address") {
		t.Errorf("got %v", err)
	}
}

func TestTheAddressToldCanBeOpened(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080",
		"0.0.0.0:80":     "http://127.0.0.1:80",
		"[::]:80":        "http://127.0.0.1:80",
		"[::1]:80":       "http://[::1]:80",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := address(tcp); got != want {
			t.Errorf("%s is written as %s, want %s", addr, got, want)
		}
	}
}
