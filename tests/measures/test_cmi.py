"""I(X;Z|Y) of a split: exact, by brute force, whatever the blocks; intervals that hold; nulls and warnings."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from infoplane._errors import InputError
from infoplane.measures import _cmi_passes as passes
from infoplane.measures import cmi_report
from infoplane.measures._jackknife import jackknife
from infoplane.objectives import conditional_mutual_information
from infoplane.runs import Ledger


def drawn(n=60, d=12, classes=3, apart=1.0, spread=0.5, seed=0):
    """Features of classes `apart` from each other, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % classes)
    return apart * np.random.default_rng(99).normal(size=(classes, d))[labels] + spread * rng.normal(
        size=(n, d)
    ), labels


def shares(features):
    f = np.exp(features - features.max(1, keepdims=True))
    return f / f.sum(1, keepdims=True)


def plug_in(f, labels, weights=None):
    """I(X;Z|Y) by its definition; `weights` (n,) of the examples that sum to 1."""
    weights = np.full(len(f), 1 / len(f)) if weights is None else weights
    means = np.stack([f[labels == y].mean(0) for y in labels])
    return weights @ (f * np.log(f / means)).sum(1)


def separation(f, labels, weights=None):
    """Gamma over all pairs, one by one."""
    n = len(f)
    w = np.full(n, 1 / n) if weights is None else weights
    pairs = ((i, j) for i in range(n) for j in range(n) if labels[i] != labels[j])
    return sum(-w[i] * w[j] * (f[i] * np.log(f[j])).sum() for i, j in pairs)


def test_two_classes_by_hand():  # T1.1
    features = np.log([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.2, 0.8]])
    found = cmi_report(features, [0, 0, 1, 1], names=["sad", "glad"], permutations=0)
    assert found.cmi.value == pytest.approx(0.0508746, abs=1e-6)
    assert {name: one.value for name, one in found.class_cmi.items()} == pytest.approx(
        {"sad": 0.101749, "glad": 0.0}, abs=1e-6
    )
    assert found.cmi.ceiling == pytest.approx(math.log(2))
    assert found.cmi_share.value == pytest.approx(0.0508746 / math.log(2), abs=1e-6)
    assert found.separation.value == pytest.approx(separation(np.exp(features), np.array([0, 0, 1, 1])), abs=1e-12)
    assert found.largest_share.value == pytest.approx((0.9 + 0.5 + 0.8 + 0.8) / 4)


def test_it_is_the_value_of_the_objective_and_of_the_definitions():
    features, labels = drawn()
    found, f = cmi_report(features, labels, permutations=0), shares(features)
    assert found.cmi.value == pytest.approx(plug_in(f, labels), abs=1e-13)
    whole = conditional_mutual_information(torch.from_numpy(features), torch.from_numpy(labels))
    assert found.cmi.value == pytest.approx(whole.item(), abs=1e-13)
    assert found.separation.value == pytest.approx(separation(f, labels), abs=1e-12)
    assert found.ncmi.value == pytest.approx(plug_in(f, labels) / separation(f, labels), abs=1e-12)
    counts = np.bincount(labels) / len(labels)
    assert found.cmi.value == pytest.approx(counts @ [one.value for one in found.class_cmi.values()], abs=1e-13)


@pytest.mark.parametrize("kind", ["memory map", "float16", "tensor"])
def test_features_come_as_they_are(kind, tmp_path):
    features, labels = drawn()
    features = features.astype(np.float16 if kind == "float16" else np.float32)
    expected = cmi_report(features.astype(np.float64), labels, permutations=3)
    if kind == "memory map":
        np.save(tmp_path / "features.npy", features)
        features = np.load(tmp_path / "features.npy", mmap_mode="r")
    given = torch.from_numpy(features).requires_grad_() if kind == "tensor" else features
    assert cmi_report(given, torch.from_numpy(labels) if kind == "tensor" else labels, permutations=3) == expected


def groups_of(labels, kind, seed=0):
    """Example ids, groups inside a class of unequal size, or groups that cross classes."""
    rng = np.random.default_rng(seed)
    if kind == "single":
        return None
    return (
        labels * 100 + rng.integers(7, size=len(labels)) ** 2
        if kind == "inside"
        else rng.integers(15, size=len(labels))
    )


