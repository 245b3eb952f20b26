"""Small tables of labelled texts, and what every task must hold."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane.tasks import Task


@pytest.fixture
def moods() -> pd.DataFrame:
    """120 different texts, half happy and half sad."""
    rows = [(f"It rained on day {day}.", ("happy", "sad")[day % 2]) for day in range(120)]
    return pd.DataFrame(rows, columns=["text", "label"])


@pytest.fixture
def save(tmp_path: Path) -> Callable[[pd.DataFrame, str], Path]:
    """Writes a table under a name whose ending says the format."""

    def write(table: pd.DataFrame, name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        match path.suffix:
            case ".jsonl":
                table.to_json(path, orient="records", lines=True)
            case ".parquet":
                table.to_parquet(path)
            case suffix:
                table.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
        return path

    return write


@pytest.fixture
def check_splits() -> Callable[[Task], None]:
    """Checks that a task has four splits that share nothing, and labels where they are needed."""
    return _check_splits


def _check_splits(task: Task) -> None:
    assert list(task.splits) == ["direction", "measure", "tune", "test"]
    for one, other in itertools.combinations(task.splits.values(), 2):
        assert not set(one.groups.tolist()) & set(other.groups.tolist())
        assert not set(zip(one.texts, one.pairs or one.texts, strict=True)) & set(
            zip(other.texts, other.pairs or other.texts, strict=True)
        )
    for name in ("direction", "measure"):
        assert set(task.splits[name].labels.tolist()) == set(range(len(task.labels)))
