"""The code that docs/using-an-estimator.md shows, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch

PAGE = Path("docs/using-an-estimator.md").read_text()


def test_the_dozen_lines_train_a_model():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    torch.manual_seed(0)
    exec(code, names)
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
