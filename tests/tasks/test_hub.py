from collections.abc import Callable
from typing import Any

import datasets
import pytest

from infoplane._errors import TaskError
from infoplane.tasks import Task, load_task

Hub = Callable[..., list[Any]]
Check = Callable[[Task], None]
Table = dict[str, list[Any]]


def dataset(columns: Table, **classes: list[str]) -> datasets.Dataset:
    rows = datasets.Dataset.from_dict(columns)
    for column, names in classes.items():
        rows = rows.cast_column(column, datasets.ClassLabel(names=names))
    return rows


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Puts parts on a hub of our own; returns the list of what is asked of it."""

    def put(**parts: datasets.Dataset) -> list[Any]:
        asked: list[Any] = []

        def load_dataset(repository: str, config: str | None = None, **options: Any) -> datasets.DatasetDict:
            asked.append((repository, config, options))
            return datasets.DatasetDict(parts)

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return asked

    return put


def dialogues(first: int, last: int) -> datasets.Dataset:
    rows = [(talk, turn) for talk in range(first, last) for turn in (1, 2)]
    columns: Table = {
        "conv_id": [f"hit:{talk}_conv:{talk}" for talk, _ in rows],
        "utterance_idx": [turn for _, turn in rows],
        "context": [("proud", "sad")[talk % 2] for talk, _ in rows],
        "prompt": [f"Day {talk}_comma_ rain" for talk, _ in rows],
        "speaker_idx": [talk + turn for talk, turn in rows],
        "utterance": [f"turn {turn} of {talk}" for talk, turn in rows],
        "selfeval": ["5|5"] * len(rows),
        "tags": [""] * len(rows),
    }
    return dataset(columns)


def test_empathetic_dialogues(hub: Hub, check_splits: Check) -> None:
    asked = hub(train=dialogues(0, 80), validation=dialogues(80, 100), test=dialogues(100, 130))
    task = load_task("empathetic_dialogues", turns=True)
    check_splits(task)
    assert asked == [("facebook/empathetic_dialogues", None, {})]
    assert task.name == "empathetic_dialogues"
    assert task.splits["test"].ids[0] == "hit:100_conv:100"
    assert task.splits["test"].texts[0] == "Speaker: turn 1 of 100 Listener: turn 2 of 100"
    assert load_task("empathetic_dialogues").splits["test"].texts[0] == "Day 100, rain"
    assert sum(map(len, task.splits.values())) == 130


def sentences(first: str, second: str | None, label: list[int], names: list[str]) -> datasets.Dataset:
    texts = [f"{len(label)} {row}" for row in range(len(label))]
    columns: Table = {first: texts, "label": label, "idx": list(range(len(label)))}
    return dataset(columns | ({second: [f"{text}?" for text in texts]} if second else {}), label=names)


@pytest.mark.parametrize(
    ("name", "columns", "names", "labels"),
    [
        ("cola", ("sentence", None), ["unacceptable", "acceptable"], ("unacceptable", "acceptable")),
        ("sst2", ("sentence", None), ["negative", "positive"], ("negative", "positive")),
        ("SST-2", ("sentence", None), ["negative", "positive"], ("negative", "positive")),
        ("mrpc", ("sentence1", "sentence2"), ["not_equivalent", "equivalent"], ("no", "yes")),
        ("qqp", ("question1", "question2"), ["not_duplicate", "duplicate"], ("no", "yes")),
        ("qnli", ("question", "sentence"), ["entailment", "not_entailment"], ("yes", "no")),
        ("rte", ("sentence1", "sentence2"), ["entailment", "not_entailment"], ("yes", "no")),
        ("wnli", ("sentence1", "sentence2"), ["not_entailment", "entailment"], ("no", "yes")),
    ],
)
def test_glue(hub: Hub, name: str, columns: tuple[str, str | None], names: list[str], labels: tuple[str, ...]) -> None:
    train, dev, test = ([row % 2 for row in range(100)], [1, 0, 0, 1], [-1] * 6)
    asked = hub(
        **{
            part: sentences(*columns, values, names)
            for part, values in (("train", train), ("validation", dev), ("test", test))
        }
    )
    task = load_task(f"glue/{name}")
    assert asked == [("nyu-mll/glue", "sst2" if name == "SST-2" else name, {})]
    assert task.labels == labels
    assert task.splits["test"].labels.tolist() == dev
    assert (task.splits["test"].pairs is None) == (columns[1] is None)
    assert task.notes[0] == "The labels of the official test part are hidden."


@pytest.mark.parametrize(("name", "size"), [("mnli", 6), ("mnli_matched", 6), ("mnli_mismatched", 9)])
def test_mnli_is_tested_on_the_part_it_is_named_for(hub: Hub, name: str, size: int) -> None:
    names = ["entailment", "neutral", "contradiction"]
    sizes = {"train": 120, "validation_matched": 6, "validation_mismatched": 9}
    asked = hub(
        **{
            part: sentences("premise", "hypothesis", [row % 3 for row in range(rows)], names)
            for part, rows in sizes.items()
        }
    )
    task = load_task(f"glue/{name}")
    assert asked == [("nyu-mll/glue", "mnli", {})]
    assert task.labels == ("yes", "maybe", "no")
    assert len(task.splits["test"]) == size


def test_hidden_scores_of_the_hub_are_minus_one(hub: Hub) -> None:
    parts = {}
    for part, size in (("train", 60), ("validation", 20), ("test", 10)):
        texts = [f"{part} {row}" for row in range(size)]
        scores = [-1.0 if part == "test" else row % 6 + 0.5 for row in range(size)]
        parts[part] = dataset({"sentence1": texts, "sentence2": texts, "label": scores})
    hub(**parts)
    split = load_task("glue/stsb").splits["test"]
    assert split.scores is not None
    assert split.scores[:2].tolist() == [0.5, 1.5]


def test_any_data_set_with_named_columns(hub: Hub, check_splits: Check) -> None:
    values = [row % 3 for row in range(150)]
    columns: Table = {"tweet": [f"tweet {row}" for row in range(150)], "mood": values}
    asked = hub(train=dataset(columns, mood=["very_sad", "so so", "glad"]))
    task = load_task("someone/tweets/moods", text="tweet", label="mood", aspect="mood")
    check_splits(task)
    assert asked == [("someone/tweets", "moods", {})]
    assert task.labels == ("glad", "so so", "very sad")
    with pytest.raises(TaskError, match=r"no column 'text' in someone/tweets train: expected one of 'tweet', 'mood'"):
        load_task("someone/tweets")


def test_a_data_set_that_is_a_program_is_read_as_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(repository: str, config: str | None = None, revision: str | None = None) -> datasets.DatasetDict:
        asked.append(revision)
        if revision is None:
            raise RuntimeError("Dataset scripts are no longer supported, but found empathetic_dialogues.py")
        return datasets.DatasetDict(train=dialogues(0, 100))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert load_task("empathetic_dialogues").labels == ("proud", "sad")
    assert asked == [None, "refs/convert/parquet"]


@pytest.mark.parametrize(
    "error", [ConnectionError("no network\nat all"), FileNotFoundError("unknown"), RuntimeError("?")]
)
def test_what_cannot_be_loaded_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def load_dataset(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(TaskError, match=r"data set nyu-mll/glue \(rte\) cannot be loaded: .*check the name") as said:
        load_task("glue/rte")
    assert "\n" not in str(said.value)


def test_unknown_parts_and_tasks_are_told_with_the_known(hub: Hub) -> None:
    hub(one=dialogues(0, 2), two=dialogues(2, 4))
    with pytest.raises(TaskError, match="with the parts one, two: expected train, validation and test"):
        load_task("someone/talks")
    with pytest.raises(TaskError, match="task glue/cora: expected glue/ and one of cola, sst2"):
        load_task("glue/cora")
