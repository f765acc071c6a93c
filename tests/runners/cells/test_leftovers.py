"""What a cell leaves running or broken keeps neither the process nor the next cell."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from runners.cells.containment import contained
from runners.cells.interruption import ending_on_signals, undisturbed
from runners.cells.leftovers import ending_leftovers


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
