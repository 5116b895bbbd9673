# make chat   set up, index seeds/ if needed, and chat: on Telegram with BOT_TOKEN, else here
# make test   set up what tests need, and run them (a few minutes)
# make test-slow  install the programs that slow tests run (a browser, an office), and run these
# make test-cluster  install Java and Maven, start three OpenSearch nodes on loopback, and test on them
# make check  format, lint, types, tests
# make flaky  run the tests of make test several times, in random order on a busy machine, and list
#             those that did not pass every time (RUNS=10 for more)
# make lint   format, lint, types, and the walls between the rooms
# make format mend the format
# make setup  install only
# make picture  draw the pictures of the README anew
# make rooms  draw docs/rooms.md anew: which rooms import which
# make help   these lines
PYTHON ?= python3
BIN := .venv/bin
# A test process on each core. What one leaves to do, the other takes.
WORKERS := -n auto --dist worksteal
PYTEST := $(BIN)/python -m pytest $(WORKERS)
RUNS ?= 5

# Succeeds where $(1) is a Python that is new enough.
is_new = case "$$($(1) --version 2>&1)" in \
	"Python 3.1"[1-9]* | "Python 3."[2-9][0-9]* | "Python "[4-9]*) true ;; *) false ;; esac

.PHONY: chat setup test test-slow test-cluster check lint format picture flaky rooms help
.DEFAULT_GOAL := chat

chat: .venv/installed
	@$(BIN)/python -m bot

setup: .venv/installed

test: .venv/installed-dev
	$(PYTEST)

test-slow: .venv/installed-dev
	@tests/install_programs.sh
	$(PYTEST) -m "slow and not cluster"

test-cluster: .venv/installed-dev
	@tests/install_programs.sh cluster
	$(BIN)/python -m pytest -m cluster

flaky: .venv/installed-dev
	$(BIN)/python tests/support/flaky.py $(RUNS) $(WORKERS)

check: lint test

lint: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/installed: pyproject.toml
	@$(call is_new,$(BIN)/python) || $(call is_new,$(PYTHON)) || { \
		version=$$($(PYTHON) --version 2>&1) || version="not there"; \
		echo "WenChu needs Python 3.11 or newer; $(PYTHON) is $${version#Python }." \
			"Install one, then: make PYTHON=python3.12 $(or $(MAKECMDGOALS),chat)" >&2; \
		exit 1; }
	@echo "Installing WenChu into .venv (once) ..."
	@$(call is_new,$(BIN)/python) || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[evaluation]"
	@touch $@

.venv/installed-dev: .venv/installed
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[dev]"
	@touch $@

picture: .venv/installed-dev
	$(BIN)/python docs/make_picture.py >/dev/null
	@tests/install_programs.sh
	PYTHONPATH=tests:tests/support $(BIN)/python docs/make_screenshot.py

rooms: .venv/installed-dev
	$(BIN)/python docs/make_rooms.py

help:
	@sed -n 's/^# \(make \|  *\)/\1/p' Makefile
