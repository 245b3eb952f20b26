"""What is told of a sweep: medians, their intervals, paired tests and corrections, with answers known beforehand."""

import json

import numpy as np
import pytest
from made_trainings import GRIDS, Made, made_hits, made_plan, made_sweep
from scipy import stats

from infoplane._errors import RunError
from infoplane.estimators import Estimate
from infoplane.methods._significance import holm, mcnemar, wilcoxon
from infoplane.methods._sweep._seeds import item_difference, median_over_seeds, seed_difference

TASKS = ("moods", "other moods")


def estimates(*values: float) -> list[Estimate]:
    """A run each."""
    return [Estimate(value=float(value), units="fraction", n=100, estimator="made") for value in values]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two methods on two tasks with five seeds."""
    return made_sweep(tmp_path_factory.mktemp("sweep") / "sweep", made_plan(tasks=TASKS, seeds=5))


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1, 2, 3, 4, 5], 2 / 32),
        ([1, 2, 3, 4, 5, 6], 2 / 64),
        ([-1, 2, 3, 4, 5, 6], 4 / 64),
        ([0, 0, 0], 1.0),
        ([0, 1, 2, 3], 2 / 8),
        ([1, 1, -1, -1], 1.0),
        ([2, 2, 2, -1], 4 / 16),
    ],
)
def test_signed_ranks_with_ties_and_zeros_are_counted_out(differences, p):
    assert wilcoxon(np.array(differences, np.float64)) == pytest.approx(p)


def test_signed_ranks_agree_with_scipy_without_ties():
    rng = np.random.default_rng(0)
    for n in (5, 8, 12):
        differences = rng.standard_normal(n)
        expected = stats.wilcoxon(differences, method="exact").pvalue
        assert wilcoxon(differences) == pytest.approx(expected)


def test_signed_ranks_hold_their_level():
    rng = np.random.default_rng(1)
    p = np.array([wilcoxon(rng.standard_normal(8)) for _ in range(2000)])
    assert (p <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize(
    ("n", "low", "high", "confidence"),
    [(2, 1, 2, 0.5), (3, 1, 3, 0.75), (5, 1, 5, 0.9375), (6, 1, 6, 0.96875), (9, 2, 8, 0.9609375)],
)
def test_a_median_has_the_interval_of_its_order_statistics(n, low, high, confidence):
    found = median_over_seeds(estimates(*range(1, n + 1)), "best of 3")
    assert (found.value, found.low, found.high) == ((n + 1) / 2, low, high)
    assert found.confidence == pytest.approx(confidence)
    assert "best of 3" in found.estimator


def test_the_interval_of_a_median_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = [median_over_seeds(estimates(*rng.exponential(size=5)), "") for _ in range(3000)]
    covered = np.mean([draw.low <= np.log(2) <= draw.high for draw in draws])
    assert covered == pytest.approx(0.9375, abs=0.015)


def test_one_seed_has_no_interval_and_proves_nothing():
    alone = median_over_seeds(estimates(0.7), "best of 1")
    assert (alone.low, alone.high) == (None, None)
    difference = seed_difference(estimates(0.7), estimates(0.5))
    assert difference.value == pytest.approx(0.2)
    assert (difference.p_value, difference.low) == (1.0, None)


def test_seeds_are_paired():
    """A seed that is bad for both does not hide a difference that every seed shows."""
    ones, others = estimates(0.9, 0.5, 0.7, 0.8, 0.6, 0.4), estimates(0.88, 0.47, 0.66, 0.77, 0.59, 0.35)
    found = seed_difference(ones, others)
    assert found.value == pytest.approx(0.03)
    assert found.p_value == pytest.approx(2 / 64)
    assert 0 < found.low < found.value < found.high
    assert "few_seeds" not in found.flags
    assert "few_seeds" in seed_difference(ones[:5], others[:5]).flags


def test_items_are_drawn_with_all_their_seeds():
    """Copies of a network are no more evidence than the network."""
    rng = np.random.default_rng(0)
    one, other = rng.random(200) < 0.8, rng.random(200) < 0.7
    groups = np.arange(200)
    once, often = (item_difference([one] * seeds, [other] * seeds, groups) for seeds in (1, 5))
    assert once.p_value == pytest.approx(often.p_value) == pytest.approx(mcnemar(one, other))
    assert (once.low, once.high) == pytest.approx((often.low, often.high), abs=1e-9)
    assert often.n == 200


def test_every_number_of_the_table_stands_in_the_ledger(run):
    table = json.loads((run.artifacts / "sweep.json").read_text())
    assert [(arm["task"], arm["method"]) for arm in table["arms"]] == [(task, one) for task in TASKS for one in GRIDS]
    for arm in table["arms"]:
        where = {"task": arm["task"], "method": arm["method"], "role": None, "seed": None}
        for split, told in (("tune", arm["score"]), ("test", arm["test"]["accuracy"]["value"])):
            (row,) = run.ledger.filter(**where, split=split, quantity="accuracy")
            assert told == row["value"]
        (row,) = run.ledger.filter(**where, quantity="configurations")
        assert arm["configurations"] == row["value"] == len(arm["tried"])
        assert set(arm["seeds"]) == set(map(str, range(5)))


def test_the_best_is_chosen_on_tune_and_told_with_what_was_tried(run):
    for task in TASKS:
        (row,) = run.ledger.filter(method="min-cmi", task=task, split="test", quantity="accuracy", role=None, seed=None)
        assert "best of 2 configurations" in row["estimator"]
        tried = run.ledger.filter(method="min-cmi", task=task, split="tune", quantity="accuracy", seed=None)
        by_role = {row["role"]: row["value"] for row in tried}
        assert by_role[None] == max(by_role["weight=0.1"], by_role["weight=0.4"])
        assert not run.ledger.filter(method="min-cmi", task=task, split="test", role="weight=0.1")


def test_the_median_is_that_of_the_trainings(run):
    plan = made_plan(tasks=TASKS, seeds=5)
    arm = next(arm for arm in plan.arms if arm.method == "cross-entropy")
    expected = np.median([made_hits(arm.job({}, seed)).mean() for seed in range(5)])
    (row,) = run.ledger.filter(
        method="cross-entropy", task="moods", split="test", quantity="accuracy", role=None, seed=None
    )
    assert row["value"] == pytest.approx(expected)
    assert row["n"] == 5


@pytest.mark.parametrize("quantity", ["accuracy_difference", "item_accuracy_difference"])
def test_differences_are_corrected_over_the_tasks(run, quantity):
    rows = run.ledger.filter(quantity=quantity, method="min-cmi", role="cross-entropy")
    assert [row["task"] for row in rows] == list(TASKS)
    assert all("Holm over 2 tasks" in row["estimator"] for row in rows)
    raw = []
    for task in TASKS:
        ours, theirs = (_hits(run, task, method) for method in ("min-cmi", "cross-entropy"))
        if quantity == "accuracy_difference":
            raw.append(wilcoxon(np.array([one.mean() - other.mean() for one, other in zip(ours, theirs, strict=True)])))
        else:
            groups = np.tile(np.arange(40) // 2, 5)
            raw.append(mcnemar(np.concatenate(ours), np.concatenate(theirs), groups))
    assert [row["p_value"] for row in rows] == pytest.approx(holm(raw))


def _hits(run, task: str, method: str) -> list[np.ndarray]:
    """Of the configuration that was chosen, seed by seed."""
    table = json.loads((run.artifacts / "sweep.json").read_text())
    (arm,) = (arm for arm in table["arms"] if (arm["task"], arm["method"]) == (task, method))
    found = next(one for one in made_plan(tasks=TASKS).arms if (one.task.name, one.method) == (task, method))
    return [made_hits(found.job(arm["chosen"], seed)) for seed in range(5)]


def test_what_is_chosen_on_the_reported_split_says_so_on_every_number(tmp_path):
    run = made_sweep(tmp_path / "sweep", made_plan(seeds=2, select_on="test"))
    rows = [row for row in run.ledger.rows() if row["quantity"] != "configurations" and row["split"] == "test"]
    assert rows
    assert all("selected_on_reported" in row["flags"] for row in rows)


def test_a_configuration_that_diverges_is_counted_and_not_chosen(tmp_path):
    out = tmp_path / "sweep"
    run = made_sweep(out, made_plan(seeds=2), train=Made(out, diverges=0.4))
    table = json.loads((run.artifacts / "sweep.json").read_text())
    arm = table["arms"][1]
    assert (arm["chosen"], arm["configurations"]) == ({"weight": 0.1}, 1)
    assert set(arm["failed"].values()) == {"loss nan at batch 7"}
    (row,) = run.ledger.filter(method="min-cmi", split="test", quantity="accuracy", role=None, seed=None)
    assert "best of 1 configuration, 2 trainings failed" in row["estimator"]
    assert len(run.facts["failed"]) == 2


def test_where_all_fail_the_first_reason_is_given(tmp_path):
    out = tmp_path / "sweep"
    plan = made_plan({"min-cmi": {"weight": (0.4,)}}, seeds=2)
    with pytest.raises(RunError, match=r"the first: loss nan at batch 7"):
        made_sweep(out, plan, train=Made(out, diverges=0.4))
