# Needs Python 3.11 or newer, make and git. `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The interpreter for the virtual environment: the first that is new enough, or `make setup PYTHON=python3.12`.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v $$name; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup
# Packaging only asks that there is a region; it calls nothing.
PACKAGE_ENV := AWS_DEFAULT_REGION=us-east-1 PYTHONDONTWRITEBYTECODE=1
# What Lambda runs: wheels for its glibc (2.26) by the hashes of requirements.lock, and from nowhere else. Nothing is built here: it
# would be built for this machine. What has no wheel that old fails the fetch.
WHEELS := build/wheels
LAMBDA := --platform manylinux_2_26_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --python-version 3.11 \
	--implementation cp --abi cp311 --abi abi3 --abi none
FETCH := $(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: --dest $(WHEELS)
AUDIT := build/audit
# Folders too: a file that goes shows in its folder's time alone.
BUNDLE_SOURCES = $(shell find app.py chalicelib connectors templates .chalice infra requirements.txt \
	-not -name '*.pyc' -not -name __pycache__ -not -path '.chalice/deploy*' -not -path .chalice 2>/dev/null)

.PHONY: help setup demo run test faults soak check bench package deploy rollback lint types arch mails bundle lock audit fuzz clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## virtual environment with everything, and the `huitou` command

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@[ -n "$(PYTHON)" ] && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and $(or $(PYTHON),none that is found) is not." >&2; \
	  echo "Name one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(STAMP) ## a shop's day from webhook to digest, on this machine
	$(BIN)/huitou demo

run: $(STAMP) ## the local runtime, until Ctrl-C
	$(BIN)/huitou up

test: out/sam.yaml ## all tests
	HUITOU_BUNDLE=out $(BIN)/pytest -n 2 --dist loadfile

faults: out/sam.yaml ## faults and attacks by platform, with the figures reached; writes docs/reliability.md
	HUITOU_BUNDLE=out $(BIN)/pytest -q -n 2 --dist loadfile -m fault --faults=out/faults.json
	$(BIN)/python -m tests.faults out/faults.json

# SOAK=small: 10,000 events; without: 100,000; SOAK=full: a million (hours). Needs Java 17 for DynamoDB Local.
soak: $(STAMP) ## many events with all that goes wrong on the way; every ledger against the oracle's, byte for byte
	$(BIN)/python -m tests.soak $(or $(SOAK),usual)

# The tests hold those of `arch` and `bundle`, and pack first.
check: lint types test ## everything that has to hold before a change lands

bench: $(STAMP) ## measurements beside their budgets
	$(BIN)/python -m benchmarks

package: out/sam.yaml ## the Lambda bundle and its template in out/, checked by cfn-lint

# Packed once for all that look into it; wheels come from pip's own cache or index.
out/sam.yaml: $(STAMP) $(WHEELS)/.fetched $(BUNDLE_SOURCES)
	rm -f out/sam.yaml out/deployment.zip
	$(PACKAGE_ENV) PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_EXTRA_INDEX_URL= PIP_FIND_LINKS=$(CURDIR)/$(WHEELS) $(BIN)/chalice package --stage prod --pkg-format cloudformation --merge-template infra/resources.yaml out
	$(BIN)/cfn-lint --regions us-east-1 --template $@

deploy: out/sam.yaml ## package, show what changes, deploy and probe: make deploy STAGE=dev (docs/deploy.md)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m ops.deploying deploy $(STAGE) $(DEPLOY)

rollback: $(STAMP) ## back to the release before: make rollback STAGE=dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m ops.deploying rollback $(STAGE) $(DEPLOY)

$(WHEELS)/.fetched: $(STAMP) requirements.lock
	rm -rf $(WHEELS) .chalice/deployments
	$(FETCH) $(LAMBDA) -r requirements.lock
	$(FETCH) -r requirements.lock
	@touch $@

lock: $(STAMP) ## requirements.lock and docs/licences.md anew, after a version in requirements*.txt was changed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
	mkdir -p build
	(sed -n 1p requirements.lock; $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file - requirements-worker.txt) > build/requirements.lock
	mv build/requirements.lock requirements.lock
	$(BIN)/python -m ops.licences

$(AUDIT)/.ready: requirements-audit.txt
	$(BIN)/python -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

audit: $(STAMP) $(AUDIT)/.ready ## known holes in what is shipped; needs the network, and fails where it could not ask
	$(BIN)/python -m ops.auditing $(AUDIT)/bin/pip-audit

lint: $(STAMP) ## style, formatting, and what bandit thinks of what is shipped
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit --quiet --configfile bandit.yaml --recursive app.py chalicelib connectors ops/worker.py

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

arch: $(STAMP) ## the direction of imports, and the house rules
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture

mails: $(STAMP) ## the mails in a browser, before validators, tables of mail clients and a spam filter (Node 20.19)
	$(BIN)/pytest -q tests/unit/mail tests/functional/mail

TARGET ?=
RUNS ?= 100000

fuzz: $(STAMP) ## mutated inputs at every connector and route: TARGET=shopify RUNS=100000; see docs/fuzzing.md
	$(BIN)/python -m tests.fuzz --runs $(RUNS) $(if $(TARGET),--target $(TARGET))

bundle: out/sam.yaml ## the bundle holds the tree and runs without anything beside it
	HUITOU_BUNDLE=out $(BIN)/pytest -q tests/bundle

clean: ## remove what was built; the virtual environment stays
	rm -rf out build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
