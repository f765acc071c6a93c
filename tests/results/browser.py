"""A page in a browser: a script that is added to a copy of it does what a reader would do, and tells what it sees."""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from results.documented import browser

CHROMIUM = browser()

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which .ci/run installs")

DARK = "--blink-settings=preferredColorScheme=0"


def script(name: str) -> str:
    """What a reader does, from ``scripts/``."""
    return Path(__file__).with_name("scripts").joinpath(f"{name}.js").read_text(encoding="utf-8")


def in_browser(page: Path, script: str, width: int = 1200, *options: str) -> tuple[Any, list[str]]:
    """What ``script`` returns, or promises, at the end of the page, and what the console has said."""
    body = f"(async () => {{ {script} }})().catch(String).then((result) => {{"
    body += "const out = document.createElement('pre'); out.id = 'result';"
    body += "out.textContent = JSON.stringify(result); document.body.append(out); });"
    copy = page.with_name("copy.html")
    copy.write_text(page.read_text().replace("</body>", f"<script>{body}</script></body>"))
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    command += ["--enable-logging=stderr", f"--user-data-dir={page.parent / 'browser'}", "--virtual-time-budget=2000"]
    command += ["--disable-background-networking", *options, "--dump-dom", copy.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    (found,) = re.findall(r'<pre id="result">(.*?)</pre>', ended.stdout, re.DOTALL)
    return json.loads(html.unescape(found)), [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


def processor_seconds(page: Path) -> float:
    """The processor time of a browser, all its processes together, that opens a page and takes a screenshot of it."""
    ticks: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/browser"]
        command += ["--disable-background-networking", "--window-size=1400,900", f"--screenshot={folder}/page.png"]
        with subprocess.Popen([*command, page.as_uri()], stderr=subprocess.DEVNULL) as browser:
            while browser.poll() is None:
                ticks |= dict(_ticks(browser.pid))
                time.sleep(0.02)
        assert Path(folder, "page.png").exists()
    return sum(ticks.values()) / os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> Iterator[tuple[int, int]]:
    """The processor time, by process, of a process and of all that it has started and that have not ended."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        yield process, int(fields[11]) + int(fields[12])
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            yield from _ticks(int(child))


NARROW = """
const frame = document.body.appendChild(Object.assign(document.createElement("iframe"), {width: 390, height: 800}));
const inside = frame.contentDocument;
inside.open(); inside.write(SOURCE); inside.close();
"""


def narrow(page: Path, script: str) -> tuple[Any, list[str]]:
    """The same of the page in a frame as wide as a phone, since a window has 500 pixels at least: in it ``inside``."""
    source = json.dumps(page.read_text()).replace("</", "<\\/")
    blank = page.with_name("blank.html")
    blank.write_text("<!DOCTYPE html><html><body></body></html>")
    return in_browser(blank, f"const SOURCE = {source};{NARROW}{script}")
