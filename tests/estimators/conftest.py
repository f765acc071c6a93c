from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True)
def same_noise_every_time() -> None:
    torch.default_generator.manual_seed(0)  # torch.manual_seed also writes down the stack for other devices
