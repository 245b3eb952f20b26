"""The GLUE tasks (Wang et al. 2019): their columns, their labels as words a model says, their metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infoplane.tasks._generic import Columns
from infoplane.tasks._metrics import SCORING

if TYPE_CHECKING:
    import pandas as pd

HUB_ID = "nyu-mll/glue"
_PARAPHRASE = ("accuracy", "f1")
_SENTENCE = Columns("sentence", "label")
_SENTENCES = Columns("sentence1", "label", "sentence2")


@dataclass(frozen=True, slots=True)
class Glue:
    """A GLUE task. `words` are its labels in the hub's order as one says them, `names` as the hub and files spell them.

    columns: on the hub   file_columns: in the official files, where they differ   header: of files that have none
    config, valid: what the hub calls the task and the part that serves as dev, where they are special
    """

    aspect: str
    words: tuple[str, ...]
    columns: Columns
    names: tuple[str, ...] = ()
    file_columns: Columns | None = None
    metrics: tuple[str, ...] = ("accuracy",)
    header: tuple[str, ...] = ()
    config: str = ""
    valid: str = ""

    def among(self, found: tuple[str, ...]) -> Columns:
        """The columns of a part on the hub or in a file, whichever they are found to be."""
        columns = self.file_columns
        return columns if columns and set(columns.named) <= set(found) else self.columns

    def judged(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """The examples with labels as words, or as scores; what is hidden (-1) or unknown is missing."""
        import pandas as pd

        if self.metrics == SCORING:
            scores = pd.to_numeric(frame["label"], errors="coerce")
            return frame.assign(label=scores.where(scores >= 0).astype(object))
        words = {str(index): word for index, word in enumerate(self.words)}
        words |= dict(zip(self.names or self.words, self.words, strict=True))
        return frame.assign(label=pd.Series([words.get(label) for label in frame["label"]], frame.index, object))


def _mnli(kind: str) -> Glue:
    return Glue(
        "entailment",
        ("yes", "maybe", "no"),
        Columns("premise", "label", "hypothesis"),
        names=("entailment", "neutral", "contradiction"),
        file_columns=Columns("sentence1", "gold_label", "sentence2"),
        config="mnli",
        valid=kind,
    )


GLUE: Mapping[str, Glue] = {
    "cola": Glue(
        "acceptability",
        ("unacceptable", "acceptable"),
        _SENTENCE,
        metrics=("matthews_correlation",),
        header=("source", "label", "mark", "sentence"),
    ),
    "sst2": Glue("sentiment", ("negative", "positive"), _SENTENCE),
    "mrpc": Glue(
        "paraphrase",
        ("no", "yes"),
        _SENTENCES,
        names=("not equivalent", "equivalent"),
        file_columns=Columns("#1 String", "Quality", "#2 String"),
        metrics=_PARAPHRASE,
    ),
    "qqp": Glue(
        "paraphrase",
        ("no", "yes"),
        Columns("question1", "label", "question2"),
        names=("not duplicate", "duplicate"),
        file_columns=Columns("question1", "is_duplicate", "question2"),
        metrics=_PARAPHRASE,
    ),
    "stsb": Glue(
        "similarity", (), _SENTENCES, file_columns=Columns("sentence1", "score", "sentence2"), metrics=SCORING
    ),
    "mnli": _mnli("matched"),
    "mnli_matched": _mnli("matched"),
    "mnli_mismatched": _mnli("mismatched"),
    "qnli": Glue(
        "entailment",
        ("yes", "no"),
        Columns("question", "label", "sentence"),
        names=("entailment", "not entailment"),
    ),
    "rte": Glue("entailment", ("yes", "no"), _SENTENCES, names=("entailment", "not entailment")),
    "wnli": Glue("entailment", ("no", "yes"), _SENTENCES, names=("not entailment", "entailment")),
}


def glue_key(name: str) -> str:
    """What a task is called here: SST-2 is sst2."""
    return name.lower().replace("-", "")
