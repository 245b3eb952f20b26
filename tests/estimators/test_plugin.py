import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import entropy, plugin_information

from .known_truths import jittered


def noisy_copy(samples, seed, classes=4, agreement=0.5):
    """X uniform, Y = X with probability `agreement` and uniform otherwise, and I(X;Y)."""
    rng = np.random.default_rng(seed)
    x = rng.integers(classes, size=samples)
    y = np.where(rng.random(samples) < agreement, x, rng.integers(classes, size=samples))
    same = agreement + (1 - agreement) / classes
    row = [same] + [(1 - agreement) / classes] * (classes - 1)
    return x, y, np.log(classes) - stats.entropy(row)


def test_entropy_of_a_skewed_variable_is_covered():
    share = [0.5, 0.25, 0.125, 0.125]
    found = [entropy(np.random.default_rng(s).choice(4, p=share, size=300), seed=s) for s in range(80)]
    truth = stats.entropy(share)
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=0.01)
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.87


def test_entropy_of_balanced_labels_is_their_number():
    found = entropy(np.repeat(np.arange(32), 25))
    assert found.value == pytest.approx(np.log(32))
    assert found.to("bits").value == pytest.approx(5)
    assert found.ceiling == pytest.approx(np.log(32))


def test_miller_madow_halves_the_bias_and_singletons_lift_the_ceiling():
    rng = np.random.default_rng(0)
    draws = [rng.choice(500, size=500) for _ in range(20)]
    plain = np.mean([stats.entropy(np.bincount(draw)) for draw in draws])
    found = [entropy(draw) for draw in draws]
    corrected = np.mean([one.value for one in found])
    assert abs(corrected - np.log(500)) < 0.5 * abs(plain - np.log(500))
    assert found[0].ceiling is None


def test_entropy_of_words_in_bits():
    assert entropy(["heads", "tails"] * 50, units="bits").value == pytest.approx(1)


def test_copies_in_groups_widen_the_interval():
    labels = np.random.default_rng(1).choice(3, p=[0.7, 0.2, 0.1], size=80)
    copied, groups = np.repeat(labels, 9), np.repeat(np.arange(80), 9)
    grouped, naive = entropy(copied, groups=groups), entropy(copied)
    assert grouped.high - grouped.low > 2.5 * (naive.high - naive.low)


def test_information_of_a_noisy_copy():
    found = [plugin_information(*noisy_copy(400, seed)[:2], seed=seed) for seed in range(60)]
    truth = noisy_copy(1, 0)[2]
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=0.01)
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.87


def test_p_values_are_uniform_without_information():
    rng = np.random.default_rng(2)
    values = [
        plugin_information(rng.integers(6, size=150), rng.integers(5, size=150), permutations=19, seed=s).p_value
        for s in range(200)
    ]
    assert stats.kstest(jittered(values, 19), "uniform").pvalue > 0.01


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=10, max_size=60), st.permutations(range(4)))
def test_it_is_symmetric_and_blind_to_names_and_order(pairs, names):
    x, y = np.array(pairs).T
    if len(set(x)) > 1 and len(set(y)) > 1:
        one = plugin_information(x, y).value
        assert plugin_information(y[::-1], np.array(names)[x[::-1]]).value == pytest.approx(one, abs=1e-12)


def test_a_copy_has_the_information_of_its_entropy():
    x = np.repeat(np.arange(4), 50)
    found = plugin_information(x, x)
    assert found.value == pytest.approx(np.log(4), abs=0.01)
    assert found.ceiling == pytest.approx(np.log(4))


def test_given_the_answer_the_rest_is_counted_inside_it():
    x, y, truth = noisy_copy(3000, seed=3)
    unrelated = np.random.default_rng(33).integers(3, size=3000)
    assert plugin_information(x, y, given=x, permutations=20).value == pytest.approx(0, abs=1e-12)
    assert plugin_information(x, y, given=unrelated).value == pytest.approx(truth, abs=0.03)


def test_exclusive_or_is_seen_only_given_the_other():
    rng = np.random.default_rng(4)
    x, a = rng.integers(2, size=(2, 1000))
    assert plugin_information(x, x ^ a, permutations=40).value == pytest.approx(0, abs=0.01)
    found = plugin_information(x, x ^ a, given=a, permutations=40)
    assert found.value == pytest.approx(np.log(2), abs=0.01)
    assert found.p_value == pytest.approx(1 / 41)


def test_floats_are_refused():
    with pytest.raises(InputError, match="cast the labels"):
        entropy([0.5, 0.1])
