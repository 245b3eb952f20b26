"""Plans as arrays: what each change does to a state, which rows it tells apart, and what cannot be one."""

import numpy as np
import pytest
import torch

from infoplane._errors import InputError
from infoplane.models import Add, Edit, Erase, Plan, Select

WIDTH, ROWS, LAYERS = 12, 5, 2
CPU = torch.device("cpu")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def bases(rng, count=3, rank=2):
    return np.linalg.qr(rng.normal(size=(count, LAYERS, WIDTH, rank)))[0].astype(np.float32)


def applied(change, states, layer, rows=range(ROWS), of=None):
    bound = change.bind(list(rows), CPU)
    return bound(torch.as_tensor(states), layer, None if of is None else torch.as_tensor(of)).numpy()


def states_of(rng, count=ROWS):
    return rng.normal(size=(count, WIDTH)).astype(np.float32)


def test_add_is_a_weighted_sum_of_vectors(rng):
    vectors, weights, h = rng.normal(size=(3, LAYERS, WIDTH)), rng.normal(size=(ROWS, 3)), states_of(rng)
    change = Add(vectors, weights)
    for layer in range(LAYERS):
        np.testing.assert_allclose(applied(change, h, layer), h + weights @ vectors[:, layer], atol=1e-5)


@pytest.mark.parametrize("kind", ["add", "erase"])
def test_states_of_chosen_rows_of_a_batch_of_chosen_rows(rng, kind):
    """Rows 4, 2 and 2 of the plan are run, and of these some have two tokens edited and some none."""
    change = Add(rng.normal(size=(3, LAYERS, WIDTH)), rng.normal(size=(ROWS, 3)))
    if kind == "erase":
        change = Erase(bases(rng), [0, 2, 1, 1, 0], rng.normal(size=(LAYERS, WIDTH)))
    h, batch, of = states_of(rng, 4), [4, 2, 2], [2, 0, 2, 0]
    found = applied(change, h, 1, batch, of)
    for state, row, at in zip(h, of, found, strict=True):
        alone = applied(change.take(np.array([batch[row]])), state[None], 1, [0])
        np.testing.assert_allclose(at, alone[0], atol=1e-6)


@pytest.mark.parametrize("rank", [1, 2, WIDTH])
def test_nothing_is_left_of_an_erased_subspace_but_its_centre(rng, rank):
    basis, centre, h = bases(rng, 1, rank), rng.normal(size=(LAYERS, WIDTH)), states_of(rng)
    q = basis[0, 1]
    erased = applied(Erase(basis), h, 1)
    np.testing.assert_allclose(erased @ q, 0, atol=1e-5)
    np.testing.assert_allclose(erased - erased @ q @ q.T, h - h @ q @ q.T, atol=1e-5)
    about = applied(Erase(basis, centre=centre), h, 1)
    np.testing.assert_allclose(about @ q, np.broadcast_to(centre[1] @ q, (ROWS, rank)), atol=1e-5)
    for change, once in ((Erase(basis), erased), (Erase(basis, centre=centre), about)):
        np.testing.assert_allclose(applied(change, once, 1), once, atol=1e-5)


def test_erasing_one_vector_is_the_projection_of_equation_9(rng):
    v, h = rng.normal(size=WIDTH), states_of(rng)
    basis = np.broadcast_to(v / np.linalg.norm(v), (1, 1, WIDTH))[..., None]
    np.testing.assert_allclose(applied(Erase(basis), h, 0), h - np.outer(h @ v, v) / (v @ v), atol=1e-5)


def test_columns_of_zeros_are_of_no_effect(rng):
    basis = bases(rng, 1)
    wider = np.concatenate([basis, np.zeros_like(basis)], -1)
    h = states_of(rng)
    np.testing.assert_allclose(applied(Erase(wider), h, 0), applied(Erase(basis), h, 0), atol=1e-6)
    np.testing.assert_array_equal(applied(Erase(np.zeros_like(basis)), h, 0), h)


