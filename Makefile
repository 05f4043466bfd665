# Two commands matter: `make run` is the whole system on this machine, `make test` is what CI runs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-bench

# The whole suite runs in the default one; the unit tests in each of the others that is here.
PYTHONS := 3.11 3.12 3.13

# How this user becomes root without being asked for a password, which may be not at all.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo -n)
BROWSER := chromium chromium-driver

# The tests start hundreds of Python processes; without bytecode each would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE

export PORT ?= 8000
export SANDBOX_PORT ?= 8100

HAS_BROWSER := { command -v chromium && command -v chromedriver; } >/dev/null
INSTALL_BROWSER := { $(AS_ROOT) apt-get update -q && \
	$(AS_ROOT) apt-get install -q -y --no-install-recommends $(BROWSER); } >/dev/null 2>&1

# What `make chaos` draws from.
SEED ?= 1

# The stage that `make package` packages.
STAGE ?= prod
PACKAGE := .build/package/$(STAGE)

# Whole files go to a worker, so what a file's tests share is made once. One worker more than there
# are processors, since many tests wait for programs that they start.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
IN_PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

PIP := $(BIN)/pip install --quiet --disable-pip-version-check
UV := uv==0.13.9
COMPILE := --quiet --generate-hashes --no-annotate --python-version 3.11 --custom-compile-command "make lock"

.PHONY: run test suite pages pythons fuzz check format compile bench package chaos lock clean

run: $(STAMP)
	@$(BIN)/python -m bridge run --port $(PORT) --sandbox-port $(SANDBOX_PORT)

# All at once: the suite need not wait for the checks, nor for the browser.
test: $(STAMP)
	@$(MAKE) --no-print-directory --jobs check suite pages pythons

suite: $(STAMP)
	$(BIN)/pytest $(IN_PARALLEL) -m "not slow and not browser"

# Every page is tried in a real browser, Debian's, which is installed where that can be done.
pages: $(STAMP)
	@if $(HAS_BROWSER) || $(INSTALL_BROWSER); then \
		echo '$(BIN)/pytest -m browser tests/e2e'; $(BIN)/pytest -m browser tests/e2e; \
	else \
		echo 'left out: the tests of the pages, without Chromium; to have them: sudo apt-get install $(BROWSER)'; \
	fi

pythons: $(STAMP)
	@.ci/pythons $(filter-out $(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'),$(PYTHONS))

# The long forms: schemathesis, all phases on all operations; the gateway against a model; every
# property test over other and many more examples.
fuzz: $(STAMP)
	$(BIN)/pytest -m slow -o faulthandler_timeout=0 tests/e2e/test_schemathesis.py tests/unit/account_a
	$(BIN)/pytest $(IN_PARALLEL) -m "not slow" -o faulthandler_timeout=0 --hypothesis-profile=long tests/unit

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

compile: $(STAMP)
	$(BIN)/python -m bridge compile

# What CloudFormation deploys: docs/deploy.md. The Region decides the partition and no more.
# A zip has dates of its own, by which ordinary bytecode is stale; this kind goes by the source's hash.
package: $(STAMP)
	$(BIN)/python -m compileall -q -f --invalidation-mode checked-hash chalicelib
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} $(BIN)/chalice package \
		--stage $(STAGE) --merge-template .chalice/production.yaml $(PACKAGE)
	$(BIN)/cfn-lint $(PACKAGE)/sam.yaml

# Faults, an outage of STS and an overload, in full length: `make chaos SEED=7`.
chaos: $(STAMP)
	$(BIN)/python -m tests.chaos --seed $(SEED)

# Side by side with simpler ways to the same API; writes docs/performance.md and docs/scale.md.
bench: $(BENCH_STAMP)
	$(BIN)/python -m bench
	$(BIN)/python -m bench.scale

clean:
	rm -rf $(VENV) .build .sandbox

# uv installs the same hashed requirements in a tenth of pip's time; where it cannot, pip does.
$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt || \
		$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

# Writes the hashed requirements for the versions that the .in files name.
lock: $(STAMP)
	$(BIN)/uv pip compile $(COMPILE) --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(COMPILE) --universal --upgrade requirements-dev.in -o requirements-dev.txt

$(BENCH_STAMP): $(STAMP) requirements-bench.txt
	$(PIP) -r requirements-bench.txt
	@touch $@
