# `make help` lists what there is to do. Everything runs in .venv, which the first target that needs it creates.

PYTHON ?= python3
EXP ?= quick
ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install benchmark tune confirm report explorer figures speed status compare pack check test test-all fuzz lint format clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## Create .venv with everything that the other targets need

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[sample,parallel,slurm,dev]'
	touch $@

benchmark: install  ## Run an experiment and report it: EXP=quick, ARGS='seed=0'
	@status=0; $(BIN)/python -m runners.run experiment=$(EXP) $(ARGS) || status=$$?; \
	$(BIN)/python -m results outputs/$(EXP) && exit $$status

tune: install  ## Choose settings of an experiment by validation scores: EXP=quick, ARGS='optimizer.lr=1e-4,1e-3'
	$(BIN)/python -m runners.run experiment=$(EXP) hydra/sweeper=halving output=outputs/$(EXP)_tuning $(ARGS)

confirm: install  ## Run the settings that were chosen, in the cells of `make tune` or of the experiment, on fresh seeds: EXP=quick
	@status=0; $(BIN)/python -m runners.run experiment=$(EXP) hydra/sweeper=confirm output=outputs/$(EXP)_confirmed $(ARGS) || status=$$?; \
	$(BIN)/python -m results outputs/$(EXP)_confirmed && exit $$status

report: install  ## Tables and figures of an experiment's finished cells: EXP=quick
	$(BIN)/python -m results outputs/$(EXP)

explorer: install  ## A page to play with: the Gumbel-Softmax distribution, and gradients through it
	@$(BIN)/python -m results.explorer

figures: install  ## Draw the figures of README.md and docs/ anew, hours without ARGS: ARGS='bounds curves'
	@$(BIN)/python -m results.documented $(ARGS)

status: install  ## Which cells of an experiment are done: EXP=quick
	@$(BIN)/python -m results.status outputs/$(EXP)

speed: install  ## What a training step costs, beside what it must cost at least
	$(MAKE) --no-print-directory benchmark EXP=speed

compare: install  ## What became better or worse between two experiments: BASE=outputs/a NEW=outputs/b
	@$(BIN)/python -m results.compare $(BASE) $(NEW)

pack: install  ## One archive of an experiment's tables, figures and records: EXP=quick
	@$(BIN)/python -m results.pack outputs/$(EXP)

contribution: install  ## Whether an archive of cells holds to the reference's protocol: ARCHIVE=outputs/mine.tar.gz
	@$(BIN)/python -m results.contribution $(ARCHIVE)

site: install  ## Documentation, explorer, leaderboard and published reports as one static site in outputs/site/html
	@$(BIN)/python -c 'import mkdocs' 2>/dev/null || \
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[site]'
	$(BIN)/python -m results.site

check: install  ## Hold an estimator to the contract: TARGET=their.module.Class or the name of one of ours
	$(BIN)/python -m estimators.checks $(TARGET)

test: install  ## Run the tests, without the slow ones
	$(BIN)/pytest -m 'not slow' -n auto

test-all: install  ## Run every test
	$(BIN)/pytest -n auto

fuzz: install  ## A random campaign of some minutes against what docs/reliability.md promises: ARGS='--seed 1 --minutes 10'
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: install  ## Style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: install  ## Bring the sources into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove caches; results in outputs/ and .venv stay
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	rm -rf .pytest_cache .ruff_cache .import_linter_cache build *.egg-info
