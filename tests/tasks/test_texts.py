from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane._errors import InputError, TaskError
from infoplane.tasks import Texts, load_task, load_texts

Save = Callable[[pd.DataFrame, str], Path]


@pytest.fixture
def lines() -> list[str]:
    """200 different texts of ten words each."""
    return [f"On day {day} it rained again and nobody went out." for day in range(200)]


def check(texts: Texts) -> None:
    """Splits share no text and no document, and hold all texts."""
    assert list(texts.rows) == ["train", "tune", "test"]
    assert sorted(np.concatenate(list(texts.rows.values())).tolist()) == list(range(len(texts)))
    assert len({text.lower() for text in texts.texts}) == len(texts)
    documents = [set(texts.documents[rows].tolist()) for rows in texts.rows.values()]
    assert sum(map(len, documents)) == len(set.union(*documents))


def test_a_list_a_file_and_a_table_give_the_same_texts(tmp_path: Path, lines: list[str], save: Save) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text("\n\n".join(lines), encoding="utf-8-sig")
    texts = load_texts(lines)
    check(texts)
    assert texts.name == "texts"
    assert texts.texts == tuple(lines)
    assert texts.of("test") == tuple(lines[row] for row in texts.rows["test"])
    assert texts.excluded == {}
    assert load_texts(plain).fingerprint == texts.fingerprint
    assert load_texts(plain).name == "plain.txt"
    for suffix in ("csv", "tsv", "jsonl", "parquet"):
        table = load_texts(save(pd.DataFrame({"said": lines, "when": range(200)}), f"a.{suffix}"), text="said")
        assert table.texts == texts.texts
        assert table.name == f"a.{suffix}"


def test_splits_are_80_10_10_by_document_and_turn_with_the_seed(lines: list[str]) -> None:
    many = [f"{line} {word}" for line in lines for word in ("So", "it", "went", "on", "for", "days")]
    sizes = {split: len(rows) for split, rows in load_texts(many).rows.items()}
    assert abs(sizes["train"] - 960) < 50
    assert abs(sizes["tune"] - 120) < 40
    assert abs(sizes["test"] - 120) < 40
    assert load_texts(many).fingerprint == load_texts(many).fingerprint
    assert load_texts(many, seed=1).fingerprint != load_texts(many).fingerprint


