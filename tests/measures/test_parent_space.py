"""The task space of a parent on its child: accepted, and flagged wherever a number stands on it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import make_model, make_network, make_tokenizer
from transformers import LlamaForSequenceClassification

from infoplane._errors import InputError
from infoplane.estimators import FLAGS
from infoplane.measures import measure, measure_saved
from infoplane.models import LanguageModel, Lineage
from infoplane.runs import Run
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task

Load = Callable[[bool], Task]
QUICK: dict[str, Any] = {"permutations": 20, "max_examples": 60}
SEEN = {"plane", "space", "best_layer"}
MEASURED = ("space", "plane", "read_write")


def child_of(parent: LanguageModel, **changes: Any) -> LanguageModel:
    """The same network moved a little, as training does, that says whose child it is."""
    network = make_network("llama", **changes)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.05)
    return LanguageModel(network, make_tokenizer(), name="child", lineage=Lineage(parent.fingerprint, "labels", ()))


@pytest.fixture(scope="module")
def space(lm: LanguageModel, moods: Load) -> TaskSpace:
    return TaskSpace.build(lm, moods(True), contexts=10)


@pytest.fixture(scope="module")
def after(lm: LanguageModel, moods: Load, space: TaskSpace, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The child measured with its parent's space."""
    folder = tmp_path_factory.mktemp("after") / "run"
    return measure(child_of(lm), moods(True), space=space, out=folder, measures=MEASURED, layers="3-4", **QUICK)


def flagged(run: Run) -> set[tuple[str, str]]:
    return {(row["measure"], row["quantity"]) for row in run.ledger.rows() if "parent_space" in row["flags"]}


def test_every_number_that_stands_on_the_parents_space_says_so(after: Run) -> None:
    stands = {("space", name) for name in ("sign_rate", "agreement", "size")} | {("plane", "space_information")}
    stands |= {("read_write", "write_gain"), ("read_write", "read_write_correlation")}
    assert flagged(after) == stands
    rows = [row for row in after.ledger.rows() if (row["measure"], row["quantity"]) in stands]
    assert all("parent_space" in row["flags"] for row in rows)
    assert "parent_space" in FLAGS


def test_a_model_on_its_own_space_is_not_flagged(lm: LanguageModel, moods: Load, space: TaskSpace, tmp_path: Path):
    run = measure(lm, moods(True), space=space, out=tmp_path / "run", measures=("plane",), layers="4", **QUICK)
    assert flagged(run) == set()


def test_saved_states_are_measured_in_the_parents_space_too(
    lm: LanguageModel, moods: Load, space: TaskSpace, tmp_path: Path
) -> None:
    child = child_of(lm)
    rebuilt = measure(child, moods(True), out=tmp_path / "after", measures=("plane",), layers="4", **QUICK)
    assert flagged(rebuilt) == set()
    given = measure_saved(tmp_path / "after", out=tmp_path / "given", space=space, measures=("plane",), permutations=20)
    rows = given.ledger.rows()
    assert {row["quantity"] for row in rows} == {"space_information"}
    assert all("parent_space" in row["flags"] for row in rows)
    whole = measure(child, moods(True), space=space, out=tmp_path / "whole", measures=("plane",), layers="4", **QUICK)
    same = whole.ledger.filter(quantity="space_information", layer=4)
    assert [row["value"] for row in rows if row["layer"] == 4] == [row["value"] for row in same]


def test_a_stranger_and_a_shallower_child_are_refused(lm: LanguageModel, moods: Load, space: TaskSpace) -> None:
    for other in (make_model("llama", seed=3), child_of(lm, num_hidden_layers=3)):
        with pytest.raises(InputError, match="task space of model llama"):
            space.check(other, moods(True))


def test_a_plan_of_the_parents_space_steers_the_child(lm: LanguageModel, space: TaskSpace) -> None:
    child, plan = child_of(lm), space.plan("glad", coefficient=2.0)
    plain = child.score(["It went on"], [" glad", " calm"])
    with child.steer(plan):
        assert (child.score(["It went on"], [" glad", " calm"]) != plain).any()
    with pytest.raises(InputError, match="another model"), make_model("llama", seed=3).steer(plan):
        pass


def test_a_decoder_that_names_classes_is_measured_without_answers(
    lm: LanguageModel, moods: Load, tmp_path: Path
) -> None:
    config = make_network("llama").config
    config.num_labels = 3
    torch.manual_seed(0)
    network = LlamaForSequenceClassification(config).eval()
    child = LanguageModel(network, make_tokenizer(), lineage=Lineage(lm.fingerprint, "class", ("a", "b", "c")))
    run = measure(child, moods(True), out=tmp_path / "run", layers="4", **QUICK)
    assert run.finished
    assert {row["measure"] for row in run.ledger.rows()} == SEEN
    assert {row["role"] for row in run.ledger.filter(quantity="label_information")} == {"last", "content"}
    assert not run.ledger.filter(quantity="lens_accuracy")
    assert "uncalibrated" in json.loads((tmp_path / "run/artifacts/space/space.json").read_text())["about"]
