"""Whatever the code of a cell does, it is that cell which fails, and the next one is as if it had been the first."""

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
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
import torch._dynamo
import torch._inductor.config
from omegaconf import DictConfig, OmegaConf
from torch.autograd import forward_ad
from torch.nn.modules.module import register_module_forward_hook
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from runners.cells.cell import Cell
from runners.cells.containment import LONGEST, contained, describe, in_a_copied_context
from runners.cells.ending import LOG, Ending
from runners.cells.execution import run_cell
from runners.cells.interruption import ending_on_signals, undisturbed
from runners.cells.leftovers import ending_leftovers
from runners.cells.process_state import STATE
from runners.cells.torch_state import FLAGS
from runners.replicas.execution import run_side_by_side
from tests.conftest import Compose
from tests.runners.launched import SMALL, metas, run
from tests.runners.misbehaving import UnprintableError
from tests.runners.tiny import TINY, side_by_side

MISBEHAVING = "estimator={_target_:tests.runners.misbehaving.Misbehaving,way:'%s'}"

WAYS = {
    "exits": "SystemExit: 0",
    "interrupts": "KeyboardInterrupt",
    "closes": "GeneratorExit",
    "is cut short": "BaseException: anything",
    "says what cannot be written": r"ValueError: \udc80",
    "cannot be said": "UnprintableError: its text cannot be read",
    "cannot be looked into": "OpaqueError",
    "has a place that is none": "SyntaxError: odd (file)",
    "changes everything": "RuntimeError: and fails",
    "forks": "RuntimeError: in two processes",
    "ends the process": "SystemExit: os._exit(0)",
    "diverges at no step": "Diverged: the loss was not finite at step",
}


def misbehaving(compose_cell: Compose, way: str, *overrides: str):
    config = compose_cell(*TINY, *overrides)
    config.estimator = {"_target_": "tests.runners.misbehaving.Misbehaving", "way": way}
    return config


@pytest.mark.parametrize("way", WAYS)
def test_whatever_it_raises_the_cell_has_failed_with_the_reason_and_the_next_one_is_not_concerned(
    compose_cell: Compose, whole: Callable[..., Cell], way: str
):
    good = (*TINY, "estimator=reinforce")
    alone = whole(*good)
    cell, ending = run_cell(misbehaving(compose_cell, way), [])
    assert cell.meta["status"] == ending.status == "failed"
    assert str(cell.meta["reason"]).startswith(WAYS[way])
    assert WAYS[way].partition(":")[0] in (cell.folder / "cell.log").read_text()
    assert str(ending).isprintable()
    assert len((cell.output / LOG).read_text().splitlines()) == 1, "it has ended once"
    after, _ = run_cell(compose_cell(*good), [])
    assert after.meta["scores"] == alone.meta["scores"]


@pytest.mark.parametrize(("name", "status"), [("Odd", "done"), ("Exiting", "failed")])
def test_a_class_may_have_any_facts_and_defaults(compose_cell: Compose, name: str, status: str):
    config = compose_cell(*TINY)
    Path(config.output).mkdir(parents=True)
    config.estimator = {"_target_": f"tests.runners.misbehaving.{name}"} | ({"start": 3} if name == "Odd" else {})
    _, ending = run_cell(config, [])
    assert ending.status == status
    assert side_by_side_endings(config) == [status] * 2


def side_by_side_endings(config: DictConfig) -> list[str]:
    """The endings of the cell with two other seeds, as one program."""
    configs = [OmegaConf.merge(config, {"seed": seed}) for seed in (5, 6)]
    run_side_by_side([(cast("DictConfig", each), []) for each in configs])
    lines = (Path(config.output) / LOG).read_text().splitlines()
    return [Ending.from_json(line).status for line in lines[-2:]]


def test_replicas_that_fail_are_recorded_like_cells_alone(compose_cell: Compose):
    cells = side_by_side(*(misbehaving(compose_cell, "exits", f"seed={seed}") for seed in (0, 1)))
    assert [cell.meta["reason"] for cell in cells] == ["SystemExit: 0"] * 2


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


def test_threads_that_it_leaves_running_do_not_keep_the_process():
    def leave_one() -> None:
        with ending_leftovers():
            with contained():
                threading.Thread(target=time.sleep, args=(1000,)).start()
            sys.exit(5)

    child = multiprocessing.get_context("fork").Process(target=leave_one)
    child.start()
    child.join(60)
    assert child.exitcode == 5


