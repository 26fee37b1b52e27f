package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const friend, other, stranger = Origin("https://friend.example"), Origin("http://localhost:3000"), Origin("https://stranger.example")

func TestPagesOfAnotherOriginMayUseTheBundleIfAllowed(t *testing.T) {
	for _, c := range []struct {
		allowed           []Origin
		asking            Origin
		want, vary, frame string
	}{
		{[]Origin{friend}, friend, string(friend), "Accept-Encoding, Origin", "'self' https://friend.example"},
		{[]Origin{friend, other}, other, string(other), "Accept-Encoding, Origin", "'self' https://friend.example http://localhost:3000"},
		{[]Origin{friend}, stranger, "", "Accept-Encoding, Origin", "'self' https://friend.example"},
		{[]Origin{friend}, "https://friend.example.evil", "", "Accept-Encoding, Origin", "'self' https://friend.example"},
		{[]Origin{friend}, "null", "", "Accept-Encoding, Origin", "'self' https://friend.example"},
		{[]Origin{friend}, "*", "", "Accept-Encoding, Origin", "'self' https://friend.example"},
		{[]Origin{friend}, "", "", "Accept-Encoding, Origin", "'self' https://friend.example"},
		{[]Origin{anyone}, stranger, "*", "Accept-Encoding", "'self' *"},
		{[]Origin{anyone}, "", "*", "Accept-Encoding", "'self' *"},
		{[]Origin{friend, anyone}, stranger, "*", "Accept-Encoding", "'self' https://friend.example *"},
	} {
		for _, path := range []string{"/", "/autodidact/autodidact.wasm", "/nowhere"} {
			head := ask(Handler(built(), c.allowed...), "GET", path, "Origin", string(c.asking)).Header
			if head.Get("Access-Control-Allow-Origin") != c.want || head.Get("Vary") != c.vary ||
				head.Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.HasSuffix(head.Get("Content-Security-Policy"), "; frame-ancestors "+c.frame) {
				t.Errorf("%v allowed, %q asks for %s: %v", c.allowed, c.asking, path, head)
			}
		}
	}
}

func TestWithoutOriginsNoOtherPageMayReadAnything(t *testing.T) {
	for _, method := range []string{"GET", "OPTIONS"} {
		r := ask(Handler(built()), method, "/", "Origin", string(friend), "Access-Control-Request-Method", "GET")
		for name := range r.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s is %q", method, name, r.Header.Get(name))
			}
		}
		if r.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || r.Header.Get("Vary") != "Accept-Encoding" || method == "OPTIONS" && r.StatusCode != 405 {
			t.Errorf("%s: %d %v", method, r.StatusCode, r.Header)
		}
	}
}

func TestABrowserThatAsksBeforeIsAnswered(t *testing.T) {
	h := Handler(built(), friend)
	asking := func(origin Origin, method string) *http.Response {
		return ask(h, "OPTIONS", "/autodidact/autodidact.wasm", "Origin", string(origin), "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "range")
	}
	r := asking(friend, "GET")
	if r.StatusCode != 204 || body(t, r) != "" || r.Header.Get("Access-Control-Allow-Methods") != "GET, HEAD" ||
		r.Header.Get("Access-Control-Allow-Headers") != "*" || r.Header.Get("Access-Control-Max-Age") != "86400" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r := asking(stranger, "GET"); r.StatusCode != 405 || r.Header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("a stranger: %d %v", r.StatusCode, r.Header)
	}
	if r := asking(friend, ""); r.StatusCode != 405 {
		t.Errorf("no preflight: %d", r.StatusCode)
	}
	if r := ask(h, "POST", "/", "Origin", string(friend)); r.StatusCode != 405 {
		t.Errorf("POST: %d", r.StatusCode)
	}
}

func TestOriginsAreReadAsBrowsersSendThem(t *testing.T) {
	for list, want := range map[string][]Origin{
		"https://example.org":                         {"https://example.org"},
		"HTTPS://Example.ORG":                         {"https://example.org"},
		"https://example.org:443,http://a:80":         {"https://example.org", "http://a"},
		"http://localhost:3000 , https://b.c-d.e:443": {"http://localhost:3000", "https://b.c-d.e"},
		"http://[::1]:8080":                           {"http://[::1]:8080"},
		"http://example.org:443":                      {"http://example.org:443"},
		"*":                                           {"*"},
	} {
		if got, err := ParseOrigins(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
	for _, list := range []string{
		"", ",", "https://example.org,", "example.org", "//example.org", "https://", "https://example.org/", "https://example.org/page", "https://example.org?a",
		"ftp://example.org", "file://", "null", "https://*.example.org", "https://a b", "https://a;script-src", "https://a'", "https://a:port", "https://me@a",
		"https://ex\u00e4mple.org", "https://a\nb", "https://.a", "https://a.", "https://a*",
	} {
		got, err := ParseOrigins(list)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "is not an origin") {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
}
