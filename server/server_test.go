package server

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// built is a bundle as make build lays it out.
func built() fstest.MapFS {
	b := fstest.MapFS{}
	for name, content := range map[string]string{
		"index.html":                     "<!doctype html>",
		"index.html.br":                  "brotli page",
		"index.html.gz":                  "gzip page",
		"assets/main-1A2B3C4D.js":        "script",
		"assets/main-1A2B3C4D.js.gz":     "gzip script",
		"assets/plain.css":               "style",
		"autodidact/autodidact.wasm":     "\x00asm",
		"autodidact/autodidact.wasm.br":  "brotli wasm",
		"samples/emoji.zip":              "PK",
		"manifest.webmanifest":           "{}",
		"odd":                            "octets",
		".gitkeep":                       "hidden",
		"assets/.hidden/secret-12345678": "hidden",
	} {
		b[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return b
}

func ask(h http.Handler, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.URL = &url.URL{Path: target}
	if u, err := url.ParseRequestURI(target); err == nil {
		r.URL = u
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFilesComeWithTheirTypeLengthAndFreshness(t *testing.T) {
	const forever, asked = "public, max-age=31536000, immutable", "no-cache"
	for _, c := range []struct{ path, body, kind, cache string }{
		{"/", "<!doctype html>", "text/html; charset=utf-8", asked},
		{"/index.html", "<!doctype html>", "text/html; charset=utf-8", asked},
		{"/index.html?from=somewhere", "<!doctype html>", "text/html; charset=utf-8", asked},
		{"/assets/main-1A2B3C4D.js", "script", "text/javascript; charset=utf-8", forever},
		{"/assets/plain.css", "style", "text/css; charset=utf-8", asked},
		{"/autodidact/autodidact.wasm", "\x00asm", "application/wasm", asked},
		{"/samples/emoji.zip", "PK", "application/zip", asked},
		{"/manifest.webmanifest", "{}", "application/manifest+json", asked},
		{"/odd", "octets", "application/octet-stream", asked},
	} {
		r := ask(Handler(built()), "GET", c.path)
		if got := body(t, r); r.StatusCode != 200 || got != c.body || r.Header.Get("Content-Type") != c.kind ||
			r.Header.Get("Cache-Control") != c.cache || r.ContentLength != int64(len(c.body)) || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %q %v", c.path, r.StatusCode, got, r.Header)
		}
	}
}

func TestEveryAnswerIsProtected(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; media-src blob:; " +
			"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Vary":                         "Accept-Encoding",
	}
	tag := ask(Handler(built()), "GET", "/odd").Header.Get("ETag")
	for _, c := range []struct {
		bundle fs.FS
		method string
		path   string
		header string
		status int
	}{
		{built(), "GET", "/", "", 200},
		{built(), "GET", "/assets/main-1A2B3C4D.js", "", 200},
		{built(), "GET", "/autodidact/autodidact.wasm", "", 200},
		{built(), "HEAD", "/samples/emoji.zip", "", 200},
		{built(), "GET", "/odd", tag, 304},
		{built(), "GET", "/nowhere", "", 404},
		{built(), "GET", "/../etc/passwd", "", 404},
		{built(), "POST", "/", "", 405},
		{fstest.MapFS{}, "GET", "/", "", 503},
		{broken{}, "GET", "/odd", "", 500},
	} {
		r := ask(Handler(c.bundle), c.method, c.path, "If-None-Match", c.header)
		if r.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, r.StatusCode, c.status)
		}
		for name, value := range want {
			if got := r.Header.Values(name); !slices.Equal(got, []string{value}) {
				t.Errorf("%s %s (%d): %s is %q", c.method, c.path, c.status, name, got)
			}
		}
		for _, permission := range []string{"camera=()", "microphone=()", "geolocation=()", "usb=()", "payment=()"} {
			if !strings.Contains(r.Header.Get("Permissions-Policy"), permission) {
				t.Errorf("%s %s: permissions %q", c.method, c.path, r.Header.Get("Permissions-Policy"))
			}
		}
		if c.status >= 400 && (r.Header.Get("Content-Type") != "text/plain; charset=utf-8" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("ETag") != "") {
			t.Errorf("%s %s: an error came with %v", c.method, c.path, r.Header)
		}
	}
}

// broken is a disk that cannot be read.
type broken struct{}

func (broken) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestOnlyReadingIsAllowed(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
		if r := ask(Handler(built()), method, "/"); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, %q allowed", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	for _, path := range []string{"/", "/assets/main-1A2B3C4D.js", "/autodidact/autodidact.wasm"} {
		get := ask(Handler(built()), "GET", path, "Accept-Encoding", "br, gzip")
		head := ask(Handler(built()), "HEAD", path, "Accept-Encoding", "br, gzip")
		if b := body(t, head); b != "" || head.StatusCode != 200 {
			t.Errorf("%s: %d with body %q", path, head.StatusCode, b)
		}
		for name := range get.Header {
			if get.Header.Get(name) != head.Header.Get(name) {
				t.Errorf("%s: %s is %q for GET and %q for HEAD", path, name, get.Header.Get(name), head.Header.Get(name))
			}
		}
	}
}

