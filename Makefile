# outage-sentiment: `make demo` sets up and writes a report; `make test` sets up and runs the tests.
SHELL := /bin/sh
PYTHON ?= python3
UV_VERSION := 0.13.9
NEEDED_KB := 2500000
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types imports docs notebooks wheel bench check model deep words topics lock clean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## build .venv from the hash-pinned lock

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "setup: no '$(PYTHON)' found; install Python 3.11 or newer, or name it: make setup PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setup: $$($(PYTHON) --version) is too old; outage-sentiment needs Python 3.11 or newer (make setup PYTHON=/path/to/python3)." >&2; exit 1; }
	@free=$$(df -Pk . | awk 'NR==2 {print $$4}'); [ "$$free" -ge $(NEEDED_KB) ] || { echo "setup: only $$((free / 1024)) MB are free here; .venv needs $$(($(NEEDED_KB) / 1024)) MB: free some disk space and run make again." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "setup: $(PYTHON) cannot make a virtual environment; install its venv module (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION) || { echo "setup: the package registry cannot be reached; connect to the network (or set your mirror) and run make again." >&2; exit 1; }
	@$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock || { echo "setup: the locked packages cannot be installed; check the network and the free disk space and run make again." >&2; exit 1; }
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . || { echo "setup: the package itself cannot be installed into .venv; run 'make clean' and try again." >&2; exit 1; }
	@$(BIN)/python -m compileall -q sentiment
	@touch $(READY)

demo: $(READY) ## the main job: a report on the invented outage in data/sample
	@$(BIN)/sentiment analyze data/sample/meituan --out out/demo --salt demo
	@echo "The report lies in out/demo/report.html: open it in any browser."

test: $(READY) ## run the tests
	$(BIN)/python -m pytest -q -n 2 -rs tests

lint: $(READY) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy --strict on the package
	$(BIN)/mypy

imports: $(READY) ## imports run one way
	$(BIN)/lint-imports

docs: $(READY) ## run the examples in docstrings, README and the command page
	$(BIN)/python -m pytest -q --doctest-modules sentiment
	$(BIN)/python -m pytest -q docs/check_docs.py

notebooks: $(READY) ## notebooks hold no output and run
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/python -m pytest -q -n 2 --nbmake --nbmake-timeout=300 notebooks

wheel: $(READY) ## build the wheel, install it in an empty venv, run it on the sample
	sh docs/check_wheel.sh

bench: $(READY) ## ratios of speed; see benchmarks/README.md
	$(BIN)/python -m benchmarks.stages

check: test lint types imports docs notebooks wheel ## everything CI runs

model: $(READY) ## refit the model to data/labels and rewrite its card
	$(BIN)/python -m sentiment.training data sentiment/resources/model.npz docs/model-card.md

deep: $(READY) ## refit the encoder's reader and what it teaches `make model` (half an hour)
	$(BIN)/python -m sentiment.training.deep data build/deep-vectors.npz sentiment/resources/deep.npz

words: $(READY) ## count the domain words anew after a change to resources/words.txt or of jieba
	$(BIN)/python -m sentiment.text.dictionary sentiment/resources/word_counts.json

topics: $(READY) ## relearn the topics from data/labels after a change to them or to topics.toml
	$(BIN)/python -m sentiment.training.topics data/labels sentiment/resources/topics.npz

lock: ## rewrite requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-annotate --no-header -q -o requirements.lock

clean: ## remove what make built
	rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
