from __future__ import annotations

from pathlib import Path

import pytest

from results.status import main
from tests.results.conftest import WriteCell


def test_the_matrix_has_a_letter_for_every_cell(
    write_cell: WriteCell, outputs: Path, capsys: pytest.CaptureFixture[str]
):
    for seed, status in enumerate(["done", "done", "failed"]):
        write_cell("nvil", seed=seed, status=status)
    write_cell("muprop", task="vae_categorical", status="running")
    assert main([str(outputs)]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0].split() == ["vae_bernoulli", "vae_categorical"]
    assert ["nvil", "##F"] in [line.split() for line in lines]
    assert ["muprop", "r"] in [line.split() for line in lines]
    assert "# done   F failed   r running" in printed
    assert "2/4 done, 1 failed, 1 running" in printed
    assert "failed  nvil vae_bernoulli mnist5k-dynamic seed=2" in printed
    assert "of 20 steps" in printed
    assert "to run failed, crashed and timed out cells again, add runner.retry=true" in printed


def test_a_folder_without_cells_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path)]) == 2
    assert "holds no cells" in capsys.readouterr().err
