"""Plans: which vectors, how strong, where; and everything that is refused."""

from collections.abc import Callable

import numpy as np
import pytest
from tiny_models import make_model

from infoplane._errors import InputError
from infoplane.models import Add, Erase, LanguageModel, Plan, Select
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task

Made = Callable[..., TaskSpace]


def added(plan: Plan) -> np.ndarray:
    """What a plan adds, (rows, layers, width)."""
    change = plan.edits[0].changes[-1]
    assert isinstance(change, Add)
    return np.tensordot(change.weights, change.vectors, 1)


@pytest.mark.parametrize(
    ("blocks", "middle"), [(1, "1"), (2, "1"), (3, "1-2"), (4, "2"), (5, "2-3"), (8, "3-5"), (32, "11-21")]
)
def test_the_default_band_is_the_middle_third(made: Made, blocks: int, middle: str) -> None:
    space = made(layers=blocks)
    plan = space.plan("joyful", coefficient=1)
    assert plan.edits[0].select == Select(layers=middle, steps="all", tokens="last")
    assert str(Select(layers=space.band()).layers) == middle


def test_a_coefficient_is_in_natural_sizes_and_shared_by_the_band(made: Made) -> None:
    space = made()
    for layers in ((4,), (3, 4, 5), (2, 7)):
        plan = space.plan("sad", coefficient=1.5, layers=layers)
        expected = [1.5 / len(layers) * space.vectors(layer)[2] for layer in layers]
        np.testing.assert_allclose(added(plan)[0], expected, rtol=1e-6)


def test_norms_are_multiples_of_the_mean_norm_of_each_layer(made: Made) -> None:
    space = made()
    moves = added(space.plan("sad", norms=0.3, layers="4-6"))[0]
    np.testing.assert_allclose(np.linalg.norm(moves, axis=1), 0.1 * space.norms[3:6], rtol=1e-6)
    np.testing.assert_allclose(moves[1], 0.1 * space.norms[4] * space.directions[4, 2], rtol=1e-5)


def test_labels_are_one_a_row_or_weights(made: Made) -> None:
    space = made()
    rows = space.plan(["sad", "afraid", "sad"], coefficient=1)
    assert rows.rows == 3
    weights = np.zeros((3, 3))
    weights[[0, 1, 2], [2, 0, 2]] = 1
    np.testing.assert_array_equal(added(rows), added(space.plan(weights, coefficient=1)))
    half = added(space.plan([[0.5, 0.5, 0.0]], coefficient=1))[0]
    parts = [added(space.plan(name, coefficient=0.5))[0] for name in ("afraid", "joyful")]
    np.testing.assert_allclose(half, sum(parts), rtol=1e-5, atol=1e-6)
    assert space.plan("sad", coefficient=1).rows is None
    nothing = space.plan(np.zeros((2, 3)), coefficient=1)
    assert not added(nothing).any()


def test_subtracting_is_adding_the_opposite(made: Made) -> None:
    space = made()
    np.testing.assert_array_equal(
        added(space.plan("sad", coefficient=2, operation="subtract")), -added(space.plan("sad", coefficient=2))
    )


