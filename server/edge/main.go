//go:build js && wasm

// Command edge serves the bundle from Cloudflare Workers, with the same handler as
// autodidact serve. The files are not in it: they lie in the worker's store of static assets.
package main

import (
	"net/http"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"

	"autodidact/server"
)

func main() {
	workers.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assets := fetch.NewClient(fetch.WithBinding(cloudflare.GetBinding("ASSETS")))
		server.Handler(server.Remote(func(path string) (*http.Response, error) {
			// Only the path counts: the binding answers for any host.
			ask, err := fetch.NewRequest(r.Context(), http.MethodGet, "https://assets.local"+path, nil)
			if err != nil {
				return nil, err
			}
			return assets.Do(ask, nil)
		})).ServeHTTP(w, r)
	}))
}
