package server

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestARemoteBundleIsServedLikeALocalOne(t *testing.T) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"known"`)
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		http.FileServerFS(built()).ServeHTTP(w, r)
	}))
	defer store.Close()
	h := Handler(Remote(func(path string) (*http.Response, error) { return store.Client().Get(store.URL + path) }))

	r := ask(h, "GET", "/autodidact/autodidact.wasm", "Accept-Encoding", "br, gzip")
	if b := body(t, r); r.StatusCode != 200 || b != "\x00asm" || r.Header.Get("Content-Type") != "application/wasm" ||
		r.Header.Get("ETag") != `"known"` || r.Header.Get("Content-Encoding") != "" || r.ContentLength != 4 {
		t.Errorf("%d %q %v", r.StatusCode, b, r.Header)
	}
	if r := ask(h, "GET", "/odd", "If-None-Match", `W/"known"`); r.StatusCode != 304 {
		t.Errorf("unchanged: %d", r.StatusCode)
	}
	for path, want := range map[string]int{"/nowhere": 404, "/broken": 500, "/.gitkeep": 404, "/odd.br": 404} {
		if r := ask(h, "GET", path); r.StatusCode != want || r.Header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %d %v", path, r.StatusCode, r.Header)
		}
	}
}

func TestARemoteBundleNamesWhatItCannotOpen(t *testing.T) {
	gone := errors.New("no connection")
	remote := Remote(func(string) (*http.Response, error) { return nil, gone })
	_, err := remote.Open("index.html")
	if failed, ok := errors.AsType[*fs.PathError](err); !ok || failed.Path != "index.html" || !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	if _, err := remote.Open("../secret"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
