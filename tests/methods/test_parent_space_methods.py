"""A comparison that is given the task space of its model's parent: what stands on it says so, nothing else does."""

from typing import Any

import pytest
from tiny_models import make_model, make_network, make_tokenizer

from infoplane.methods import compare, predict
from infoplane.models import LanguageModel, Lineage
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task

SOME = ("prompt", "knn-vote", "ic-icl")


@pytest.fixture(scope="module")
def child() -> LanguageModel:
    """A network whose parent is the model of the space."""
    network = make_network("llama", seed=1)
    return LanguageModel(
        network, make_tokenizer(), name="child", lineage=Lineage(make_model("llama").fingerprint, "labels", ())
    )


def flagged(lm: LanguageModel, task: Task, **settings: Any) -> set[tuple[str, str | None]]:
    run = compare(lm, task, methods=SOME, examples=3, max_examples=24, **settings)
    return {
        (row["method"], row["role"] if row["quantity"].endswith("difference") else None)
        for row in run.ledger.rows()
        if "parent_space" in row["flags"]
    }


def test_only_what_steers_by_the_parents_directions_is_flagged(child, task: Task, space: TaskSpace, tmp_path) -> None:
    found = flagged(child, task, space=space, out=tmp_path / "run")
    assert found == {("ic-icl", None), ("ic-icl", "prompt"), ("ic-icl", "knn-vote")}


def test_what_retrieves_by_them_is_flagged_too(child, task: Task, space: TaskSpace, tmp_path) -> None:
    found = flagged(child, task, space=space, retriever="task-space", out=tmp_path / "run")
    assert {method for method, _ in found} == {"knn-vote", "ic-icl"}


def test_a_model_on_its_own_space_is_not_flagged(lm, task: Task, space: TaskSpace, tmp_path) -> None:
    assert flagged(lm, task, space=space, out=tmp_path / "run") == set()


def test_predictions_by_the_parents_directions_say_so(child, task: Task, space: TaskSpace) -> None:
    asked: dict[str, Any] = {"space": space, "examples": 3, "max_examples": 12}
    for method, flags in (("ic-icl", True), ("prompt", False)):
        found = predict(child, task, method=method, **asked)
        assert found.accuracy is not None
        assert ("parent_space" in found.accuracy.flags) is flags
