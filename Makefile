# Needs make and Python 3.11 or newer; everything else goes into .venv, at the versions that requirements/ pins.

.DEFAULT_GOAL := help
.PHONY: help demo test chaos lint format bench lock clean

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
INSTALLED := $(VENV)/.installed
MANAGE := $(PY) manage.py
# PostgreSQL and Valkey run while the command does, unless DATABASE_URL and REDIS_URL name others.
WITH_SERVERS := $(PY) -m integrations_site.embedded run --

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && { echo $$p; break; }; done)

# PORT and SANDBOX_PORT choose other ports for the demo; ONCE=1 ends it when it has shown everything.
DEMO := $(if $(ONCE),--once,--serve) $(if $(PORT),--port $(PORT)) $(if $(SANDBOX_PORT),--sandbox-port $(SANDBOX_PORT))

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: $(INSTALLED) ## the hub with example data, until Ctrl-C (PORT=8000 SANDBOX_PORT=8001 ONCE=1)
	@$(MANAGE) demo $(DEMO)

test: $(INSTALLED) ## all tests, in a process per core (ARGS=... goes to pytest; ARGS=-n0: in one process)
	@$(WITH_SERVERS) $(PY) -m pytest -n auto --dist worksteal $(ARGS)

chaos: $(INSTALLED) ## the proofs that take long: many processes, expiries and kills (CHAOS_PROCESSES=50 CHAOS_CONNECTIONS=10 CHAOS_EXPIRIES=10000 CHAOS_KILLS=30 CHAOS_RECORDS=400)
	@$(WITH_SERVERS) $(PY) -m pytest -p no:randomly tests/chaos/chaos_*.py $(ARGS)

lint: $(INSTALLED) ## every check that needs no tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --fail-level WARNING
	$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null

format: $(INSTALLED) ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## measure
	@$(WITH_SERVERS) $(PY) -m tests.benchmarks $(ARGS)

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header -q $(if $(UPGRADE),--upgrade)

lock: $(INSTALLED) ## pin the versions that pyproject.toml allows (UPGRADE=1: the newest of them)
	$(COMPILE) --group embedded --group dev -o requirements/dev.txt
	$(COMPILE) --group embedded -c requirements/dev.txt -o requirements/embedded.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/base.txt

clean: ## remove the local data (var/) and every cache; .venv stays
	@if [ -x $(PY) ]; then $(PY) -m integrations_site.embedded destroy; fi
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

$(INSTALLED): requirements/dev.txt
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c '$(NEW_ENOUGH)' || { \
		echo "Python 3.11 or newer is needed; make PYTHON=/path/to/python says where it is." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
