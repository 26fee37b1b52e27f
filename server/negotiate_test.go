package server

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestTheBestAcceptedFormIsSent(t *testing.T) {
	// The page has both twins, the script only gzip, the trainer only brotli, the style none.
	const page, script, trainer, style = "/", "/assets/main-1A2B3C4D.js", "/autodidact/autodidact.wasm", "/assets/plain.css"
	for _, c := range []struct{ accept, path, want string }{
		{"", page, ""},
		{"identity", page, ""},
		{"gzip, deflate, br, zstd", page, "br"},
		{"gzip, deflate, br, zstd", script, "gzip"},
		{"gzip, deflate, br, zstd", trainer, "br"},
		{"gzip, deflate, br, zstd", style, ""},
		{"gzip", page, "gzip"},
		{"GZIP", page, "gzip"},
		{"gzip", trainer, ""},
		{"deflate", page, ""},
		{"br;q=0.5, gzip;q=0.8", page, "gzip"},
		{"br;q=0.8, gzip;q=0.5", script, "gzip"},
		{"br;q=0", page, ""},
		{"br;q=0.000, gzip", page, "gzip"},
		{"br;q=0, *", page, "gzip"},
		{"*", page, "br"},
		{"*;q=0", page, ""},
		{"identity, br;q=0.5", page, ""},
		{"identity;q=0.5, br", page, "br"},
		{"identity;q=0, gzip;q=0.1", page, "gzip"},
		{"identity;q=0", style, ""}, // better than nothing
		{"br ; q=0.1 , gzip; Q=0.9", page, "gzip"},
		{"br;q=2, gzip", page, "gzip"},
		{"br;q=NaN, gzip", page, "gzip"},
		{"br;q=-1;x, gzip;q=", page, ""},
		{"br;level=4", page, ""},
		{",,;,", page, ""},
		{"brotli", page, ""},
	} {
		r := ask(Handler(built()), "GET", c.path, "Accept-Encoding", c.accept)
		if got := r.Header.Get("Content-Encoding"); got != c.want || r.StatusCode != 200 {
			t.Errorf("Accept-Encoding %q for %s: %d in %q, want %q", c.accept, c.path, r.StatusCode, got, c.want)
		}
		if got := body(t, r); c.want != "" && !strings.HasPrefix(got, map[string]string{"br": "brotli", "gzip": "gzip"}[c.want]) {
			t.Errorf("Accept-Encoding %q for %s: sent %q as %s", c.accept, c.path, got, c.want)
		}
	}
}

func TestTwoHeadersAreReadAsOne(t *testing.T) {
	r := ask(Handler(built()), "GET", "/", "Accept-Encoding", "br;q=0.1", "Accept-Encoding", "gzip")
	if got := r.Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("got %q", got)
	}
}

func FuzzNegotiation(f *testing.F) {
	for _, accept := range []string{"", "gzip, deflate, br", "br;q=0", "*;q=0.5,identity;q=0", ";;q==,", "gzip;q=1e-9"} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		got := prefer([]string{accept})
		for _, coding := range got {
			if !slices.Contains(codings, coding) {
				t.Fatalf("%q allows %q", accept, coding)
			}
			if lower := strings.ToLower(accept); coding != identity && !strings.Contains(lower, coding) && !strings.Contains(lower, "*") {
				t.Fatalf("%q does not name %s", accept, coding)
			}
		}
		if slices.Sort(got); len(slices.Compact(got)) != len(got) {
			t.Fatalf("%q gives one coding twice", accept)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, path := range escapes {
		f.Add(path, "GET", "br")
	}
	f.Add("/", "HEAD", "gzip")
	bundle := built()
	h := Handler(bundle)
	f.Fuzz(func(t *testing.T, path, method, accept string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Method, r.URL = method, &url.URL{Path: path}
		if decoded, err := url.PathUnescape(path); err == nil {
			r.URL.Path = decoded
		}
		r.Header["Accept-Encoding"] = []string{accept}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer := w.Result()
		if answer.Header.Get("Content-Security-Policy") != policy {
			t.Fatal("unprotected")
		}
		switch answer.StatusCode {
		case 200:
			name := strings.TrimPrefix(r.URL.Path, "/")
			if name == "" {
				name = "index.html"
			}
			if file := bundle[name]; file == nil || strings.Contains(string(file.Data), "hidden") {
				t.Fatalf("%q was answered", r.URL.Path)
			}
		case 404, 405:
		default:
			t.Fatalf("%q: %d", path, answer.StatusCode)
		}
	})
}