@pytest.mark.parametrize("kind", ["single", "inside", "across"])
def test_numbers_without_a_group_are_those_of_the_rest(kind):
    features, labels = drawn(40)
    ids = np.unique(np.arange(40) if kind == "single" else groups_of(labels, kind), return_inverse=True)[1]
    examples = passes.Examples(features, labels, ids, 3, 1.0, "softmax")
    sums, _ = passes.class_sums(examples)
    second, f = passes.second_pass(examples, sums), shares(features)
    for group in range(ids.max() + 1):
        rest = ids != group
        weights = (np.bincount(labels) / np.bincount(labels[rest], minlength=3))[labels[rest]] / 40
        assert second.cmi[group] == pytest.approx(plug_in(f[rest], labels[rest], weights), abs=1e-12)
        assert second.separation[group] == pytest.approx(separation(f[rest], labels[rest], weights), abs=1e-11)
        assert second.sizes[group] == (~rest).sum()
    for i in range(40):
        rest = (labels == labels[i]) & (ids != ids[i])
        expected = (f[i] * np.log(f[i] / f[rest].mean(0))).sum() if rest.any() else np.nan
        assert second.left_out[i] == pytest.approx(expected, abs=1e-12, nan_ok=True)
    for y in range(3):
        without = [
            plug_in(f[rest], labels[rest])
            for g in np.unique(ids[labels == y])
            if (rest := (labels == y) & (ids != g)).any()
        ]
        assert second.class_cmi[y][0].tolist() == pytest.approx(without, abs=1e-12)


@pytest.mark.parametrize("kind", ["single", "inside", "across"])
def test_the_size_of_blocks_changes_nothing(kind, monkeypatch):
    features, labels = drawn()
    options = {"groups": groups_of(labels, kind), "permutations": 7}
    whole = cmi_report(features, labels, **options)
    monkeypatch.setattr(passes, "_BLOCK", 7 * features.shape[1])
    monkeypatch.setattr(passes, "_DRAWN", 1)
    for (where, one), (there, other) in zip(whole.rows(), cmi_report(features, labels, **options).rows(), strict=True):
        assert where == there
        assert other.flags == one.flags
        for name in ("value", "low", "high", "null_mean", "null_high", "p_value", "ceiling"):
            expected = getattr(one, name)
            assert getattr(other, name) == (
                expected if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-12)
            )


def test_the_bracket_holds_the_truth_and_the_correction_finds_it():
    truth = cmi_report(*drawn(30_000, classes=3, seed=1), permutations=0).cmi.value
    found = [cmi_report(*drawn(30, seed=seed), permutations=0) for seed in range(2, 62)]
    plain, corrected, left = (
        np.mean([getattr(one, name).value for one in found]) for name in ("cmi", "cmi_corrected", "cmi_left_out")
    )
    assert plain < 0.93 * truth
    assert left > 1.07 * truth
    assert corrected == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize("kind", ["single", "inside"])
def test_intervals_hold_the_truth_as_often_as_they_say(kind):
    def sample(n, seed):
        """Groups of one or four examples of a class share a part of their spread."""
        rng = np.random.default_rng(seed)
        groups = np.arange(n) // (1 if kind == "single" else 4)
        labels = groups % 2
        shared = rng.normal(size=(groups.max() + 1, 10))[groups]
        return 0.5 * shared + 0.5 * rng.normal(size=(n, 10)) + np.eye(2, 10)[labels], labels, groups

    features, labels, _ = sample(40_000, 1)
    truth = cmi_report(features, labels, permutations=0)
    hits = {"cmi": 0, "ncmi": 0, "separation": 0}
    for seed in range(2, 202):
        features, labels, groups = sample(80 if kind == "single" else 160, seed)
        found = cmi_report(features, labels, groups=groups, permutations=0)
        for name in hits:
            one = getattr(found, name)
            hits[name] += one.low <= getattr(truth, name).value <= one.high
    assert all(share >= 0.90 for share in (hit / 200 for hit in hits.values())), hits


def test_classes_that_are_tight_are_below_the_null_and_random_ones_are_not():
    features, labels = drawn(90, apart=1.0)
    found = cmi_report(features, labels, permutations=99)
    assert found.cmi.value < found.cmi.null_mean
    assert (found.cmi.p_value, found.ncmi.p_value, found.separation.p_value) == (0.01, 0.01, 0.01)
    assert "like_permuted" not in found.cmi.flags
    random = cmi_report(drawn(90, apart=0.0)[0], labels, permutations=99)
    assert random.cmi.p_value > 0.05
    assert "like_permuted" in random.cmi.flags


@pytest.mark.parametrize("grouped", [False, True])
def test_p_values_are_uniform_where_labels_say_nothing(grouped):
    drawn_p = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        groups = np.arange(48) // (3 if grouped else 1)
        labels = rng.permutation(np.arange(groups.max() + 1) % 2)[groups]
        features = rng.normal(size=(groups.max() + 1, 6))[groups] + 0.3 * rng.normal(size=(48, 6))
        drawn_p.append(cmi_report(features, labels, groups=groups, permutations=39, seed=seed).cmi.p_value)
    assert kstest(drawn_p, "uniform").pvalue > 0.01


