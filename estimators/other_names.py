"""Names by which papers and programs call the configured estimators, so that an error can tell the name here."""

from __future__ import annotations

OTHER_NAMES = {
    "binary_concrete": "gumbel_softmax",
    "bitflip": "bit_flip",
    "concrete": "gumbel_softmax",
    "disarm_iw": "carms",
    "exact": "enumeration",
    "gr_mck": "gumbel_rao",
    "grpo": "rloo",
    "gs": "gumbel_softmax",
    "gst": "gapped_straight_through",
    "heun": "reinmax",
    "hnca": "local_expectation",
    "indecater": "local_expectation",
    "iwae": "vimco",
    "l0": "hard_concrete",
    "leg": "local_expectation",
    "loorf": "rloo",
    "marginalisation": "enumeration",
    "minimal_variance": "mve",
    "policy_gradient": "reinforce_ema",
    "rao_blackwell": "local_expectation",
    "reinforce_loo": "rloo",
    "rws": "reweighted_wake_sleep",
    "sast": "slope_annealed_straight_through",
    "score_function": "reinforce",
    "sf": "nvil",
    "st": "straight_through",
    "ste": "straight_through",
    "stgs": "st_gumbel_softmax",
    "u2g": "disarm",
    "vargrad": "rloo",
    "zgr": "reinmax",
}
"""Names of estimators of this package, by another name in lower case with underscores. docs/estimators.md says where
two methods agree for some settings only."""


def name_here(other: str) -> str | None:
    """The name in this package of what is elsewhere called ``other``, in any case; None if none is known."""
    return OTHER_NAMES.get(other.lower().replace("-", "_").replace(" ", "_"))
