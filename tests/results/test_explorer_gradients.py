"""What the explorer computes in a browser is what the Python estimators compute from the same noise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from estimators import Latent, build
from estimators.catalogue import configurations
from estimators.distributions import Distribution
from estimators.latents import Family
from results.explorer import explorer_data, write_explorer
from tests.results.browser import in_browser, needs_browser

pytestmark = needs_browser

DRAWS, BACKWARD = 25, 2.0
DATA = explorer_data()
NODES = configurations()
ROWS = {row["name"]: row for row in DATA["estimators"]}


class Case(NamedTuple):
    """Logits, a cost (<values, z> - target)^power and a temperature."""

    family: Family
    logits: list[float]
    values: list[float]
    target: float
    power: int
    temperature: float

    @property
    def latent(self) -> Latent:
        return Latent(self.family, n=1, k=2 if self.family == "bernoulli" else len(self.logits))

    def cost(self, z: Tensor, deeper: str = "sample") -> Tensor:
        return ((self.latent.flatten(z) * torch.tensor(self.values)).sum(-1) - self.target) ** self.power


THREE, FIVE = [0.0, 0.5, 1.0], [0.1, 0.7, -0.4, 1.0, 0.3]
CASES = [
    *(Case("bernoulli", [0.85], [1.0], 0.45, 2, temperature) for temperature in (0.1, 1.0, 7.0)),
    Case("bernoulli", [-1.7], [1.0], 0.3, 4, 0.5),
    *(Case("categorical", [-0.5, 1.0, 0.2], THREE, 0.45, 2, temperature) for temperature in (0.1, 1.0, 7.0)),
    Case("categorical", [2.0, -1.0, 0.4, 0.1, -2.5], FIVE, 0.2, 4, 0.5),
]


def draws_of(case: Case) -> dict[str, Tensor]:
    """Uniform noise for :data:`DRAWS` estimates, ``[draws, (conditional samples,) places]``."""
    generator = torch.Generator().manual_seed(len(case.logits))
    shapes = {"first": (), "second": (), "conditional": (DATA["conditional_samples"],)}
    sizes = {name: (DRAWS, *shape, len(case.logits)) for name, shape in shapes.items()}
    return {name: torch.rand(size, generator=generator, dtype=torch.float64) for name, size in sizes.items()}


@pytest.fixture
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


IN_THE_PAGE = """
const told = CASES.map(({family, logits, values, target, power, temperature, draws}) => {
  const q = gumbel[family](logits), f = gumbel.cost(values, target, power);
  const settings = {temperature, backward: BACKWARD, gap: GAP};
  const situations = draws.map((draw) => gumbel.situation(q, f, draw, settings));
  const gradients = {};
  for (const name of ESTIMATORS[family]) gradients[name] = situations.map((each) => gumbel.estimators[name](each));
  const relaxed = situations.map(({noise}) => q.relax(noise, temperature));
  return {gradients, relaxed, exact: gumbel.exact(q, f)};
});
const means = CASES.map(({family, logits, values, target, power, temperature}) => {
  const q = gumbel[family](logits), f = gumbel.cost(values, target, power), next = gumbel.random(7);
  const uniform = () => logits.map(next), result = {};
  const draws = Array.from({length: 20000}, () => ({first: uniform(), second: uniform()}));
  const situations = draws.map((draw) => gumbel.situation(q, f, draw, {temperature}));
  for (const name of UNBIASED.filter((each) => ESTIMATORS[family].includes(each))) {
    const gradients = situations.map((each) => gumbel.estimators[name](each));
    result[name] = logits.map((_, place) => estimates.moments(gradients.map((gradient) => gradient[place])));
  }
  return result;
});
return {told, means};
"""


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """For each case the gradients, relaxed samples and exact gradient of the page, and moments of many draws."""
    cases = []
    for case in CASES:
        noise = draws_of(case)
        draws = [{name: each[i].tolist() for name, each in noise.items()} for i in range(DRAWS)]
        cases.append(case._asdict() | {"draws": draws})
    families = {
        family: [n for n, row in ROWS.items() if family in row["families"]] for family in {c.family for c in CASES}
    }
    given = {"CASES": cases, "ESTIMATORS": families, "BACKWARD": BACKWARD, "GAP": DATA["gap"]}
    given["UNBIASED"] = [name for name, row in ROWS.items() if row["unbiased"]]
    script = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    page = write_explorer(tmp_path_factory.mktemp("explorer") / "explorer.html")
    found, console = in_browser(page, script + IN_THE_PAGE)
    assert not console
    return [told | {"means": means} for told, means in zip(found["told"], found["means"], strict=True)]


def distribution(case: Case) -> Distribution:
    """The distribution of the case, once for each draw, with a gradient."""
    return case.latent(torch.tensor(case.logits).expand(DRAWS, -1).clone().requires_grad_())


def python_gradients(case: Case, name: str, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """``[draws, places]``, with the noise of :func:`draws_of` in the order in which the estimator asks for it.

    Noise decides the hard samples too, as it does in the page.
    """
    noise, q = draws_of(case), distribution(case)
    shaped = {key: each.reshape(DRAWS, -1, *case.latent.shape).transpose(0, 1) for key, each in noise.items()}
    queue = [torch.cat([shaped["first"], shaped["second"]])] if name == "rloo" else [shaped["first"][0]]
    queue.append(shaped["conditional"] if name == "gumbel_rao" else shaped["second"][0])
    asked = iter(queue)
    monkeypatch.setattr(Distribution, "uniform", lambda *_: next(asked).clone())
    monkeypatch.setattr(type(q), "sample", lambda q, *samples: q.hard(q.noise(*samples)))
    settings = {"temperature": case.temperature} if ROWS[name]["tempered"] else {}
    if name == "decoupled_st_gumbel_softmax":
        settings = {"backward_temperature": BACKWARD}
    estimator = build(NODES[name], latent=case.latent, **settings).eval()
    surrogate = estimator(q, case.cost).surrogate
    return torch.autograd.grad(surrogate.sum(), q.logits)[0].flatten(1)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.usefixtures("double")
def test_every_gradient_is_that_of_the_python_estimator(
    name: str, computed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    compared = 0
    for case, told in zip(CASES, computed, strict=True):
        if name in told["gradients"]:
            expected = python_gradients(case, name, monkeypatch)
            torch.testing.assert_close(torch.tensor(told["gradients"][name]), expected, rtol=1e-6, atol=1e-9)
            compared += 1
    assert compared >= 4


@pytest.mark.usefixtures("double")
def test_relaxed_samples_and_exact_gradients_are_those_of_python(computed: list[dict[str, Any]]):
    for case, told in zip(CASES, computed, strict=True):
        q, first = distribution(case), draws_of(case)["first"].reshape(DRAWS, *case.latent.shape)
        noise = torch.logit(first) if case.family == "bernoulli" else -torch.log(-torch.log(first))
        relaxed = q.relax(noise, case.temperature).detach().flatten(1)
        torch.testing.assert_close(torch.tensor(told["relaxed"]), relaxed, rtol=1e-6, atol=1e-12)
        enumeration = build(NODES["enumeration"], latent=case.latent)
        (exact,) = torch.autograd.grad(enumeration(q, case.cost).surrogate.sum(), q.logits)
        torch.testing.assert_close(torch.tensor(told["exact"]), exact[0].flatten(), rtol=1e-6, atol=1e-12)


def test_unbiased_estimators_are_unbiased_in_the_page(computed: list[dict[str, Any]]):
    for told in computed:
        assert len(told["means"]) >= 4
        for moments in told["means"].values():
            for exact, place in zip(told["exact"], moments, strict=True):
                assert abs(place["mean"] - exact) < 5 * place["error"] + 1e-12
