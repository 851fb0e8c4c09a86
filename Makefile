.DEFAULT_GOAL := help
.PHONY: help demo dev test lint types docs benchmark lock clean
# Compiled modules make every later start faster, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
KURA := $(VENV)/bin/kura
# Size of the sample business: 1 is 5,000 users and 200,000 generations.
# Without a value, the seed that is there is used, or one of scale 1 is made.
SCALE ?=
# Days of its history, 60 or more; without a value as it is, or 60.
DAYS ?=
# Port of the Dagster UI.
PORT ?= 3000

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.ready ## the whole daily run on this machine, from seeded stores to what an analyst may read
	@$(KURA) sandbox demo $(if $(SCALE),--scale $(SCALE)) $(if $(DAYS),--days $(DAYS))

dev: $(VENV)/.ready ## the sandbox and the Dagster UI on http://127.0.0.1:3000, until Ctrl-C
	@$(KURA) sandbox dev $(if $(SCALE),--scale $(SCALE)) $(if $(DAYS),--days $(DAYS)) --port $(PORT)

test: $(VENV)/.ready $(VENV)/.scan-ready lint types ## ruff, mypy, unit and integration tests; needs mariadb-server and chromium
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v mariadbd >/dev/null \
		|| { echo "mariadbd is not installed, and MySQL's tests need it: apt-get install mariadb-server"; exit 1; }
	@command -v chromium >/dev/null \
		|| { echo "chromium is not installed, and the dashboards' tests need it: apt-get install chromium"; exit 1; }
	@$(VENV)/bin/pytest

lint: $(VENV)/.ready
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/lint-imports --no-cache

types: $(VENV)/.ready
	@$(VENV)/bin/mypy

docs: $(VENV)/.ready ## write the pages of docs/ that are made from tests and analyses
	@$(VENV)/bin/python -m tests.aurora_types
	@$(VENV)/bin/python -m tests.analysts_questions
	@$(VENV)/bin/python -m tests.operations_costs

benchmark: $(VENV)/.ready ## query mode beside dlt and COPY, carrying beside a copy, long histories beside usual ones; installs dlt aside
	@UV=$$(sh bootstrap.sh uv) && "$$UV" pip sync --quiet --require-hashes --python $(VENV)/bin/python \
		--target $(VENV)/benchmark requirements-benchmark.lock
	@$(VENV)/bin/python -W ignore -m tests.benchmarks.query_postgres
	@$(VENV)/bin/python -W ignore -m tests.benchmarks.carrying
	@$(VENV)/bin/python -W ignore -m tests.benchmarks.history

lock: $(VENV)/.ready ## resolve the dependencies anew into requirements.lock, and into those of the image, the benchmark and the scan
	@UV=$$(sh bootstrap.sh uv) && LOCK="$$UV pip compile --upgrade --generate-hashes --no-emit-index-url --no-header --quiet" \
		&& $$LOCK pyproject.toml --group sandbox --group dev --output-file requirements.lock \
		&& $$LOCK pyproject.toml --constraint requirements.lock --output-file requirements-runtime.lock \
		&& $$LOCK --group benchmark --constraint requirements.lock --output-file requirements-benchmark.lock \
		&& $$LOCK --group pyproject.toml:scan --output-file requirements-scan.lock

clean: ## remove everything made: environment, sandbox, caches
	@if [ -x $(KURA) ]; then $(KURA) sandbox reset; fi
	@rm -rf $(VENV) .uv .sandbox .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info \
		dbt_project/target dbt_project/logs dbt_project/.user.yml logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.lock requirements-uv.lock pyproject.toml .python-version
	@PYTHON="$(PYTHON)" sh bootstrap.sh venv
	@touch $@

# The scanner asks for older libraries than the platform does, so it has a folder of its own.
$(VENV)/.scan-ready: requirements-scan.lock $(VENV)/.ready
	@UV=$$(sh bootstrap.sh uv) && "$$UV" pip sync --quiet --require-hashes --python $(VENV)/bin/python \
		--target $(VENV)/scan requirements-scan.lock
	@touch $@
