# The commands of this repository. `make help` tells what each does.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

PORT ?= 8000
export PORT

PYTHON := .venv/bin/python

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup ## Set up, ingest real imagery through the API and serve it on http://127.0.0.1:8000 (PORT= changes it)
	@exec $(PYTHON) manage.py demo

.PHONY: serve
serve: setup ## Set up and serve an empty site
	@exec $(PYTHON) manage.py serve

.PHONY: setup
setup: ## Install what running the site takes (demo and serve do it first)
	@scripts/setup.sh run

.PHONY: setup-test
setup-test: ## Install what the tests take as well (test and lint do it first)
	@scripts/setup.sh test

.PHONY: test
test: setup-test ## Set up, then lint and run every test, on SpatiaLite and on PostGIS
	@scripts/test.sh

.PHONY: test-unit
test-unit: setup-test ## Run in a minute what needs no service, no database and no browser
	@scripts/test_unit.sh

.PHONY: mutation
mutation: setup-test ## Tell which small changes of styling, CQL2 and access rules no unit test notices (PART=cql2: of one)
	@scripts/mutation.sh $(PART)

.PHONY: ci
ci: test ## What continuous integration runs: the same as test

.PHONY: lint
lint: setup-test ## Check style, types, migrations and the OpenAPI document
	@scripts/lint.sh

.PHONY: format
format: setup-test ## Rewrite the code in the house style
	@scripts/format.sh

.PHONY: benchmark-tiles
benchmark-tiles: setup-test ## Measure tiles and data side by side with TiTiler, titiler-pgstac and django-large-image
	@scripts/system_packages.sh benchmark
	@$(PYTHON) -m benchmarks.tiles
	@$(PYTHON) -m benchmarks.slides
	@$(PYTHON) -m benchmarks.services

.PHONY: benchmark-search
benchmark-search: setup-test ## Measure STAC searches side by side with those of another checkout (AGAINST=folder, ITEMS=20000)
	@scripts/system_packages.sh benchmark
	@$(PYTHON) -m benchmarks.search $(AGAINST) $(or $(ITEMS),20000)

.PHONY: benchmark-ingest
benchmark-ingest: setup-test ## Measure ingest of small COGs beside rio-stac, and beside another checkout (AGAINST=folder)
	@scripts/system_packages.sh benchmark
	@$(PYTHON) -m benchmarks.ingest $(AGAINST)

.PHONY: build
build: setup ## Build the web client, and source distributions and wheels of the site and of tiles alone, into dist/
	@scripts/frontend.sh --rebuild
	@scripts/build.sh

.PHONY: docs
docs: ## Build the pages of docs/ into build/docs
	@scripts/docs.sh && echo "The documentation is at build/docs/index.html"

.PHONY: schema
schema: setup-test ## Rewrite docs/openapi.json from the code
	@scripts/openapi.sh > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json && echo "docs/openapi.json is up to date"

.PHONY: lock
lock: ## Pin Python packages anew: the three requirements*.lock (takes uv on the PATH)
	@scripts/lock.sh

.PHONY: clean
clean: ## Remove what was built and installed here, but no data (.data/ stays)
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache static dist build test-results \
		frontend/node_modules frontend/static/frontend/dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
