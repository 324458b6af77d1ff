# Firstbell. "make help" lists the targets; the same commands without make stand in the README.
#   PYTHON=python3.12  which Python to build .venv with (3.11 or newer; otherwise the first that is found)
#   PORT=8001          another port for the demo than 8000
#   ARGS="…"           passed on to the command behind the target
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test test-long bench lint lock clean

ARGS ?=
PORT ?=
PYTHON ?=
FOUND := $(PYTHON)
ifeq ($(strip $(FOUND)),)
FOUND := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  if "$$p" -c "" >/dev/null 2>&1; then echo "$$p"; break; fi; done)
endif
NO_PYTHON := { echo "Python 3.11 or newer is needed: none was found. On Debian or Ubuntu: sudo apt install python3 python3-venv. \
On a Mac: brew install python. Elsewhere: https://www.python.org/downloads/" >&2; exit 1; }
PREPARE := $(if $(strip $(FOUND)),"$(FOUND)" scripts/bootstrap.py,$(NO_PYTHON); :)
RUN := .venv/bin/python

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf 'make %-10s %s\n' "$$name" "$$text"; done

demo: ## start Firstbell with two made-up schools; prints where to look and how to sign in
	@$(PREPARE) run
	@exec .venv/bin/firstbell demo $(if $(PORT),--port $(PORT)) $(ARGS)

test: ## run the tests, walls, types and style checks (about 8 minutes)
	@$(PREPARE) test
	@exec $(RUN) -m pytest $(ARGS)

test-long: ## run the tests that take long: kills, soak, millions of marks
	@$(PREPARE) test
	@exec $(RUN) -m pytest -m long tests/long $(ARGS)

bench: ## measure speed on made-up data and print the table
	@$(PREPARE) test
	@exec $(RUN) -m tests.bench $(ARGS)

lint: ## run only the walls: imports, names, sizes, words, types, style, templates
	@$(PREPARE) test
	@exec $(RUN) -m pytest tests/architecture $(ARGS)

lock: ## write requirements.lock and the two beside it (pdf, test) anew from pyproject.toml (needs uv; ARGS=--upgrade for newer versions)
	@command -v uv >/dev/null 2>&1 || { echo "make lock needs uv, a package resolver: pipx install uv" >&2; exit 1; }
	uv pip compile $(LOCK_OPTIONS) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK_OPTIONS) pyproject.toml --extra pdf -c requirements.lock -o requirements-pdf.lock
	uv pip compile $(LOCK_OPTIONS) pyproject.toml --extra test -c requirements.lock -o requirements-test.lock

clean: ## remove .venv and what tools left behind; the demo's data in var/ stays
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One lock for every Python from 3.11 on Linux and Mac; the build group, because .venv builds the project itself.
LOCK_OPTIONS = --quiet --universal --python-version 3.11 --group build --generate-hashes --no-emit-index-url \
  --custom-compile-command "make lock" $(ARGS)
