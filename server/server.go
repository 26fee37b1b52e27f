// Package server hands out the built bundle, and nothing else: files that are the
// same for everyone. What a person gives the page to learn from never comes here.
package server

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

const unbuilt = "The page has not been built yet: run make build, then start again."

// Handler serves the files of bundle, with index.html at the root. Next to a file x
// there may be x.br and x.gz, the same compressed ahead of time.
func Handler(bundle fs.FS) http.Handler { return &handler{bundle: bundle} }

type handler struct {
	bundle fs.FS
	tags   tags
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "Only GET and HEAD are answered here.")
		return
	}
	name, ok := fileName(r.URL.Path)
	if !ok {
		refuse(w, http.StatusNotFound, "There is nothing here.")
		return
	}
	file, coding, err := h.open(name, r.Header.Values("Accept-Encoding"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && h.isEmpty():
		refuse(w, http.StatusServiceUnavailable, unbuilt)
	case errors.Is(err, fs.ErrNotExist):
		refuse(w, http.StatusNotFound, "There is nothing here.")
	case err != nil:
		refuse(w, http.StatusInternalServerError, "This file cannot be read.")
	default:
		defer file.Close()
		h.send(w, r, name, file, coding)
	}
}

// send answers with the file, or with word that the browser has it already.
func (h *handler) send(w http.ResponseWriter, r *http.Request, name string, file *opened, coding string) {
	tag, err := h.tags.of(h.bundle, file)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "This file cannot be read.")
		return
	}
	head := w.Header()
	head.Set("ETag", tag)
	head.Set("Cache-Control", freshness(name))
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", contentType(name))
	if size := file.info.Size(); size >= 0 { // a Remote may not know
		head.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	if coding != identity {
		head.Set("Content-Encoding", coding)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		io.Copy(w, file.File) // an error is a browser that has gone; nobody is left to answer
	}
}

// fileName turns the path of a URL, already decoded, into the name of a file. Whatever
// is not plainly a name is refused rather than cleaned: climbing, hidden and doubled
// segments, backslashes, folders, and the compressed twins, which are reached by negotiation.
func fileName(urlPath string) (string, bool) {
	name, rooted := strings.CutPrefix(urlPath, "/")
	if name == "" && rooted {
		return "index.html", true
	}
	if !rooted || !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00:") {
		return "", false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(segment, ".") {
			return "", false
		}
	}
	ext := path.Ext(name)
	return name, ext != ".br" && ext != ".gz"
}

// opened is a file and what is known of it.
type opened struct {
	fs.File
	name string // in the bundle: with .br or .gz when compressed
	info fs.FileInfo
}

// open opens the best accepted form of the named file.
func (h *handler) open(name string, accept []string) (*opened, string, error) {
	for _, coding := range prefer(accept) {
		file, err := h.openOne(name + suffix[coding])
		if errors.Is(err, fs.ErrNotExist) && coding != identity {
			continue
		}
		return file, coding, err
	}
	file, err := h.openOne(name)
	return file, identity, err
}

func (h *handler) openOne(name string) (*opened, error) {
	f, err := h.bundle.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist // folders are not listed, devices not read
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &opened{f, name, info}, nil
}

// isEmpty distinguishes an unbuilt bundle from one that lacks a file.
func (h *handler) isEmpty() bool {
	_, err := fs.Stat(h.bundle, "index.html")
	return errors.Is(err, fs.ErrNotExist)
}

func refuse(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, sentence+"\n")
}

// hashed is how the page's build names a file that never changes: name-HASH.js.
var hashed = regexp.MustCompile(`^(assets|autodidact)/[^/]*-[0-9A-Za-z]{8,}\.[0-9a-z.]+$`)

func freshness(name string) string {
	if hashed.MatchString(name) {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache" // kept, but asked about every time
}

// types is fixed here, because the machine's own table differs from one to the next
// and a browser compiles WebAssembly while it arrives only under its right name.
var types = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".ico":  "image/x-icon",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".map":  "application/json",
	".png":  "image/png",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
	".wasm": "application/wasm",
	".webp": "image/webp",

	".webmanifest": "application/manifest+json",
	".zip":         "application/zip",
}

func contentType(name string) string {
	if t, ok := types[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}
