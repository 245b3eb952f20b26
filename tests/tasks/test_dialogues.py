from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane._errors import InputError
from infoplane.tasks import Task, load_task
from infoplane.tasks._dialogues import COLUMNS, conversations

Check = Callable[[Task], None]


def rows(*cells: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=COLUMNS, dtype=object)


TALK = rows(
    ("c2", 2, "so_sad", "I lost_comma_ twice", 11, "why?"),
    ("c2", 1, "so_sad", "I lost_comma_ twice", 42, " I lost_comma_ again"),
    ("c2", 10, "so_sad", "I lost_comma_ twice", 11, None),
    ("c2", 3, "so_sad", "I lost_comma_ twice", 42, "luck"),
    ("c1", 1, "proud", "I won", 7, "I won"),
)


def test_one_example_a_conversation() -> None:
    found = conversations(TALK, turns=False)
    assert found["id"].tolist() == ["c2", "c1"]
    assert found["text"].tolist() == ["I lost, twice", "I won"]
    assert found["label"].tolist() == ["so sad", "proud"]


def test_turns_are_joined_in_order_and_the_first_to_speak_is_the_speaker() -> None:
    found = conversations(TALK, turns=True)
    said = "Speaker: I lost, again Listener: why? Speaker: luck Listener:"
    assert found["text"].tolist() == [said, "Speaker: I won"]


def test_the_first_publication_spells_commas_and_does_not_quote(tmp_path: Path) -> None:
    lines = [",".join((*COLUMNS, "selfeval", "tags"))]
    for talk in range(160):
        emotion = ("proud", "sad")[talk % 2]
        lines.append(f'hit:{talk}_conv:{talk},1,{emotion},Day {talk}_comma_ rain,{talk},"well_comma_ {talk},5|5,')
        lines.append(f"hit:{talk}_conv:{talk},2,{emotion},Day {talk}_comma_ rain,9999,oh")
    lines[8] += ",5|5,<tag>,one too many"
    path = tmp_path / "train.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    task = load_task(path, turns=True)
    texts = dict(zip(task.pool.ids, task.pool.texts, strict=True))
    assert sum(map(len, task.splits.values())) == 160
    assert all(text == f'Speaker: "well, {name.rpartition(":")[2]} Listener: oh' for name, text in texts.items())


@pytest.fixture(scope="module")
def real(shared: Path) -> Task:
    """EmpatheticDialogues from its files."""
    return load_task(shared / "data" / "empathetic_dialogues")


def test_the_real_thing(real: Task, check_splits: Check) -> None:
    check_splits(real)
    assert real.aspect == "emotion"
    assert len(real.labels) == 32
    assert {name: len(split) for name, split in real.splits.items()} == {
        "direction": 8806,
        "measure": 8681,
        "tune": 4426,
        "test": 2541,
    }
    assert real.excluded == {"duplicate text": 393}
    assert sum(map(len, real.splits.values())) + 393 == 19532 + 2769 + 2546
    every = [split.take(range(len(split))) for split in real.splits.values()]
    assert not any("_comma_" in text for split in every for text in split.texts)
    assert len({name for split in every for name in split.ids}) == sum(map(len, every))
    assert real.pool is real.splits["direction"]


def test_the_real_test_loses_nothing_but_duplicates(real: Task, shared: Path) -> None:
    file = shared / "data" / "empathetic_dialogues" / "test.csv"
    official = pd.read_csv(file, usecols=["conv_id", "prompt"]).drop_duplicates("conv_id")
    split = real.splits["test"]
    assert set(split.ids) <= set(official["conv_id"])
    assert set(split.texts) == set(official["prompt"].str.strip())


def test_the_real_turns(shared: Path, check_splits: Check) -> None:
    task = load_task(shared / "data" / "empathetic_dialogues", turns=True)
    check_splits(task)
    assert len(task.splits["test"]) == 2546
    assert all(text.startswith("Speaker: ") for split in task.splits.values() for text in split.texts)
    assert task.excluded == {"duplicate text": 9, "group in two splits": 6}


def test_one_file_of_the_real_thing_is_a_task(shared: Path, check_splits: Check) -> None:
    task = load_task(shared / "data" / "empathetic_dialogues" / "train.csv", seed=5)
    check_splits(task)
    assert len(task.labels) == 32
    assert len(task.splits["measure"]) == pytest.approx(0.4 * 19532, rel=0.05)


def test_turns_need_dialogues(shared: Path) -> None:
    with pytest.raises(InputError, match="turns for task glue/rte"):
        load_task(shared / "data" / "glue" / "RTE", turns=True)
