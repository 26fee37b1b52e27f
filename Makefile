# Everything a person needs: make run, make test. Each does its own set-up.

# One place for the toolchain: with GOTOOLCHAIN=local in the environment, or an older
# Go installed, this still builds with the version go.mod names.
export GOTOOLCHAIN := go1.27.4
# simd: the kernels. nojsonv2: encoding/json as it was, which is 160 kB less of the page, as it travels.
export GOEXPERIMENT := simd,nojsonv2
export GOFLAGS := -trimpath
export NODE_NO_WARNINGS := 1

BUNDLE := server/bundle
GO := $(shell find . -name '*.go' -not -path './node_modules/*' -not -path './.git/*' 2>/dev/null)
UI := $(shell find ui -type f -not -path 'ui/dist/*' 2>/dev/null)
SAMPLES := $(addprefix build/samples/,emoji.zip clips.zip texts.zip weather.zip hourly.zip)
GOROOT = $(shell GOTOOLCHAIN=$(GOTOOLCHAIN) go env GOROOT)

# What is compiled for the page is inlined only where numbers are crunched: 200 kB less of it, as it travels.
CRUNCH := runtime internal/runtime/... math cmp $(addprefix autodidact/,core/kernel/... core/tensor core/autograd core/rng core/token core/probe pretext/view)
export WASM_FLAGS := $(GOFLAGS) -gcflags=all=-l $(CRUNCH:%=-gcflags=%=)
WASM = GOOS=js GOARCH=wasm GOFLAGS="$$WASM_FLAGS"
NODE_RUN = $(WASM) go test -exec "$(GOROOT)/lib/wasm/go_js_wasm_exec"
CHROME_RUN = $(WASM) go test -tags wasmkernel -exec "node $(CURDIR)/e2e/gotest.mjs"

# Packages without a browser or an operating system in them: these are tested under js/wasm too.
ENGINE := ./core/... ./pretext/... ./worker/...

.PHONY: run build test check bench memory study worth fuzz clean
.DEFAULT_GOAL := build

run: build
	bin/autodidact serve

build: bin/autodidact

bin/autodidact: $(GO) $(BUNDLE)/.built
	go build -o $@ ./cmd/autodidact

build/autodidact.wasm: $(GO) go.mod
	@mkdir -p build
	$(WASM) go build -tags wasmkernel -ldflags='-s -w' -o $@ ./wasm

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(SAMPLES) &: cmd/samples/*.go node_modules/.installed
	go run ./cmd/samples -modules node_modules -out build/samples

$(BUNDLE)/.built: build/autodidact.wasm $(SAMPLES) $(UI) node_modules/.installed
	node ui/build.mjs --out $(BUNDLE) --wasm build/autodidact.wasm --wasm-exec $(GOROOT)/lib/wasm/wasm_exec.js
	@mkdir -p $(BUNDLE)/samples
	cp build/samples/*.zip $(BUNDLE)/samples/
	go run ./server/compress $(BUNDLE)
	@cd $(BUNDLE)/autodidact && echo "the trainer is $$(wc -c < autodidact.wasm) bytes, $$(wc -c < autodidact.wasm.br) as it travels"
	@touch $@

# The whole of it, on a machine with Go, Node and make.
test: build check
	go test ./...
	GOEXPERIMENT= go test -short ./core/... ./pretext/... ./worker/...
	$(NODE_RUN) $(ENGINE)
	node e2e/chrome.mjs
	$(CHROME_RUN) ./wasm/... ./core/kernel/cpu
	KERNELS=simd $(CHROME_RUN) ./core/kernel/cpu
	node --test ui/test/*.test.mjs
	node --test e2e/*.test.mjs

check: node_modules/.installed
	@test -z "$$(gofmt -l core pretext wasm worker server cmd e2e)" || { echo "gofmt these:"; gofmt -l core pretext wasm worker server cmd e2e; exit 1; }
	go vet ./...
	GOOS=js GOARCH=wasm go vet ./wasm/... ./core/kernel/... ./server/edge/...
	GOOS=js GOARCH=wasm go vet -tags wasmkernel ./wasm/... ./core/kernel/...
	GOARCH=arm64 go vet ./core/...
	npx tsc --noEmit -p ui

bench: node_modules/.installed
	node e2e/bench.mjs

# How much memory a tab takes, of each kind of data and of six sets in turn. Many minutes.
memory: build
	node e2e/memory.mjs

# What each pretext task is worth, as docs/pretext-tasks.md tells. Hours; goes on where it was broken off.
study: build/samples/emoji.zip
	@test -d /usr/share/datasets/fashion-mnist || apt-get install -y -qq dataset-fashion-mnist || { echo "make study needs Debian's dataset-fashion-mnist: install it as root"; exit 1; }
	go run ./cmd/study

# How many labels pretraining saves on each sample set, as docs/label-efficiency.md tells. Half an hour or more.
worth: $(SAMPLES)
	go run ./cmd/study -worth -minutes 3

# Half a minute of each fuzzer, or FUZZTIME=1000000x executions; make test runs their seeds, which lie in testdata/fuzz.
FUZZTIME ?= 30s
FUZZERS := core/checkpoint/FuzzDecode core/table/FuzzTable core/data/FuzzInspect core/data/FuzzPlain core/data/FuzzGIF core/data/FuzzTexts core/data/FuzzSeries core/data/FuzzZip \
	core/token/FuzzOpen worker/FuzzDecode worker/FuzzLabels worker/FuzzHuggingFace worker/FuzzZippedModel worker/FuzzMeta worker/FuzzResume worker/FuzzQuestions \
	wasm/indexeddb/FuzzPointer cmd/autodidact/FuzzFeed server/FuzzNegotiation server/FuzzPath

fuzz: $(FUZZERS)

.PHONY: $(FUZZERS)
$(FUZZERS):
	go test ./$(@D) -run "^$$" -fuzz "^$(@F)$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x

clean:
	rm -rf bin build node_modules/.installed ui/dist
	find $(BUNDLE) -mindepth 1 -not -name .gitkeep -delete
