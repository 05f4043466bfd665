# `make` alone says what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMMAND := $(BIN)/bridge
COMPILED := $(VENV)/.compiled
CLIENTS := .build/clients
BENCH_STAMP := $(VENV)/.installed-bench

# The whole suite runs in the default one; the unit tests in each of the others that is here.
PYTHONS := 3.11 3.12 3.13

# How this user becomes root without being asked for a password, which may be not at all.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo -n)
BROWSER := chromium chromium-driver

# The tests start hundreds of Python processes; without bytecode each would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE

# Else each import of Hypothesis imports trio, which selenium brings, for a strategy that none uses.
export HYPOTHESIS_NO_PLUGINS := 1

export PORT ?= 8000
export SANDBOX_PORT ?= 8100

HAS_BROWSER := { command -v chromium && command -v chromedriver; } >/dev/null
INSTALL_BROWSER := { $(AS_ROOT) apt-get update -q && \
	$(AS_ROOT) apt-get install -q -y --no-install-recommends $(BROWSER); } >/dev/null 2>&1

# Another folder like account_b/, for `make run`.
ACCOUNT_B ?=

# What `make chaos` draws from.
SEED ?= 1

# The range of seeds that `make truth` tries; it begins at a multiple of 1,000.
SEEDS ?= 0 1000000

# The stage that `make package` packages.
STAGE ?= prod
PACKAGE := .build/package/$(STAGE)

QUIETLY := install --quiet --disable-pip-version-check
PIP := $(BIN)/python -m pip $(QUIETLY)
UV := uv==0.13.9
COMPILE := --quiet --generate-hashes --no-annotate --python-version 3.11 --custom-compile-command "make lock"

.PHONY: help run test suite units integration-doctor integration e2e pages pythons fuzz clients check lint coverage format compile bench \
	package chaos truth lock clean reset

# Each target whose line has a text behind `##`.
help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

run: $(COMMAND) ## both accounts on this machine; ACCOUNT_B=DIR for another schema, PORT, SANDBOX_PORT, LOG=json
	@$(BIN)/python -m bridge run --port $(PORT) --sandbox-port $(SANDBOX_PORT) \
		$(if $(ACCOUNT_B),--account-b "$(ACCOUNT_B)") $(if $(LOG),--log "$(LOG)")

# All at once: no kind of test need wait for another, for lint or for the browser. Each shows
# what it printed when it has ended.
test: $(STAMP) ## what CI runs: lint, suite, pages, other Pythons
	@echo 'all at once, each shown when it has ended: lint, suite, pages, other Pythons'
	@$(MAKE) --no-print-directory --jobs $(if $(filter output-sync,$(.FEATURES)),--output-sync) lint suite pages pythons

# A process for each kind: workers that share one kind out would each import all of its tests, and a
# third would only tell them what to run.
suite: units integration-doctor integration e2e ## the tests that need no browser

units: $(COMPILED)
	$(BIN)/pytest -m "not slow" tests/unit

# Half of the integration tests, and the other half.
integration-doctor: $(COMPILED)
	$(BIN)/pytest -m "not slow" tests/integration/doctor

integration: $(COMPILED) $(COMMAND)
	$(BIN)/pytest -m "not slow" --ignore=tests/integration/doctor tests/integration tests/contract

e2e: $(COMPILED)
	$(BIN)/pytest -m "not slow and not browser" tests/e2e

# Every tool that clients' authors use reads the document, and what it makes runs against the system;
# /docs presses Execute on all of the shop's operations.
clients: $(STAMP) $(CLIENTS)/.installed ## the tools that clients' authors use, and the shop's page
	$(BIN)/pytest -m "clients or browser and slow" -o faulthandler_timeout=0 tests/clients tests/e2e/test_docs_page.py

# Every page is tried in a real browser, Debian's, which is installed where that can be done.
pages: $(COMPILED) ## the tests in a browser
	@if $(HAS_BROWSER) || $(INSTALL_BROWSER); then \
		echo '$(BIN)/pytest -m "browser and not slow" tests/e2e'; $(BIN)/pytest -m "browser and not slow" tests/e2e; \
	else \
		echo 'left out: the tests of the pages, without Chromium; to have them: sudo apt-get install $(BROWSER)'; \
	fi

