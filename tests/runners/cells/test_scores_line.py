from __future__ import annotations

from runners.cells.progress import scores_line


def test_lines_of_scores_are_aligned_and_fit_a_hundred_columns_after_the_time():
    scores = {"train_loss": 206.2131, "valid_negative_elbo": 200.0, "valid_code_perplexity": 9.892}
    lines = [scores_line(step, 10_000, scores, 2.7) for step in (100, 10_000)]
    assert lines[0] == "step   100/10000     37 steps/s  train  206.21  valid  200.00  code perplexity  9.8920"
    assert [len(line) for line in lines] == [86, 86]
