# The words of this project: make demo dev test lint goldens bench faults docs

PYTHON := $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE  # hundreds of commands are started in the tests, each would be compiled anew

.PHONY: demo dev test lint goldens bench faults docs chromium

demo: .venv/board  ## a board on a model that trains while you watch
	@$(BIN)/lossboard demo --folder .demo --open

dev: .venv/tests  ## the board on the demo's logs, started again at every change
	@test -d .demo/logs || { echo 'Run `make demo` once: dev shows its logs.'; exit 1; }
	@$(BIN)/watchfiles --filter all '$(BIN)/lossboard serve --no-token --database .demo/dev.db .demo/logs' webapp parser templates static

test: lint chromium  ## everything that has to hold before a commit
	@$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(3 * os.cpu_count() // 2)') --dist loadfile  # they wait a third of the time

lint: .venv/tests
	@$(BIN)/ruff format --check --quiet . || { echo 'Run `.venv/bin/ruff format .`'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

goldens: .venv/tests  ## show how the golden logs are read and the golden charts drawn now; REWRITE=1 accepts it
	@$(BIN)/python -m tests.goldens $(if $(REWRITE),--rewrite)
	@$(BIN)/python -m tests.charts.goldens $(if $(REWRITE),--rewrite)

bench: .venv/tests  ## every figure beside its goal; SKIP_INSTALL=1 leaves out the slow one
	@$(BIN)/python -m tests.bench $(if $(SKIP_INSTALL),--skip-install)

faults: .venv/tests chromium  ## the long forms of the fault, soak and fuzz tests, and a table of what they reached
	@$(PIP) --editable '.[test,fuzz]'
	@$(BIN)/python -m tests.faults

docs: .venv/board  ## write the generated tables of the README again
	@$(BIN)/python -m tests.packaging.readme

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Lossboard needs Python 3.11 or newer; none was found."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/board: pyproject.toml | .venv/bin/python
	@echo "Installing Lossboard into .venv"
	@$(PIP) --editable . && touch $@

.venv/tests: .venv/board
	@echo "Installing what the tests need into .venv"
	@$(PIP) --editable '.[test]' && touch $@

# A browser for the tests: the system's, else Debian's package, else the one Playwright downloads.
chromium: .venv/tests
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(. /etc/os-release 2>/dev/null; echo $$ID)" = debian ] && { [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then \
		as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$as_root apt-get update -qq && $$as_root apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null && exit 0; \
	fi; \
	$(BIN)/playwright install chromium