pythons: $(STAMP) ## the unit tests in the other Pythons
	+@$(MAKE) --no-print-directory $(filter-out \
		in-$(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'),$(PYTHONS:%=in-%))

in-%: $(STAMP)
	@.ci/python $*

# The long forms: schemathesis, all phases on all operations; cfn-lint, all combinations of options;
# the gateway against a model; each remedy of the doctor's; every property test over other and many
# more examples.
fuzz: $(STAMP) ## the long forms of the tests
	$(BIN)/pytest -m slow -o faulthandler_timeout=0 tests/e2e/test_schemathesis.py tests/e2e/test_cfn_lint.py \
		tests/unit/account_a tests/integration/test_damaged_inputs.py tests/integration/doctor
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow" -o faulthandler_timeout=0 --hypothesis-profile=long \
		tests/unit tests/integration/sandbox/test_broken_files.py

# All that is asked of the code beside its tests. `test` leaves the coverage out: the tracer nearly
# doubles the unit tests' CPU, which is over a minute.
check: lint coverage ## lint, and the branches that the unit tests take

lint: $(STAMP) ## format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The branches that the unit tests alone take; it fails below the floor of pyproject.toml, and below
# account A's own.
coverage: $(STAMP) ## the branches that the unit tests take, with a floor
	@mkdir -p .build/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -m "not slow" -o faulthandler_timeout=0 \
		--hypothesis-profile=few tests/unit
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	$(BIN)/coverage report --include="chalicelib/*" --fail-under=93 --format=total

format: $(STAMP) ## write the code in its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

compile: $(COMMAND) ## make the REST API and both policies of the built schema
	$(BIN)/python -m bridge compile

# What CloudFormation deploys: docs/deploy.md. The Region decides the partition and no more.
package: $(STAMP) ## what CloudFormation deploys; STAGE=prod
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(BIN)/chalice package \
		--stage $(STAGE) --merge-template .chalice/production.yaml $(PACKAGE)
	$(BIN)/python -X no_debug_ranges .ci/lean_zip $(PACKAGE)/deployment.zip
	$(BIN)/python .ci/cors_default $(PACKAGE)/sam.yaml
	$(BIN)/cfn-lint $(PACKAGE)/sam.yaml

# Faults, an outage of STS and an overload, in full length: `make chaos SEED=7`. Then the same faults
# on gateways that are broken on purpose, each of which must be caught.
chaos: $(STAMP) ## faults, an outage, an overload, broken gateways; SEED=1
	$(BIN)/python -m tests.chaos --seed $(SEED)
	$(BIN)/pytest -m slow -o faulthandler_timeout=0 tests/integration/test_broken_gateways.py

# Side by side with simpler ways to the same API; writes docs/performance.md and docs/scale.md.
bench: $(BENCH_STAMP) ## measure beside simpler ways
	$(BIN)/python -m bench.document
	$(BIN)/python -m bench
	$(BIN)/python -m bench.scale

# A million writes under troubles, each held against what the store holds; then the faults of old,
# each put back alone, and in how many cases it is found: `make truth SEEDS="0 1000000"`.
truth: $(STAMP) ## what writes are told against what the store holds; SEEDS="0 1000000"
	$(BIN)/python -m tests.truth $(SEEDS)
	$(BIN)/pytest -q -m slow -o faulthandler_timeout=0 tests/unit/account_a/test_truth_fuzzed.py

clean: ## remove what was made: the venv and packages; no data
	rm -rf $(VENV) .build

reset: ## remove the sandbox's data
	rm -rf .sandbox

# uv installs the same hashed requirements in a tenth of pip's time, a pip among them; where it cannot,
# pip does. The Python's own pip, where it has one, fetches uv in less time than a venv takes to get its
# own.
$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@.ci/saying "making $(VENV), with uv, which installs the rest" sh -c '\
		{ $(PYTHON) -m venv --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python $(QUIETLY) --no-compile $(UV) 2>/dev/null; } || \
		{ $(PYTHON) -m venv $(VENV) && $(PIP) $(UV); }'
	@.ci/saying "installing what requirements-dev.txt names" sh -c '\
		$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt || \
		{ $(PYTHON) -m venv $(VENV) && $(PIP) --require-hashes -r requirements-dev.txt; }'
	@touch $@

# The console command `bridge`, which runs the code where it lies.
$(COMMAND): $(STAMP)
	@.ci/saying "making the command $@" sh -c '\
		$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . || \
		$(PIP) --no-deps --no-build-isolation --editable .'
	@touch $@

# All that the tests import, once: the kinds of tests start at once, and each would compile it for
# itself, as would each copy of the project that runs. What cannot be imported its own kind tells.
$(COMPILED): $(STAMP)
	@.ci/saying "compiling what the tests import" sh -c '\
		$(BIN)/python -m compileall -q app.py bridge chalicelib; \
		$(BIN)/pytest -q --collect-only tests >/dev/null 2>&1 || true'
	@touch $@

# Another Python's, for the unit tests alone: they need neither a pip nor the command.
.build/python%/.installed: $(STAMP)
	@.ci/saying "making $(@D)" sh -c '\
		$(BIN)/uv venv --quiet --clear --python "$(PYTHON)" $(@D) && \
		$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r requirements-dev.txt || \
		{ "$(PYTHON)" -m venv --clear $(@D) && \
		$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt; }'
	@touch $@

# Writes the hashed requirements for the versions that the .in files name.
lock: $(STAMP) ## write the hashed requirements anew
	$(BIN)/uv pip compile $(COMPILE) --upgrade requirements.in -o requirements.txt
	$(BIN)/python .ci/pure_wheel requirements.txt charset-normalizer
	$(BIN)/uv pip compile $(COMPILE) --universal --upgrade requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile $(COMPILE) --upgrade tests/clients/requirements.in -o tests/clients/requirements.txt

$(BENCH_STAMP): $(STAMP) requirements-bench.txt
	$(PIP) -r requirements-bench.txt
	@touch $@

$(CLIENTS)/.installed: tests/clients/npm/package-lock.json tests/clients/requirements.txt
	mkdir -p $(CLIENTS)
	cp tests/clients/npm/package.json tests/clients/npm/package-lock.json tests/clients/npm/.npmrc $(CLIENTS)
	cd $(CLIENTS) && npm ci --no-progress
	$(PYTHON) -m venv $(CLIENTS)/venv
	$(BIN)/uv pip install --quiet --python $(CLIENTS)/venv/bin/python --require-hashes -r tests/clients/requirements.txt
	@touch $@