def test_erasing_leaves_each_row_at_the_mean_of_its_direction(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    prompts = [task.prompt(text) for text in task.splits["measure"].texts[:4]]
    told = ["glad", "calm", "cross", "glad"]
    read = Select(layers=(2, 3))
    with lm.steer(space.plan(told, operation="erase", layers="2-3")):
        states = lm.read(prompts, read)
    for row, label in enumerate(told):
        for layer in (2, 3):
            at = space.at(layer)
            along = space.directions[at, space.labels.index(label)]
            expected = space.means[at] @ along
            assert states.layer(layer)[row] @ along == pytest.approx(expected, abs=1e-4)


def test_erasing_without_labels_takes_the_whole_span(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    prompts = [task.prompt(text) for text in task.splits["measure"].texts[:4]]
    plain = lm.read(prompts, Select(layers=2)).layer(2)
    with lm.steer(space.plan(None, operation="erase", layers=2)):
        states = lm.read(prompts, Select(layers=2)).layer(2)
    np.testing.assert_allclose(space.project(2, states), 0, atol=1e-4)
    beside = np.eye(lm.width) - space.basis(2) @ space.basis(2).T
    np.testing.assert_allclose(states @ beside, plain @ beside, atol=1e-4)


def test_replacing_is_erasing_and_then_adding(made: Made) -> None:
    space = made()
    both = space.plan(["sad", "joyful"], coefficient=1, operation="replace").edits[0].changes
    erased = space.plan(["sad", "joyful"], operation="erase").edits[0].changes[0]
    assert isinstance(both[0], Erase)
    assert isinstance(erased, Erase)
    np.testing.assert_array_equal(both[0].bases[both[0].which], erased.bases[erased.which])
    assert isinstance(both[1], Add)


def test_steps_tokens_and_norm_are_those_of_the_edit(made: Made) -> None:
    plan = made().plan("sad", coefficient=1, steps="4-5", tokens="content", keep_norm=True, layers=[5, 3])
    assert plan.edits[0].select == Select(layers="5,3", steps="4-5", tokens="content")
    assert plan.edits[0].keep_norm
    assert plan.fingerprint == "f" * 64


def test_plans_and_spaces_are_told_in_a_line(made: Made, space: TaskSpace) -> None:
    plan = made().plan(["sad", "joyful"], coefficient=1, operation="replace", steps="4-5", layers="3-4", keep_norm=True)
    lengths = made().sizes[2:4, 1:] / 2
    told = f"length={lengths.min():.3g} to {lengths.max():.3g}"
    where = "layers=3-4 steps=4-5 tokens=last keep_norm=True"
    assert repr(plan) == f"Plan(rows=2, {where}: Erase(bases=2, rank=1), then Add(vectors=2, {told}))"
    assert repr(made().plan("sad", coefficient=1)).startswith("Plan(rows=any, layers=3-6 steps=all tokens=last: Add(")
    beginning = (
        "TaskSpace(model=made task=made width=16 layers=1-9, 3 labels: afraid, joyful, sad, doses in nats: none)"
    )
    assert repr(made()) == beginning
    reached = ", ".join(f"{dose.target:g}" for dose in space.curves[0].doses)
    assert f"doses in nats: layers=2 tokens=last operation=add: {reached}; layers=2 tokens=all" in repr(space)
    assert len(repr(made(labels=5, layers=40))) < 200


def test_layers_may_stand_in_any_order(made: Made) -> None:
    space = made()
    np.testing.assert_array_equal(
        added(space.plan("sad", coefficient=1, layers=[5, 3]))[0][::-1],
        added(space.plan("sad", coefficient=1, layers=[3, 5]))[0],
    )


def test_a_space_of_another_model_is_refused_before_anything_runs(space: TaskSpace) -> None:
    other = make_model("llama", seed=1)
    with pytest.raises(InputError, match="another model"), other.steer(space.plan("glad", coefficient=1)):
        pass


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("joyfull", "did you mean joyful"),
        ("Joyful", "did you mean joyful"),
        (["sad", "xyz"], "'xyz': expected one of the 3 labels of the task space; it has afraid, joyful, sad"),
        ([], "no labels"),
        (np.ones((2, 4)), r"weights of shape \(2, 4\)"),
        (np.ones(3), r"weights of shape \(3,\)"),
        ([["a", "b"], ["c", "d"]], "labels of type list"),
        (np.full((2, 3), np.nan), "not finite"),
        (None, "add without labels"),
    ],
)
def test_labels_that_cannot_be(made: Made, labels: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        made().plan(labels, coefficient=1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "no strength: expected exactly one of dose, coefficient, norms"),
        ({"dose": 1, "coefficient": 1}, "dose=1 and coefficient=1"),
        ({"coefficient": float("nan")}, "coefficient=nan"),
        ({"coefficient": 1, "operation": "erase"}, "erase with coefficient: expected no strength"),
        ({"coefficient": 1, "operation": "ad"}, "operation 'ad': expected one of add, subtract, erase, replace"),
        ({"coefficient": 1, "layers": 0}, "layer 0 of a task space: expected layers 1 to 9"),
        ({"coefficient": 1, "layers": 12}, "layer 12"),
        ({"coefficient": 1, "layers": "final"}, "layer final"),
        ({"coefficient": 1, "layers": "deep"}, "'deep' is no layer"),
        ({"coefficient": 1, "steps": "late"}, "'late' is no step"),
        ({"coefficient": 1, "tokens": "first"}, "'first' is no token"),
        ({"dose": 0.3}, "call space = space.calibrate"),
    ],
)
def test_where_and_how_strong_that_cannot_be(made: Made, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        made().plan("sad", **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("operation", ["add", "subtract", "erase", "replace"])
def test_a_zero_direction_is_named(made: Made, operation: str) -> None:
    space = made()
    space.directions[3, 1] = 0
    strength = {} if operation == "erase" else {"coefficient": 1}
    with pytest.raises(InputError, match="direction of 'joyful' at layer 4, which is zero"):
        space.plan(["sad", "joyful"], layers="3-5", operation=operation, **strength)
    assert space.plan("sad", layers="3-5", operation=operation, **strength).rows is None
