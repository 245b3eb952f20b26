from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane._errors import TaskError
from infoplane.tasks import Task, load_task

Check = Callable[[Task], None]
Save = Callable[[pd.DataFrame, str], Path]


def membership(task: Task) -> dict[str, str]:
    """Which split every text is in."""
    return {text: name for name, split in task.splits.items() for text in split.texts}


def test_added_rows_never_move_the_others(moods: pd.DataFrame, save: Save) -> None:
    before = membership(load_task(save(moods, "moods.csv")))
    more = pd.DataFrame({"text": [f"Snow {day}." for day in range(30)], "label": "sad"})
    after = membership(load_task(save(pd.concat([more, moods]), "more.csv")))
    assert {text: after[text] for text in before} == before


def test_another_seed_gives_other_splits(moods: pd.DataFrame, save: Save, check_splits: Check) -> None:
    path = save(moods, "moods.csv")
    assert membership(load_task(path, seed=0)) != membership(load_task(path, seed=1))
    assert load_task(path, seed=0).fingerprint != load_task(path, seed=1).fingerprint
    check_splits(load_task(path, seed=1))


def test_shares_of_a_single_file(save: Save) -> None:
    rows = pd.DataFrame({"text": [f"Day {day}" for day in range(4000)], "label": [day % 4 for day in range(4000)]})
    sizes = {name: len(split) / 4000 for name, split in load_task(save(rows, "days.csv")).splits.items()}
    assert sizes == pytest.approx({"direction": 0.3, "measure": 0.4, "tune": 0.15, "test": 0.15}, abs=0.03)


def test_groups_stay_together(moods: pd.DataFrame, save: Save, check_splits: Check) -> None:
    grouped = moods.assign(story=[f"story {row // 6}" for row in range(120)])
    task = load_task(save(grouped, "stories.csv"), group="story", seed=1)
    check_splits(task)
    story = dict(zip(grouped["text"], grouped["story"], strict=True))
    found = {name: {story[text] for text in split.texts} for name, split in task.splits.items()}
    assert sum(map(len, found.values())) == 20
    assert len(task.splits["measure"]) == 6 * len(set(task.splits["measure"].groups.tolist()))


def test_pairs_with_the_same_first_text_stay_together(save: Save, check_splits: Check) -> None:
    rows = [(f"Premise {row // 3}", f"Claim {row}", ("yes", "no")[row % 2]) for row in range(180)]
    task = load_task(save(pd.DataFrame(rows, columns=["text", "claim", "label"]), "pairs.csv"), text_pair="claim")
    check_splits(task)
    assert all(len(set(split.texts)) * 3 == len(split) for split in task.splits.values())


def test_a_text_stays_once_and_the_official_test_keeps_it(moods: pd.DataFrame, save: Save, check_splits: Check) -> None:
    again = moods[:2].assign(text=["  it RAINED on   day 0. ", "Ｉt rained on day 1."])
    save(pd.concat([moods[:80], again]), "train.csv")
    save(pd.concat([moods[78:], moods[119:]]), "test.csv")
    task = load_task(save(moods[:1], "valid.csv").parent)
    check_splits(task)
    assert task.splits["test"].texts == tuple(moods["text"][78:])
    assert task.excluded == {"duplicate text": 2 + 2 + 1 + 1}


def test_a_group_of_the_official_test_is_left_out_elsewhere(
    moods: pd.DataFrame, save: Save, check_splits: Check
) -> None:
    grouped = moods.assign(story=[f"story {row // 3}" for row in range(120)])
    save(grouped[:91], "train.csv")
    folder = save(grouped[91:], "test.csv").parent
    task = load_task(folder, group="story")
    check_splits(task)
    assert len(task.splits["test"]) == 29
    assert task.excluded == {"group in two splits": 1}


def test_what_is_missing_is_left_out_and_counted(moods: pd.DataFrame, save: Save) -> None:
    broken = pd.DataFrame([("", "sad"), (" \t ", "sad"), ("No label", ""), ("", "")], columns=["text", "label"])
    task = load_task(save(pd.concat([moods, broken]), "moods.csv"))
    assert task.excluded == {"empty text": 2, "missing label": 2}
    assert sum(map(len, task.splits.values())) == 120


def test_rare_labels_are_left_out_counted_and_named(moods: pd.DataFrame, save: Save, check_splits: Check) -> None:
    rare = pd.DataFrame({"text": ["One.", "Two."], "label": "so_so"})
    task = load_task(save(pd.concat([moods, rare]), "moods.csv"))
    check_splits(task)
    assert task.labels == ("happy", "sad")
    assert task.excluded == {"label with fewer than 4 in direction or 5 in measure": 2}
    assert "so so" in task.notes[0]


def test_one_label_is_no_task(moods: pd.DataFrame, save: Save) -> None:
    with pytest.raises(TaskError, match="only the label 'sad': expected 2 labels or more"):
        load_task(save(moods.assign(label="sad"), "sad.csv"))


def test_labels_are_said_as_words(moods: pd.DataFrame, save: Save) -> None:
    task = load_task(save(moods.replace({"label": {"sad": "not_happy"}}), "moods.csv"))
    assert task.labels == ("happy", "not happy")


def test_subset_keeps_proportions_in_every_split(save: Save) -> None:
    rows = pd.DataFrame(
        {"text": [f"Day {day}" for day in range(2000)], "label": [int(day % 4 > 0) for day in range(2000)]}
    )
    task = load_task(save(rows, "days.csv"))
    small = task.subset(40, seed=1)
    for name, split in small.splits.items():
        assert len(split) == 40
        assert split.labels.mean() == pytest.approx(task.splits[name].labels.mean(), abs=0.03)
    assert small.fingerprint != task.fingerprint
    assert small.fingerprint == task.subset(40, seed=1).fingerprint
    assert small.labels == task.labels


def test_evaluate_gives_accuracy_and_macro_f1(moods: pd.DataFrame, save: Save) -> None:
    task = load_task(save(moods, "moods.csv"))
    assert task.metrics == ("accuracy", "macro_f1")
    assert task.evaluate([0, 1, 1], [0, 1, -1]) == pytest.approx({"accuracy": 2 / 3, "macro_f1": 5 / 6})
