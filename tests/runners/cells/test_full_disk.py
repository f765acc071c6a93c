"""A disk that fills up, on a small file system of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners.cells import checkpoint
from runners.cells.files import digest_of_file
from runners.cells.record import DIGESTED, read_record

SWEEP = f"{sys.executable} -m runners.run -m data._target_=tests.conftest.stripes runner.steps=20 runner.batch_size=20"
SWEEP += " runner.bound_samples=2 runner.checkpoint_every=10 task.latent.n=20,400 output=$DISK"

SCRIPT = f"""
mount -t tmpfs -o size=$SIZE tmpfs "$DISK" || exit 77
{SWEEP}
status=$?
cp -r "$DISK"/* "$KEPT"
exit $status
"""


@pytest.mark.slow  # a new interpreter; what a cell does is tried in test_execution.py
def test_a_full_disk_ends_with_a_clear_message_and_intact_earlier_results(tmp_path: Path):
    unshare = shutil.which("unshare")
    assert unshare, "util-linux is needed to mount a small file system"
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    kept.mkdir()
    command = [unshare, "--user", "--map-root-user", "--mount", "bash", "-c", SCRIPT]
    environment = {"DISK": str(disk), "KEPT": str(kept), "SIZE": "3m", "PATH": "/usr/sbin:/usr/bin:/bin"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ended.returncode == 1, ended.stderr
    assert "is full; make room and run the same command again with runner.retry=true" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    first, second = sorted(kept.glob("*/"), key=lambda folder: read_record(folder)["status"])
    record = read_record(first)
    assert record["status"] == "done"
    assert record["digests"] == {name: digest_of_file(first / name) for name in DIGESTED}
    assert checkpoint.load(first / "checkpoint.pt")["step"] == 20
    assert read_record(second)["status"] == "failed"
    assert not list(kept.glob("*/*.tmp*"))
