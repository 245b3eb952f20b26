import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import permute_labels, read_labels

from .known_truths import TWO_CLASSES, clusters, hidden_signal, jittered, two_classes, unrelated


@pytest.mark.parametrize(("separation", "truth"), TWO_CLASSES.items())
def test_two_gaussian_classes(separation, truth):
    readout = read_labels(*two_classes(separation, 8000, seed=0))
    assert readout.information.value == pytest.approx(truth, abs=0.02)
    assert readout.accuracy.value == pytest.approx(stats.norm.cdf(separation), abs=0.01)


@pytest.mark.parametrize(("separation", "truth"), TWO_CLASSES.items())
def test_the_information_is_a_lower_bound_in_expectation(separation, truth):
    values = [read_labels(*two_classes(separation, 200, seed)).information.value for seed in range(40)]
    assert np.mean(values) <= truth + 2 * np.std(values) / np.sqrt(40)
    assert np.mean(values) == pytest.approx(truth, abs=0.04)


def test_intervals_cover_the_truth():
    readouts = [read_labels(*two_classes(1, 400, seed), seed=seed) for seed in range(80)]
    covered = [one.information.low <= TWO_CLASSES[1] <= one.information.high for one in readouts]
    hits = [one.accuracy.low <= stats.norm.cdf(1) <= one.accuracy.high for one in readouts]
    assert np.mean(covered) >= 0.87
    assert np.mean(hits) >= 0.87


def test_the_estimate_says_what_it_is():
    x, labels = two_classes(1, 300, seed=0)
    readout = read_labels(x, labels, permutations=20)
    information, accuracy = readout.information, readout.accuracy
    assert (information.kind, information.units, information.n) == ("lower_bound", "nats", 300)
    assert information.ceiling == pytest.approx(stats.entropy(np.bincount(labels)))
    assert (accuracy.units, accuracy.ceiling) == ("fraction", 1.0)
    assert information.flags == ()
    assert readout.scores.mean() == pytest.approx(information.value)
    assert (readout.predictions == labels).mean() == pytest.approx(accuracy.value)
    assert readout.null.shape == readout.null_accuracy.shape == (20,)


def test_each_draw_of_the_null_is_the_readout_of_those_labels():
    """Whatever depends on labels is fitted again: a null that reused any of it would differ."""
    x, labels = clusters(4, 10, 0.7, 150, seed=3)
    readout = read_labels(x, labels, permutations=3, seed=5)
    for draw, information, accuracy in zip(
        permute_labels(labels, None, 3, 5), readout.null, readout.null_accuracy, strict=True
    ):
        again = read_labels(x, draw, seed=5)
        assert again.information.value == pytest.approx(information, abs=1e-10)
        assert again.accuracy.value == pytest.approx(accuracy)


def null_p_values(share):
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x, labels = rng.normal(size=(60, 2)), rng.random(60) < share
        yield read_labels(x, labels, permutations=19, seed=seed).information.p_value


def test_p_values_are_uniform_without_information():
    assert stats.kstest(jittered(list(null_p_values(0.25)), 19), "uniform").pvalue > 0.01


def test_p_values_of_balanced_classes_are_never_too_small():
    """With equal classes many draws tie at exactly no information, and ties count against the value."""
    assert stats.kstest(jittered(list(null_p_values(0.5)), 19), "uniform", alternative="greater").pvalue > 0.05


@pytest.mark.parametrize(("samples", "width", "classes"), [(120, 400, 3), (320, 60, 32), (160, 2, 16)])
def test_noise_stays_inside_its_null(samples, width, classes):
    readout = read_labels(*unrelated(classes, width, samples, seed=1), permutations=40)
    assert readout.information.p_value > 0.02
    assert -0.4 < readout.information.value < 0.02
    assert abs(readout.information.value - readout.information.null_mean) < 0.05


def test_more_dimensions_than_samples():
    states, labels, truth = hidden_signal(2.0, 200, seed=0, nuisance=False, width=600, classes=4, rank=3)
    assert 0.6 * truth < read_labels(states, labels).information.value < truth + 0.1


@pytest.mark.parametrize(("nuisance", "error"), [(False, 0.2), (True, 0.35)])
def test_a_signal_hidden_in_a_layer_is_found(nuisance, error):
    states, labels, truth = hidden_signal(0.9, 1000, seed=0, nuisance=nuisance, width=256)
    assert truth - error < read_labels(states, labels).information.value < truth + 0.05


