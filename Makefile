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
# Folders too: a file that goes shows in its folder's time alone.
BUNDLE_SOURCES = $(shell find app.py chalicelib connectors templates .chalice infra requirements.txt \
	-not -name '*.pyc' -not -name __pycache__ -not -path '.chalice/deploy*' -not -path .chalice 2>/dev/null)

.PHONY: help setup demo run test check bench package lint types arch bundle clean

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

# The tests hold those of `arch` and `bundle`, and pack first.
check: lint types test ## everything that has to hold before a change lands

bench: $(STAMP) ## measurements beside their budgets
	$(BIN)/python -m benchmarks

package: out/sam.yaml ## the Lambda bundle and its template in out/, checked by cfn-lint

# Packed once for all that look into it; wheels come from pip's own cache or index.
out/sam.yaml: $(STAMP) $(BUNDLE_SOURCES)
	rm -f out/sam.yaml out/deployment.zip
	$(PACKAGE_ENV) $(BIN)/chalice package --stage prod --pkg-format cloudformation --merge-template infra/resources.yaml out
	$(BIN)/cfn-lint --regions us-east-1 --template $@

lint: $(STAMP) ## style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

arch: $(STAMP) ## the direction of imports, and the house rules
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture

bundle: out/sam.yaml ## the bundle holds the tree and runs without anything beside it
	HUITOU_BUNDLE=out $(BIN)/pytest -q tests/bundle

clean: ## remove what was built; the virtual environment stays
	rm -rf out build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