// escapes are paths that must not reach a file, as they stand in the request line.
var escapes = []string{
	"/../secret", "/..", "/../", "/assets/../../secret", "/assets/../index.html", "/./index.html",
	"/%2e%2e/secret", "/%2e%2e%2fsecret", "/..%2fsecret", "/%252e%252e/secret", "/%252e%252e%252fsecret",
	`/..%5csecret`, `/%5c..%5csecret`, "/%5c%5chost%5cshare", "/assets%5c..%5c..%5csecret",
	"//secret", "//etc/passwd", "/assets//plain.css", "/index.html/", "/assets/", "/assets", "/autodidact",
	"/.gitkeep", "/%2egitkeep", "/assets/.hidden/secret-12345678", "/.git/config",
	"/index.html.br", "/index.html.gz", "/autodidact/autodidact.wasm.br",
	"/index.html%00", "/%00", "/index.html%00.png", "/c:/secret", "/c:%5csecret", "/secret::$DATA", "/ind\u0435x.html", "/%ff%fe",
	"/....//secret", "/..;/secret", "/%c0%ae%c0%ae/secret", "/INDEX.HTML",
}

func TestNothingOutsideTheBundleIsReached(t *testing.T) {
	outside := t.TempDir()
	inside := filepath.Join(outside, "bundle")
	if err := os.CopyFS(inside, built()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(Handler(os.DirFS(inside)))
	defer server.Close()
	for _, path := range escapes {
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.Opaque = "//" + u.Host + path // sent as it stands, not cleaned
		r, err := server.Client().Do(&http.Request{Method: "GET", URL: u, Header: http.Header{}})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		b := body(t, r)
		r.Body.Close()
		if r.StatusCode != 404 && r.StatusCode != 400 || strings.Contains(b, "hidden") || strings.Contains(b, "secret") {
			t.Errorf("%s: %d %q", path, r.StatusCode, b)
		}
	}
}

func TestAnUnbuiltBundleSaysHowToBuild(t *testing.T) {
	for _, path := range []string{"/", "/autodidact/autodidact.wasm"} {
		r := ask(Handler(fstest.MapFS{".gitkeep": {}}), "GET", path)
		if b := body(t, r); r.StatusCode != 503 || !strings.Contains(b, "make build") {
			t.Errorf("%s: %d %q", path, r.StatusCode, b)
		}
	}
}

func TestTheEmbeddedBundleIsThereBuiltOrNot(t *testing.T) {
	r := ask(Handler(Bundle()), "GET", "/")
	if r.StatusCode != 200 && r.StatusCode != 503 {
		t.Errorf("%d %q", r.StatusCode, body(t, r))
	}
	if r := ask(Handler(Bundle()), "GET", "/.gitkeep"); r.StatusCode == 200 {
		t.Error(".gitkeep is served")
	}
}

func TestAnUnchangedFileIsNotSentAgain(t *testing.T) {
	bundle := built()
	h := Handler(bundle)
	first := ask(h, "GET", "/", "Accept-Encoding", "gzip")
	tag := first.Header.Get("ETag")
	if len(tag) < 12 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		t.Fatalf("tag %q", tag)
	}
	for _, c := range []struct {
		header string
		status int
	}{
		{tag, 304}, {"W/" + tag, 304}, {`"other", ` + tag, 304}, {"*", 304},
		{`"other"`, 200}, {"", 200}, {strings.Trim(tag, `"`), 200},
	} {
		r := ask(h, "GET", "/", "Accept-Encoding", "gzip", "If-None-Match", c.header)
		if b := body(t, r); r.StatusCode != c.status || (b == "") != (c.status == 304) || r.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %d %q", c.header, r.StatusCode, b)
		}
	}
	if again := ask(Handler(built()), "GET", "/", "Accept-Encoding", "gzip").Header.Get("ETag"); again != tag {
		t.Errorf("after a restart the tag is %s, not %s", again, tag)
	}
	if other := ask(h, "GET", "/").Header.Get("ETag"); other == tag {
		t.Error("two forms of a file have one tag")
	}
	bundle["index.html.gz"] = &fstest.MapFile{Data: []byte("gzip page, changed")}
	if changed := ask(h, "GET", "/", "Accept-Encoding", "gzip").Header.Get("ETag"); changed == tag {
		t.Error("a changed file kept its tag")
	}
}
