import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infoplane._errors import InputError
from infoplane.estimators import discrete_entropy, discrete_information, entropy
from infoplane.estimators._counting._corrected import ENTROPIES

from .known_truths import jittered

SKEWED = [0.5, 0.25, 0.125, 0.125]


def noisy_copy(samples, seed, classes=4, agreement=0.5):
    """X uniform, Y = X with probability `agreement` and uniform otherwise, and I(X;Y)."""
    rng = np.random.default_rng(seed)
    x = rng.integers(classes, size=samples)
    y = np.where(rng.random(samples) < agreement, x, rng.integers(classes, size=samples))
    same = agreement + (1 - agreement) / classes
    row = [same] + [(1 - agreement) / classes] * (classes - 1)
    return x, y, np.log(classes) - stats.entropy(row)


def unrelated(samples, seed, sizes=(2, 2)):
    """Two uniform variables of the given numbers of values without relation, and 0."""
    rng = np.random.default_rng(seed)
    return rng.integers(sizes[0], size=samples), rng.integers(sizes[1], size=samples), 0.0


def chain(samples, seed):
    """X, Y with A between them, and I(X;Y|A) = 0."""
    x, a, _ = noisy_copy(samples, seed, agreement=0.6)
    y = np.where(np.random.default_rng([seed, 1]).random(samples) < 0.6, a, noisy_copy(samples, seed + 10**6)[1])
    return x, y, a, 0.0


def zipf(samples, seed, values=100):
    """Draws with probability 1/rank, and their entropy."""
    share = 1 / np.arange(1, values + 1)
    share /= share.sum()
    return np.random.default_rng(seed).choice(values, p=share, size=samples), stats.entropy(share)


def binary_symmetric(samples, seed, error=0.1):
    """A coin, the coin through a channel that flips it now and then, and log 2 - H(error)."""
    rng = np.random.default_rng(seed)
    x = rng.integers(2, size=samples)
    return x, x ^ (rng.random(samples) < error), np.log(2) - stats.entropy([error, 1 - error])


@pytest.mark.parametrize(
    ("count", "draw"),
    [
        (discrete_entropy, lambda seed: zipf(300, seed)),
        (discrete_entropy, lambda seed: zipf(1000, seed)),
        (discrete_entropy, lambda seed: (np.random.default_rng(seed).choice(4, p=SKEWED, size=300), 1.2130)),
        (discrete_entropy, lambda seed: (np.random.default_rng(seed).integers(32, size=200), np.log(32))),
        (discrete_information, lambda seed: unrelated(50, seed)),
        (discrete_information, lambda seed: unrelated(500, seed, (10, 10))),
        (discrete_information, lambda seed: binary_symmetric(100, seed)),
        (discrete_information, lambda seed: binary_symmetric(200, seed, 0.4)),
        (discrete_information, lambda seed: noisy_copy(500, seed, classes=10)),
        (discrete_information, lambda seed: chain(500, seed)),
    ],
    ids=[
        "zipf-300",
        "zipf-1000",
        "skewed",
        "uniform",
        "unrelated-2",
        "unrelated-10",
        "binary-100",
        "binary-weak",
        "noisy-10",
        "chain",
    ],
)
def test_intervals_cover_nine_times_in_ten_over_a_hundred_seeds(count, draw):
    covered = []
    for seed in range(100):
        *data, truth = draw(seed)
        found = count(*data, seed=seed)
        covered.append(found.low <= truth <= found.high)
    assert np.mean(covered) >= 0.9


def test_intervals_are_no_wider_than_they_need():
    for draw in (lambda seed: noisy_copy(500, seed, classes=10), lambda seed: unrelated(500, seed, (10, 10))):
        found = [discrete_information(*draw(seed)[:2]) for seed in range(40)]
        half = np.mean([one.high - one.low for one in found]) / 2
        assert half < 1.6 * 1.96 * np.std([one.value for one in found])


