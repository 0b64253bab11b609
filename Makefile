# Everything here works on a machine with Python (3.10 to 3.13), its venv module, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Dagster's state: runs, materializations, schedules. dagster.yaml in it is ours.
export DAGSTER_HOME := $(CURDIR)/.dagster

PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

# How many random scripts `make oracle` plays, and which one it begins with.
SCRIPTS ?= 50
FIRST ?= 1000

SIZE ?= medium

.PHONY: demo dashboard test bench bench-sandbox bench-models oracle dev lint types packages clean help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: $(VENV)/installed  ## load the sandbox site (or your own) through Dagster, and report
	@$(BIN)/shotgrid-dagster demo

dev: $(VENV)/installed  ## the Dagster UI on the same data: http://127.0.0.1:3000
	$(BIN)/dagster dev --workspace workspace.yaml --host 127.0.0.1 --port 3000

dashboard: $(VENV)/installed  ## what a producer looks at, from the models: http://127.0.0.1:2718
	$(BIN)/marimo run shotgrid_dagster/dashboard/app.py --headless --no-token --host 127.0.0.1 --port 2718

test: packages $(VENV)/installed-dev lint types  ## tests, lint and types
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

bench: .bench/installed  ## how fast it is: table, picture, benchmarks/results.json (SIZE=medium ONLY=ours,generated TASKS=20000 KEEP=1)
	@# As `pip install` does, which leaves out what is edited here; without it each process compiles.
	.bench/ours/bin/python -m compileall -q shotgrid_dagster benchmarks shotgun_software_pipeline.py
	.bench/ours/bin/python -m benchmarks --generated-python .bench/generated/bin/python --size $(SIZE) $(if $(ONLY),--only $(ONLY)) $(if $(TASKS),--tasks $(TASKS)) $(if $(KEEP),--keep) --readme README.md --picture docs/speed.png

bench-sandbox: $(VENV)/installed-dev  ## how fast the sandbox site serves: Tasks of SIZE=medium, rows a second, as JSON
	$(BIN)/shotgrid-dagster sandbox build --size $(SIZE)
	$(BIN)/python -m benchmarks.sandbox_speed data/sandbox/$(SIZE).sqlite

bench-models: $(VENV)/installed-dev  ## how long all models take on a studio of SIZE=medium, as JSON
	$(BIN)/shotgrid-dagster sandbox build --size $(SIZE)
	$(BIN)/python -m benchmarks.models_speed data/sandbox/$(SIZE).sqlite

oracle: $(VENV)/installed-dev  ## SCRIPTS=50 random scripts of edits, faults and kills, and settings that change, against a naive dump
	$(BIN)/python -m shotgrid_dagster_tests.oracle --scripts $(SCRIPTS) --first $(FIRST)
	CHANGED_SETTINGS_EXAMPLES=$(SCRIPTS) $(BIN)/python -m pytest --timeout 0 shotgrid_dagster_tests/changed_settings

packages:  # what the browser and Postgres tests start; they are skipped, with the reason, where it is missing
	@shotgrid_dagster_tests/install_packages.sh

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

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

# What somebody gets who installs the package without extras, and who generates a pipeline today.
.bench/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .bench/ours
	.bench/ours/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	$(PYTHON) -m venv .bench/generated
	.bench/generated/bin/pip install --quiet --disable-pip-version-check --upgrade "dlt[duckdb,parquet]"
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(PIP) --editable ".[dev]"
	@touch $@