def test_groups_are_documents(save: Save, lines: list[str]) -> None:
    path = save(pd.DataFrame({"text": lines, "book": [row // 4 for row in range(200)]}), "books.csv")
    texts = load_texts(path, group="book")
    check(texts)
    assert texts.documents.tolist() == [row // 4 for row in range(200)]


@pytest.mark.parametrize(
    "again",
    ["On day {day} it rained again and nobody went out .", "  on DAY {day} it\u00a0rained again  and nobody went out."],
)
def test_a_text_with_the_same_words_is_left_out_wherever_it_stands(lines: list[str], again: str) -> None:
    texts = load_texts(lines + [again.format(day=day) for day in range(150)])
    check(texts)
    assert texts.texts == tuple(lines)
    assert texts.excluded == {"duplicate text": 150}


def test_texts_are_cut_to_the_longest_and_equal_ones_then_count_once(lines: list[str]) -> None:
    texts = load_texts([*(f"{line}   More, much more!" for line in lines), "Too short.", ""], longest=11)
    check(texts)
    assert texts.texts == tuple(lines)  # ten words and a full stop
    assert texts.excluded == {"under 8 words": 2}
    same = [f"The same beginning of every text, and then {day}." for day in range(50)]
    assert load_texts([*lines, *same], longest=8).excluded == {"duplicate text": 49}


def test_max_texts_draws_some_and_counts_the_rest(lines: list[str]) -> None:
    small, large = load_texts(lines, max_texts=60), load_texts(lines, max_texts=150)
    check(small)
    assert len(small) == 60
    assert small.excluded == {"beyond 60 texts": 140}
    assert set(small.of("test")) < set(large.of("test"))
    assert small.texts != load_texts(lines, max_texts=60, seed=1).texts
    assert load_texts(lines, max_texts=200).excluded == {}


def test_bytes_are_those_of_utf_8(lines: list[str]) -> None:
    texts = load_texts([line.replace("again", "à nouveau") for line in lines])
    assert texts.byte_counts.tolist() == [len(text) + 1 for text in texts.texts]


def test_the_embedded_task_gives_its_texts_and_groups() -> None:
    texts, task = load_texts("embedded"), load_task("embedded")
    check(texts)
    assert texts.name == "embedded"
    assert len(texts) + sum(texts.excluded.values()) == 4864
    whole = sorted(text for split in task.splits.values() for text in split.texts)
    for text in texts.texts:
        assert whole[min(bisect_left(whole, text), len(whole) - 1)].startswith(text)
    assert len(set(texts.documents.tolist())) < len(texts) / 2


def test_both_texts_of_a_pair_are_of_one_document(tmp_path: Path, lines: list[str]) -> None:
    folder = tmp_path / "MRPC"
    folder.mkdir()
    for name, part in (("train", lines[:150]), ("test", lines[150:])):
        rows = [f"1\t{row}\t{row}\t{line}\t{line[:-1]}, so they say." for row, line in enumerate(part)]
        content = "\n".join(["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", *rows])
        (folder / f"{name}.tsv").write_text(content, encoding="utf-8")
    texts = load_texts(folder)
    check(texts)
    assert len(texts) == 400
    assert texts.documents.tolist() == list(range(200)) * 2


def test_a_table_needs_no_label_and_text_without_utf_8_is_mended(save: Save, lines: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    for name, part in (("train", lines[:120]), ("valid", lines[120:])):
        save(pd.DataFrame({"text": part}), f"plain/{name}.jsonl")
    assert len(load_texts(folder)) == 200
    assert load_texts([f"\ud800 {line}" for line in lines]).texts[0].startswith("? On day 0")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", "is empty: expected plain text"),
        ("a.txt", b" \n\n", "is empty: expected plain text"),
        ("a.bin", b"\xff\xfe\x00\x01", "is not UTF-8"),
        ("a.bin", b"PK\x03\x04\x00\x00", "holds bytes of value 0"),
        ("a.csv", b"", "is empty: expected CSV"),
        ("a.csv", b"said\nhello\n", "no column 'text'.*expected one of 'said'"),
        ("a.txt", b"Too short.\n", "0 usable texts of 0 documents .left out: 1 under 8 words., none in train"),
        ("a.txt", b"one two three four five six seven eight\n", "1 usable texts of 1 documents"),
    ],
)
def test_broken_files_are_told_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TaskError, match=said) as error:
        load_texts(path)
    assert "\n" not in str(error.value)


def test_what_cannot_be_is_refused(tmp_path: Path, lines: list[str], save: Save) -> None:
    with pytest.raises(TaskError, match="No such file"):
        load_texts(tmp_path / "nothing.txt")
    with pytest.raises(TaskError, match="no file or folder"):
        load_texts(tmp_path / "nothing.csv")
    with pytest.raises(TaskError, match=r"no column 'book' in .*: expected one of 'text'"):
        load_texts(save(pd.DataFrame({"text": lines}), "a.csv"), group="book")
    with pytest.raises(InputError, match="columns said for texts, which has none"):
        load_texts(lines, text="said")
    with pytest.raises(InputError, match="int at 1 of the texts"):
        load_texts(["a", 3])
    with pytest.raises(InputError, match="texts of 9 to 8 words"):
        load_texts(lines, shortest=9, longest=8)
    with pytest.raises(InputError, match="max_texts 0"):
        load_texts(lines, max_texts=0)
    with pytest.raises(TaskError, match=r"0 usable texts of 0 documents \(left out: none\)"):
        load_texts([])
