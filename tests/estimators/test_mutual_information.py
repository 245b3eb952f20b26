import numpy as np
import pytest

from infoplane._errors import InputError
from infoplane.estimators import ESTIMATORS, mutual_information

from .known_truths import CORRELATED, TWO_CLASSES, correlated, two_classes

TRUTH = {"plugin": np.log(2), "discriminant": TWO_CLASSES[2], "ross": TWO_CLASSES[2]} | dict.fromkeys(
    ("gaussian", "ksg"), CORRELATED[0.9]
)


def data(name, samples=1000, seed=0):
    """Data of the kind that the estimator `name` takes, with the information TRUTH[name]."""
    kinds = ESTIMATORS[name].x, ESTIMATORS[name].y
    if kinds == ("discrete", "discrete"):
        coin = np.random.default_rng(seed).integers(2, size=samples)
        return coin, np.array(["heads", "tails"])[coin]
    return two_classes(2, samples, seed) if kinds == ("continuous", "discrete") else correlated(0.9, samples, seed)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_finds_a_known_value(name):
    found = mutual_information(*data(name), estimator=name)
    assert found.value == pytest.approx(TRUTH[name], abs=0.06)
    assert found.low <= found.value <= found.high
    assert (found.units, found.n) == ("nats", 1000)
    assert "no_null" in found.flags


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_is_symmetric_in_the_order_of_arguments(name):
    x, y = data(name, samples=200)
    assert mutual_information(x, y, estimator=name).value == pytest.approx(
        mutual_information(y, x, estimator=name).value, abs=1e-6 if name != "gaussian" else 0.01
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_converts_units_and_takes_groups_confidence_and_a_null(name):
    x, y = data(name, samples=120)
    options = {"estimator": name, "groups": np.arange(120) // 2, "permutations": 20, "seed": 3}
    nats, bits = mutual_information(x, y, **options), mutual_information(x, y, units="bits", **options)
    assert bits.value == pytest.approx(nats.value / np.log(2))
    assert bits.null_high == pytest.approx(nats.null_high / np.log(2))
    assert nats.p_value == pytest.approx(1 / 21)
    assert mutual_information(x, y, **options) == nats
    narrow = mutual_information(x, y, confidence=0.5, **options)
    assert narrow.high - narrow.low < nats.high - nats.low


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_stays_inside_its_null_without_information(name):
    x, y = data(name, samples=120)
    found = mutual_information(x, np.random.default_rng(9).permutation(y), estimator=name, permutations=40)
    assert found.p_value > 0.02
    assert found.value == pytest.approx(0, abs=0.12)


@pytest.mark.parametrize(("name", "expected"), [("plugin", "plugin"), ("ross", "discriminant"), ("ksg", "gaussian")])
def test_auto_looks_at_the_kind_of_data(name, expected):
    assert expected in mutual_information(*data(name, samples=100)).estimator


def test_discrete_conditions_are_taken_where_an_estimator_can():
    x, y = two_classes(2, 300, seed=1)
    assert mutual_information(x, y, y).value == pytest.approx(0, abs=1e-6)
    assert mutual_information(y, y, y).value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.arange(20.0), np.arange(20.0), {"given": [0, 1] * 10}, "continuous and continuous data with given"),
        (np.arange(20.0), [0, 1] * 10, {"estimator": "ksg"}, "estimator 'ksg' for continuous and discrete"),
        ([0, 1] * 10, [0, 1] * 10, {"estimator": "gaussian"}, "estimator 'gaussian' for discrete and discrete"),
        (np.arange(20.0), [0, 1] * 10, {"estimator": "ross", "given": [0, 1] * 10}, "'ross' .* with given"),
        (np.arange(20.0), [0, 1] * 10, {"estimator": "mine"}, "estimator 'mine'"),
        (np.arange(20.0), [0, 1] * 10, {"given": np.arange(20.0)}, "cast the labels"),
        (np.ones(20), [0, 1] * 10, {}, "x with constant columns only"),
        (np.arange(20.0), np.ones(20), {}, "y with constant columns only"),
        (np.arange(20.0), [0, 1] * 10, {"units": "seconds"}, "nats or bits"),
        (np.arange(20.0), [0, 1], {}, "20 rows of x and 2 of y"),
        (np.array([None] * 20), [0, 1] * 10, {}, "convert it to one type"),
        (np.full(20, np.nan), [0, 1] * 10, {}, "NaN"),
        ([], [], {}, "expected"),
    ],
)
def test_what_no_estimator_takes_is_refused_in_one_line(x, y, options, message):
    with pytest.raises(InputError, match=message) as error:
        mutual_information(x, y, **options)
    assert "\n" not in str(error.value)
