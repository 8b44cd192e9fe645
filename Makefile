# gremio: make, or make help, lists what there is to make.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LISTEN  ?= 127.0.0.1:3000
DATA    ?= gremio-data
export CGO_ENABLED = 0

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/gremio
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/gremio ./cmd/gremio

.PHONY: run
run: build ## run everything in one process on http://127.0.0.1:3000 (Ctrl-C ends it)
	@exec bin/gremio up --open-ingest --listen $(LISTEN) --data $(DATA)

.PHONY: demo
demo: build ## the same with a simulated guild of 60 carts in Santiago
	@exec bin/gremio up --open-ingest --listen $(LISTEN) --data $(DATA)-demo --demo 60

.PHONY: test
test: ## test everything that needs no other program than Go
	@scripts/test

.PHONY: test-real
test-real: ## install Kafka, MariaDB and Chromium where missing, and test with them
	@scripts/test-real

.PHONY: torture
torture: ## kill every part ten times under load, and compare what is left with an account of its own
	$(GO) run ./cmd/torture --kills 10

.PHONY: bench
bench: build ## measure take-in and the sales worker beside the limits of this machine
	@bin/gremio bench

.PHONY: lint
lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -d $$(git ls-files '*.go'); exit 1; }
	$(GO) vet -tags synctests ./...
	$(GO) vet -tags torture ./internal/work ./internal/kafka/...
	$(GO) tool -modfile=scripts/tools/go.mod staticcheck -tags synctests ./...

.PHONY: generate
generate: build ## write docs/openapi.json anew
	bin/gremio openapi > docs/openapi.json

.PHONY: web
web: ## build the pages into web/dist (needs Node)
	cd web && npm ci --no-audit --no-fund && npm run check && npm run build

.PHONY: clean
clean: ## remove what was built
	rm -rf bin
