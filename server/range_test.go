package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// parts are ways to ask for a part of a file, some of them wrong.
var parts = []string{
	"bytes=0-1", "bytes=2-", "bytes=-3", "bytes=0-999", "bytes=0-0,2-3", "bytes=99-", "bytes=-0", "bytes=3-1", "bytes=", "bytes=a-b", "bytes=0-99999999999999999999",
	"lines=0-1", "bytes 0-1", "bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0",
}

func TestAPartOfAFileIsSentToWhoeverAsksForIt(t *testing.T) {
	bundle := built()
	bundle["odd"] = &fstest.MapFile{Data: []byte("0123456789")}
	tag := ask(Handler(bundle), "GET", "/odd").Header.Get("ETag")
	for _, c := range []struct {
		part, only string // Range, If-Range
		status     int
		body, is   string // Content-Range
	}{
		{"", "", 200, "0123456789", ""},
		{"bytes=0-1", "", 206, "01", "bytes 0-1/10"},
		{"bytes=8-", "", 206, "89", "bytes 8-9/10"},
		{"bytes=-3", "", 206, "789", "bytes 7-9/10"},
		{"bytes=4-99", "", 206, "456789", "bytes 4-9/10"},
		{"bytes=0-", "", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=10-", "", 416, "", "bytes */10"},
		{"bytes=2-3", tag, 206, "23", "bytes 2-3/10"},
		{"bytes=2-3", `"another"`, 200, "0123456789", ""},
		{"bytes=2-3", "W/" + tag, 200, "0123456789", ""},
		{"bytes=2-3", "Mon, 30 Nov 2026 12:00:00 GMT", 200, "0123456789", ""},
	} {
		r := ask(Handler(bundle), "GET", "/odd", "Range", c.part, "If-Range", c.only)
		got := body(t, r)
		if r.StatusCode != c.status || r.Header.Get("Content-Range") != c.is || c.status != 416 && (got != c.body || r.ContentLength != int64(len(c.body))) {
			t.Errorf("Range %q, If-Range %q: %d %q %v", c.part, c.only, r.StatusCode, got, r.Header)
		}
		if c.status != 416 && (r.Header.Get("Accept-Ranges") != "bytes" || r.Header.Get("ETag") != tag || r.Header.Get("Last-Modified") != "") {
			t.Errorf("Range %q, If-Range %q: %v", c.part, c.only, r.Header)
		}
		if r.Header.Get("Content-Security-Policy") != policy || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Range %q: unprotected: %v", c.part, r.Header)
		}
	}
}

func TestAPartOfACompressedFormIsOfThatForm(t *testing.T) {
	h := Handler(built())
	whole := ask(h, "GET", "/", "Accept-Encoding", "br")
	part := ask(h, "GET", "/", "Accept-Encoding", "br", "Range", "bytes=7-10", "If-Range", whole.Header.Get("ETag"))
	if b := body(t, part); part.StatusCode != 206 || b != "page" || part.Header.Get("Content-Encoding") != "br" ||
		part.Header.Get("Content-Range") != "bytes 7-10/11" || part.ContentLength != 4 {
		t.Errorf("%d %q %v", part.StatusCode, b, part.Header)
	}
	// What was begun in one form is not gone on with in another.
	if r := ask(h, "GET", "/", "Range", "bytes=7-10", "If-Range", whole.Header.Get("ETag")); r.StatusCode != 200 || body(t, r) != "<!doctype html>" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r := ask(h, "GET", "/", "Accept-Encoding", "br", "Range", "bytes=0-1", "If-None-Match", whole.Header.Get("ETag")); r.StatusCode != 304 {
		t.Errorf("what is unchanged was sent again: %d", r.StatusCode)
	}
}

func TestOfARemoteBundleAllIsSent(t *testing.T) {
	store := httptest.NewServer(http.FileServerFS(built()))
	defer store.Close()
	h := Handler(Remote(func(path string) (*http.Response, error) { return store.Client().Get(store.URL + path) }))
	r := ask(h, "GET", "/samples/emoji.zip", "Range", "bytes=1-")
	if b := body(t, r); r.StatusCode != 200 || b != "PK" || r.Header.Get("Accept-Ranges") != "" || r.Header.Get("Content-Range") != "" {
		t.Errorf("%d %q %v", r.StatusCode, b, r.Header)
	}
}

func FuzzRange(f *testing.F) {
	for _, part := range parts {
		f.Add(part, "GET", "br")
		f.Add(part, "HEAD", "")
	}
	h := Handler(built())
	f.Fuzz(func(t *testing.T, part, method, accept string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Method = method
		r.Header["Range"], r.Header["Accept-Encoding"] = []string{part}, []string{accept}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		whole := map[string]string{"": "<!doctype html>", "br": "brotli page", "gzip": "gzip page"}[w.Header().Get("Content-Encoding")]
		var from, to, size int
		is, got := w.Header().Get("Content-Range"), w.Body.String()
		switch n, _ := fmt.Sscanf(is, "bytes %d-%d/%d", &from, &to, &size); {
		case w.Code == 206 && is == "" && strings.HasPrefix(w.Header().Get("Content-Type"), "multipart/byteranges"):
		case w.Code == 206 && (n != 3 || size != len(whole) || method == "GET" && got != whole[from:to+1]):
			t.Fatalf("%q of %q: %q %v", part, whole, got, w.Header())
		case w.Code == 200 && method == "GET" && (is != "" || got != whole):
			t.Fatalf("%q of %q: all is %q %v", part, whole, got, w.Header())
		case w.Code == 416 && part == "", !slices.Contains([]int{200, 206, 405, 416}, w.Code):
			t.Fatalf("%q: %d", part, w.Code)
		}
	})
}
