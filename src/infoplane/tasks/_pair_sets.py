"""Pairs of sentences outside GLUE, told in its form: PAWS (Zhang et al. 2019), SICK (Marelli et al. 2014)."""

from collections.abc import Mapping

from infoplane.tasks._generic import Columns
from infoplane.tasks._glue import Glue
from infoplane.tasks._metrics import SCORING

PAIR_SETS: Mapping[str, Glue] = {
    "paws": Glue("paraphrase", ("no", "yes"), Columns("sentence1", "label", "sentence2"), metrics=("accuracy", "f1")),
    "sick": Glue("relatedness", (), Columns("sentence_A", "relatedness_score", "sentence_B"), metrics=SCORING),
}
HUB_IDS: Mapping[str, tuple[str, str | None]] = {
    "paws": ("google-research-datasets/paws", "labeled_final"),
    "sick": ("RobZamp/sick", None),
}
