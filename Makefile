# `make help` lists the targets. Everything runs in .venv, which the first target that needs it creates.

PYTHON ?= python3
EXP ?= quick
ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install benchmark tune confirm report explorer figures speed status compare pack check test test-all fuzz lint format clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## Create .venv with everything the other targets need

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[sample,parallel,slurm,dev]'
	touch $@

benchmark: install  ## Run an experiment and write its report: EXP=quick, ARGS='seed=0'
	@status=0; $(BIN)/python -m runners.run experiment=$(EXP) $(ARGS) || status=$$?; \
	$(BIN)/python -m results outputs/$(EXP) && exit $$status

tune: install  ## Choose the settings of an experiment by validation scores: EXP=quick, ARGS='optimizer.lr=1e-4,1e-3'
	$(BIN)/python -m runners.run experiment=$(EXP) hydra/sweeper=halving output=outputs/$(EXP)_tuning $(ARGS)

confirm: install  ## Run the settings chosen by `make tune`, or by the experiment, with fresh seeds: EXP=quick
	@status=0; $(BIN)/python -m runners.run experiment=$(EXP) hydra/sweeper=confirm output=outputs/$(EXP)_confirmed $(ARGS) || status=$$?; \
	$(BIN)/python -m results outputs/$(EXP)_confirmed && exit $$status

report: install  ## Write tables and figures of an experiment's finished cells: EXP=quick
	$(BIN)/python -m results outputs/$(EXP)

explorer: install  ## Write an interactive page about the Gumbel-Softmax distribution and gradient estimators
	@$(BIN)/python -m results.explorer

figures: install  ## Draw the figures of README.md and docs/ again, which takes hours without ARGS: ARGS='bounds curves'
	@$(BIN)/python -m results.documented $(ARGS)

status: install  ## Show which cells of an experiment are done: EXP=quick
	@$(BIN)/python -m results.status outputs/$(EXP)

speed: install  ## Time the training step, compared with its matrix products and other programs
	$(MAKE) --no-print-directory benchmark EXP=speed

compare: install  ## Show what became better or worse between two experiments: BASE=outputs/a NEW=outputs/b
	@$(BIN)/python -m results.compare $(BASE) $(NEW)

pack: install  ## Write one archive of an experiment's tables, figures and records: EXP=quick
	@$(BIN)/python -m results.pack outputs/$(EXP)

contribution: install  ## Check whether an archive of cells follows the reference's protocol: ARCHIVE=outputs/mine.tar.gz
	@$(BIN)/python -m results.contribution $(ARCHIVE)

site: install  ## Build documentation, explorer, leaderboard and published reports as a static site in outputs/site/html
	@$(BIN)/python -c 'import mkdocs' 2>/dev/null || \
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[site]'
	$(BIN)/python -m results.site

check: install  ## Check an estimator against the contract: TARGET=module.Class or a name in conf/estimator
	$(BIN)/python -m estimators.checks $(TARGET)

test: install  ## Run the tests, without the slow ones
	$(BIN)/pytest -m 'not slow' -n auto --dist loadfile

test-all: install  ## Run every test
	$(BIN)/pytest -n auto

fuzz: install  ## Test the promises of docs/reliability.md with random commands for some minutes: ARGS='--seed 1 --minutes 10'
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: install  ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: install  ## Format the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove caches; results in outputs/ and .venv stay
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	rm -rf .pytest_cache .ruff_cache .import_linter_cache build *.egg-info