@pytest.mark.parametrize("name", ENTROPIES)
def test_every_estimator_finds_entropy_and_information(name):
    x, y, truth = noisy_copy(20_000, seed=0)
    found = discrete_information(x, y, estimator=name)
    assert found.value == pytest.approx(truth, abs=0.02)
    assert found.low < truth < found.high
    assert (found.n, found.units, found.kind, found.estimator) == (20_000, "nats", "estimate", name)
    assert discrete_entropy(x, estimator=name).value == pytest.approx(np.log(4), abs=0.01)


@pytest.mark.parametrize("name", ENTROPIES)
def test_every_estimator_conditions_and_is_refuted_by_its_null(name):
    *data, _ = chain(1500, seed=1)
    found = discrete_information(*data, estimator=name, permutations=40)
    assert found.value == pytest.approx(0, abs=0.02)
    assert found.p_value > 0.02
    assert discrete_information(*data[:2], estimator=name, permutations=40).p_value == pytest.approx(1 / 41)


@pytest.mark.parametrize("name", ["chao-wang-jost", "grassberger", "nsb", "shrinkage"])
def test_later_corrections_are_closer_than_miller_madow_before_all_is_seen(name):
    def bias(estimator):
        values = [discrete_information(*unrelated(300, seed, (15, 15))[:2], estimator=estimator) for seed in range(10)]
        return abs(np.mean([one.value for one in values]))

    assert bias(name) < 0.6 * bias("miller-madow")


def test_entropy_of_balanced_labels_is_their_number():
    found = entropy(np.repeat(np.arange(32), 25))
    assert found.value == pytest.approx(np.log(32), abs=1e-3)
    assert found.to("bits").value == pytest.approx(5, abs=1e-3)
    assert found.ceiling == pytest.approx(np.log(32))
    assert discrete_entropy(np.arange(50) % 49).ceiling is None


def test_entropy_of_words_in_bits():
    assert entropy(["heads", "tails"] * 50, units="bits").value == pytest.approx(1, abs=1e-3)


def test_an_alphabet_is_a_ceiling_and_helps_those_that_ask_for_it():
    x = np.random.default_rng(0).integers(100, size=60)
    known = discrete_entropy(x, estimator="nsb", alphabet=100)
    assert known.value == pytest.approx(np.log(100), abs=0.15)
    assert known.ceiling == pytest.approx(np.log(100))
    assert known.high <= known.ceiling
    with pytest.raises(InputError, match="alphabet 3 and"):
        discrete_entropy(x, alphabet=3)


def test_nsb_without_a_coincidence_is_as_unsure_as_its_posterior():
    found = discrete_entropy(np.arange(20), estimator="nsb", alphabet=1000)
    assert found.high - found.low > 0.5


def test_values_seen_once_are_said():
    assert "undersampled" in discrete_entropy(np.random.default_rng(0).integers(500, size=500)).flags
    assert "undersampled" in discrete_information(*unrelated(200, 0, (20, 20))[:2]).flags
    assert "undersampled" not in discrete_information(*unrelated(2000, 0, (10, 10))[:2]).flags


def test_copies_in_groups_widen_the_interval_and_leave_the_value():
    x, y, _ = noisy_copy(200, seed=2)
    groups = np.repeat(np.arange(200), 9)
    once, copied = discrete_information(x, y), discrete_information(np.repeat(x, 9), np.repeat(y, 9), groups=groups)
    naive = discrete_information(np.repeat(x, 9), np.repeat(y, 9))
    assert copied.value == pytest.approx(once.value, abs=0.005)
    assert copied.high - copied.low > 2.5 * (naive.high - naive.low)
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.15)


def test_p_values_are_uniform_without_information():
    values = [discrete_information(*unrelated(150, s, (6, 5))[:2], permutations=19, seed=s).p_value for s in range(150)]
    assert stats.kstest(jittered(values, 19), "uniform").pvalue > 0.01


def test_p_values_are_uniform_without_information_beyond_what_is_given():
    found = []
    for seed in range(150):
        x, y, a, _ = chain(120, seed)
        found.append(discrete_information(x, y, a, permutations=19, seed=seed).p_value)
    assert stats.kstest(jittered(found, 19), "uniform").pvalue > 0.01


PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=10, max_size=60).map(lambda p: np.array(p).T)
TRIPLES = st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=10, max_size=60).map(lambda p: np.array(p).T)


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.permutations(range(4)), st.sampled_from(sorted(ENTROPIES)))
def test_it_is_symmetric_blind_to_names_and_order_and_not_negative_within_its_interval(pair, names, name):
    x, y = pair
    if len(set(x)) > 1 and len(set(y)) > 1:
        one = discrete_information(x, y, estimator=name)
        other = discrete_information(y[::-1], np.array(names)[x[::-1]], estimator=name)
        assert other.value == pytest.approx(one.value, abs=1e-9)
        assert one.high >= 0
        assert one.low <= one.value <= one.high


@settings(deadline=None, max_examples=50)
@given(TRIPLES)
def test_the_chain_rule_is_exact_for_plain_counting(triple):
    x, y, z = triple
    if min(len(set(column)) for column in triple) > 1:
        both = np.column_stack([y, z])
        if len(np.unique(both, axis=0)) * 2 <= len(x):
            whole = discrete_information(x, both, estimator="plugin").value
            first = discrete_information(x, z, estimator="plugin").value
            rest = discrete_information(x, y, z, estimator="plugin")
            assert whole == pytest.approx(first + rest.value, abs=1e-9)
            assert -1e-9 <= rest.value <= rest.ceiling + 1e-9


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.sampled_from(sorted(ENTROPIES)))
def test_entropy_is_between_nothing_and_the_number_of_values(pair, name):
    x = pair[0]
    if len(set(x)) > 1:
        found = discrete_entropy(x, estimator=name, alphabet=4)
        assert 0 <= found.low <= found.value <= found.high <= np.log(4) + 1e-12


def test_a_copy_has_the_information_of_its_entropy():
    x = np.repeat(np.arange(4), 50)
    found = discrete_information(x, x)
    assert found.value == pytest.approx(np.log(4), abs=0.01)
    assert found.ceiling == pytest.approx(np.log(4))


def test_given_the_answer_nothing_is_left_and_the_ceiling_says_so():
    x, y, truth = noisy_copy(3000, seed=3)
    bystander = np.random.default_rng(33).integers(3, size=3000)
    told = discrete_information(x, y, given=x, permutations=20)
    assert told.value == pytest.approx(0, abs=1e-12)
    assert told.ceiling == pytest.approx(0, abs=1e-12)
    assert discrete_information(x, y, given=bystander).value == pytest.approx(truth, abs=0.03)


def test_exclusive_or_is_seen_only_given_the_other():
    rng = np.random.default_rng(4)
    x, a = rng.integers(2, size=(2, 1000))
    assert discrete_information(x, x ^ a, permutations=40).value == pytest.approx(0, abs=0.01)
    found = discrete_information(x, x ^ a, given=a, permutations=40)
    assert found.value == pytest.approx(np.log(2), abs=0.01)
    assert found.p_value == pytest.approx(1 / 41)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ([0.5, 0.1] * 9, [0, 1] * 9, {}, "cast the labels"),
        ([0, 1] * 9, [0, 0] * 9, {}, "y with a single class"),
        ([0, 1] * 9, [0, 1], {}, "18 rows of x and 2 of y"),
        ([0, 1] * 9, [0, 1] * 9, {"given": [0]}, "18 rows of x and 1 of given"),
        ([0, 1] * 9, [0, 1] * 9, {"groups": [0]}, "18 rows of x and 1 of groups"),
        ([0, 1] * 9, [0, 1] * 9, {"estimator": "guess"}, "estimator 'guess': expected one of chao-wang-jost, miller"),
        (np.arange(18), [0, 1] * 9, {}, "18 classes of x in 18 samples.*cast to float if these are quantities"),
        ([], [], {}, "cast the labels"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_one_line(x, y, options, message):
    with pytest.raises(InputError, match=message) as error:
        discrete_information(x, y, **options)
    assert "\n" not in str(error.value)
