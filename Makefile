# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

.PHONY: demo
demo: ## set up, build, and show the whole way on sample-repo
	scripts/demo

.PHONY: test
test: ## set up, build, and run every test with its outside judges
	scripts/test

.PHONY: units
units: ## set up, build, and run the units alone: two minutes, and no cluster
	scripts/test units

.PHONY: build
build: ## build everything, in debug
	scripts/setup
	swift build --build-tests

.PHONY: golden
golden: ## write the golden files anew; review them in the diff
	scripts/setup
	WPEX_UPDATE_GOLDEN=1 swift test

.PHONY: format
format: ## format the sources
	scripts/setup
	swift format --in-place --recursive Sources Tests Benchmarks/Sources Package.swift
	.venv/bin/ruff check --quiet --fix .
	git ls-files '*.c' '*.h' | xargs clang-format -i

.PHONY: lint
lint: ## check Swift, Python, shell, C and JavaScript, links in Markdown, layers, and that mutations still fit the sources
	scripts/setup
	swift format lint --strict --recursive Sources Tests Benchmarks/Sources Package.swift
	.venv/bin/ruff check --quiet .
	git ls-files | xargs awk 'FNR == 1 && /^#!.*(bash|\/sh)/ { print FILENAME }' | xargs shellcheck
	git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
	tsc -p scripts/lint/jsconfig.json
	scripts/lint/links.py
	scripts/lint/imports.py
	scripts/lint/words.py
	scripts/mutations/mutations.py --check

.PHONY: mutations
mutations: ## break security-relevant code in every way that is known, and show that tests notice: nightly, after `make build`
	scripts/setup
	scripts/mutations/mutations.py

.PHONY: generate
generate: ## write schemas/ and docs/reference anew
	swift build --product wpex
	.build/debug/wpex schema --out schemas --docs docs/reference
	.build/debug/wpex audit bootstrap >deploy/postgres/bootstrap.sql
	{ sed '/begin settings/q' docs/operations.md; echo '```'; .build/debug/wpex sync settings; echo '```'; \
	  sed -n '/end settings/,$$p' docs/operations.md; } >docs/operations.md.new
	mv docs/operations.md.new docs/operations.md
	{ sed '/begin settings/q' docs/status.md; echo '```'; .build/debug/wpex serve settings; echo '```'; \
	  sed -n '/end settings/,$$p' docs/status.md; } >docs/status.md.new
	mv docs/status.md.new docs/status.md

.PHONY: check-generated
check-generated: ## fail where schemas/ or docs/reference are stale
	scripts/check-generated

.PHONY: dist
dist: ## make what is released, in dist/: packages, archive, images, bill of materials, checksums (KEY signs them)
	scripts/setup build
	scripts/dist $(if $(KEY),--key $(KEY))

.PHONY: fuzz
fuzz: ## mutate sample-repo for a minute (FUZZ_SECONDS)
	WPEX_FUZZ_SECONDS=$${FUZZ_SECONDS:-60} swift test --filter MutationFuzz

.PHONY: bench
bench: ## measure against floors, as ratios
	Benchmarks/bench

.PHONY: bench-relay
bench-relay: ## measure the relay beside a bare forwarder in C
	scripts/setup
	Benchmarks/relay

.PHONY: bench-programs
bench-programs: ## measure size and start of the programs that a release has
	scripts/setup build
	Benchmarks/programs

.PHONY: bench-sync
bench-sync: ## measure the daemon beside kubectl on a real API server (BENCH_ORGS)
	scripts/setup
	scripts/cluster/install.sh
	Benchmarks/sync

.PHONY: bench-in-force
bench-in-force: ## measure from a commit until its relays have it in force (BENCH_RELAYS, BENCH_COMMITS)
	scripts/setup
	Benchmarks/in-force

.PHONY: bench-status
bench-status: ## measure the status API and the pages beside bare answers (BENCH_ORGS)
	scripts/setup
	swift build -c release --product wpex
	Benchmarks/status
	.venv/bin/python Benchmarks/pages

.PHONY: clean
clean: ## remove what was built
	rm -rf .build .build-static .build-release dist out Benchmarks/out
