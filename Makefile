# Everything here works on a machine with Python (3.10 to 3.13), its venv module, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Dagster's state: runs, materializations, schedules. dagster.yaml in it is ours.
export DAGSTER_HOME := $(CURDIR)/.dagster

PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test dev lint types clean help

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: $(VENV)/installed  ## load the sandbox site (or your own) through Dagster, and report
	@$(BIN)/shotgrid-dagster demo

dev: $(VENV)/installed  ## the Dagster UI on the same data: http://127.0.0.1:3000
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000

test: $(VENV)/installed-dev lint types  ## tests, lint and types
	$(BIN)/python -m pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

clean:  ## remove the loaded data and Dagster's state; the next run loads everything anew
	rm -rf data
	find .dagster -mindepth 1 ! -name dagster.yaml -delete

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment: install Python's venv module (Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (about a minute, once) ..."
	@$(PIP) --editable ".[explore]"
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(PIP) --editable ".[dev]"
	@touch $@
