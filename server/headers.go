package server

import (
	"net/http"
	"strings"
)

// policy lets the page run its own scripts, workers and WebAssembly, show pictures and films
// it holds in memory, and speak with its own origin alone.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"style-src 'self'",
	"img-src 'self' blob: data:",
	"media-src blob:",
	"connect-src 'self'",
	"worker-src 'self'",
	"manifest-src 'self'",
	"form-action 'none'",
	"base-uri 'none'",
	"frame-ancestors 'self'",
	"object-src 'none'",
}, "; ")

// denied is every permission a page could ask for that has no business here.
var denied = strings.Join([]string{
	"accelerometer=()", "autoplay=()", "bluetooth=()", "browsing-topics=()", "camera=()", "display-capture=()",
	"encrypted-media=()", "fullscreen=()", "geolocation=()", "gyroscope=()", "hid=()", "idle-detection=()",
	"local-fonts=()", "magnetometer=()", "microphone=()", "midi=()", "payment=()", "picture-in-picture=()",
	"publickey-credentials-get=()", "screen-wake-lock=()", "serial=()", "usb=()", "xr-spatial-tracking=()",
}, ", ")

// protect sets what every answer carries, errors included.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", denied)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
}
