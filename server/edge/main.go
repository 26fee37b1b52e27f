//go:build js && wasm

// Command edge serves the bundle from Cloudflare Workers, with the same handler as
// autodidact serve. The files are not in it: they lie in the worker's store of static assets.
package main

import (
	"log"
	"net/http"
	"syscall/js"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"

	"autodidact/server"
)

func main() {
	workers.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Handler(store(r), origins()...).ServeHTTP(w, r)
	}))
}

// store is the worker's store of static assets.
func store(r *http.Request) server.Remote {
	assets := fetch.NewClient(fetch.WithBinding(bound(cloudflare.GetBinding("ASSETS"))))
	return func(path string) (*http.Response, error) {
		// Only the path counts: the binding answers for any host.
		ask, err := fetch.NewRequest(r.Context(), http.MethodGet, "https://assets.local"+path, nil)
		if err != nil {
			return nil, err
		}
		return assets.Do(ask, nil)
	}
}

// bound has the binding's fetch as a function that may be called by itself, as the client calls it; the binding's own may not.
func bound(binding js.Value) js.Value {
	free := js.Global().Get("Object").New()
	free.Set("fetch", binding.Get("fetch").Call("bind", binding))
	return free
}

// origins are whose pages may use the bundle too: the variable CORS, like the flag of autodidact serve.
func origins() []server.Origin {
	list := cloudflare.GetBinding("CORS")
	if list.Type() != js.TypeString || list.String() == "" {
		return nil
	}
	origins, err := server.ParseOrigins(list.String())
	if err != nil {
		log.Printf("CORS: %v; no other origin is allowed", err)
	}
	return origins
}
