"""After a cell the process is as it was before: settings, hooks, and functions that its code replaced."""

from __future__ import annotations

import builtins
import gc
import locale
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch._dynamo
import torch._inductor.config
from torch.autograd import forward_ad
from torch.nn.modules.module import register_module_forward_hook
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from runners.cells.containment import contained, in_a_copied_context
from runners.cells.execution import run_cell
from runners.cells.process_state import STATE
from runners.cells.torch_state import FLAGS
from tests.conftest import Compose
from tests.runners.tiny import misbehaving, side_by_side

PARTS = [part for part in STATE if part not in FLAGS]


def test_the_process_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    before, stdout = [current() for current, _ in PARTS], sys.stdout
    inference = torch.inference_mode()
    with contained():
        inference.__enter__()
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)
        torch.set_num_threads(torch.get_num_threads() + 1)
        torch.use_deterministic_algorithms(True)
        torch.autograd.set_detect_anomaly(True)
        torch.set_float32_matmul_precision("medium")
        torch.set_autocast_enabled("cpu", True)
        torch.set_autocast_cache_enabled(False)
        torch.set_flush_denormal(True)
        torch.autograd.graph.save_on_cpu().__enter__()
        forward_ad.enter_dual_level()
        register_module_forward_hook(lambda *_: None)
        np.seterr(all="raise")
        np.seterrcall(print)
        warnings.simplefilter("ignore")
        logging.basicConfig(level=logging.DEBUG, force=True)
        logging.disable(logging.CRITICAL)
        locale.setlocale(locale.LC_ALL, "C")
        gc.disable()
        gc.set_threshold(1)
        sys.path[:] = ["/mine", *sys.path[1:]]
        sys.settrace(lambda *_: None)
        sys.setprofile(lambda *_: None)
        del sys.modules["json"]
        threading.stack_size(2**20)
        sys.setrecursionlimit(100_000)
        sys.setswitchinterval(1.0)
        sys.set_int_max_str_digits(0)
        socket.setdefaulttimeout(1.0)
        multiprocessing.set_start_method("spawn", force=True)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_VIRTUAL, 1000)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        os.chdir("/")
        os.environ["PATH"] = "/nowhere"
        os.umask(0o777)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        sys.stdout = None  # type: ignore[assignment]
        changed = [current() for current, _ in PARTS]
        TorchFunctionMode().__enter__()  # within it any operation fails
        TorchDispatchMode().__enter__()
    unchanged = [old for now, old in zip(changed, before, strict=True) if now == old]
    assert unchanged in ([], [{0}]), "each is tried, but for the only core of a machine"
    assert sys.path.pop() == "/mine", "modules that are imported later may need it, but it hides none"
    assert [current() for current, _ in PARTS] == before
    assert sys.stdout is stdout
    assert Path.cwd() == tmp_path
    assert torch._C._len_torch_function_stack() == 0, "a default device would slow down every operation"


def test_each_flag_of_pytorch_is_as_it_was():
    before = [current() for current, _ in FLAGS]
    switches = [(current, change) for current, change in FLAGS if isinstance(current(), bool)]
    changed = 0
    for current, change in switches:
        with contained(), suppress(RuntimeError):  # the processor cannot do it, or another flag contradicts it
            change(not current())
            changed += 1
        assert [each() for each, _ in FLAGS] == before
    assert changed > 10


def replaced(*_: object) -> None:
    """Takes the place of whatever it likes."""


PLACES: list[tuple[Any, str]] = [
    (sys, "excepthook"),
    (sys, "unraisablehook"),
    (threading, "excepthook"),
    (warnings, "showwarning"),
    (builtins, "print"),
    (time, "sleep"),
    (os, "getpid"),
    (torch, "exp"),
    (torch.nn.functional, "softplus"),
    (torch.nn.Module, "__call__"),
    (torch.Tensor, "sum"),  # inherited
    (torch.Tensor, "backward"),
    (torch.optim.Optimizer, "zero_grad"),
]


@pytest.mark.parametrize(("owner", "name"), PLACES)
def test_what_it_puts_in_the_place_of_a_hook_or_a_function_is_gone(owner: Any, name: str):
    before = getattr(owner, name)
    with contained():
        setattr(owner, name, replaced)
    assert getattr(owner, name) is before
    with contained():
        setattr(owner, name, torch.ones(3))  # which cannot be compared with what was there
    assert getattr(owner, name) is before


def test_an_attribute_that_it_removes_is_there_again():
    before = torch.Tensor.backward
    with contained():
        del torch.Tensor.backward
    assert torch.Tensor.backward is before


def test_the_compiler_s_configuration_is_that_of_the_caller(compose_cell: Compose):
    def configure() -> None:
        torch._dynamo.config.suppress_errors = True
        torch._inductor.config.cpp_wrapper = True

    in_a_copied_context(configure)()
    assert not torch._dynamo.config.suppress_errors
    assert not torch._inductor.config.cpp_wrapper
    run_cell(misbehaving(compose_cell, "configures the compiler"), [])
    side_by_side(*(misbehaving(compose_cell, "configures the compiler", f"seed={seed}") for seed in (0, 1)))
    assert not torch._dynamo.config.suppress_errors


def test_a_state_that_cannot_be_read_is_no_error():
    with contained():
        for owner, precision in ((torch.backends.mkldnn.matmul, "bf16"), (torch.backends, "tf32")):  # type: ignore[attr-defined]
            setattr(owner, "fp32_precision", precision)  # noqa: B010
        with pytest.raises(RuntimeError):
            torch.get_float32_matmul_precision()
        with contained():
            pass
    assert torch.get_float32_matmul_precision() == "highest"
