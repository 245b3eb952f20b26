"""The plane before and after training: two runs of `measure`, and the child's states in its parent's space."""

from pathlib import Path
from typing import Any

import pytest
import torch
from measures_tasks import moods_file
from quick_networks import quick_networks  # noqa: F401  (a fixture of the whole file)
from tiny_models import make_model, make_network, make_tokenizer

from infoplane._errors import InputError
from infoplane.methods._training._planes import measure_planes
from infoplane.models import LanguageModel, Lineage
from infoplane.runs import Run
from infoplane.tasks import Task, load_task

QUICK: dict[str, Any] = {"permutations": 2, "max_examples": 40}


@pytest.fixture(scope="module")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Task:
    path = moods_file(tmp_path_factory.mktemp("moods") / "moods.csv", told=True)
    return load_task(str(path), text="text", label="label", aspect="mood")


def child_of(parent: LanguageModel, *, known: bool = True, **changes: Any) -> LanguageModel:
    """The same network moved a little; `known`: it says whose child it is."""
    network = make_network("bert", **changes)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.05)
    lineage = Lineage(parent.fingerprint, "class", ("calm", "cross", "glad")) if known else None
    return LanguageModel(network, make_tokenizer(decoder=False), name="child", lineage=lineage)


def rows(folder: Path, **where: Any) -> list[dict[str, Any]]:
    return Run.open(folder, None).ledger.filter(**where)


@pytest.fixture(scope="module")
def folder(moods: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose planes were measured."""
    made, parent = tmp_path_factory.mktemp("run"), make_model("bert")
    measure_planes(made, parent, child_of(parent), moods, **QUICK)
    return made


def test_both_planes_stand_beside_each_other_and_what_uses_the_parents_space_says_so(folder: Path) -> None:
    before, after = (rows(folder / name, quantity="label_information") for name in ("before", "after"))
    assert [row["layer"] for row in before] == [row["layer"] for row in after] == [0, 1, 2, 3, 4]
    assert [row["n"] for row in before] == [row["n"] for row in after]
    assert [row["value"] for row in before] != [row["value"] for row in after]
    flagged = {name: "parent_space" in str(rows(folder / name)) for name in ("before", "after", "inherited")}
    assert flagged == {"before": False, "after": False, "inherited": True}
    own, given = (rows(folder / name, quantity="space_information") for name in ("after", "inherited"))
    places = [[(row["layer"], row["method"]) for row in some] for some in (own, given)]
    assert places[0] == places[1]


def test_what_was_measured_is_not_measured_again(folder: Path, moods: Task) -> None:
    told: list[str] = []
    parent = make_model("bert")
    before = (folder / "inherited" / "run.json").read_text()
    measure_planes(folder, parent, child_of(parent), moods, progress=lambda what, *_: told.append(what), **QUICK)
    assert told == []
    assert (folder / "inherited" / "run.json").read_text() == before


def test_a_child_that_does_not_say_whose_it_is_is_refused(folder: Path, moods: Task) -> None:
    parent = make_model("bert")
    with pytest.raises(InputError, match="task space of model bert"):
        measure_planes(folder, parent, child_of(parent, known=False), moods, **QUICK)


def test_a_student_of_another_depth_has_no_parents_space(moods: Task, tmp_path: Path) -> None:
    parent = make_model("bert")
    measure_planes(tmp_path, parent, child_of(parent, num_hidden_layers=2), moods, **QUICK)
    assert rows(tmp_path / "after", quantity="label_information")
    assert not (tmp_path / "inherited").exists()
