"""Tables for pages that compare published cells with the numbers of papers, in Markdown."""

from __future__ import annotations

from dataclasses import replace

from scipy import stats

from results.published.study import Study
from results.published.tables import markdown_table
from results.sections.published_curves import beside_published, curve_table
from results.sections.table_one import ESTIMATORS, PUBLISHED, gap_in_words
from results.writing.formats import as_markdown

BRIDGING = {"reinmax": (124.66, 0.88), "st_gumbel_softmax": (126.85, 0.85), "straight_through": (135.53, 0.31)}
"""Training loss and its standard deviation over seeds, nats: Liu et al. 2023, *Bridging discrete and backpropagation*,
Table 2, 4 variables of 8 classes."""


def beside_table_one(study: Study, task: str) -> str:
    """A table: our mean with its 95 % interval and that of Jang, Gu & Poole 2017, for their estimators on a task."""
    rows = [
        {
            "estimator": study.label(method),
            "ours": study.interval(method, task),
            "published": f"{published:.1f}",
            "difference": gap_in_words(study.entry(method, task).mean, published),
            "steps": f"{study.steps(method, task):,}",
            "seeds": str(len(study.entry(method, task).values)),
        }
        for method, published in _published(study, task).items()
    ]
    return markdown_table(rows, ("estimator", "ours", "published", "difference", "steps", "seeds"))


def agreement(study: Study, task: str) -> str:
    """Kendall's tau between our order and the paper's order of its methods; 1 is the same order."""
    published = _published(study, task)
    tau, _ = stats.kendalltau([study.entry(method, task).mean for method in published], list(published.values()))
    return f"{tau:.2f}"


def leads(study: Study, method: str) -> str:
    """``+1.5, -0.7``: on each task, by how many nats a method's bound is below that of the paper's best other one."""
    gaps = []
    for task in study.tasks():
        others = [study.entry(other, task).mean for other in _published(study, task) if other != method]
        gaps.append(gap_in_words(min(others), study.entry(method, task).mean))
    return ", ".join(gaps)


def with_more_steps(study: Study, longer: Study) -> str:
    """A table: the bounds of Table 1's estimators in ``study``, those after more steps in ``longer``, and published.

    The last column is the step of ``longer`` with the lowest validation negative ELBO.
    """
    rows = [
        {
            "task": task,
            "estimator": study.label(method),
            **{f"{each.steps(method, task):,} steps": each.mean(method, task) for each in (study, longer)},
            "published": f"{published:.1f}",
            "difference": gap_in_words(longer.entry(method, task).mean, published),
            "validation lowest after": f"{longer.lowest(method, task):,}",
        }
        for task in longer.tasks()
        for method, published in _published(longer, task).items()
    ]
    steps = dict.fromkeys(name for row in rows for name in row if name.endswith(" steps"))
    return markdown_table(rows, ("task", "estimator", *steps, "published", "difference", "validation lowest after"))


def with_sgd(study: Study, sgd: Study) -> str:
    """A table: bounds of ``study``, whose cells were trained with Adam, those of ``sgd``, and published."""
    rows = [
        {
            "task": task,
            "estimator": study.label(method),
            "Adam": study.mean(method, task),
            "SGD": sgd.mean(method, task),
            "SGD's setting": sgd.choice(method, task).setting or "",
            "SGD - Adam": gap_in_words(sgd.entry(method, task).mean, study.entry(method, task).mean),
            "published": f"{published:.1f}",
        }
        for task in sgd.tasks()
        for method, published in _published(sgd, task).items()
    ]
    return markdown_table(rows, ("task", "estimator", "Adam", "SGD", "SGD's setting", "SGD - Adam", "published"))


def training_curves(study: Study) -> str:
    """A table: training losses by epoch, ours and those of Hooper & Shekhovtsov 2026."""
    return as_markdown(replace(curve_table(beside_published(study.results), study.label), title=""))


def final_losses(study: Study) -> str:
    """A table: the training loss of the last epoch, ours and that of Liu et al. 2023, by method."""
    curves = study.results.curves
    losses = curves[curves["metric"] == "train_loss"].sort_values("step").groupby("cell")["value"].last()
    done = study.results.cells.loc[lambda cells: cells["status"] == "done"]
    of_method = done.assign(loss=done["cell"].map(losses)).groupby("estimator")["loss"]
    rows = [
        {
            "estimator": study.label(estimator),
            "ours": f"{of_method.get_group(estimator).mean():.2f}",
            "published": f"{mean:.2f} ± {deviation:.2f}",
            "difference": gap_in_words(of_method.get_group(estimator).mean(), mean),
            "seeds": str(of_method.get_group(estimator).size),
        }
        for estimator, (mean, deviation) in BRIDGING.items()
        if estimator in of_method.groups
    ]
    return markdown_table(rows, ("estimator", "ours", "published", "difference", "seeds"))


def _published(study: Study, task: str) -> dict[str, float]:
    """The paper's numbers for those of its estimators that the study has, in its order."""
    numbers = zip(ESTIMATORS, PUBLISHED[task], strict=True)
    return {method: number for method, number in numbers if study.has(method, task)}
