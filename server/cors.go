package server

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// An Origin is whose pages may use the bundle besides its own page: "https://example.org", or "*" for everyone's.
type Origin string

const anyone Origin = "*"

// written is an origin as browsers send it, and nothing that could end a header or a policy early.
var written = regexp.MustCompile(`^(https?)://([a-z0-9_]+([.-]+[a-z0-9_]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)

// ParseOrigins reads origins separated by commas.
func ParseOrigins(list string) (origins []Origin, err error) {
	for one := range strings.SplitSeq(list, ",") {
		origin := strings.ToLower(strings.TrimSpace(one))
		parts := written.FindStringSubmatch(origin)
		if parts == nil && origin != string(anyone) {
			return nil, fmt.Errorf("%q is not an origin: write it like https://example.org or http://localhost:3000, without a path, or * for everyone", strings.TrimSpace(one))
		}
		if parts != nil && parts[4] == map[string]string{"http": ":80", "https": ":443"}[parts[1]] {
			origin = strings.TrimSuffix(origin, parts[4]) // a browser does not send the usual port
		}
		origins = append(origins, Origin(origin))
	}
	return origins, nil
}

// share lets pages of the origins read the answer, and show it in a frame.
func share(h http.Header, origins []Origin, asking string) {
	if len(origins) == 0 {
		return
	}
	h.Set("Content-Security-Policy", policyFor(origins))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	allowed := anyone
	if !slices.Contains(origins, anyone) {
		h.Set("Vary", h.Get("Vary")+", Origin")
		allowed = Origin(asking)
	}
	if slices.Contains(origins, allowed) {
		h.Set("Access-Control-Allow-Origin", string(allowed))
		h.Set("Access-Control-Expose-Headers", "*")
	}
}

// preflight answers a browser that asks whether a page may send what it wants to send. Only reading is allowed, with any header.
func preflight(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" || h.Get("Access-Control-Allow-Origin") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return true
}
