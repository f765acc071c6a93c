"""Programs in a fork of the test's process, which has torch loaded: half a second instead of four."""

from __future__ import annotations

import contextlib
import functools
import importlib
import multiprocessing
import multiprocessing.process
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from hydra.core.plugins import Plugins


def command(
    *arguments: str,
    folder: Path,
    cwd: Path | str | None = None,
    closed: bool = False,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """``python -m runners.run`` with these arguments, given in ``cwd``; see :func:`in_fork`."""
    _load()
    main = functools.partial(_main, arguments, cwd, dict(environment))
    return in_fork(main, folder, closed=closed, encoding=environment.get("PYTHONIOENCODING"))


def in_fork(
    main: Callable[[], object], folder: Path, given: str = "", closed: bool = False, encoding: str | None = None
) -> subprocess.CompletedProcess[str]:
    """The ``main`` of a program whose input is ``given``; what it prints goes through files in ``folder``, unless its
    streams are ``closed``."""
    process = _start(main, folder, given, closed, encoding)
    process.join()
    out, err = ((folder / name).read_text() for name in STREAMS[1:])
    assert process.exitcode is not None
    return subprocess.CompletedProcess([], process.exitcode, out, err)


@contextlib.contextmanager
def started(*arguments: str, folder: Path) -> Iterator[multiprocessing.process.BaseProcess]:
    """:func:`command` that goes on in the block, at whose end it is killed; it prints to ``folder``."""
    _load()
    process = _start(functools.partial(_main, arguments, None, {}), folder)
    try:
        yield process
    finally:
        process.kill()
        process.join()


STREAMS = ("stdin", "stdout", "stderr")


def _start(
    main: Callable[[], object], folder: Path, given: str = "", closed: bool = False, encoding: str | None = None
) -> multiprocessing.process.BaseProcess:
    paths = [folder / name for name in STREAMS]
    paths[0].write_text(given)
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_with_streams, args=(main, paths, closed, encoding))
    process.start()
    return process


@functools.cache
def _load() -> None:
    """Imports once what every command would import in its fork."""
    for module in ("runners.run", "runners.cells.execution", "runners.replicas.execution", "runners.sweeps.sweepers"):
        importlib.import_module(module)
    Plugins.instance()  # finds Hydra's plug-ins


def _with_streams(main: Callable[[], object], paths: list[Path], closed: bool, encoding: str | None) -> None:
    flags = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_TRUNC] * 2)
    for descriptor, path in enumerate(paths):
        os.dup2(os.open(path, flags[descriptor]), descriptor)
    if closed:  # as in an interpreter that starts so
        sys.stdin = sys.stdout = sys.stderr = None  # type: ignore[assignment]
        os.closerange(0, 3)
    else:  # pytest's captured streams are replaced by the real ones
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w", encoding=encoding), os.fdopen(2, "w")
    multiprocessing.current_process().name = "MainProcess"
    try:
        main()
    finally:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()


def _main(arguments: tuple[str, ...], cwd: Path | str | None, environment: dict[str, str]) -> None:
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    from runners.run import main

    os.environ.update(environment)
    sys.path[:0] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    importlib.invalidate_caches()
    os.chdir(cwd or Path.cwd())
    sys.argv = ["runners.run", *arguments]
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    main()