def test_processes_that_it_leaves_running_do_not_keep_the_process():
    def leave_one() -> None:
        with ending_leftovers():
            with contained():
                multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,)).start()
            sys.exit(5)

    child = multiprocessing.get_context("fork").Process(target=leave_one)
    child.start()
    child.join(60)
    assert child.exitcode == 5


def test_a_thread_that_it_leaves_running_does_not_end_the_process():
    def leave_one() -> None:
        with ending_leftovers():
            with contained():
                thread = threading.Thread(target=lambda: (time.sleep(0.1), os._exit(0)))
                thread.start()
            thread.join()
            sys.exit(5)

    child = multiprocessing.get_context("fork").Process(target=leave_one)
    child.start()
    child.join(60)
    assert child.exitcode == 5


AT_EXIT = """
import atexit, os, sys
from runners.cells.leftovers import ending_leftovers
with ending_leftovers():
    atexit.register(os._exit, 0)
    atexit.register(lambda: os._exit(0))
    sys.exit(5)
"""


def test_what_it_leaves_for_the_end_of_the_process_does_not_change_its_status():
    assert subprocess.run([sys.executable, "-c", AT_EXIT], check=False, capture_output=True).returncode == 5


def test_a_process_that_it_has_forked_can_be_terminated():
    context = multiprocessing.get_context("fork")
    running = context.Event()  # before, Python drops signals of a forked process

    def run() -> None:
        running.set()
        time.sleep(1000)

    with ending_on_signals(None), undisturbed():
        child = context.Process(target=run)
        child.start()
        running.wait(60)
        child.terminate()
        child.join(8)  # a step would react after PATIENCE seconds
    assert child.exitcode == -signal.SIGTERM


def test_a_stream_whose_buffer_it_has_detached_can_be_written_to():
    stream = sys.stdout
    try:
        sys.stdout = os.fdopen(os.dup(1), "w")
        with contained():
            sys.stdout.detach().close()
        sys.stdout.flush()
    finally:
        sys.stdout = stream


def test_streams_that_it_has_closed_are_open_again(capfd: pytest.CaptureFixture[str]):
    with contained():
        os.close(1)
        os.close(2)
    os.write(1, b"here\n")
    os.write(2, b"there\n")
    assert capfd.readouterr() == ("here\n", "there\n")
    stream = sys.stdout
    try:
        with os.fdopen(os.dup(1), "w") as sys.stdout, contained():
            sys.stdout.close()
        assert not sys.stdout.closed
    finally:
        sys.stdout = stream


def test_a_process_that_it_has_started_can_end_itself():
    with contained():
        child = os.fork()
        if child == 0:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_what_an_error_says_can_be_written_anywhere_and_is_not_endless():
    assert describe(ValueError("a\udc80")) == r"ValueError: a\udc80"
    assert describe(UnprintableError()) == "UnprintableError: its text cannot be read"
    assert describe(KeyError()) == "KeyError"
    assert len(describe(ValueError("x" * 10**6))) == LONGEST


def test_a_sweep_continues_after_cells_that_fail_and_does_not_call_that_success(tmp_path: Path):
    (tmp_path / "unfinished.py").write_text("def f(:")
    modules = ["tests.runners.misbehaving.Misbehaving", "tests.runners.broken_module.Any", "unfinished.Any"]
    targets = ",".join([*modules, "estimators.score_function.Reinforce"])
    words = ["estimator=reinforce", f"estimator._target_={targets}", *SMALL, f"output={tmp_path / 'out'}"]
    ended = run("-m", *words, PYTHONPATH=str(tmp_path))
    assert ended.returncode == 1
    reasons = {meta["reason"]: meta["status"] for meta in metas(tmp_path / "out").values()}
    assert reasons.pop(None) == "done"
    assert set(reasons.values()) == {"failed"}
    assert "4 cells ended, 3 of them without success" in ended.stdout
    for reason in ("SystemExit: 0", "SystemExit: not here", "SyntaxError('invalid syntax'"):
        assert any(reason in str(recorded) for recorded in reasons)
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_relative_output_stays_where_it_was_when_the_code_goes_elsewhere(
    compose_cell: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    config = misbehaving(compose_cell, "changes everything")
    config.output = "here"
    cell, _ = run_cell(config, [])
    assert cell.folder.parent == tmp_path / "here"
    assert cell.meta["status"] == "failed"
