"""Leaving out what a model has seen with its label: whole groups, counted, and refused where the list is another's."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane._errors import TaskError
from infoplane.tasks import Task, load_task

Save = Callable[[pd.DataFrame, str], Path]


def ids(task: Task) -> set[str]:
    return {one for split in task.splits.values() for one in split.ids}


@pytest.mark.parametrize(
    ("name", "write"),
    [("seen.json", json.dumps), ("seen.txt", "\n".join), ("seen.txt", lambda listed: "\r\n".join([*listed, "", ""]))],
)
def test_what_is_listed_is_in_no_split_and_counted(
    moods: pd.DataFrame, save: Save, tmp_path: Path, name: str, write: Callable[[list[str]], str]
) -> None:
    path, listed = save(moods, "moods.csv"), [f"all:{row}" for row in range(0, 30, 3)]
    (tmp_path / name).write_text(write(listed), encoding="utf-8")
    whole, left = load_task(path), load_task(path, exclude=tmp_path / name)
    assert left.excluded == {f"listed in {name}": 10}
    assert left.notes == ()
    assert ids(left) == ids(whole) - set(listed)
    assert left.fingerprint != whole.fingerprint
    for split in whole.splits:
        assert set(left.splits[split].ids) <= set(whole.splits[split].ids)


def test_what_shares_a_group_or_a_text_with_what_is_listed_goes_too(
    moods: pd.DataFrame, save: Save, tmp_path: Path
) -> None:
    grouped = moods.assign(story=[f"story {row // 3}" for row in range(120)])
    (tmp_path / "seen.json").write_text('["story 2", "all:0", "gone"]')
    left = load_task(save(grouped, "moods.csv"), group="story", exclude=str(tmp_path / "seen.json"))
    assert left.excluded == {"listed in seen.json": 6}
    assert not ids(left) & {f"all:{row}" for row in (0, 1, 2, 6, 7, 8)}
    assert left.notes == ("1 of the 3 ids listed in seen.json do not occur.",)
    copied = save(pd.concat([moods, moods.iloc[:1]]), "copied.csv")
    (tmp_path / "one.txt").write_text("all:0")
    assert load_task(copied, exclude=tmp_path / "one.txt").excluded == {"listed in one.txt": 2}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hit:1_conv:2\nhit:3_conv:4", "none of the 2 ids"),
        ("", "none of the 0 ids"),
        ("[1, 2", "cannot be read"),
        ('{"a": 1}', "a JSON list of ids"),
        ("[[1], [2]]", "a JSON list of ids"),
        (b"\xff\xfe", "cannot be read"),
        (None, "No such file"),
    ],
)
def test_a_list_of_something_else_is_one_line(
    moods: pd.DataFrame, save: Save, tmp_path: Path, content: str | bytes | None, said: str
) -> None:
    path = tmp_path / "seen.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TaskError, match=said) as error:
        load_task(save(moods, "moods.csv"), exclude=path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_conversations_whose_labels_a_model_was_trained_on(shared: Path) -> None:
    data, seen = shared / "data" / "empathetic_dialogues", shared / "models" / "ed-decoder"
    listed = set(json.loads((seen / "labelled_conversations.json").read_text(encoding="utf-8")))
    whole, left = load_task(data), load_task(data, exclude=seen / "labelled_conversations.json")
    told = {
        text
        for split in whole.splits.values()
        for text, one in zip(split.texts, split.ids, strict=True)
        if one in listed
    }
    assert len(told) > 5000
    assert not ids(left) & listed
    assert not told & {text for split in left.splits.values() for text in split.texts}
    assert left.excluded["listed in labelled_conversations.json"] >= len(listed)
    assert left.notes == ()
    assert len(left.splits["test"]) >= len(whole.splits["test"]) - 5
