"""infoplane distill: three tables, one document, and what is refused in a line."""

import pytest
from measures_tasks import moods_file
from tiny_models import make_model

ASKED = ("--alphas", "0.5,0.9", "--temperatures", "2", "--teacher", "cross-entropy", "--teacher", "max-cmi:0.1")
QUICK = tuple(
    part
    for option in ("--recipe", "--teacher-recipe")
    for setting in ("epochs=1", "max_steps=3", "max_length=32", "batch-size=16")
    for part in (option, setting)
)


@pytest.fixture
def given(tmp_path) -> list[str]:
    """A tiny BERT and a small task as files."""
    lm, folder = make_model("bert"), tmp_path / "bert"
    lm.network.save_pretrained(folder)
    lm.tokenizer.save_pretrained(folder)
    path = moods_file(tmp_path / "moods.csv", told=True)
    return ["--model", str(folder), "--task", str(path), "--out", str(tmp_path / "run")]


def test_who_taught_whom_is_told_to_people_and_programs(infoplane, given):
    said = infoplane("distill", *given, *ASKED, *QUICK)
    assert said.code == 0, said.err
    for words in ("Teachers, on tune", "Students, on tune", "On test, read once", "best of 2 configurations"):
        assert words in said.out
    assert said.out.count("chosen") == 2
    document = infoplane("distill", *given, *ASKED, *QUICK, "--json").document
    assert document["finished"]
    assert document["configurations"] == 2
    assert document["teacher"] in ("cross-entropy", "max-cmi-0.1")
    assert document["alpha"] in (0.5, 0.9)
    assert document["temperature"] == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--alphas", "half"), "--alphas half: expected numbers between commas"),
        (("--layers", "0,9"), "layer map 0,9: expected blocks from 0 to 3"),
        (("--layers", "odd"), "layer map 'odd': expected one of spaced, every_other, last"),
        (("--recipe", "epoch=3"), "--recipe epoch=3: expected NAME=VALUE with one of epochs"),
        (("--recipe", "epochs=few"), "a number from 1"),
        (("--rule", "best"), "teacher rule 'best': expected one of cmi, ratio, student_dev"),
        (("--teacher", "nobody"), "teacher 'nobody': expected the folder of a run of finetune"),
    ],
)
def test_what_cannot_be_done_is_one_line(infoplane, given, asked, said):
    left = infoplane("distill", *given, *asked)
    assert left.code == 2
    assert said in left.err
    assert left.err.count("\n") == 1
