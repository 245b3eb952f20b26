import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane._errors import InputError, TaskError
from infoplane.tasks import Task, load_task

Check = Callable[[Task], None]
Save = Callable[[pd.DataFrame, str], Path]
FORMATS = ["csv", "tsv", "jsonl", "parquet"]


@pytest.mark.parametrize("suffix", [*FORMATS, "CSV"])
def test_every_format_gives_the_same_splits(
    tmp_path: Path, moods: pd.DataFrame, save: Save, suffix: str, check_splits: Check
) -> None:
    task = load_task(save(moods, f"moods.{suffix.lower()}").rename(tmp_path / f"moods.{suffix}"))
    check_splits(task)
    assert task.labels == ("happy", "sad")
    assert task.answers == (" happy", " sad")
    assert task.aspect == "label"
    assert task.fingerprint == load_task(save(moods, "again.csv")).fingerprint
    assert [len(split) for split in task.splits.values()] == [34, 48, 17, 21]


@pytest.mark.parametrize("suffix", FORMATS)
def test_columns_are_the_ones_named(moods: pd.DataFrame, save: Save, suffix: str, check_splits: Check) -> None:
    table = moods.rename(columns={"text": "said", "label": "mood"}).assign(other=1, reply=moods["text"] + " So?")
    task = load_task(save(table, f"moods.{suffix}"), text="said", label="mood", text_pair="reply", aspect="mood")
    check_splits(task)
    split = task.splits["test"]
    assert split.pair(0) == f"{split.texts[0]} So?"
    prompt = task.prompt(split.texts[0], split.pair(0))
    assert prompt.text == f"Sentence 1: {split.texts[0]}\nSentence 2: {split.pair(0)}"
    assert prompt.prefix == "Mood:"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_column_that_is_not_there_is_told_with_those_that_are(moods: pd.DataFrame, save: Save, suffix: str) -> None:
    path = save(moods, f"moods.{suffix}")
    with pytest.raises(
        TaskError, match=r"no column 'emotion' in .*: expected one of 'text', 'label'; .*--label"
    ) as said:
        load_task(path, label="emotion")
    assert "\n" not in str(said.value)


def test_one_column_cannot_be_two_things(moods: pd.DataFrame, save: Save) -> None:
    with pytest.raises(InputError, match="apart"):
        load_task(save(moods, "moods.csv"), text_pair="text")


def test_numbers_are_labels(moods: pd.DataFrame, save: Save) -> None:
    numbered = moods.assign(label=[10 if label == "sad" else 9 for label in moods["label"]])
    for suffix in FORMATS:
        assert load_task(save(numbered, f"numbers.{suffix}")).labels == ("9", "10")
    floats = numbered.assign(label=numbered["label"].astype(float).where(numbered.index > 0))
    task = load_task(save(floats, "floats.parquet"))
    assert task.labels == ("9", "10")
    assert task.excluded == {"missing label": 1}


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_text_that_is_a_list_is_refused(moods: pd.DataFrame, save: Save, suffix: str) -> None:
    listed = moods.assign(text=[[text] for text in moods["text"]])
    with pytest.raises(TaskError, match=r"in column 'text' of .*, row 0: expected text"):
        load_task(save(listed, f"listed.{suffix}"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty: expected CSV"),
        ("a.csv", b"text,label\n", "0 usable examples"),
        ("a.csv", b"text,label\n\xff\xfe,sad\n", "is not UTF-8"),
        ("a.csv", b"text,label\na,sad\nb, and c,sad\n", "Expected 2 fields in line 3, saw 3"),
        ("a.csv", b"text,label\nso, it goes,sad\nand, it went,sad\n", "expected well-formed CSV"),
        ("a.csv", b'text,label\n"a,sad\n', "expected well-formed CSV"),
        ("a.tsv", b"text\tlabel\n\xff\xfe\tsad\n", "is not UTF-8"),
        ("a.jsonl", b'{"text": "a", "label": "sad"}\n\n{"text": \n', "line 3: expected one JSON object"),
        ("a.jsonl", b'{"text": "a", "label": "sad"}\n["a", "sad"]\n', "line 2 holds list: expected one JSON object"),
        ("a.parquet", b"no parquet at all", "expected well-formed PARQUET"),
        ("a.txt", b"text,label\n", "expected a file ending in .csv, .tsv, .jsonl, .parquet"),
    ],
)
def test_broken_files_are_told_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TaskError, match=said) as error:
        load_task(path)
    assert "\n" not in str(error.value)


