"""A disk that fills up, on a small file system of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

CELL = f"{sys.executable} -m runners.run data._target_=tests.conftest.stripes runner.steps=20 runner.batch_size=20"
CELL += " runner.bound_samples=2 runner.checkpoint_every=10 task.latent.n=20 output=$DISK"

SCRIPT = f"""
mount -t tmpfs -o size=$SIZE tmpfs "$DISK" || exit 77
{CELL} seed=1 || exit 78
mkdir "$KEPT/before" && cp -r "$DISK"/*.s1.* "$KEPT/before/first"
{CELL} task.latent.n=400 seed=2
status=$?
cp -r "$DISK"/*.s1.* "$KEPT/first"
cp -r "$DISK"/*.s2.* "$KEPT/second"
exit $status
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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
    assert contents(kept / "first") == contents(kept / "before" / "first")
    meta = json.loads((kept / "second" / "meta.json").read_text())
    assert meta["status"] == "failed"
    assert not list((kept / "second").glob("*.tmp*"))
