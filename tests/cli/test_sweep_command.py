"""infoplane sweep, on a tiny model from beginning to end."""

import json
import shlex

import pytest

from infoplane._cli._values import grids_of
from infoplane._errors import InputError
from infoplane.methods import Recipe

ASKED = [
    *("--objectives", "cross-entropy,label-smoothing", "--values", "label-smoothing.weight=0.05,0.2"),
    *("--values", "epochs=1", "--values", "max_length=32", "--seeds", 2, "--max-examples", 24),
]


@pytest.fixture(scope="module")
def words(options):
    """The options without the batch size of reading."""
    return ["sweep", *options, *ASKED]


@pytest.fixture(scope="module")
def swept(words, tmp_path_factory):
    """A sweep that nothing interrupted."""
    from infoplane._cli import main

    out = tmp_path_factory.mktemp("swept") / "run"
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in (*words, "--out", out)])
    assert left.value.code == 0
    return out


def test_sweep_writes_a_run_and_says_it_again(infoplane, words, swept):
    said = infoplane(*words, "--out", swept, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert [(arm["method"], arm["configurations"]) for arm in document["arms"]] == [
        ("cross-entropy", 1),
        ("label-smoothing", 2),
    ]
    assert document["arms"][1]["differences"]["accuracy_difference"]["against"] == "cross-entropy"
    assert document["finished"] is True
    assert document["report"] == str(swept / "report.html")
    assert len(list((swept / "runs").iterdir())) == 6
    facts = json.loads((swept / "run.json").read_text())["facts"]
    assert shlex.split(facts["command"])[:2] == ["infoplane", "sweep"]


def test_a_person_sees_how_many_configurations_every_best_is_the_best_of(infoplane, words, swept):
    shown = infoplane(*words, "--out", swept)
    assert shown.code == 0, shown.err
    for said in ("Median over 2 seeds", "2 configurations", "paired by", "p (Holm)", "(50 %)"):
        assert said in shown.out
    again = infoplane("show", swept)
    assert again.code == 0, again.err
    assert again.out == shown.out


def test_settings_of_one_objective_of_all_and_of_the_recipe():
    names = ["min-cmi", "max-cmi"]
    typed = ["min-cmi.weight=0.1,0.4", "centroids=ema", "epochs=3", "learning-rate=1e-4,3e-4", "max-cmi.t2=true"]
    grids, recipe = grids_of(names, typed)
    both = {"centroids": ["ema"], "learning_rate": [1e-4, 3e-4]}
    assert grids == {"min-cmi": {"weight": [0.1, 0.4], **both}, "max-cmi": {**both, "t2": [True]}}
    assert recipe == Recipe(epochs=3)
    assert isinstance(grids["min-cmi"]["weight"][0], float)


@pytest.mark.parametrize("typed", ["weight", "weight=", "=3", "min-cmi.=3", "other.weight=0.1"])
def test_settings_that_are_none_are_refused(typed):
    with pytest.raises(InputError, match="--values"):
        grids_of(["min-cmi"], [typed])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--objectives", "label-smoothing,min-cim"], "objective 'min-cim'"),
        (["--values", "label-smoothing.weight=-1"], "weight -1 of label-smoothing"),
        (["--values", "label-smoothing.width=3"], "label-smoothing with weight, width"),
        (["--values", "epochs=0,1"], "epochs 0"),
        (["--seeds", "0"], "seeds 0"),
        (["--seeds", "0,0"], "each once"),
        (["--seeds", "many"], "--seeds many"),
        (["--baseline", "min-cmi"], "baseline 'min-cmi'"),
        (["--search", "random"], "search 'random'"),
        (["--workers", "0"], "0 workers"),
        (["--storage", "mysql://me@host/study"], "storage mysql"),
        (["--select-on", "dev"], "split 'dev'"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_trained(infoplane, words, tmp_path, more, said):
    ended = infoplane(*words, *more, "--out", tmp_path / "run")
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "run" / "runs").exists()


def test_what_has_to_be_given_is_asked_for(infoplane, options):
    ended = infoplane("sweep", *options, "--out", "x")
    assert (ended.code, "--objectives" in ended.err) == (2, True)
