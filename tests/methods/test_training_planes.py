"""The plane before and after training: two runs of `measure`, and the trained states in the space from before."""

from pathlib import Path
from typing import Any

import pytest
from quick_networks import quick_networks  # noqa: F401  (a fixture of the whole file)
from tiny_models import make_model

from infoplane._errors import InputError
from infoplane.methods import Recipe, finetune, measure_planes
from infoplane.runs import Run
from infoplane.tasks import Task

RECIPE = Recipe(epochs=1, max_steps=4, learning_rate=3e-3, max_length=48)
QUICK: dict[str, Any] = {"permutations": 2, "max_examples": 40}


def trained(task: Task, out: Path, **settings: Any) -> Run:
    return finetune(make_model("bert"), task, out=out, recipe=RECIPE, trackers=(), **settings)


def rows(folder: Path, **where: Any) -> list[dict[str, Any]]:
    return Run.open(folder, None).ledger.filter(**where)


@pytest.fixture(scope="module")
def run(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training whose planes were measured."""
    made = trained(task, tmp_path_factory.mktemp("planes") / "run")
    measure_planes(made, make_model("bert"), task, **QUICK)
    return made


def test_both_planes_stand_beside_each_other_and_what_uses_the_parents_space_says_so(run: Run) -> None:
    before, after = (rows(run.path / name, quantity="label_information") for name in ("before", "after"))
    assert [row["layer"] for row in before] == [row["layer"] for row in after] == [0, 1, 2, 3, 4]
    assert [row["n"] for row in before] == [row["n"] for row in after]
    assert [row["value"] for row in before] != [row["value"] for row in after]
    assert {row["model"] for row in after} == {"bert, trained with cross-entropy"}
    flagged = {name: "parent_space" in str(rows(run.path / name)) for name in ("before", "after", "inherited")}
    assert flagged == {"before": False, "after": False, "inherited": True}
    own, given = (rows(run.path / name, quantity="space_information") for name in ("after", "inherited"))
    places = [[(row["layer"], row["method"]) for row in some] for some in (own, given)]
    assert places[0] == places[1]


def test_what_was_measured_is_not_measured_again(run: Run, task: Task) -> None:
    told: list[str] = []
    measure_planes(run.path, make_model("bert"), task, progress=lambda what, *_: told.append(what), **QUICK)
    assert told == []


def test_another_model_than_the_one_that_was_trained_is_refused(run: Run, task: Task) -> None:
    with pytest.raises(InputError, match="the model it trained, bert"):
        measure_planes(run, make_model("bert", seed=3), task, **QUICK)


def test_a_network_that_has_learnt_the_measure_split_has_no_plane(task: Task, tmp_path: Path) -> None:
    learnt = trained(task, tmp_path / "run", train_on=("direction", "measure"))
    with pytest.raises(InputError, match="which has learnt the measure split"):
        measure_planes(learnt, make_model("bert"), task, **QUICK)


def test_a_run_of_something_else_has_no_plane(run: Run, task: Task) -> None:
    with pytest.raises(InputError, match="which holds no trained model"):
        measure_planes(run.path / "before", make_model("bert"), task, **QUICK)


def test_a_student_of_another_depth_has_no_parents_space(task: Task, tmp_path: Path) -> None:
    from infoplane.methods._training._network import class_network

    student = class_network(make_model("bert", num_hidden_layers=2), task, 0)
    made = trained(task, tmp_path / "run", network=student)
    measure_planes(made, make_model("bert"), task, **QUICK)
    assert [row["layer"] for row in rows(made.path / "after", quantity="label_information")] == [0, 1, 2]
    assert not (made.path / "inherited").exists()
