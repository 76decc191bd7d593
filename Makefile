# Everything here is one line that you could type yourself; "make" alone lists it.

.DEFAULT_GOAL := help
.PHONY: help build test race lint bench bench-detection demo calibrate reduce docs fuzz oracle ci clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/idemcheck
	go build -o bin/idemcheck ./cmd/idemcheck

test: ## run all tests that need neither Docker nor a database
	go test ./...

race: ## the same with the race detector, nothing from the cache
	go test -race -count=1 ./...

lint: ## run golangci-lint, which is built first when it is missing
	.ci/lint

bench: ## measure against a hand-written test over stock Toxiproxy; writes bench.json
	go test -run '^$$' -bench . -benchtime 1x -timeout 30m ./harness/benchmark/

# It goes on where it was interrupted. Settings: see harness/benchmark/detection_test.go.
bench-detection: ## measure attempts until a seeded bug is found (an hour); writes docs/detection.md
	IDEMCHECK_DETECTION=../../docs/detection.md \
		go test -run '^$$' -bench Detection -benchtime 1x -timeout 24h -v ./harness/benchmark/

demo: build ## attack the reference service, then one with a seeded bug
	bin/idemcheck demo
	bin/idemcheck demo --bug check-then-act; test $$? -eq 1

# The committed figures are of SEEDS seeds, which takes about a quarter of an hour on two cores.
SEEDS ?= 10
WHOLE = bin/calibration.json
BASELINE = cmd/idemcheck/internal/calibrate/baseline.json
calibrate: build ## measure which seeded bugs are found; writes what the command and docs/ show
	bin/idemcheck calibrate --seeds $(SEEDS) --right-cases 120 --no-times --format json --out $(WHOLE)
	$(MAKE) reduce

# WHOLE may also be a calibration that was measured elsewhere, or before there were baselines.
reduce: ## commit what CI compares of the calibration WHOLE, and write docs/ from it
	go run ./cmd/idemcheck calibrate --from $(WHOLE) --format baseline --out $(BASELINE)
	$(MAKE) docs MEASURED=$(WHOLE)

MEASURED ?= committed
docs: ## write docs/ from what was measured
	go run ./cmd/idemcheck calibrate --from $(MEASURED) --format markdown --out docs/calibration.md
	go run ./cmd/idemcheck calibrate --from $(MEASURED) --format bugs --out docs/bugs

# The go command fuzzes one target of one package at a time.
FUZZTIME ?= 10s
fuzz: ## fuzz every fuzz target for FUZZTIME (10s)
	@grep -rn --include='*_test.go' '^func Fuzz' . | \
	sed -E 's,^(.*)/[^/]*:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*,\1 \2,' | \
	while read -r folder target; do \
		echo "$$folder $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$folder" || exit 1; \
	done

oracle: ## compare the judge with a brute-force one on a million histories (two minutes)
	IDEMCHECK_ORACLE=1000000 go test -count=1 -timeout 30m -run BruteForce -v ./model/judge/

ci: ## what CI does, on a fresh Debian machine, with Docker and PostgreSQL (needs root)
	.ci/run

clean: ## remove what the targets made
	rm -rf bin bench.json bench-detection.jsonl idemcheck-out
