package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/worker/testsets"
)

var blocks = regexp.MustCompile(`<script type="application/gzip;base64" id="file-(\w+)">([A-Za-z0-9+/=]*)</script>\n`)

func TestAPageHasTheProgramAndTheModelInside(t *testing.T) {
	model := modelOf(t, trained(t, tinyPictures, testsets.Shapes(20, 1)))
	zipped := func(text string) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		io.WriteString(z, text)
		z.Close()
		return out.Bytes()
	}
	page := &Page{HTML: []byte("<title>{{title}}</title><body><!--files--></body>"), Files: []PageFile{{"worker", zipped("work()")}, {"wasm", zipped("\x00asm")}}}
	write := func() string {
		ext, file, err := htmlFormat.Pack(Source{Model: model, Title: `</title><script>"x" & 'y'`, Page: page})
		if err != nil || ext != ".html" {
			t.Fatal(ext, err)
		}
		var out strings.Builder
		if err := file.Write(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	html := write()
	if html != write() {
		t.Error("the same model gives another page")
	}
	if !strings.HasPrefix(html, "<title>&lt;/title&gt;&lt;script&gt;&#34;x&#34; &amp; &#39;y&#39;</title><body>") || !strings.HasSuffix(html, "</script>\n</body>") {
		t.Errorf("%.200s ... %s", html, html[len(html)-40:])
	}
	var names []string
	inside := map[string]string{}
	for _, m := range blocks.FindAllStringSubmatch(html, -1) {
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(m[2])))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		names, inside[m[1]] = append(names, m[1]), string(raw)
	}
	if strings.Join(names, " ") != "worker wasm model" || inside["worker"] != "work()" || inside["wasm"] != "\x00asm" {
		t.Errorf("%v", names)
	}
	again, err := checkpoint.Decode(strings.NewReader(inside["model"]))
	if err != nil || string(encoded(t, again)) != string(encoded(t, model)) {
		t.Errorf("the model is another: %v", err)
	}
}

func TestAPageThatCannotBeMadeIsRefused(t *testing.T) {
	model := modelOf(t, trained(t, tinyPictures, testsets.Shapes(20, 1)))
	for says, page := range map[string]*Page{"make build": nil, "of another build": {HTML: []byte("<title>{{title}}</title>")}, "no place for a title": {HTML: []byte("<!--files-->{{title}}")}} {
		if _, err := htmlFormat.Files(Source{Model: model, Page: page}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
