# Everything is set up in .venv, from nothing, by the target that needs it.

PYTHON ?= python3
SEEDS  ?= 1000
VENV   := .venv
TESTS_OF_COMPILED := tests/integration tests/simulation/test_simulation.py tests/simulation/test_stream_invariants.py \
  $(addprefix tests/test_,bulk.py checks.py checks_property.py drift.py first_attempts.py outcome.py \
    plain_reply.py secret.py tls.py wire_aiohttp.py)
BIN    := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test simulate kill check format bench profile compiled test-compiled sandbox clean

help:  ## Show this list
	@grep -hE '^[a-z-]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/.cli  ## Import 5,000 messy contacts into a local GrowthHub, and show what happened
	@$(BIN)/growthhub demo

test: $(VENV)/.dev  ## Run the tests
	$(BIN)/pytest

simulate: $(VENV)/.dev  ## Run client and sandbox under faults: SEEDS=1000 runs, or SEED=123 again
	@$(BIN)/python -W error -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

kill: $(VENV)/.dev  ## Kill an import of 20,000 records 50 times, and compare record by record what came of it
	@$(BIN)/python -m tests.killing $(if $(SEED),--seed $(SEED))

check: $(VENV)/.dev  ## Lint, format check, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## Format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## Measure, as ratios within one run
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.quota
	$(BIN)/python -m benchmarks.importing
	$(BIN)/python -m benchmarks.latency

profile: $(VENV)/.bench  ## Show where the time of a record goes, function by function
	@$(BIN)/python -m benchmarks.profile

compiled: build/compiled/.done  ## Compile the path of a record into build/compiled; it needs a C compiler

test-compiled: build/compiled/.done $(VENV)/.dev  ## Test the compiled path of a record, over sockets and in the simulation
	PYTHONPATH=build/compiled $(BIN)/pytest tests/compiled.py $(TESTS_OF_COMPILED)

sandbox: $(VENV)/.cli  ## Serve a local GrowthHub until Ctrl-C
	@$(BIN)/growthhub sandbox

clean:  ## Remove what was set up
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.cli: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[cli]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[cli,dev]'
	@touch $@ $(VENV)/.cli

$(VENV)/.bench: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[cli,dev,bench]'
	@touch $@ $(VENV)/.cli $(VENV)/.dev

# Of a copy: the build leaves what it makes beside the sources.
build/compiled/.done: pyproject.toml $(wildcard growthhub_async/*.py) | $(VENV)/bin/python
	rm -rf build/source build/compiled
	mkdir -p build/source
	cp -r pyproject.toml README.md LICENSE growthhub_async build/source
	HATCH_BUILD_HOOK_ENABLE_MYPYC=true $(BIN)/python -m pip install --quiet --no-deps --target build/compiled ./build/source
	@touch $@
