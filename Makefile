# What one does here.  Needs Python 3.11 or later, git and make; everything else goes to .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Most of what is installed is never imported here: what is gets compiled then.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tests start hundreds of processes: none of them is to compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo check check-code check-pages docs faults mutants thorough test test-tools kills bench clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; \
	    do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.for-demo ## real data through the package on SQLite, shown as a table
	@$(BIN)/python examples/demo.py

check: $(VENV)/.for-dev ## lint, format, types, import laws, a law for each test, the pages
	@$(MAKE) --no-print-directory --jobs=2 check-code check-pages

check-code: $(VENV)/.for-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate tests scitex/db/testing/contract

check-pages: $(VENV)/.for-dev
	$(BIN)/python -m sphinx -W --keep-going -q -j auto -b html docs docs/_build

KILLS ?= 500
EXAMPLES ?= 5000
faults: $(VENV)/.for-dev ## every operation killed at 60 statements and KILLS=500 times more, and the like; hours
	SCITEX_DB_FAULT_KILLS=$(KILLS) SCITEX_DB_FAULT_ROWS=10000 SCITEX_DB_FAULT_PAGES=1000 \
	    HYPOTHESIS_PROFILE=nightly SCITEX_DB_FAULT_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n 2 -o faulthandler_timeout=0 tests/faults

MUTANTS := $(CURDIR)/$(VENV)/mutants
SAMPLE ?= 300
mutants: $(VENV)/.for-dev ## change the code at random places, and see whether a test notices; an hour
	$(PIP) install --no-compile --editable '.[mutants]'
	rm -rf $(MUTANTS) && git clone --quiet . $(MUTANTS)
	cd $(MUTANTS) && CI=true TMPDIR=$$(sh .ci/temp) $(CURDIR)/$(BIN)/python -m pytest -q -n logical \
	    -p no:randomly -k 'not postgresql and not Postgresql' --ignore tests/unit/test_docs.py \
	    --ignore tests/unit/test_face.py --ignore tests/integration/test_temporary_postgres.py \
	    --cov=scitex/db --cov-context=test --cov-report= --junitxml=report.xml tests/unit tests/integration
	cd $(MUTANTS) && CI=true TMPDIR=$$(sh .ci/temp) $(CURDIR)/$(BIN)/python -m tests.faults.mutants \
	    .coverage report.xml --sample $(SAMPLE)

thorough: $(VENV)/.for-dev ## all laws on every variant of an engine, and more random examples; an hour
	SCITEX_DB_TEST_THOROUGH=1 SCITEX_DB_SYNC_RUNS=1000 SCITEX_DB_KILLS=12 TMPDIR=$$(sh .ci/temp) \
	    $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal

docs: $(VENV)/.for-dev ## the pages, into docs/_build; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q -j auto -b html docs docs/_build

test: $(VENV)/.for-dev ## all tests, against a real PostgreSQL
	TMPDIR=$$(sh .ci/temp) $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal

test-tools: $(VENV)/.for-dev ## the tests that need system programs, none left out
	@sh .ci/install-tools
	@SCITEX_DB_TEST_TOOLS=all $(BIN)/python -m pytest -m tools || { \
	    status=$$?; [ $$status -eq 5 ] || exit $$status; \
	    echo 'make test-tools: no test is marked `tools` yet, so that there was nothing to run'; }

kills: $(VENV)/.for-dev ## kill -9 at random moments: fifty of every backup, restore and vacuum, a hundred of a sync
	SCITEX_DB_KILLS=50 $(BIN)/python -m pytest -k "kill" tests/integration/test_backup_faults.py \
	    tests/integration/test_postgresql_backup.py tests/integration/test_upkeep_sqlite3.py
	SCITEX_DB_KILLS=100 SCITEX_DB_SYNC_ROWS=50000 $(BIN)/python -m pytest -k "kill" \
	    tests/integration/test_sync_faults.py

bench: $(VENV)/.for-bench ## single calls and bulk work, beside the raw drivers and other packages
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/bulk.py

clean: ## remove the virtual environment, caches and what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	    .import_linter_cache .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: made again when pyproject.toml is newer, so that a second run costs nothing.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'scitex.db needs Python 3.11 or later; name one: make PYTHON=python3.12 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo 'this Python cannot make a virtual environment: it lacks venv or ensurepip'; \
	    echo '(on Debian and Ubuntu: apt-get install python3-venv)'; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.for-demo: $(VENV)/.made pyproject.toml
	@echo 'installing scitex-db into $(VENV) ...'
	@$(PIP) install --no-compile --editable .
	@touch $@

$(VENV)/.for-dev: $(VENV)/.made pyproject.toml
	@echo 'installing scitex-db and what its tests need into $(VENV) ...'
	@$(PIP) install --no-compile --editable '.[dev]'
	@touch $@ $(VENV)/.for-demo

$(VENV)/.for-bench: $(VENV)/.for-dev
	@echo 'installing what the benchmarks compare with into $(VENV) ...'
	@$(PIP) install --no-compile --editable '.[dev,bench]'
	@touch $@
