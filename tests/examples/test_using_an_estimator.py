"""The code that docs/using-an-estimator.md shows, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch

PAGE = Path("docs/using-an-estimator.md").read_text()
MODEL, DROP_IN = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_dozen_lines_train_a_model():
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(MODEL, names)
    x = (torch.rand(50, 784) < 0.2).float()
    optimizer = torch.optim.Adam([*names["encoder"].parameters(), *names["decoder"].parameters()], lr=1e-2)
    losses = []
    for step in range(30):
        loss = names["loss"](x, step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 50


def test_the_drop_in_gives_hard_codes_with_a_gradient():
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(DROP_IN, names)
    z, logits = names["z"], names["logits"]
    assert torch.equal(z.detach(), torch.nn.functional.one_hot(z.argmax(-1), 10).float())
    z.square().sum().backward()
    assert logits.grad.abs().sum() > 0