def test_copies_in_groups_widen_the_interval_and_do_not_inform_each_other():
    x, labels = unrelated(2, 30, 60, seed=4)
    x, labels, groups = np.repeat(x, 6, axis=0), np.repeat(labels, 6), np.repeat(np.arange(60), 6)
    grouped, naive = read_labels(x, labels, groups=groups).information, read_labels(x, labels).information
    assert grouped.value < 0.1
    assert naive.value > 0.15
    assert grouped.high - grouped.low > 0
    x, labels = (np.repeat(part, 6, axis=0) for part in two_classes(1, 60, seed=4))
    grouped, naive = read_labels(x, labels, groups=groups).information, read_labels(x, labels).information
    assert grouped.high - grouped.low > 2 * (naive.high - naive.low)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.floats(-100, 100))
def test_order_of_rows_names_of_labels_and_units_do_not_matter(seed, scale, shift):
    x, labels = clusters(3, 4, 1.0, 60, seed=seed % 50)
    groups = np.arange(60) // 2
    order = np.random.default_rng(seed).permutation(60)
    names = np.array(["c", "a", "b"])
    first = read_labels(x, labels, groups=groups).information
    second = read_labels(scale * (x[order] + shift), names[labels[order]], groups=groups[order]).information
    assert second.value == pytest.approx(first.value, abs=1e-6)
    assert (second.low, second.high) == pytest.approx((first.low, first.high), abs=1e-6)


def test_the_same_seed_gives_the_same_numbers():
    x, labels = clusters(3, 4, 1.0, 100, seed=0)
    first, second = (read_labels(x, labels, permutations=5, seed=7) for _ in range(2))
    assert first.information == second.information
    assert (first.null == second.null).all()


def test_states_that_are_all_equal_say_nothing():
    readout = read_labels(np.full((80, 5), 0.3), np.arange(80) % 4, permutations=20)
    assert readout.information.value == pytest.approx(0, abs=1e-12)
    assert "constant_state" in readout.information.flags
    assert readout.information.p_value == 1


@pytest.mark.parametrize(
    ("flag", "readout"),
    [
        ("negative", lambda: read_labels(*unrelated(3, 5, 100, seed=0))),
        ("few_samples", lambda: read_labels(*unrelated(12, 2, 100, seed=0))),
        ("saturated", lambda: read_labels(*clusters(3, 5, 20.0, 200, seed=0))),
        ("no_null", lambda: read_labels(*clusters(3, 5, 20.0, 200, seed=0))),
        ("few_permutations", lambda: read_labels(*clusters(3, 5, 2.0, 200, seed=0), permutations=5)),
        ("not_above_null", lambda: read_labels(*unrelated(3, 5, 100, seed=0), permutations=20)),
        (
            "labels_vary_in_group",
            lambda: read_labels(*unrelated(3, 5, 100, seed=0), groups=np.arange(100) // 4, permutations=2),
        ),
    ],
)
def test_what_must_be_known_is_flagged(flag, readout):
    assert flag in readout().information.flags


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.ones((10, 2)), [0, 1], {}, "10 rows of x and 2 of y"),
        (np.ones((4, 2)), [0, 1, 0, 1], {}, "5 folds for 4 groups"),
        (np.ones((10, 2)), [0] * 10, {}, "single class"),
        (np.ones((10, 2)), np.arange(10), {}, "10 classes of y in 10 samples"),
        (np.ones((10, 2)), np.linspace(0, 1, 10), {}, "cast the labels"),
        (np.full((10, 2), np.nan), [0, 1] * 5, {}, "NaN or infinity in 10 rows"),
        (np.ones((10, 2)), [0, 1] * 5, {"groups": [0] * 10}, "5 folds for 1 groups"),
        (np.ones((10, 2)), [0, 1] * 5, {"given": [0, 1]}, "10 rows of x and 2 of given"),
        (np.zeros((0, 2)), [], {}, "one row a sample"),
    ],
)
def test_input_that_cannot_be_measured_is_refused_in_one_line(x, y, options, message):
    with pytest.raises(InputError, match=message) as error:
        read_labels(x, y, **options)
    assert "\n" not in str(error.value)
