"""PAWS, SICK and STS-B, from files and from a hub of our own, with the columns the real ones have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest

from infoplane.tasks import load_task, lowest_overlap

Table = dict[str, list[Any]]
SIZES = {"train": 80, "validation": 20, "test": 20}


def paws(part: str) -> Table:
    rows = range(SIZES[part])
    texts = [f"{part} {row} from here to there" for row in rows]
    others = [f"{part} {row} from there to here" for row in rows]
    return {"id": list(rows), "sentence1": texts, "sentence2": others, "label": [row % 2 for row in rows]}


def sick(part: str) -> Table:
    rows = range(SIZES[part])
    scores = [1 + row % 41 / 10 for row in rows]
    return {
        "id": list(rows),
        "sentence_A": [f"{part} {row} is here" for row in rows],
        "sentence_B": [f"{part} {row} is there" for row in rows],
        "label": [row % 3 for row in rows],
        "relatedness_score": scores,
        "entailment_AB": ["A_neutral_B" for _ in rows],
    }


def stsb(part: str) -> Table:
    made = sick(part)
    return {"sentence1": made["sentence_A"], "sentence2": made["sentence_B"], "label": made["relatedness_score"]}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], Table]], list[Any]]:
    """Puts a made data set on a hub of our own; returns the list of what is asked of it."""

    def put(made: Callable[[str], Table]) -> list[Any]:
        asked: list[Any] = []

        def load_dataset(repository: str, config: str | None = None) -> datasets.DatasetDict:
            asked.append((repository, config))
            parts = {part: datasets.Dataset.from_dict(made(part)) for part in SIZES}
            if made is paws:
                parts = {part: rows.cast_column("label", datasets.ClassLabel(2)) for part, rows in parts.items()}
            return datasets.DatasetDict(parts)

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return asked

    return put


@pytest.mark.parametrize("name", ["paws", "google-research-datasets/paws/labeled_final"])
def test_paws(hub, check_splits, name):
    asked = hub(paws)
    columns = {} if name == "paws" else {"text": "sentence1", "text_pair": "sentence2", "label": "label"}
    task = load_task(name, **columns)
    check_splits(task)
    assert asked == [("google-research-datasets/paws", "labeled_final")]
    assert task.labels == (("no", "yes") if name == "paws" else ("0", "1"))
    test = task.splits["test"]
    assert (test.texts[3], test.pairs[3], test.labels[3]) == (
        "test 3 from here to there",
        "test 3 from there to here",
        1,
    )
    assert len(lowest_overlap(test)) == 5


@pytest.mark.parametrize(
    ("name", "made", "asked_for"),
    [("sick", sick, ("RobZamp/sick", None)), ("glue/stsb", stsb, ("nyu-mll/glue", "stsb"))],
)
def test_tasks_of_scores(hub, name, made, asked_for):
    asked = hub(made)
    task = load_task(name)
    assert asked == [asked_for]
    assert (task.metrics, task.label_names) == (("pearson", "spearman"), ())
    test = task.splits["test"]
    np.testing.assert_allclose(test.scores[:3], [1.0, 1.1, 1.2])
    assert (test.texts[2], test.pairs[2]) == ("test 2 is here", "test 2 is there")


@pytest.mark.parametrize(("name", "made", "sizes"), [("PAWS", paws, (100, 20)), ("sick", sick, (100, 20))])
def test_their_files_are_read_alike(tmp_path: Path, name, made, sizes):
    folder = tmp_path / name
    folder.mkdir()
    for part, file in (("train", "train"), ("validation", "dev"), ("test", "test")):
        pd.DataFrame(made(part)).to_csv(folder / f"{file}.tsv", sep="\t", index=False)
    task = load_task(folder)
    assert task.name == name.lower()
    assert len(task.splits["test"]) == sizes[1]
    assert sum(len(split) for split in task.splits.values()) == sum(sizes)
    assert (task.splits["test"].scores is None) == (name == "PAWS")