def test_many_bases_are_not_copied_for_every_state(rng):
    """Of 1,000 states of width 256 among 8 subspaces of rank 4 nothing grows as states x width x rank."""
    change = Erase(np.linalg.qr(rng.normal(size=(8, 1, 256, 4)))[0], np.arange(8))
    bound = change.bind(list(range(8)), CPU)
    largest = 0

    class Watch(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            nonlocal largest
            found = function(*args, **(kwargs or {}))
            largest = max(largest, found.untyped_storage().nbytes() // 4)
            return found

    h = torch.randn(1000, 256)
    with Watch():
        found = bound(h, 0, torch.arange(1000) % 8)
    assert 0 < largest <= 2 * h.numel()
    q = torch.tensor(change.bases[7, 0])
    torch.testing.assert_close(found[7], h[7] - h[7] @ q @ q.T, atol=1e-5, rtol=1e-4)


def test_rows_of_a_plan(rng):
    alike = Edit(Select(layers="1-2"), (Add(np.ones((1, 2, WIDTH)), np.ones((1, 1))),))
    by_row = Edit(Select(layers="1-2"), (Erase(bases(rng), [0, 1, 2, 0]), alike.changes[0]))
    assert Plan((alike,)).rows is None
    assert Plan((alike, by_row)).rows == 4
    taken = Plan((alike, by_row)).take([3, 3, 1])
    assert taken.rows == 3
    np.testing.assert_array_equal(taken.edits[1].changes[0].which, [0, 0, 1])
    np.testing.assert_array_equal(Plan((by_row,)).take([-1]).edits[0].changes[0].which, [0])
    assert Plan((alike,)).take([5]).edits[0].changes[0] is alike.changes[0]
    added = Plan((alike,), "a") + Plan((by_row,))
    assert list(added.edits) == [alike, by_row]
    assert added.fingerprint == "a"


ONES, SELECT = np.ones((1, 1, WIDTH)), Select(layers=1)
GOOD = Edit(SELECT, (Add(ONES, np.ones((1, 1))),))
BAD = {
    "vectors of two dimensions": (lambda: Add(np.ones((1, WIDTH)), np.ones((1, 1))), "vectors of shape"),
    "vectors of letters": (lambda: Add([[["a"]]], np.ones((1, 1))), "vectors"),
    "ragged vectors": (lambda: Add([[[1.0], [1.0, 2.0]]], np.ones((1, 1))), "vectors"),
    "vectors with nan": (lambda: Add(np.full((1, 1, WIDTH), np.nan), np.ones((1, 1))), "not finite"),
    "vectors beyond float32": (lambda: Add(np.full((1, 1, WIDTH), 1e60), np.ones((1, 1))), "not finite"),
    "weights with inf": (lambda: Add(ONES, np.full((1, 1), np.inf)), "not finite"),
    "weights for other vectors": (lambda: Add(ONES, np.ones((4, 2))), "one weight a vector"),
    "no rows": (lambda: Add(ONES, np.ones((0, 1))), "weights of shape"),
    "bases of three dimensions": (lambda: Erase(np.ones((1, WIDTH, 1))), "bases of shape"),
    "bases that are no units": (lambda: Erase(2 * np.eye(WIDTH)[None, None, :, :2]), "not orthonormal"),
    "bases not at right angles": (lambda: Erase(np.full((1, 1, 2, 2), np.sqrt(0.5))), "not orthonormal"),
    "more columns than the width": (lambda: Erase(np.ones((1, 1, 1, 2))), "not orthonormal"),
    "a basis that is not there": (lambda: Erase(np.eye(WIDTH)[None, None, :, :2], [1]), "numbers below 1"),
    "a negative basis": (lambda: Erase(np.eye(WIDTH)[None, None, :, :2], [-1]), "numbers below 1"),
    "half a basis": (lambda: Erase(np.eye(WIDTH)[None, None, :, :2], [0.5]), "numbers below 1"),
    "a centre of another shape": (
        lambda: Erase(np.eye(WIDTH)[None, None, :, :2], centre=np.ones((2, WIDTH))),
        "centre",
    ),
    "the input of heads": (lambda: Edit(Select(site="head"), GOOD.changes), "a site of"),
    "a mean of tokens": (lambda: Edit(Select(tokens="all", reduce="mean"), GOOD.changes), "reduce=none"),
    "no change": (lambda: Edit(SELECT, ()), "without changes"),
    "no edit": (lambda: Plan(()), "without edits"),
    "rows that do not agree": (
        lambda: Plan((Edit(SELECT, (Add(ONES, np.ones((2, 1))), Add(ONES, np.ones((3, 1))))),)),
        "one number of rows",
    ),
    "plans of two models": (lambda: Plan((GOOD,), "a") + Plan((GOOD,), "b"), "two models"),
    "a row that is not there": (lambda: Plan((Edit(SELECT, (Add(ONES, np.ones((2, 1))),)),)).take([2]), "rows"),
    "rows that are no numbers": (lambda: Plan((Edit(SELECT, (Add(ONES, np.ones((2, 1))),)),)).take([0.5]), "rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_plan_is_said_in_one_line(case):
    make, says = BAD[case]
    with pytest.raises(InputError, match=says) as said:
        make()
    assert "\n" not in str(said.value)
