"""What every estimator of information keeps, whichever it is: a new entry of `ESTIMATORS` is checked by itself.

Those that train networks are tried on one example each.
"""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infoplane._errors import InputError
from infoplane.estimators import ESTIMATORS, FLAGS, mutual_information

SAMPLES = 60
SEEDS = st.integers(0, 2**16)
TRAINED = {"stacked", "critic", "infonce", "nwj", "dv", "smile", "compressed"}

every = pytest.mark.parametrize("name", ESTIMATORS)


# Estimators with a correction that is simulated, and the noise of it at this number of samples.
SIMULATED = {"copula": 0.02}
# Principal components of columns as they come follow the largest numbers.
SCALED = {"compressed"}


def kinds(name):
    return ESTIMATORS[name].x, ESTIMATORS[name].y


def side(kind, signal, rng):
    """A variable of `kind` that follows `signal` (n,): three labels, two columns, or a column with an atom."""
    noisy = signal + 0.5 * rng.normal(size=len(signal))
    if kind == "discrete":
        return np.digitize(noisy, [-0.5, 0.5])
    return np.column_stack([noisy, rng.normal(size=len(signal))])


def related(name, seed, samples=SAMPLES):
    """x and y of the kinds that `name` takes, both following one signal."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=samples)
    return tuple(side(kind, signal, rng) for kind in kinds(name))


def independent(name, seed, samples=SAMPLES):
    """x and y of the kinds that `name` takes, without relation."""
    rng = np.random.default_rng(seed)
    return tuple(side(kind, rng.normal(size=samples), rng) for kind in kinds(name))


def on_examples(name, check, *, examples=8):
    """Run `check(seed)` on drawn seeds, on one where the estimator trains."""
    if name in TRAINED:
        check(0)
        return
    checks = settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    checks(given(seed=SEEDS)(check))()


def close(first, second, name):
    """Whether two values are the same: to rounding, or within the interval where rows are split by chance."""
    tolerance = SIMULATED.get(name, 1e-6)
    if name in TRAINED or first.kind == "lower_bound":
        tolerance = first.high - first.low
    return first.value == pytest.approx(second.value, abs=tolerance, rel=1e-6)


@every
def test_the_value_is_finite_inside_its_interval_and_says_its_kind(name):
    def check(seed):
        found = mutual_information(*related(name, seed), estimator=name)
        assert found.low <= found.value <= found.high
        assert all(map(math.isfinite, (found.low, found.value, found.high)))
        assert (found.n, found.units, found.confidence) == (SAMPLES, "nats", 0.95)
        assert found.kind in ("estimate", "lower_bound")
        assert set(found.flags) <= set(FLAGS)
        assert found.ceiling is None or found.value <= found.ceiling + 1e-9

    on_examples(name, check)


@every
def test_without_permutations_no_null_and_it_is_said(name):
    found = mutual_information(*related(name, 1), estimator=name)
    assert (found.null_mean, found.null_high, found.p_value) == (None, None, None)
    assert "no_null" in found.flags


@every
def test_with_permutations_a_null_and_a_p_value_that_is_never_zero(name):
    draws = 2 if name in TRAINED else 19

    def check(seed):
        found = mutual_information(*related(name, seed), estimator=name, permutations=draws, seed=seed)
        assert 1 / (draws + 1) - 1e-12 <= found.p_value <= 1
        assert found.null_mean <= found.null_high
        assert "no_null" not in found.flags
        assert ("few_permutations" in found.flags) == (draws < 20)
        assert ("not_above_null" in found.flags) == (found.value <= found.null_high)

    on_examples(name, check, examples=3)


@every
def test_the_same_seed_gives_the_same_number(name):
    def check(seed):
        options = {"estimator": name, "seed": seed, "permutations": 0 if name in TRAINED else 5}
        assert mutual_information(*related(name, seed), **options) == mutual_information(
            *related(name, seed), **options
        )

    on_examples(name, check, examples=3)


@every
def test_nats_and_bits_are_the_same_information(name):
    x, y = related(name, 2)
    nats, bits = (mutual_information(x, y, estimator=name, units=units) for units in ("nats", "bits"))
    assert bits.units == "bits"
    for field in ("value", "low", "high"):
        assert getattr(bits, field) * math.log(2) == pytest.approx(getattr(nats, field))


@every
def test_the_order_of_the_two_does_not_matter(name):
    """To rounding where a formula decides, to the noise of its simulation for the copula, else within the interval."""

    def check(seed):
        x, y = related(name, seed)
        there, back = mutual_information(x, y, estimator=name), mutual_information(y, x, estimator=name)
        assert close(there, back, name)

    on_examples(name, check)


@every
def test_the_order_of_the_rows_does_not_matter(name):
    def check(seed):
        x, y = related(name, seed)
        order = np.random.default_rng(seed).permutation(SAMPLES)
        there, back = (
            mutual_information(x, y, estimator=name),
            mutual_information(x[order], y[order], estimator=name),
        )
        assert close(there, back, name)

    on_examples(name, check)


@every
def test_units_of_measurement_and_names_of_labels_do_not_matter(name):
    """An injective recoding of labels, another scale and origin of each column: the same information."""

    def recoded(values, kind):
        if kind == "discrete":
            return np.array(["yes", "no", "maybe"])[values]
        return values * np.array([1e3, 1e-3]) + np.array([5.0, -7.0])

    def check(seed):
        x, y = related(name, seed)
        plain = mutual_information(x, y, estimator=name)
        other = mutual_information(*map(recoded, (x, y), kinds(name)), estimator=name)
        assert close(plain, other, name)

    if name not in SCALED:
        on_examples(name, check)


@every
def test_a_wider_level_gives_a_wider_interval(name):
    x, y = related(name, 3)
    narrow, wide = (mutual_information(x, y, estimator=name, confidence=level) for level in (0.5, 0.99))
    assert narrow.value == wide.value
    assert narrow.high - narrow.low < wide.high - wide.low
    assert (narrow.confidence, wide.confidence) == (0.5, 0.99)


@every
def test_nothing_is_found_where_nothing_is(name):
    """On independent data the value is no larger than its interval is wide, and 99 % intervals reach 0 from above."""

    def check(seed):
        found = mutual_information(*independent(name, seed, 150), estimator=name, confidence=0.99)
        assert found.value <= found.high - found.low + 0.02
        assert found.low <= 0.05

    on_examples(name, check, examples=5)


@every
def test_what_is_there_is_found(name):
    found = mutual_information(*related(name, 4, 300), estimator=name, permutations=2 if name in TRAINED else 19)
    assert found.value > found.null_high
    assert found.low > 0


@every
def test_groups_widen_the_interval_of_rows_that_come_in_copies(name):
    """Copies of one row are not more data: given as groups, the interval stays as wide as that of the rows."""
    if name in ("dv", "smile"):
        pytest.skip("a logarithm of a mean of exponentials over forty rows has no width to compare")
    x, y = related(name, 5, 40)
    rows = np.repeat(np.arange(40), 4)
    x, y = x[rows], y[rows]
    apart, together = (mutual_information(x, y, estimator=name, groups=ids) for ids in (None, rows))
    if apart.value > mutual_information(x[::4], y[::4], estimator=name).value + 0.5:
        pytest.skip("nearest neighbours of copies are the copies: another distribution to this estimator")
    assert together.high - together.low > 1.3 * (apart.high - apart.low)


def broken(name):
    """What no estimator takes, made of data that `name` takes, with a word of the line that says so."""
    x, y = related(name, 6)
    as_floats = ESTIMATORS[name].x != "discrete"
    yield "unequal lengths", (x, y[:-1]), "rows of x and"
    yield "nothing", (x[:0], y[:0]), "expected"
    yield "complex numbers", (x + 1j, y), "complex128"
    yield "objects", (np.array([object()] * SAMPLES), y), "object"
    yield "three dimensions", (np.zeros((SAMPLES, 2, 2), dtype=x.dtype), y), "(60, 2, 2)"
    yield "one row", (x[:1], y[:1]), "expected"
    yield "groups of another length", (x, y, {"groups": np.zeros(SAMPLES - 1, dtype=int)}), "groups"
    yield "one group", (x, y, {"groups": np.zeros(SAMPLES, dtype=int)}), "group"
    yield "a level above 1", (x, y, {"confidence": 1.5}), "confidence 1.5"
    constant = np.ones_like(x)
    yield "a constant", (constant, y), "constant" if as_floats else "single"
    if as_floats:
        for word, value in (("NaN", np.nan), ("infinity", np.inf)):
            spoiled = x.copy()
            spoiled[0, 0] = value
            yield word, (spoiled, y), "NaN or infinity in 1 rows"


BROKEN = [(name, what) for name in ESTIMATORS for what, _, _ in broken(name)]


@pytest.mark.parametrize(("name", "what"), BROKEN)
def test_what_cannot_be_measured_is_a_value_error_of_one_line(name, what):
    (x, y, *more), said = next((data, said) for word, data, said in broken(name) if word == what)
    with pytest.raises(InputError) as error:
        mutual_information(x, y, estimator=name, **(more[0] if more else {}))
    assert isinstance(error.value, ValueError)
    assert "\n" not in str(error.value)
    assert said in str(error.value)
    assert ": expected " in str(error.value)