def test_permuted_sums_are_those_of_permuted_labels():
    features, labels = drawn()
    examples = passes.Examples(features, labels, np.arange(60), 3, 1.0, "softmax")
    draws = np.stack([np.random.default_rng(seed).permutation(labels) for seed in range(4)])
    (sums,) = passes.permuted_sums(examples, draws)
    assert sums.cmi().tolist() == pytest.approx([plug_in(shares(features), draw) for draw in draws], abs=1e-12)
    assert sums.separation().tolist() == pytest.approx(
        [separation(shares(features), draw) for draw in draws], abs=1e-11
    )


def test_dimensions_that_hold_most_of_it_are_told():
    features, labels = drawn(200, 64, apart=0.0, spread=0.2)
    assert "outlier_dimensions" not in cmi_report(features, labels, permutations=0).cmi.flags
    features[:, 7] += 3 * np.random.default_rng(5).normal(size=200)
    found = cmi_report(features, labels, permutations=0)
    assert found.dimensions[0] == 7
    assert found.dimensions_share.value > 0.5
    flagged = (found.cmi, found.ncmi, found.cmi_share, found.dimensions_share)
    assert all("outlier_dimensions" in one.flags for one in flagged)


def test_a_small_class_is_flagged_and_one_example_alone_is_left_out_of_the_bracket():
    features, labels = drawn(40, classes=2)
    labels[labels == 1] = 0
    labels[:9], labels[9] = 1, 2
    found = cmi_report(features, labels, permutations=0)
    assert "small_class" in found.cmi.flags
    assert ["small_class" in one.flags for one in found.class_cmi.values()] == [False, True, True]
    assert found.cmi_left_out.n == 39
    assert (found.class_cmi["2"].value, found.class_cmi["2"].low) == (0.0, None)


def test_labels_of_one_group_each_have_no_bracket():
    features, labels = drawn()
    found = cmi_report(features, labels, groups=labels, permutations=0)
    assert found.cmi_left_out is None
    assert "cmi_left_out" not in {where["quantity"] for where, _ in found.rows()}
    assert found.class_cmi["0"].low is None


def test_rows_are_those_of_a_ledger(tmp_path):
    features, labels = drawn()
    found, ledger = cmi_report(features, labels, names=["a", "b", "c"]), Ledger(tmp_path / "ledger.jsonl")
    ledger.append([{"measure": "cmi", "split": "test", **where, **one.as_dict()} for where, one in found.rows()])
    assert ledger.filter(quantity="cmi")[0]["value"] == found.cmi.value
    assert [row["label"] for row in ledger.filter(quantity="class_cmi")] == ["a", "b", "c"]
    assert len(ledger) == 11


def test_features_without_any_spread():
    found = cmi_report(np.ones((20, 4)), np.arange(20) % 2)
    assert (found.cmi.value, found.ncmi.value) == (0.0, 0.0)
    assert found.separation.value == pytest.approx(math.log(4) / 2)
    assert "like_permuted" in found.cmi.flags


def test_nearly_flat_features_keep_their_digits():
    features, labels = drawn(400, 768, apart=0.0, spread=1e-4)
    found = cmi_report(features, labels, permutations=0)
    assert found.cmi_corrected.value == pytest.approx(0.5e-8, rel=0.01)
    assert found.cmi.low > 0.49e-8


def test_the_jackknife_of_a_variance_is_the_unbiased_one():
    x = np.random.default_rng(0).normal(size=30)
    left = np.array([np.delete(x, i).var() for i in range(30)])
    found = jackknife(x.var(), left, np.ones(30))
    assert found.corrected == pytest.approx(x.var(ddof=1), abs=1e-12)
    mean = jackknife(x.mean(), np.array([np.delete(x, i).mean() for i in range(30)]), np.ones(30))
    assert (mean.high - mean.low) / 2 == pytest.approx(2.0452296 * x.std(ddof=1) / math.sqrt(30), rel=1e-6)
    assert jackknife(1.0, np.ones(1), np.ones(1)) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"labels": np.zeros(60, int)}, "a single label"),
        ({"labels": np.zeros(60)}, "labels .* of type float64"),
        ({"labels": np.zeros(59, int)}, "features .60, 12. with labels .59,."),
        ({"groups": np.zeros(60)}, "at least two groups"),
        ({"names": ["a", "b"]}, "labels 0 to 2 with 2 names"),
        ({"features": np.full((60, 12), np.nan)}, "features with NaN or infinity in 60"),
        ({"features": np.ones((60, 1))}, "d above 1"),
        ({"temperature": 0.0}, "temperature 0.0"),
    ],
)
def test_what_does_not_fit_is_refused(changed, said):
    features, labels = drawn()
    with pytest.raises(InputError, match=said):
        cmi_report(**{"features": features, "labels": labels, **changed})
