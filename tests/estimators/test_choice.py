import numpy as np
import pandas as pd
import pytest

from infoplane._errors import InputError
from infoplane.estimators import (
    ESTIMATORS,
    _choice,
    conditional_mutual_information,
    interaction_information,
    mutual_information,
)

from .known_truths import correlated, two_classes

RNG = np.random.default_rng(0)
LABEL, COIN = RNG.integers(3, size=300), RNG.integers(2, size=300)
LINE, OTHER = RNG.normal(size=(2, 300))
WIDE = RNG.normal(size=(300, 5))


@pytest.mark.parametrize(
    ("x", "y", "given", "taken", "why"),
    [
        (LABEL, COIN, None, "chao-wang-jost", "discrete data"),
        (LABEL, COIN, LABEL, "chao-wang-jost", "discrete data"),
        (LABEL, COIN, LINE, "discriminant_beyond_given", "labels beyond 1 column"),
        (LINE, COIN, None, "ross", "labels and 1 column"),
        (LINE, COIN, LABEL, "ross", "within 3 values of given"),
        (LINE, COIN, OTHER, "discriminant_beyond_given", "labels beyond 1 column"),
        (WIDE, COIN, None, "stacked", "labels and 5 columns"),
        (WIDE, COIN, LABEL, "discriminant", "labels and 5 columns"),
        (LINE, OTHER, None, "ksg", "1 + 1 dimensions"),
        (LINE, OTHER, LABEL, "ksg", "within 3 values of given"),
        (WIDE, LINE, LABEL, "copula", "within 3 values of given"),
        (WIDE, LINE, OTHER, "copula", "7 columns together"),
        (LINE, OTHER, WIDE[:, 0], "frenzel", "3 columns together"),
    ],
)
def test_auto_goes_by_the_kind_of_data_and_says_what_it_took_and_why(x, y, given, taken, why):
    found = mutual_information(x, y, given)
    assert found.estimator.startswith(f"auto: {taken}") or taken in found.estimator
    assert why in found.estimator
    assert mutual_information(y, x, given).value == pytest.approx(found.value, abs=0.1)


def test_a_kind_that_is_declared_overrides_the_type():
    counts = RNG.permutation(300)
    assert "ksg" in mutual_information(counts, LINE, x_kind="continuous").estimator
    assert "ross" in mutual_information(LINE, COIN.astype(float), y_kind="discrete").estimator
    assert "discrete data" in mutual_information(COIN.astype(float), LABEL, x_kind="discrete").estimator


def test_a_table_with_numbers_and_words_is_read_column_by_column():
    x, y = two_classes(2, 300, seed=0)
    table = pd.DataFrame({"number": x, "noise": RNG.normal(size=300), "word": RNG.choice(["a", "b"], size=300)})
    found = mutual_information(table, y)
    assert "labels and 4 columns" in found.estimator
    assert found.value == pytest.approx(0.633, abs=0.15)


def test_information_beyond_a_condition_of_any_kind_is_found():
    x, label = two_classes(2, 1500, seed=1)
    assert conditional_mutual_information(x + LABEL.repeat(5), label, LABEL.repeat(5)).value > 0.4
    z = np.random.default_rng(3).normal(size=1500)
    assert conditional_mutual_information(z + 0.1 * x, (z > 0).astype(int), z).value == pytest.approx(0, abs=0.02)
    both = (np.random.default_rng(4).normal(size=1500) + z + x > 0).astype(int)
    assert conditional_mutual_information(x, both, z, permutations=20).p_value == pytest.approx(1 / 21)


def test_interaction_is_log_2_for_exclusive_or_and_minus_log_2_for_copies():
    one, two = np.random.default_rng(5).integers(2, size=(2, 4000))
    apart, same = interaction_information(one, two, one ^ two), interaction_information(one, one, one)
    assert (apart.value, same.value) == pytest.approx((np.log(2), -np.log(2)), abs=2e-3)
    assert apart.low <= np.log(2) <= apart.high
    assert interaction_information(one, two, one ^ two, units="bits").value == pytest.approx(1, abs=3e-3)


def test_interaction_of_normals_is_that_of_their_correlations():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 4000))
    found = interaction_information(x, y, x + y + rng.normal(size=4000), estimator="gaussian")
    assert found.value == pytest.approx(-0.5 * np.log(1 - 0.25), abs=0.03)  # given z, x and y correlate by -1/2
    assert found.low <= -0.5 * np.log(1 - 0.25) <= found.high


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (LINE, COIN, {"estimator": "ksg"}, "'ksg' for continuous and discrete data: expected one of .*ross"),
        (LABEL, COIN, {"estimator": "gaussian"}, "'gaussian' for discrete and discrete"),
        (LINE, OTHER, {"estimator": "critic", "given": WIDE}, "with continuous given: expected one of .*copula"),
        (LINE, COIN, {"estimator": "mine"}, "'mine': expected auto or one of"),
        (LINE, COIN, {"x_kind": "whole"}, "kind 'whole' of x"),
        (LINE, OTHER, {"given": np.arange(300)}, "none 20 times"),
        (np.ones(300), COIN, {}, "constant columns only"),
        (LINE, np.ones(300), {}, "constant columns only"),
        (LINE, COIN, {"units": "seconds"}, "nats or bits"),
        (LINE, COIN[:20], {}, "300 rows of x and 20 of y"),
        (LINE, COIN, {"given": LABEL[:20]}, "300 rows of x and 20 of given"),
        (np.array([None] * 300), COIN, {}, "convert it to one type"),
        (np.full(300, np.nan), COIN, {}, "NaN"),
        ([], [], {}, "expected"),
    ],
)
def test_what_no_estimator_takes_is_refused_in_one_line(x, y, options, message):
    with pytest.raises(InputError, match=message) as error:
        mutual_information(x, y, **options)
    assert "\n" not in str(error.value)


def test_every_name_of_the_registry_can_be_asked_for():
    assert {"ksg", "ross", "gaussian", "copula", "pairs", "stacked", "infonce"} <= set(ESTIMATORS)
    x, y = correlated(0.9, 200, 0)
    assert mutual_information(x, y, estimator="gaussian").estimator.startswith("gaussian")


def test_a_rule_that_is_trained_takes_a_random_part_of_many_samples(monkeypatch):
    monkeypatch.setattr(_choice, "_MOST_SAMPLES", 200)
    groups = np.arange(300) // 3
    found = mutual_information(WIDE, COIN, groups=groups)
    assert found.n == 198
    assert found.estimator.endswith("labels and 5 columns, on 198 of 300 samples")
    with pytest.raises(InputError, match="300 samples for stacked: expected at most 200"):
        mutual_information(WIDE, COIN, estimator="stacked")
