# make run     the page on http://localhost:8000
# make setup   the environment alone, in .venv
# make test    linters, types and tests; gets what they need, Chromium included
# make check   the same without the browser
# make format  formats the Python code
# make picture draws the README's picture of the page anew
# make bench   measures the service: speed, memory, size; on a machine that does nothing else (PEERS=folder: others, too)
# make bench-load  loads the service: a crowd, a killed worker, an end
# make bench-hostile  asks it 10,000 questions that nobody should ask
# make pins    renews constraints.txt from the lists of packages
# make clean   removes the environment and all caches

PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3.12),python3)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet
CHROMIUM = $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
SOURCES := app.py gunicorn.conf.py benchmarks examples facelab training tests

# Installs a Debian package where that can be done without asking, and says how where it cannot.
define apt
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get update --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $(1); \
else \
	echo "$(1) is missing. On Debian: sudo apt-get install $(1)" >&2; exit 1; \
fi
endef

.PHONY: run setup test check lint format picture bench bench-load bench-hostile pins node chromium clean

run: setup
	$(BIN)/gunicorn 'app:create_app()'

setup: .venv/.run

test: lint node chromium
	$(BIN)/pytest

check: lint node
	$(BIN)/pytest -m "not browser"

lint: .venv/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: .venv/.dev
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

picture: .venv/.dev chromium
	$(BIN)/python -m tests.browser.picture docs/page.webp

pins: | $(BIN)/pip
	$(PIP) --requirement requirements-dev.txt
	$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --strip-extras --no-header --annotation-style line --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --output-file constraints.txt requirements-dev.txt

node:
	@if node -e 'process.exit(process.features.require_module ? 0 : 1)' 2>/dev/null; then node --test tests/js/*.test.js; \
	else echo "Node.js 20.19, 22.12 or later is missing: the tests in tests/js are left out"; fi

chromium:
	@[ -n "$(CHROMIUM)" ] || { $(call apt,chromium); }

bench: $(if $(PEERS),.venv/.dev,setup)
	$(BIN)/python -m benchmarks $(if $(PEERS),--peers $(PEERS))

bench-load: setup
	$(BIN)/python -m benchmarks.load

bench-hostile: setup
	$(BIN)/python -m benchmarks.hostile

clean:
	rm -rf .venv build facelab.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The stamps are renewed when a list of packages changes.
.venv/.run: requirements.txt requirements-service.txt constraints.txt | $(BIN)/pip
	$(PIP) --requirement requirements.txt
	@touch $@

.venv/.dev: $(wildcard requirements*.txt) constraints.txt | $(BIN)/pip
	$(PIP) --constraint constraints.txt --requirement requirements-dev.txt
	@touch $@ .venv/.run

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
		{ echo "Python 3.11 or 3.12 was expected, $(PYTHON) is $$($(PYTHON) --version 2>&1). make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call apt,python3-venv); }
	$(PYTHON) -m venv .venv
