"""State of PyTorch that the code of a cell may change, and that is restored after the cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import torch
import torch.utils._device
from torch.autograd import forward_ad
from torch.overrides import _get_current_function_mode_stack
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

Part = tuple[Callable[[], Any], Callable[[Any], object]]
"""A function that returns a part of the state, and one that sets it."""

PRECISIONS = [("generic", "all")]
PRECISIONS += [(library, kind) for library in ("cuda", "mkldnn") for kind in ("all", "matmul", "conv", "rnn")]
"""Libraries and operations whose precision can be set; those before determine those after."""


_autograd: Any = getattr(torch._C, "_autograd")  # noqa: B009 - which type checkers do not know


def _device() -> torch.device | None:
    """The default device, if one is set; that slows down every operation, even if it is the CPU."""
    return torch.utils._device.CURRENT_DEVICE


def _autocast() -> dict[str, tuple[bool, torch.dtype]]:
    return {kind: (torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)) for kind in ("cpu", "cuda")}


def _set_autocast(before: dict[str, tuple[bool, torch.dtype]]) -> None:
    for kind, (on, dtype) in before.items():
        torch.set_autocast_enabled(kind, on)
        torch.set_autocast_dtype(kind, dtype)


_guards: list[Any] = []
"""Kept, since inference mode changes again when the object that set it is destroyed."""


def _set_inference_mode(on: bool) -> None:
    _guards.append(torch.inference_mode(on))
    _guards[-1].__enter__()


def _flushes_denormals() -> bool:
    return bool(torch.full((), 1e-310, dtype=torch.float64, device="cpu") * 1 == 0)


def _modes() -> list[Any]:
    return [*_get_current_dispatch_mode_stack(), *_get_current_function_mode_stack()]


def _set_modes(before: list[Any]) -> None:
    """Leaves the modes that were entered since."""
    for mode in reversed(_modes()):
        if mode not in before:
            mode.__exit__(None, None, None)


def _hooks_of_saved_tensors() -> Any:
    return _autograd._top_saved_tensors_default_hooks(False)


def _set_hooks_of_saved_tensors(before: Any) -> None:
    """Leaves the contexts, such as ``save_on_cpu``, that were entered since."""
    while _hooks_of_saved_tensors() not in (before, None):
        _autograd._pop_saved_tensors_default_hooks()


def _precisions() -> dict[tuple[str, str], str]:
    """The precision of float32 in products, by library and operation."""
    current = getattr(torch._C, "_get_fp32_precision_getter", None)  # earlier versions have none
    return {each: current(*each) for each in PRECISIONS} if current else {}


def _set_precisions(before: dict[tuple[str, str], str]) -> None:
    for each, precision in before.items():
        torch._C._set_fp32_precision_setter(*each, precision)


def _flags() -> Iterator[Part]:
    """Flags of PyTorch and its libraries which one function returns and another one with the same name sets."""
    for name in (name.removeprefix("_set_") for name in dir(torch._C) if name.startswith("_set_")):
        for verb in ("get", "is"):
            current: Any = getattr(torch._C, f"_{verb}_{name}", None)
            with suppress(Exception):  # there is none, or it needs an argument
                current()
                yield current, partial(_set_flag, getattr(torch._C, f"_set_{name}"))
    for kernel in ("flash", "mem_efficient", "math", "cudnn"):  # of attention
        yield getattr(torch._C, f"_get_{kernel}_sdp_enabled"), getattr(torch._C, f"_set_sdp_use_{kernel}")


def _set_flag(change: Callable[..., object], value: Any) -> None:
    change(*value) if isinstance(value, tuple) else change(value)


FLAGS = tuple(_flags())

STATE_OF_TORCH: tuple[Part, ...] = (
    (_device, torch.set_default_device),
    (_modes, _set_modes),  # before everything that they would interfere with
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.is_inference_mode_enabled, _set_inference_mode),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_num_threads, torch.set_num_threads),
    (_autocast, _set_autocast),
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    (_hooks_of_saved_tensors, _set_hooks_of_saved_tensors),
    (lambda: forward_ad._current_level, lambda _: forward_ad.exit_dual_level()),
    (_flushes_denormals, torch.set_flush_denormal),
    *FLAGS,
    (_precisions, _set_precisions),  # which some of those before change too
)
