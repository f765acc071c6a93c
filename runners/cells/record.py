"""What is recorded of a cell."""

from __future__ import annotations

from typing import Literal

Status = Literal["done", "diverged", "failed", "crashed", "timeout", "skipped", "interrupted", "running"]

UNSUCCESSFUL = ("failed", "crashed", "timeout")
"""How a cell ends that should have had scores."""
