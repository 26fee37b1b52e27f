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
VERSION := $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)
GOROOT = $(shell GOTOOLCHAIN=$(GOTOOLCHAIN) go env GOROOT)

# What is compiled for the page is inlined only where numbers are crunched: 200 kB less of it, as it travels.
CRUNCH := runtime internal/runtime/... math cmp $(addprefix autodidact/,core/kernel/... core/tensor core/autograd core/rng core/token core/probe pretext/view)
export WASM_FLAGS := $(GOFLAGS) -gcflags=all=-l $(CRUNCH:%=-gcflags=%=)
WASM = GOOS=js GOARCH=wasm GOFLAGS="$$WASM_FLAGS"
NODE_RUN = $(WASM) go test -exec "$(GOROOT)/lib/wasm/go_js_wasm_exec"
CHROME_RUN = $(WASM) go test -tags wasmkernel -exec "node $(CURDIR)/e2e/gotest.mjs"

# What may compute otherwise without SIMD.
KERNELS := ./core/kernel/... ./core/autograd/... ./core/nn
# What another platform could change: numbers, weights, files, pictures, checkpoints.
PLATFORM := $(KERNELS) ./core/encoder ./core/optim ./core/checkpoint/... ./core/data ./pretext/... ./worker/run ./worker/protocol

.PHONY: run build edge tarball package check-package check-engines test test-native test-generic test-wasm test-chromium test-page test-e2e check bench memory study worth series fuzz packages clean
.DEFAULT_GOAL := build

run: build
	bin/autodidact serve

build: bin/autodidact

bin/autodidact: $(GO) $(BUNDLE)/.built package.json
	go build -ldflags='-X main.released=$(VERSION)' -o $@ ./cmd/autodidact

build/autodidact.wasm: $(GO) go.mod Makefile
	@mkdir -p build
	$(WASM) go build -buildvcs=false -tags wasmkernel -ldflags='-s -w' -o $@ ./wasm

# The edge server, as wrangler uploads it and as its test runs it.
edge: build/edge/app.wasm

build/edge/app.wasm: $(GO) go.mod Makefile
	go run github.com/syumai/workers/cmd/workers-assets-gen -mode=go -o $(@D)
	@echo '{ "type": "module" }' > $(@D)/package.json # or bundlers apply sideEffects of our own, and leave out wasm_exec.js
	GOOS=js GOARCH=wasm go build -buildvcs=false -ldflags='-s -w' -o $@ ./server/edge

# What is released: the npm package, the command line for each system, and the edge server as wrangler deploys it. The same source gives the same
# bytes wherever it lies (with GNU's tar), so Go's own stamp of the repository, which depends on tags and on how it was cloned, is left out.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
RELEASE := build/release
NAME := $(RELEASE)/autodidact
EDGE := build/autodidact-edge-$(VERSION)
COMMIT = $(shell git describe --always --abbrev=40 --exclude='*' --dirty)

package: build edge
	rm -rf $(RELEASE)
	@$(MAKE) --no-print-directory tarball
	@for p in $(PLATFORMS); do os=$${p%/*} arch=$${p#*/}; echo "$$p"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -buildvcs=false -ldflags='-s -w -X main.released=$(VERSION) -X main.commit=$(COMMIT)' \
			-o $(NAME)-$(VERSION)-$$os-$$arch$$(test $$os != windows || echo .exe) ./cmd/autodidact || exit 1; done
	rm -rf $(EDGE) && mkdir -p $(EDGE) && cp -r build/edge $(EDGE)/worker && cp -r $(BUNDLE) $(EDGE)/bundle
	find $(EDGE)/bundle -type f \( -name '.*' -o -name '*.br' -o -name '*.gz' \) -delete # the edge compresses by itself
	sed -e '1s/.*/# npx wrangler@4 deploy uploads this folder./' -e '/^\[build\]/,/^$$/d' -e 's#^main = .*#main = "worker/worker.mjs"#' \
		-e 's#^directory = .*#directory = "bundle"#' server/edge/wrangler.toml > $(EDGE)/wrangler.toml
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -C build -c $(notdir $(EDGE)) | gzip -9n > $(RELEASE)/$(notdir $(EDGE)).tar.gz
	cd $(RELEASE) && sha256sum autodidact-* > SHA256SUMS && cat SHA256SUMS

# What the build needs of npm; and with what tests need besides, which is more than half.
node_modules/.installed: package.json package-lock.json
	npm ci --omit=dev --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.complete: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules/.installed $@

