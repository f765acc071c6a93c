"""The command line in a fork of the test's process, which has torch loaded: half a second instead of four."""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
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
    """``python -m runners.run`` with these arguments, given in ``cwd``; what it prints goes through files in
    ``folder``, unless its streams are ``closed``."""
    _load()
    paths = [folder / name for name in ("stdout", "stderr")]
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(arguments, paths, cwd, closed, dict(environment))
    )
    process.start()
    process.join()
    out, err = (path.read_text() for path in paths)
    assert process.exitcode is not None
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


@functools.cache
def _load() -> None:
    """Imports once what every command would import in its fork."""
    for module in ("runners.run", "runners.cells.execution", "runners.replicas.execution", "runners.sweeps.sweepers"):
        importlib.import_module(module)
    Plugins.instance()  # finds Hydra's plug-ins


def _run(
    arguments: tuple[str, ...], paths: list[Path], cwd: Path | str | None, closed: bool, environment: dict[str, str]
) -> None:
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    from runners.run import main

    for descriptor, path in enumerate(paths, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    if closed:  # as in an interpreter that starts so
        sys.stdin = sys.stdout = sys.stderr = None  # type: ignore[assignment]
        os.closerange(0, 3)
    else:  # pytest's captured streams are replaced by the real ones
        sys.stdin, sys.stderr = open(os.devnull), os.fdopen(2, "w")  # noqa: SIM115, PTH123
        sys.stdout = os.fdopen(1, "w", encoding=environment.get("PYTHONIOENCODING"))
    multiprocessing.current_process().name = "MainProcess"
    os.environ.update(environment)
    sys.path[:0] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    importlib.invalidate_caches()
    os.chdir(cwd or Path.cwd())
    sys.argv = ["runners.run", *arguments]
    GlobalHydra.instance().clear()
    HydraConfig.instance().cfg = None
    try:
        main()
    finally:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
