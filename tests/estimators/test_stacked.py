import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import leak_check, read_labels
from infoplane.estimators._folds import group_folds
from infoplane.estimators._labels import _members, _stack
from infoplane.estimators._labels._stack import cross_fit
from infoplane.estimators._labels._stacked import read_stacked, stacked

from .known_truths import TWO_CLASSES, clusters, hidden_signal, two_classes, unrelated


@pytest.fixture
def quick(monkeypatch):
    """A network that trains for forty steps, where its quality is not what is tested."""
    monkeypatch.setattr(_members, "CHECKPOINTS", (20, 40))


@pytest.fixture(scope="module")
def readout():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_members, "CHECKPOINTS", (20, 40))
        return read_stacked(*clusters(4, 10, 0.7, 300, seed=3))


def sign_of_product(samples, seed):
    """Two classes of equal mean; I(X;Y) = log 2."""
    x = np.random.default_rng(seed).normal(size=(samples, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def test_two_gaussian_classes(quick):
    information = stacked(*two_classes(1, 500, seed=0))
    assert information.value == pytest.approx(TWO_CLASSES[1], abs=0.05)
    assert information.low < TWO_CLASSES[1] < information.high
    assert information.kind == "lower_bound"


@pytest.mark.parametrize("nuisance", [False, True])
def test_where_the_discriminant_is_right_the_others_cost_nothing(quick, nuisance):
    x, labels, truth = hidden_signal(0.9, 500, seed=0, nuisance=nuisance, width=96, classes=8)
    value, alone = stacked(x, labels).value, read_labels(x, labels).information.value
    assert alone - 0.03 < value < truth + 0.03


def test_classes_of_equal_mean_are_told_apart(monkeypatch):
    monkeypatch.setattr(_members, "CHECKPOINTS", (100, 300))
    x, labels = sign_of_product(300, seed=0)
    assert stacked(x, labels).value > 0.45
    assert read_labels(x, labels).information.value < 0.05


def test_classes_of_several_clusters_are_told_apart(quick):
    x, cluster = clusters(12, 6, 3.0, 600, seed=1)
    readout = read_stacked(x, cluster % 3)
    assert readout.information.value > 0.9 * np.log(3)
    assert readout.information.value > read_labels(x, cluster % 3).information.value + 0.2
    assert readout.weights["mixture"] > 0


def test_an_unknown_warp_of_unknown_directions_is_undone(quick):
    x, labels = clusters(6, 4, 1.3, 600, seed=2)
    plain = stacked(x, labels).value
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    warped = np.sinh(x @ turn) @ turn
    value = stacked(warped, labels).value
    assert value > plain - 0.1
    assert value > read_labels(warped, labels).information.value + 0.3


def test_nothing_fitted_has_seen_the_fold_it_is_judged_on(quick):
    """Whatever is done to a fold, states and labels, the rule that leaves it out stays the same."""
    x, labels = clusters(3, 5, 1.0, 120, seed=0)
    folds = group_folds(np.arange(120), 4, 0)
    rule = cross_fit(x, labels, 3, folds, 0).rules[0]
    changed, mixed = x.copy(), labels.copy()
    changed[folds == 0] *= -50
    mixed[folds == 0] = (mixed[folds == 0] + 1) % 3
    again = cross_fit(changed, mixed, 3, folds, 0).rules[0]
    assert again.weights == rule.weights
    assert (again.log_probabilities(x) == rule.log_probabilities(x)).all()


class Memory:
    """Knows the training samples by heart, and names any class with confidence for others."""

    def __init__(self, training):
        self.known = {tuple(row): label for row, label in zip(training.view.plain, training.labels, strict=True)}
        self.classes = training.classes

    def logits(self, view):
        return (
            20
            * np.eye(self.classes)[[self.known.get(tuple(row), hash(tuple(row)) % self.classes) for row in view.plain]][
                None
            ]
        )


def test_a_member_that_memorises_gains_nothing(quick, monkeypatch):
    x, labels = clusters(4, 10, 0.7, 300, seed=3)
    without, families = read_stacked(x, labels), _stack.families
    memory = {"memory": (lambda training, _: Memory(training), 1)}
    monkeypatch.setattr(_stack, "families", lambda *size: families(*size) | memory)
    planted = read_stacked(x, labels)
    assert planted.weights["memory"] < 0.05
    assert planted.information.value == pytest.approx(without.information.value, abs=0.02)


@pytest.mark.parametrize(("samples", "width", "classes"), [(60, 300, 2), (120, 3, 4)])
def test_labels_without_relation_give_nothing_in_expectation(quick, samples, width, classes):
    values = [stacked(*unrelated(classes, width, samples, seed)).value for seed in range(4)]
    assert np.mean(values) <= 2 * np.std(values) / 2
    assert min(values) > -0.3


def test_selection_and_whitening_do_not_leak(quick):
    x, labels = clusters(4, 200, 0.5, 120, seed=0)
    assert "leaky_recipe" not in leak_check(stacked, x, labels, repeats=3).flags


def test_the_rules_score_fresh_samples(readout):
    x, labels = clusters(4, 10, 0.7, 300, seed=3)
    folds = group_folds(np.arange(300), 5, 0)
    base = np.log(np.bincount(labels) / 300)[labels]
    for fold, rule in enumerate(readout.rules):
        rows = folds == fold
        assert rule.left_out == fold
        assert rule.log_scores(x[rows], labels[rows]) - base[rows] == pytest.approx(readout.scores[rows])
    assert np.exp(readout.rules[0].log_probabilities(x)).sum(axis=1) == pytest.approx(1)


def test_the_readout_says_what_it_is(readout):
    labels = clusters(4, 10, 0.7, 300, seed=3)[1]
    assert readout.scores.mean() == pytest.approx(readout.information.value)
    assert (readout.predictions == labels).mean() == pytest.approx(readout.accuracy.value)
    assert readout.information.estimator == readout.accuracy.estimator == "stacked(folds=5)"
    assert readout.information.flags == ("no_null",)
    assert set(readout.weights) == {"discriminant", "gaussianized", "mixture", "perceptron", "neighbours"}
    assert all(weight >= 0 for weight in readout.weights.values())


def test_the_same_seed_gives_the_same_numbers(quick, readout):
    again = read_stacked(*clusters(4, 10, 0.7, 300, seed=3))
    assert again.information == readout.information
    assert (again.scores == readout.scores).all()


def test_the_null_asks_the_same_predictions_about_exchanged_labels(quick):
    x, labels = clusters(4, 3, 1.0, 150, seed=5)
    found = read_stacked(x, labels, permutations=40, folds=3, seed=5)
    assert found.information.p_value == pytest.approx(1 / 41)
    assert found.null.shape == found.null_accuracy.shape == (40,)
    assert -1e-9 <= found.null.min() <= found.null.max() < 0.02
    assert found.null_accuracy.mean() == pytest.approx(np.mean(np.bincount(labels) / 150), abs=0.05)


def test_p_values_without_information_are_no_smaller_than_chance_makes_them(quick):
    draws = [unrelated(3, 4, 90, seed) for seed in range(20)]
    found = [read_stacked(x, labels, permutations=19, folds=3).information for x, labels in draws]
    assert sum(one.p_value <= 0.1 for one in found) <= 5


def test_copies_in_groups_do_not_inform_each_other(quick):
    x, labels = unrelated(2, 30, 60, seed=4)
    groups = np.repeat(np.arange(60), 5)
    assert stacked(np.repeat(x, 5, axis=0), np.repeat(labels, 5), groups=groups).value < 0.1


def far_apart():
    return np.repeat([[0.0], [50.0]], 30, axis=0) + np.arange(60)[:, None] / 60, np.repeat([0, 1], 30)


def one_sample_of_a_class():
    x, labels = clusters(3, 4, 2.0, 60, seed=0)
    labels[0] = 3
    return x, labels


@pytest.mark.parametrize(
    ("flag", "data"),
    [
        ("saturated", far_apart()),
        ("few_samples", one_sample_of_a_class()),
        ("few_samples", unrelated(2, 1, 12, seed=0)),
        ("no_null", unrelated(2, 1, 60, seed=0)),
        ("no_null", (np.arange(180).reshape(60, 3) % 2 + 0.0, np.arange(60) % 5 // 2)),
        ("constant_state", (np.full((40, 3), 0.3), np.arange(40) % 2)),
        ("negative", unrelated(3, 5, 60, seed=0)),
    ],
)
def test_data_at_the_edge_give_a_flag_and_no_warning(quick, flag, data):
    information = stacked(*data)
    assert flag in information.flags
    assert -0.5 < information.value <= information.ceiling + 1e-9


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.ones((10, 2)), [0, 1], {}, "10 rows of x and 2 of y"),
        (np.ones((10, 2)), [0, 1] * 5, {"folds": 2}, "2 folds: expected at least three"),
        (np.ones((10, 2)), [0] * 10, {}, "single class"),
        (np.ones((10, 2)), np.arange(10), {}, "10 classes of y in 10 samples"),
        (np.full((10, 2), np.nan), [0, 1] * 5, {}, "NaN or infinity in 10 rows"),
        (np.ones((10, 2)), [0, 1] * 5, {"groups": [0] * 10}, "5 folds for 1 groups"),
    ],
)
def test_input_that_cannot_be_measured_is_refused_in_one_line(x, y, options, message):
    with pytest.raises(InputError, match=message) as error:
        read_stacked(x, y, **options)
    assert "\n" not in str(error.value)
