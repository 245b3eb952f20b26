from collections.abc import Callable

import pytest

from infoplane._errors import InputError
from infoplane.tasks import Task, load_task

Check = Callable[[Task], None]


@pytest.mark.parametrize(("name", "aspect"), [("embedded", "emotion"), ("embedded/topic", "topic")])
def test_the_embedded_task_comes_split(name: str, aspect: str, check_splits: Check) -> None:
    from infoplane.embedded import LABELS, SPLITS, TOPICS

    task = load_task(name)
    check_splits(task)
    assert task.aspect == aspect
    assert task.labels == (LABELS if aspect == "emotion" else TOPICS)
    assert {split: len(examples) for split, examples in task.splits.items()} == SPLITS
    assert task.excluded == {}


def test_both_aspects_are_of_the_same_texts() -> None:
    assert load_task("embedded").splits["test"].texts == load_task("embedded/topic").splits["test"].texts
    assert load_task("embedded").fingerprint != load_task("embedded/topic").fingerprint
    assert load_task("embedded").fingerprint != load_task("embedded", seed=1).fingerprint


def test_the_embedded_task_takes_no_columns() -> None:
    for options in ({"text": "text"}, {"turns": True}):
        with pytest.raises(InputError, match="columns or turns for task embedded"):
            load_task("embedded", **options)