$(SAMPLES) &: cmd/samples/*.go node_modules/.installed
	go run ./cmd/samples -modules node_modules -out build/samples

$(BUNDLE)/.built: build/autodidact.wasm $(SAMPLES) $(UI) node_modules/.installed
	node ui/build.mjs --out $(BUNDLE) --wasm build/autodidact.wasm --wasm-exec $(GOROOT)/lib/wasm/wasm_exec.js $(SAMPLES:%=--sample %)
	go run ./server/compress $(BUNDLE)
	@cd $(BUNDLE)/autodidact && echo "the trainer is $$(wc -c < autodidact.wasm) bytes, $$(wc -c < autodidact.wasm.br) as it travels"
	@touch $@

# The npm package.
tarball: build
	@rm -f $(RELEASE)/*.tgz
	node ui/package.mjs --bundle $(BUNDLE) --out build/package --tarball $(RELEASE)

# The package as others use it: in each bundler and framework. It installs them; minutes.
check-package: node_modules/.complete tarball
	node --test e2e/package/matrix.mjs

# The whole of it, on a machine with Go, Node and make. Stages two at a time, the output of each in one piece; those in a browser
# last, with the machine to themselves. Vet has its own stage, so tests do without.
TWO = $(if $(filter output-sync,$(.FEATURES)),-j2 --output-sync=target)
test: node_modules/.complete
	@$(MAKE) --no-print-directory $(TWO) build test-native check test-generic test-wasm
	@$(MAKE) --no-print-directory test-chromium test-page test-e2e

# Every package, with SIMD, as the command line runs.
test-native: build
	go test -vet=off ./...

# The kernels and what computes directly with them in plain Go, as on machines without SIMD: the same results. A tag, so that nothing else is compiled anew.
test-generic:
	go test -vet=off -short -tags generic $(KERNELS)

# The engine as WebAssembly, in Node: 32-bit addresses, one thread, another SIMD.
test-wasm:
	$(NODE_RUN) -vet=off -short $(PLATFORM)

# What only a browser has: IndexedDB, decoders, and the modules that multiply in a tab, with relaxed SIMD and without.
test-chromium: node_modules/.complete
	node e2e/chrome.mjs
	$(CHROME_RUN) -vet=off ./wasm/... ./core/kernel/cpu
	KERNELS=simd $(CHROME_RUN) -vet=off ./core/kernel/cpu

# Panels and the element, with a trainer that answers at once.
test-page: node_modules/.complete
	node --test ui/test/*.test.mjs

# What a person does, in Chromium with the real trainer. What measures time or memory runs alone.
ALONE := e2e/busy.test.mjs e2e/memory.test.mjs
test-e2e: node_modules/.complete tarball
	node --test --test-concurrency=2 $(filter-out $(ALONE),$(wildcard e2e/*.test.mjs))
	node --test --test-concurrency=1 $(ALONE)

check: node_modules/.installed
	@test -z "$$(gofmt -l *.go core pretext wasm worker server cmd e2e)" || { echo "gofmt these:"; gofmt -l *.go core pretext wasm worker server cmd e2e; exit 1; }
	go vet ./...
	GOOS=js GOARCH=wasm go vet ./wasm/... ./core/kernel/... ./server/edge/...
	GOOS=js GOARCH=wasm go vet -tags wasmkernel ./wasm/... ./core/kernel/...
	GOARCH=arm64 go vet ./core/...
	npx tsc --noEmit -p ui

# The main path through the page in Firefox and WebKitGTK, those that are installed; as root on Debian, both are. Five minutes.
check-engines: node_modules/.complete build
	node e2e/engines/install.mjs
	node e2e/engines.mjs

bench: node_modules/.complete
	node e2e/bench.mjs

# How much memory a tab takes, of each kind of data and of six sets in turn. Many minutes.
memory: node_modules/.complete build
	node e2e/memory.mjs

# The pretext tasks compared: writes docs/pretext-tasks.md. Hours; continues where it was interrupted.
study: build/samples/emoji.zip
	@test -d /usr/share/datasets/fashion-mnist || apt-get install -y -qq dataset-fashion-mnist || { echo "make study needs Debian's dataset-fashion-mnist: install it as root"; exit 1; }
	go run ./cmd/study

# Label efficiency on each sample set: writes docs/label-efficiency.md. Half an hour or more.
worth: $(SAMPLES)
	go run ./cmd/study -worth -minutes 3

# What TS2Vec is worth on collections of labelled series in DATA=FOLDER, NAME_TRAIN.tsv and NAME_TEST.tsv or .ts; TASK=ts2vec, SEEDS=5. Prints a
# table, and writes build/series.md (four sets of the UCR archive: 13 minutes on two cores); continues where it was interrupted by build/series.jsonl. docs/series.md is such a table.
series:
	@test -n "$(DATA)" || { echo "make series DATA=FOLDER: a folder with NAME_TRAIN.tsv and NAME_TEST.tsv"; exit 1; }
	@mkdir -p build
	go run ./cmd/study -series "$(DATA)" -task $(or $(TASK),ts2vec) -seeds $(or $(SEEDS),5)

# Half a minute of each fuzzer, or FUZZTIME=1000000x executions; make test runs their seeds, which lie in testdata/fuzz.
FUZZTIME ?= 30s
FUZZERS := core/checkpoint/FuzzDecode core/torchfile/FuzzTorch core/table/FuzzTable core/data/FuzzInspect core/data/FuzzPlain core/data/FuzzGIF core/data/FuzzTexts core/data/FuzzSeries core/data/FuzzZip \
	core/token/FuzzOpen worker/protocol/FuzzDecode worker/label/FuzzLabels worker/exchange/FuzzHuggingFace worker/exchange/FuzzZippedModel worker/exchange/FuzzOpenFiles worker/run/FuzzMeta worker/run/FuzzResume worker/language/FuzzQuestions worker/portable/FuzzPortable \
	wasm/indexeddb/FuzzPointer cmd/autodidact/FuzzFeed server/FuzzNegotiation server/FuzzPath server/FuzzRange

fuzz: $(FUZZERS)

.PHONY: $(FUZZERS)
$(FUZZERS):
	go test ./$(@D) -run "^$$" -fuzz "^$(@F)$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x

clean:
	rm -rf bin build node_modules/.installed node_modules/.complete ui/dist
	find $(BUNDLE) -mindepth 1 -not -name .gitkeep -delete

# Every package with its lines and those of ours that it imports.
packages:
	@go list -f '{{.ImportPath}} {{range .GoFiles}}{{$$.Dir}}/{{.}} {{end}}| {{join .Imports " "}}' ./... | while IFS='|' read -r files imports; do set -- $$files; name=$$1; shift; \
		printf '%-34s %5d  %s\n' "$${name#autodidact/}" "$$(cat "$$@" /dev/null | wc -l)" "$$(printf '%s\n' $$imports | sed -n 's#^autodidact/##p' | tr '\n' ' ')"; done