def test_a_path_that_is_not_there_is_no_name_for_the_hub(tmp_path: Path) -> None:
    for name in ("nothing.csv", "./nothing", str(tmp_path / "nothing")):
        with pytest.raises(TaskError, match="no file or folder"):
            load_task(name)


def test_a_folder_without_train_says_what_it_holds(tmp_path: Path, moods: pd.DataFrame, save: Save) -> None:
    save(moods, "moods.csv")
    with pytest.raises(TaskError, match=r"folder .* with moods.csv: expected train, dev \(or valid\) and test"):
        load_task(tmp_path)
    save(moods, "train.csv")
    save(moods, "train.tsv")
    with pytest.raises(TaskError, match=r"two files for train, train\.tsv the second"):
        load_task(tmp_path)


def test_a_folder_gives_its_official_test(tmp_path: Path, moods: pd.DataFrame, save: Save, check_splits: Check) -> None:
    save(moods[:80], "train.csv")
    save(moods[80:90], "valid.jsonl")
    save(moods[90:], "test.parquet")
    task = load_task(tmp_path)
    check_splits(task)
    assert task.splits["test"].texts == tuple(moods["text"][90:])
    assert task.splits["test"].ids[0] == "test:0"
    assert sum(map(len, task.splits.values())) == 120
    assert task.notes == ()


@pytest.mark.parametrize("hidden", ["no column", "no labels", "no file"])
def test_dev_is_the_test_where_test_labels_are_hidden(
    tmp_path: Path, moods: pd.DataFrame, save: Save, hidden: str
) -> None:
    save(moods[:80], "train.csv")
    save(moods[80:], "dev.csv")
    if hidden != "no file":
        save(moods[["text"]] if hidden == "no column" else moods.assign(label=""), "test.csv")
    task = load_task(tmp_path)
    assert task.splits["test"].texts == tuple(moods["text"][80:])
    assert "The official dev part is the test split; the other splits are made from train." in task.notes
    assert ("The labels of the official test part are hidden." in task.notes) == (hidden != "no file")


def test_tsv_has_no_quotes(tmp_path: Path, moods: pd.DataFrame) -> None:
    lines = ["text\tlabel", *(f'" Day {row}\t{label}' for row, label in enumerate(moods["label"]))]
    path = tmp_path / "quotes.tsv"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    task = load_task(path)
    assert sum(map(len, task.splits.values())) == 120
    assert task.pool.texts[0].startswith('" Day')


def test_odd_characters_and_long_texts_survive(tmp_path: Path, moods: pd.DataFrame) -> None:
    path = tmp_path / "odd.jsonl"
    long = "word " * 20_000
    texts = [f'{row} \ud800 {{x}} é, "q"\n{long if row == 7 else ""}' for row in range(len(moods))]
    rows = [{"text": text, "label": label} for text, label in zip(texts, moods["label"], strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = load_task(path)
    kept = {text for split in task.splits.values() for text in split.texts}
    assert kept == {text.replace("\ud800", "?").strip() for text in texts}
    assert len(task.fingerprint) == 64
    assert task.prompt(texts[0]).text == f"Dialogue: {texts[0]}"


def test_a_prompt_file_replaces_the_template(tmp_path: Path, moods: pd.DataFrame, save: Save) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Diary: {text}\nMood:", encoding="utf-8")
    task = load_task(save(moods, "moods.csv"), prompt=prompt, aspect="mood")
    assert task.prompt("Rain.").text == "Diary: Rain."
    assert task.contrast_prompt("sad", "Rain.").text.endswith('the mood "sad".\nDiary: Rain.')
    assert task.few_shot_prompt([("Sun.", "happy")], "Rain.").text == "Diary: Sun.\nMood: happy\n\nDiary: Rain."
