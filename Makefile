# Every verb sets the environment up first (dev/setup.sh: uv, a Python, .venv as locked); nothing to do by hand.
# Variables may be given before or after the verb: make dev PORT=8080, make test ARGS="-k sweep".

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
UV := .local/uv/bin/uv

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## the environment: uv, Python 3.12 or newer, .venv (PYTHON=/path chooses the interpreter)
	@sh dev/setup.sh

dev: setup ## the whole product on this machine, with data that stays (PORT=3000; .env makes services real, one by one)
	@$(BIN)/python -m dev

demo: setup ## the same, unattended: two days pass in seconds, and what happened is shown and checked
	@$(BIN)/python -m dev demo

test: setup ## the whole test suite (ARGS="-k sweep -x" goes to pytest)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

simulate: setup ## a year of one schedule whose models do everything wrong (DAYS=365), or PUBLICATIONS=10000; SEED=1
	@$(BIN)/python -m tests.simulation "$(DAYS)" "$(SEED)" "$(PUBLICATIONS)"

check: setup ## format, lint, types, import contracts, the repository's own rules, locks
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(UV) lock --check --quiet
	$(BIN)/python -m pytest -q tests/test_repo.py tests/hosts/test_vercel_json.py

format: setup ## put the code into shape, and repair what ruff can
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

lock: setup ## after editing dependencies: uv.lock, requirements.txt and .venv follow pyproject.toml
	$(UV) lock
	$(UV) export --frozen --no-dev --no-hashes --no-annotate --output-file requirements.txt --quiet
	@sh dev/setup.sh

crons: setup ## have the real QStash call the sweep every 10 minutes (safe to repeat)
	@$(BIN)/python -m dev.operate crons

subscription: setup ## set a workspace's plan: WORKSPACE=… PLAN=creator [STATUS=active] [UNTIL=2027-01-31]
	@$(BIN)/python -m dev.operate subscription "$(WORKSPACE)" "$(PLAN)" "$(STATUS)" "$(UNTIL)"

migrate: setup ## apply supabase/migrations to DATABASE_URL, what is missing there
	@$(BIN)/python -m dev.operate migrate

key: setup ## a new key for CREDENTIALS_KEYS, which seals the credentials of accounts
	@$(BIN)/python -m dev.operate key

reseal: setup ## after a new key was put first: seal everything under it, so that the old one can go (safe to repeat)
	@$(BIN)/python -m dev.operate reseal

hobby: setup ## write vercel.json for Vercel's Hobby plan, which refuses crons that run more than once a day
	@$(BIN)/python -m dev.vercel hobby

pro: setup ## write vercel.json for Vercel's Pro plan again (hourly cron)
	@$(BIN)/python -m dev.vercel pro

bench: setup ## side-by-side measurements, as ratios (ARGS=import_cost runs one)
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: help setup dev demo test simulate check format lock crons subscription migrate key reseal hobby pro bench
